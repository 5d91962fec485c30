-- Companies and users as they are listed, and users who were removed. The defaults are for the version before,
-- which may still be running.

alter table companies add column name_fold text collate "C" not null default '';
alter table users
    add column name_fold text collate "C" not null default '',
    add column email_fold text collate "C" not null default '',
    add column removed_at timestamptz,
    add constraint users_removed_check check (removed_at is null or not active);

-- Row-level security binds the owner too: for the one statement that fills the new columns it does not.
alter table companies no force row level security;
alter table users no force row level security;

create function pg_temp.fold(name text) returns text language sql as $$
    select trim(regexp_replace(
        regexp_replace(lower(normalize(name, NFKD)), '[\u0300-\u036F]', '', 'g'), '[^[:alnum:]]+', ' ', 'g'
    ))
$$;
update companies set name_fold = pg_temp.fold(name);
update users set name_fold = pg_temp.fold(name), email_fold = pg_temp.fold(email);
drop function pg_temp.fold(text);

alter table companies force row level security;
alter table users force row level security;

create index companies_created on companies (created_at desc, id desc);
create index companies_updated on companies (updated_at desc, id desc);
create index companies_name on companies (name_fold, id);

-- The e-mail of a removed user is free again, in their own company too.
alter table users drop constraint users_email_key;
create unique index users_email_key on users (company_id, email_key) where removed_at is null;
create index users_created on users (company_id, created_at desc, id desc) where removed_at is null;
create index users_name on users (company_id, name_fold, id) where removed_at is null;
create index users_email on users (company_id, email_fold, id) where removed_at is null;
-- The keys that go with the person who made them.
create index api_keys_of_creator on api_keys (company_id, created_by) where revoked_at is null;
