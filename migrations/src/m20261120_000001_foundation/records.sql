-- What is kept beside the rows: counters, sequences, outbox, remembered answers.

-- Counters follow the opportunities in the same transaction. `shard` leaves the way open to spread a hot
-- counter over several rows. Sums can outgrow a bigint, so amounts (minor units) are numeric here.
create table account_wins (
    company_id uuid not null,
    account_id uuid not null,
    shard smallint not null default 0,
    wins bigint not null,
    primary key (company_id, account_id, shard),
    foreign key (company_id, account_id) references accounts (company_id, id)
);
create index account_wins_most on account_wins (company_id, wins desc) where wins > 0;

create table account_won_amounts (
    company_id uuid not null,
    account_id uuid not null,
    currency text collate "C" not null,
    shard smallint not null default 0,
    wins bigint not null,
    amount numeric(38, 0) not null,
    primary key (company_id, account_id, currency, shard),
    foreign key (company_id, account_id) references accounts (company_id, id)
);

create table stage_totals (
    company_id uuid not null,
    stage_id uuid not null,
    currency text collate "C" not null,
    shard smallint not null default 0,
    count bigint not null,
    amount numeric(38, 0) not null,
    primary key (company_id, stage_id, currency, shard),
    foreign key (company_id, stage_id) references stages (company_id, id)
);

-- One counter row per company and purpose, gapless because it is taken inside the transaction.
create table company_sequences (
    company_id uuid not null,
    name text collate "C" not null check (name in ('opportunity_number', 'outbox')),
    value bigint not null,
    primary key (company_id, name)
);

-- Every domain event, numbered per company without gaps in the order of commits. Append-only.
create table outbox (
    company_id uuid not null,
    sequence bigint not null,
    type text not null,
    entity_type text not null,
    entity_id uuid not null,
    actor_type text not null check (actor_type in ('USER', 'API_KEY', 'PLATFORM_ADMINISTRATOR', 'SYSTEM')),
    actor_id uuid,
    request_id text not null,
    occurred_at timestamptz not null,
    payload jsonb not null,
    primary key (company_id, sequence)
);

-- Answers to requests that may be repeated, for 24 hours, by the actor's own keys.
create table idempotency_keys (
    company_id uuid not null,
    actor_type text not null,
    actor_id uuid not null,
    key text collate "C" not null,
    fingerprint bytea not null,
    output jsonb not null,
    created_at timestamptz not null,
    primary key (company_id, actor_type, actor_id, key)
);
create index idempotency_keys_age on idempotency_keys (company_id, created_at);
