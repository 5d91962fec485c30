-- Accounts, contacts, pipelines and opportunities. Every key leads with company_id, so that no row can
-- point across companies.

create table accounts (
    company_id uuid not null references companies (id),
    id uuid not null,
    name text not null,
    name_key text collate "C" not null,
    name_fold text collate "C" not null,
    industry text,
    industry_fold text collate "C",
    address text,
    employees integer check (employees >= 0),
    website text,
    phone text,
    description text,
    owner_id uuid,
    tags text[] not null,
    version integer not null,
    created_at timestamptz not null,
    created_by uuid,
    updated_at timestamptz not null,
    deleted_at timestamptz,
    primary key (company_id, id),
    foreign key (company_id, owner_id) references users (company_id, id),
    foreign key (company_id, created_by) references users (company_id, id)
);
create unique index accounts_name_key on accounts (company_id, name_key) where deleted_at is null;
create index accounts_created on accounts (company_id, created_at desc, id desc) where deleted_at is null;
create index accounts_updated on accounts (company_id, updated_at desc, id desc) where deleted_at is null;
create index accounts_name on accounts (company_id, name_fold, id) where deleted_at is null;
create index accounts_owner on accounts (company_id, owner_id, created_at desc, id desc)
    where deleted_at is null;
create index accounts_industry on accounts (company_id, industry_fold, created_at desc, id desc)
    where deleted_at is null;

create table contacts (
    company_id uuid not null references companies (id),
    id uuid not null,
    first_name text not null,
    last_name text,
    name_fold text collate "C" not null,
    position text,
    email text,
    email_key text collate "C",
    phone text,
    address text,
    social_links jsonb not null default '{}',
    notes text,
    account_id uuid,
    owner_id uuid,
    tags text[] not null default '{}',
    version integer not null,
    created_at timestamptz not null,
    created_by uuid,
    updated_at timestamptz not null,
    deleted_at timestamptz,
    primary key (company_id, id),
    foreign key (company_id, account_id) references accounts (company_id, id),
    foreign key (company_id, owner_id) references users (company_id, id),
    foreign key (company_id, created_by) references users (company_id, id)
);
create unique index contacts_email_key on contacts (company_id, email_key) where deleted_at is null;
create index contacts_of_account on contacts (company_id, account_id) where deleted_at is null;

create table pipelines (
    company_id uuid not null references companies (id),
    id uuid not null,
    name text not null,
    name_fold text collate "C" not null,
    is_default boolean not null,
    version integer not null,
    created_at timestamptz not null,
    created_by uuid,
    updated_at timestamptz not null,
    deleted_at timestamptz,
    primary key (company_id, id),
    foreign key (company_id, created_by) references users (company_id, id)
);
create unique index pipelines_default on pipelines (company_id) where is_default and deleted_at is null;

create table stages (
    company_id uuid not null,
    id uuid not null,
    pipeline_id uuid not null,
    name text not null,
    name_fold text collate "C" not null,
    position integer not null,
    kind text not null check (kind in ('OPEN', 'WON', 'LOST')),
    color text not null,
    probability integer not null check (probability between 0 and 100),
    deleted_at timestamptz,
    primary key (company_id, id),
    constraint stages_of_pipeline unique (company_id, pipeline_id, id),
    foreign key (company_id, pipeline_id) references pipelines (company_id, id)
);
create unique index stages_name_key on stages (company_id, pipeline_id, name_fold) where deleted_at is null;

create table opportunities (
    company_id uuid not null references companies (id),
    id uuid not null,
    number bigint not null,
    title text not null,
    title_fold text collate "C" not null,
    description text,
    account_id uuid,
    contact_id uuid,
    owner_id uuid,
    amount bigint not null check (amount >= 0),
    currency text collate "C" not null,
    pipeline_id uuid not null,
    stage_id uuid not null,
    status text collate "C" not null check (status in ('OPEN', 'WON', 'LOST')),
    closed_at timestamptz,
    expected_close_date date,
    tags text[] not null,
    version integer not null,
    created_at timestamptz not null,
    created_by uuid,
    updated_at timestamptz not null,
    deleted_at timestamptz,
    primary key (company_id, id),
    constraint opportunities_number_key unique (company_id, number),
    check (account_id is not null or contact_id is not null),
    check ((status = 'OPEN') = (closed_at is null)),
    foreign key (company_id, account_id) references accounts (company_id, id),
    foreign key (company_id, contact_id) references contacts (company_id, id),
    foreign key (company_id, owner_id) references users (company_id, id),
    foreign key (company_id, created_by) references users (company_id, id),
    foreign key (company_id, pipeline_id, stage_id) references stages (company_id, pipeline_id, id)
);
create index opportunities_created on opportunities (company_id, created_at desc, id desc)
    where deleted_at is null;
create index opportunities_status on opportunities (company_id, status, created_at desc, id desc)
    where deleted_at is null;
create index opportunities_stage on opportunities (company_id, stage_id, created_at desc, id desc)
    where deleted_at is null;
create index opportunities_account on opportunities (company_id, account_id, created_at desc, id desc)
    where deleted_at is null;
create index opportunities_contact on opportunities (company_id, contact_id, created_at desc, id desc)
    where deleted_at is null;
create index opportunities_owner on opportunities (company_id, owner_id, created_at desc, id desc)
    where deleted_at is null;
create index opportunities_updated on opportunities (company_id, updated_at desc, id desc)
    where deleted_at is null;
create index opportunities_title on opportunities (company_id, title_fold, id) where deleted_at is null;
create index opportunities_amount on opportunities (company_id, currency, amount, id)
    where deleted_at is null;
-- Missing values sort last in both directions, and a keyset needs a value: so each direction has a key of
-- its own in which "missing" is infinitely late, or infinitely early.
create index opportunities_closed_asc on opportunities
    (company_id, (coalesce(closed_at, 'infinity'::timestamptz)), id) where deleted_at is null;
create index opportunities_closed_desc on opportunities
    (company_id, (coalesce(closed_at, '-infinity'::timestamptz)) desc, id desc) where deleted_at is null;
create index opportunities_expected_asc on opportunities
    (company_id, (coalesce(expected_close_date, 'infinity'::date)), id) where deleted_at is null;
create index opportunities_expected_desc on opportunities
    (company_id, (coalesce(expected_close_date, '-infinity'::date)) desc, id desc) where deleted_at is null;
create index opportunities_won on opportunities (company_id, closed_at)
    where deleted_at is null and status = 'WON';

-- Never edited: the API may only insert and read.
create table stage_changes (
    company_id uuid not null,
    id uuid not null,
    opportunity_id uuid not null,
    from_stage_id uuid,
    to_stage_id uuid not null,
    reason text,
    changed_at timestamptz not null,
    changed_by uuid,
    primary key (company_id, id),
    check ((from_stage_id is null) = (reason is null)),
    foreign key (company_id, opportunity_id) references opportunities (company_id, id),
    foreign key (company_id, from_stage_id) references stages (company_id, id),
    foreign key (company_id, to_stage_id) references stages (company_id, id),
    foreign key (company_id, changed_by) references users (company_id, id)
);
create index stage_changes_to on stage_changes (company_id, to_stage_id, changed_at desc, id desc);
create index stage_changes_of on stage_changes (company_id, opportunity_id, changed_at desc, id desc);
