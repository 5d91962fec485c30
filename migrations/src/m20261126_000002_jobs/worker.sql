-- The worker's rights. It works in one company at a time behind the same policies as the API; it alone may
-- use the queue's own tables and learn which companies there are.

grant usage on schema graphile_worker to cartera_worker;
grant select, insert, update, delete on all tables in schema graphile_worker to cartera_worker;
grant usage on all sequences in schema graphile_worker to cartera_worker;
-- Its migrations are the owner's.
revoke insert, update, delete on graphile_worker.migrations from cartera_worker;

do $$
declare
    queue_table text;
begin
    for queue_table in
        select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'graphile_worker' and c.relkind = 'r' and c.relrowsecurity
    loop
        execute format(
            'create policy worker_works on graphile_worker.%I to cartera_worker using (true) with check (true)',
            queue_table
        );
    end loop;
end
$$;

-- It reads what it works on, tables to come included: row-level security shows it one company.
grant select on all tables in schema public to cartera_worker;
revoke select on identities from cartera_worker;
alter default privileges in schema public grant select on tables to cartera_worker;
-- What it changes is announced like every change.
grant insert on outbox to cartera_worker;
grant insert, update on company_sequences to cartera_worker;
-- What it forgets: old answers, and sessions long over (their tokens go with them).
grant delete on idempotency_keys, sessions to cartera_worker;
create index sessions_ended on sessions (company_id, ended_at) where ended_at is not null;

grant usage on schema directory to cartera_worker;
grant create on schema directory to cartera_lookup;

-- The companies, in pages, for work that is done in each of them.
create function directory.companies(after uuid, wanted integer)
returns setof uuid
language sql stable security definer set search_path = ''
as $$
    select c.id from public.companies c
    where companies.after is null or c.id > companies.after
    order by c.id limit least(companies.wanted, 1000)
$$;
revoke all on function directory.companies(uuid, integer) from public;
grant execute on function directory.companies(uuid, integer) to cartera_worker;
alter function directory.companies(uuid, integer) owner to cartera_lookup;
revoke create on schema directory from cartera_lookup;
