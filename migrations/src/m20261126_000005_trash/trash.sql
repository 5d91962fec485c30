-- Contacts in full, and the bin.

-- What went to the bin together comes back together. Rows that an earlier version deleted have no deletion_id:
-- they are read as deletions of their own. Nothing is rewritten here, and an earlier version works on beside
-- this one.
alter table accounts add column deletion_id uuid;
alter table contacts add column deletion_id uuid;
alter table opportunities add column deletion_id uuid;
alter table accounts add check (deletion_id is null or deleted_at is not null) not valid;
alter table contacts add check (deletion_id is null or deleted_at is not null) not valid;
alter table opportunities add check (deletion_id is null or deleted_at is not null) not valid;

-- `q` finds a contact by the beginning of the whole name, of the last name, or of the e-mail.
alter table contacts add column last_name_fold text collate "C";
alter table contacts add column email_fold text collate "C";

create index contacts_created on contacts (company_id, created_at desc, id desc) where deleted_at is null;
create index contacts_updated on contacts (company_id, updated_at desc, id desc) where deleted_at is null;
create index contacts_name on contacts (company_id, name_fold, id) where deleted_at is null;
create index contacts_last_name on contacts (company_id, last_name_fold, id) where deleted_at is null;
create index contacts_email on contacts (company_id, email_fold, id) where deleted_at is null;
-- Missing e-mails sort last in both directions: each direction has a key of its own.
create index contacts_email_asc on contacts (company_id, (coalesce(email_key, U&'\+10FFFF')), id)
    where deleted_at is null;
create index contacts_email_desc on contacts (company_id, (coalesce(email_key, '')) desc, id desc)
    where deleted_at is null;
create index contacts_account on contacts (company_id, account_id, created_at desc, id desc)
    where deleted_at is null;
create index contacts_owner on contacts (company_id, owner_id, created_at desc, id desc)
    where deleted_at is null;

-- The bin, newest first; the purge takes it from the other end.
create index accounts_bin on accounts (company_id, deleted_at desc, id desc) where deleted_at is not null;
create index contacts_bin on contacts (company_id, deleted_at desc, id desc) where deleted_at is not null;
create index opportunities_bin on opportunities (company_id, deleted_at desc, id desc)
    where deleted_at is not null;
create index contacts_deletion on contacts (company_id, deletion_id, id) where deletion_id is not null;
create index opportunities_deletion on opportunities (company_id, deletion_id, id)
    where deletion_id is not null;

-- Removing an account or contact for good asks who refers to it, in the bin or not: the foreign keys do, and
-- an index on the live rows alone answers neither.
drop index contacts_of_account;
create index contacts_of_account on contacts (company_id, account_id);
create index opportunities_of_account on opportunities (company_id, account_id);
create index opportunities_of_contact on opportunities (company_id, contact_id);

-- Only the worker removes rows; the API's role can't, whatever it is made to say. FOR UPDATE takes the right
-- to update.
grant select on companies, accounts, contacts, opportunities, stage_changes, account_wins,
    account_won_amounts, stage_totals, company_sequences, outbox to cartera_worker;
grant update on accounts, contacts, opportunities to cartera_worker;
grant delete on accounts, contacts, opportunities, stage_changes, account_wins, account_won_amounts
    to cartera_worker;
grant insert on outbox to cartera_worker;
grant insert, update on company_sequences to cartera_worker;
