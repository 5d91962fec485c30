-- Invitations into companies. Of a link only the hash of its token's secret is kept.
create table invitations (
    company_id uuid not null references companies (id),
    id uuid not null,
    email text not null,
    email_key text collate "C" not null,
    email_fold text collate "C" not null,
    role text not null check (role in ('OWNER', 'ADMIN', 'MANAGER', 'MEMBER', 'VIEWER')),
    link integer not null check (link >= 1),
    token_hash bytea not null,
    expires_at timestamptz not null,
    status text not null check (status in ('PENDING', 'ACCEPTED', 'REVOKED', 'LAPSED')),
    invited_by uuid,
    version integer not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (company_id, id),
    constraint invitations_token_key unique (company_id, token_hash),
    foreign key (company_id, invited_by) references users (company_id, id)
);
create unique index invitations_email_key on invitations (company_id, email_key) where status = 'PENDING';
create index invitations_created on invitations (company_id, created_at desc, id desc)
    where status = 'PENDING';
create index invitations_email on invitations (company_id, email_fold, id) where status = 'PENDING';
create index invitations_expiry on invitations (company_id, expires_at desc, id desc)
    where status = 'PENDING';

-- Permissions to choose a new password, of users and of platform administrators (company_id is then the
-- platform's realm, the nil UUID). A request for an e-mail that nobody has leaves one too, of nobody, so that
-- it is the same work: hence no foreign key to the person.
create table password_resets (
    company_id uuid not null,
    id uuid not null,
    subject_id uuid not null,
    token_hash bytea not null,
    requested_by uuid,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    primary key (company_id, id),
    constraint password_resets_token_key unique (company_id, token_hash),
    foreign key (company_id, requested_by) references users (company_id, id)
);
create index password_resets_unused on password_resets (company_id, subject_id) where used_at is null;

-- Wrong passwords by a digest of the e-mail, in the platform's realm: an e-mail is of the whole deployment,
-- and counted whether anybody has it or not.
create table sign_in_attempts (
    company_id uuid not null check (company_id = '00000000-0000-0000-0000-000000000000'),
    email_hash bytea not null,
    failed_at timestamptz[] not null,
    locked_until timestamptz,
    updated_at timestamptz not null,
    primary key (company_id, email_hash)
);

do $$
declare
    tenant_table text;
begin
    foreach tenant_table in array array['invitations', 'password_resets', 'sign_in_attempts'] loop
        execute format('alter table %I enable row level security', tenant_table);
        execute format('alter table %I force row level security', tenant_table);
        execute format(
            'create policy company_isolation on %I '
            'using (company_id = (select nullif(current_setting(''app.company_id'', true), '''')::uuid)) '
            'with check (company_id = (select nullif(current_setting(''app.company_id'', true), '''')::uuid))',
            tenant_table
        );
    end loop;
end
$$;

grant select, insert, update on invitations, password_resets, sign_in_attempts to cartera_api;

-- What the worker forgets.
grant delete on invitations, password_resets, sign_in_attempts to cartera_worker;

insert into jobs.kinds (name, max_attempts) values ('note_lockout', 24);
