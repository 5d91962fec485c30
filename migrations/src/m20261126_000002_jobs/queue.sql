-- The queue as everybody but the worker may use it: narrow functions. graphile_worker's own tables have
-- row-level security and no policy, and the API's role may not even look into their schema. The functions
-- belong to cartera_lookup, which nobody can log in as and which has a policy of its own on just the tables
-- that they need.

create schema jobs;
grant usage on schema jobs to cartera_api, cartera_worker, cartera_lookup;

-- The jobs that may be queued, and how often each is tried before it counts as dead.
create table jobs.kinds (
    name text primary key check (name ~ '^[a-z][a-z_]*$'),
    max_attempts integer not null check (max_attempts between 1 and 100)
);
insert into jobs.kinds (name, max_attempts) values ('send_notice', 24);
grant select on jobs.kinds to cartera_lookup;

grant usage on schema graphile_worker to cartera_lookup;
grant select, insert, update on graphile_worker._private_jobs to cartera_lookup;
grant select, insert on graphile_worker._private_tasks, graphile_worker._private_job_queues,
    graphile_worker._private_job_retirements to cartera_lookup;
grant select on graphile_worker._private_workers to cartera_lookup;
create policy lookup_queues on graphile_worker._private_jobs to cartera_lookup using (true) with check (true);
create policy lookup_queues on graphile_worker._private_tasks to cartera_lookup using (true) with check (true);
create policy lookup_queues on graphile_worker._private_job_queues to cartera_lookup
    using (true) with check (true);

-- Queues a job of the transaction's company: it is there if, and only if, the transaction commits.
create function jobs.enqueue(name text, payload jsonb)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
    realm uuid := nullif(current_setting('app.company_id', true), '')::uuid;
    attempts integer;
begin
    if realm is null then
        raise exception 'no company is set' using errcode = 'insufficient_privilege';
    end if;
    if enqueue.payload ->> 'company_id' is distinct from realm::text then
        raise exception 'the job is not of the company that is set' using errcode = 'insufficient_privilege';
    end if;
    -- Ids only: whoever needs more than this carries something else.
    if octet_length(enqueue.payload::text) > 4096 then
        raise exception 'the payload of a job is too large' using errcode = 'check_violation';
    end if;
    select k.max_attempts into attempts from jobs.kinds k where k.name = enqueue.name;
    if not found then
        raise exception 'there is no job of this name' using errcode = 'insufficient_privilege';
    end if;
    perform graphile_worker.add_job(
        identifier := enqueue.name, payload := enqueue.payload::json, max_attempts := attempts
    );
end
$$;

-- A job's number as an id like all others: the last twelve digits of a UUID of version 8.
create function jobs.public_id(number bigint)
returns uuid
language sql immutable set search_path = ''
as $$
    select ('00000000-0000-8000-8000-' || lpad(to_hex(number), 12, '0'))::uuid
$$;

-- The jobs that were given up, for the platform's administrators: nobody sees any outside their realm.
create function jobs.dead()
returns table (
    realm_id uuid, id uuid, name text, company_id uuid, attempts integer, last_error text,
    created_at timestamptz, failed_at timestamptz
)
language sql stable security definer set search_path = ''
as $$
    select
        '00000000-0000-0000-0000-000000000000'::uuid,
        jobs.public_id(j.id),
        coalesce(j.payload ->> 'chore', t.identifier),
        -- A poisoned payload may hold anything.
        case
            when j.payload ->> 'company_id' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
            then (j.payload ->> 'company_id')::uuid
        end,
        j.attempts::integer,
        coalesce(j.last_error, ''),
        j.created_at,
        j.updated_at
    from graphile_worker._private_jobs j
    join graphile_worker._private_tasks t on t.id = j.task_id
    where j.attempts >= j.max_attempts and j.locked_at is null
    and nullif(current_setting('app.company_id', true), '') = '00000000-0000-0000-0000-000000000000'
$$;

-- Gives a dead job as many tries as a new one; false when there is no such dead job.
create function jobs.retry(wanted uuid)
returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
declare
    number bigint := ('x' || right(replace(wanted::text, '-', ''), 12))::bit(48)::bigint;
begin
    if nullif(current_setting('app.company_id', true), '') is distinct from
        '00000000-0000-0000-0000-000000000000' then
        raise exception 'only in the realm of the platform' using errcode = 'insufficient_privilege';
    end if;
    update graphile_worker._private_jobs j
    set attempts = 0, run_at = now(), updated_at = now()
    where j.id = number and jobs.public_id(number) = wanted
    and j.attempts >= j.max_attempts and j.locked_at is null;
    return found;
end
$$;

-- How the queue is, in numbers that tell nothing of any company.
create function jobs.status(alive_within interval)
returns table (ready bigint, oldest_seconds double precision, dead bigint, workers bigint)
language sql stable security definer set search_path = ''
as $$
    select
        (select count(*) from graphile_worker._private_jobs j where j.is_available and j.run_at <= now()),
        coalesce((
            select extract(epoch from now() - min(j.run_at))::double precision
            from graphile_worker._private_jobs j where j.is_available and j.run_at <= now()
        ), 0),
        (
            select count(*) from graphile_worker._private_jobs j
            where j.attempts >= j.max_attempts and j.locked_at is null
        ),
        (
            select count(*) from graphile_worker._private_workers w
            where w.last_heartbeat_at > now() - status.alive_within
        )
$$;

-- The given-up jobs are few among many.
create index cartera_dead_jobs on graphile_worker._private_jobs (id)
    where attempts >= max_attempts and locked_at is null;

revoke all on all functions in schema jobs from public;
grant execute on function jobs.enqueue(text, jsonb), jobs.status(interval) to cartera_api, cartera_worker;
grant execute on function jobs.dead(), jobs.retry(uuid) to cartera_api;

grant create on schema jobs to cartera_lookup;
alter function jobs.enqueue(text, jsonb) owner to cartera_lookup;
alter function jobs.public_id(bigint) owner to cartera_lookup;
alter function jobs.dead() owner to cartera_lookup;
alter function jobs.retry(uuid) owner to cartera_lookup;
alter function jobs.status(interval) owner to cartera_lookup;
revoke create on schema jobs from cartera_lookup;
