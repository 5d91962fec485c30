-- Files of accounts, contacts and opportunities. The bytes lie in the store of files; a row outlives its
-- file, so that no file is ever lost sight of: when the record is purged the row stays, attached to nothing,
-- until the sweep has removed the file.

create table attachments (
    company_id uuid not null references companies (id),
    id uuid not null,
    account_id uuid,
    contact_id uuid,
    opportunity_id uuid,
    file_name text not null,
    name_fold text collate "C" not null,
    content_type text collate "C" not null,
    size bigint not null check (size > 0),
    sha256 bytea not null check (length(sha256) = 32),
    status text collate "C" not null check (status in ('PENDING', 'AVAILABLE')),
    version integer not null,
    created_at timestamptz not null,
    created_by uuid,
    updated_at timestamptz not null,
    deleted_at timestamptz,
    primary key (company_id, id),
    check (num_nonnulls(account_id, contact_id, opportunity_id) <= 1),
    foreign key (company_id, account_id) references accounts (company_id, id) on delete set null (account_id),
    foreign key (company_id, contact_id) references contacts (company_id, id) on delete set null (contact_id),
    foreign key (company_id, opportunity_id) references opportunities (company_id, id)
        on delete set null (opportunity_id),
    foreign key (company_id, created_by) references users (company_id, id)
);
create index attachments_of_account on attachments (company_id, account_id, created_at desc, id desc)
    where account_id is not null;
create index attachments_of_contact on attachments (company_id, contact_id, created_at desc, id desc)
    where contact_id is not null;
create index attachments_of_opportunity on attachments (company_id, opportunity_id, created_at desc, id desc)
    where opportunity_id is not null;
create index attachments_pending on attachments (company_id, created_at, id)
    where status = 'PENDING' and deleted_at is null;
create index attachments_removable on attachments (company_id, id)
    where deleted_at is not null or num_nonnulls(account_id, contact_id, opportunity_id) = 0;

alter table attachments enable row level security;
alter table attachments force row level security;
create policy company_isolation on attachments
    using (company_id = (select nullif(current_setting('app.company_id', true), '')::uuid))
    with check (company_id = (select nullif(current_setting('app.company_id', true), '')::uuid));

grant select, insert, update, delete on attachments to cartera_api;
-- The sweep gives uploads up, and forgets a row once its file is gone.
grant select, update, delete on attachments to cartera_worker;
