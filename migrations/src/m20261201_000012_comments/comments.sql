-- What users write below accounts, contacts and opportunities. A comment belongs to one record for good.
create table comments (
    company_id uuid not null references companies (id),
    id uuid not null,
    account_id uuid,
    contact_id uuid,
    opportunity_id uuid,
    kind text not null check (kind in ('COMMENT', 'INTERNAL_NOTE')),
    body text not null,
    version integer not null,
    created_at timestamptz not null,
    created_by uuid,
    updated_at timestamptz not null,
    deleted_at timestamptz,
    deletion_id uuid,
    primary key (company_id, id),
    foreign key (company_id, account_id) references accounts (company_id, id),
    foreign key (company_id, contact_id) references contacts (company_id, id),
    foreign key (company_id, opportunity_id) references opportunities (company_id, id),
    foreign key (company_id, created_by) references users (company_id, id),
    check (num_nonnulls(account_id, contact_id, opportunity_id) = 1),
    check (deletion_id is null or deleted_at is not null)
);
create index comments_account on comments (company_id, account_id, created_at desc, id desc) where deleted_at is null;
create index comments_contact on comments (company_id, contact_id, created_at desc, id desc) where deleted_at is null;
create index comments_opportunity on comments (company_id, opportunity_id, created_at desc, id desc)
    where deleted_at is null;
-- Without these, removing a record for good would look through every comment of the company.
create index comments_of_account on comments (company_id, account_id);
create index comments_of_contact on comments (company_id, contact_id);
create index comments_of_opportunity on comments (company_id, opportunity_id);
create index comments_kind on comments (company_id, kind, created_at desc, id desc) where deleted_at is null;
create index comments_created on comments (company_id, created_at desc, id desc) where deleted_at is null;
create index comments_updated on comments (company_id, updated_at desc, id desc) where deleted_at is null;
create index comments_bin on comments (company_id, deleted_at desc, id desc) where deleted_at is not null;

alter table comments enable row level security;
alter table comments force row level security;
create policy company_isolation on comments
    using (company_id = (select nullif(current_setting('app.company_id', true), '')::uuid))
    with check (company_id = (select nullif(current_setting('app.company_id', true), '')::uuid));
grant select, insert, update on comments to cartera_api;
grant select, update, delete on comments to cartera_worker;
