-- Companies and people.

create table companies (
    id uuid primary key,
    name text not null,
    slug text collate "C" not null constraint companies_slug_key unique,
    address text,
    website text,
    logo_url text,
    country text not null,
    locale text not null check (locale in ('es', 'en', 'pt')),
    timezone text not null,
    currency text not null,
    force_password_reset_after_invitation boolean not null,
    trash_days integer not null check (trash_days >= 0),
    data_retention_days integer not null check (data_retention_days >= 0),
    suspended_at timestamptz,
    version integer not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

create table users (
    company_id uuid not null references companies (id),
    id uuid not null,
    name text not null,
    email text not null,
    email_key text collate "C" not null,
    role text not null check (role in ('OWNER', 'ADMIN', 'MANAGER', 'MEMBER', 'VIEWER')),
    active boolean not null,
    force_password_reset boolean not null,
    password_hash text not null,
    last_login_at timestamptz,
    version integer not null,
    created_at timestamptz not null,
    created_by uuid,
    updated_at timestamptz not null,
    primary key (company_id, id),
    constraint users_email_key unique (company_id, email_key),
    foreign key (company_id, created_by) references users (company_id, id)
);

-- People of no company. They live in the platform's realm: see walls.sql.
create table platform_administrators (
    id uuid primary key,
    name text not null,
    email text not null,
    email_key text collate "C" not null constraint platform_administrators_email_key unique,
    active boolean not null,
    password_hash text not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

-- The directory of all sign-in e-mails: the only thing that is unique across companies. The API has no
-- grant on it, only functions (directory.sql).
create table identities (
    email_key text collate "C" primary key,
    company_id uuid,
    subject_id uuid not null
);

-- The sessions of users (company_id is their company's) and of platform administrators (company_id is the
-- platform's realm, the nil UUID, which is no company: so there is no foreign key to companies or users).
create table sessions (
    company_id uuid not null,
    id uuid not null,
    subject_id uuid not null,
    created_at timestamptz not null,
    last_used_at timestamptz not null,
    user_agent text,
    address text,
    ended_at timestamptz,
    end_reason text check (
        end_reason in ('SIGNED_OUT', 'TOKEN_REUSED', 'DISPLACED', 'PASSWORD_CHANGED', 'USER_DEACTIVATED')
    ),
    primary key (company_id, id),
    check ((ended_at is null) = (end_reason is null))
);
create index sessions_open on sessions (company_id, subject_id, created_at) where ended_at is null;

create table refresh_tokens (
    company_id uuid not null,
    token_hash bytea not null,
    session_id uuid not null,
    created_at timestamptz not null,
    rotated_at timestamptz,
    primary key (company_id, token_hash),
    foreign key (company_id, session_id) references sessions (company_id, id) on delete cascade
);
create index refresh_tokens_of_session on refresh_tokens (company_id, session_id);

create table api_keys (
    company_id uuid not null references companies (id),
    id uuid not null,
    name text not null,
    name_key text collate "C" not null,
    secret_hash bytea not null,
    prefix text not null,
    last_four text not null,
    scopes text[] not null,
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz,
    version integer not null,
    created_at timestamptz not null,
    created_by uuid not null,
    updated_at timestamptz not null,
    primary key (company_id, id),
    constraint api_keys_secret_hash_key unique (company_id, secret_hash),
    foreign key (company_id, created_by) references users (company_id, id)
);
create unique index api_keys_name_key on api_keys (company_id, name_key) where revoked_at is null;
create index api_keys_created on api_keys (company_id, created_at desc, id desc);
