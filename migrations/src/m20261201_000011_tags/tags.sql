create table tags (
    company_id uuid not null references companies (id),
    id uuid not null,
    name text not null,
    name_key text collate "C" not null,
    name_fold text collate "C" not null,
    color text,
    version integer not null,
    created_at timestamptz not null,
    created_by uuid,
    updated_at timestamptz not null,
    deleted_at timestamptz,
    deletion_id uuid,
    primary key (company_id, id),
    foreign key (company_id, created_by) references users (company_id, id),
    check (deletion_id is null or deleted_at is not null)
);
create unique index tags_name_key on tags (company_id, name_key) where deleted_at is null;
create index tags_name on tags (company_id, name_fold, id) where deleted_at is null;
create index tags_created on tags (company_id, created_at desc, id desc) where deleted_at is null;
create index tags_updated on tags (company_id, updated_at desc, id desc) where deleted_at is null;
create index tags_bin on tags (company_id, deleted_at desc, id desc) where deleted_at is not null;

alter table tags enable row level security;
alter table tags force row level security;
create policy company_isolation on tags
    using (company_id = (select nullif(current_setting('app.company_id', true), '')::uuid))
    with check (company_id = (select nullif(current_setting('app.company_id', true), '')::uuid));
grant select, insert, update on tags to cartera_api;
grant select, update, delete on tags to cartera_worker;
