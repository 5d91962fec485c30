-- Every list of opportunities names statuses: the home list shows the open ones unless it is told otherwise, and
-- most opportunities of an old company are closed. An index that does not know the status reads all of those to
-- throw them away: with 100,000 rows, 60,000 of them for the first page by number. So the status stands in every
-- index by which live opportunities are filtered or sorted; a list of several statuses is read as one list for
-- each, put together.
create index opportunities_owner_status on opportunities
    (company_id, owner_id, status, created_at desc, id desc) where deleted_at is null;
create index opportunities_account_status on opportunities
    (company_id, account_id, status, created_at desc, id desc) where deleted_at is null;
create index opportunities_contact_status on opportunities
    (company_id, contact_id, status, created_at desc, id desc) where deleted_at is null;
create index opportunities_pipeline_status on opportunities
    (company_id, pipeline_id, status, created_at desc, id desc) where deleted_at is null;
create index opportunities_currency_status on opportunities
    (company_id, currency, status, created_at desc, id desc) where deleted_at is null;
create index opportunities_status_amount on opportunities
    (company_id, currency, status, amount, id) where deleted_at is null;
create index opportunities_status_number on opportunities
    (company_id, status, number, id) where deleted_at is null;
create index opportunities_status_title on opportunities
    (company_id, status, title_fold, id) where deleted_at is null;
create index opportunities_status_updated on opportunities
    (company_id, status, updated_at desc, id desc) where deleted_at is null;
create index opportunities_status_closed_asc on opportunities
    (company_id, status, (case when closed_at is null then 'infinity'::timestamptz else closed_at end), id) where deleted_at is null;
create index opportunities_status_closed_desc on opportunities
    (company_id, status, (case when closed_at is null then '-infinity'::timestamptz else closed_at end) desc, id desc)
    where deleted_at is null;
create index opportunities_status_expected_asc on opportunities
    (company_id, status, (case when expected_close_date is null then 'infinity'::date else expected_close_date end), id) where deleted_at is null;
create index opportunities_status_expected_desc on opportunities
    (company_id, status, (case when expected_close_date is null then '-infinity'::date else expected_close_date end) desc, id desc)
    where deleted_at is null;
-- "Nobody's" and "no account": to be null is not a value by which an index keeps an order.
create index opportunities_of_nobody on opportunities (company_id, status, created_at desc, id desc)
    where deleted_at is null and owner_id is null;
create index opportunities_without_account on opportunities (company_id, status, created_at desc, id desc)
    where deleted_at is null and account_id is null;
create index opportunities_without_contact on opportunities (company_id, status, created_at desc, id desc)
    where deleted_at is null and contact_id is null;
create index opportunities_without_date on opportunities (company_id, status, created_at desc, id desc)
    where deleted_at is null and expected_close_date is null;
create index accounts_of_nobody on accounts (company_id, created_at desc, id desc)
    where deleted_at is null and owner_id is null;
create index accounts_without_industry on accounts (company_id, created_at desc, id desc)
    where deleted_at is null and industry_fold is null;
create index contacts_of_nobody on contacts (company_id, created_at desc, id desc)
    where deleted_at is null and owner_id is null;
create index contacts_without_account on contacts (company_id, created_at desc, id desc)
    where deleted_at is null and account_id is null;
create index contacts_without_email on contacts (company_id, created_at desc, id desc)
    where deleted_at is null and email_key is null;

-- A missing value sorts last, by an expression; PostgreSQL takes COALESCE to leak what it sees, and under row-level
-- security would not find the beginning of a page by such an index. CASE it trusts.
create index contacts_by_email_asc on contacts
    (company_id, (case when email_key is null then U&'\+10FFFF' else email_key end), id) where deleted_at is null;
create index contacts_by_email_desc on contacts
    (company_id, (case when email_key is null then '' else email_key end) desc, id desc) where deleted_at is null;
drop index contacts_email_asc;
drop index contacts_email_desc;

-- What ranks accounts within a period: wins that have one.
create index opportunities_won_of_accounts on opportunities (company_id, closed_at)
    where deleted_at is null and status = 'WON' and account_id is not null;
drop index opportunities_won;

-- The same without the status, and the newest of all statuses, which nothing asks for.
drop index opportunities_created;
drop index opportunities_owner;
drop index opportunities_account;
drop index opportunities_contact;
drop index opportunities_amount;
drop index opportunities_title;
drop index opportunities_updated;
drop index opportunities_closed_asc;
drop index opportunities_closed_desc;
drop index opportunities_expected_asc;
drop index opportunities_expected_desc;
