-- A company's twin: a neighbour with the same ids, for as long as a savepoint stands.

-- The twin may be what no row can be, so that a condition on the company is all that keeps it out: a session that
-- ended for no reason, a win that is still open. Wrong passwords are counted in the platform's realm alone; that
-- stays so for the product, and not for the twin, for whom triggers rest.
do $$
declare k record;
begin
    for k in
        select conname, conrelid::regclass as t from pg_constraint
        where contype = 'c' and connamespace = 'public'::regnamespace
    loop
        execute format('alter table %s drop constraint %I', k.t, k.conname);
    end loop;
end
$$;

create schema twin;

create function twin.refuse() returns trigger language plpgsql as $$
begin
    raise exception 'of the platform alone' using errcode = 'check_violation';
end
$$;
create trigger of_the_platform before insert or update on sign_in_attempts
    for each row when (new.company_id <> '00000000-0000-0000-0000-000000000000') execute function twin.refuse();

create table twin.tables as
select c.oid, c.relname::text as name,
    case c.relname when 'companies' then 'id' else 'company_id' end as company
from pg_class c
where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
and c.relname not in ('seaql_migrations', 'identities', 'platform_administrators');

create table twin.columns as
select t.name as table_name, t.company, a.attname::text as name, a.attnum, a.atttypid::regtype::text as type, a.attnotnull,
    coalesce(a.attnum = any (p.conkey), false) as is_key,
    (select k.confrelid::regclass::text from pg_constraint k where k.conrelid = t.oid and k.contype = 'f'
        and cardinality(k.conkey) > 1 and a.attnum = k.conkey[cardinality(k.conkey)] limit 1) as parent,
    exists (select from pg_index x where x.indrelid = t.oid and x.indisunique and not x.indisprimary
        and a.attnum = any (x.indkey)) and a.attname <> t.company as is_unique
from twin.tables t
join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
left join pg_constraint p on p.conrelid = t.oid and p.contype = 'p';

-- What stands in a column of the twin, by what the twin is like.
create function twin.value(c twin.columns, mood text, source text) returns text language sql as $$
    select case
        when c.name = c.company then '$2'
        when c.table_name = 'companies' and c.name = 'slug' then '''twin-'' || replace($2::text, ''-'', '''')'
        when mood in ('live', 'fresh') and c.type = 'timestamp with time zone' and not c.attnotnull then 'null'
        when mood = 'fresh' and c.type = 'timestamp with time zone' then '''2999-01-01''::timestamptz'
        when mood in ('live', 'fresh') and c.type = 'boolean' then 'true'
        when mood = 'ended' and c.type = 'timestamp with time zone' then '''2000-01-01''::timestamptz'
        when mood = 'ended' and c.type = 'boolean' then 'false'
        when mood = 'turned' and c.parent is not null then format(
            'coalesce((select x.id from %I x where x.company_id = $1 and x.id is distinct from %s.%I limit 1), %s.%I)',
            c.parent, source, c.name, source, c.name)
        else format('%s.%I', source, c.name) end
$$;

-- A row out of nothing but what a column must have.
create function twin.least(c twin.columns, mood text) returns text language sql as $$
    select case
        when c.name = c.company then '$2'
        when not c.attnotnull and not (mood = 'ended' and c.type = 'timestamp with time zone') then 'null'
        when c.type = 'timestamp with time zone' then
            case mood when 'ended' then '''2000-01-01''::timestamptz' else '''2999-01-01''::timestamptz' end
        when c.type = 'uuid' then 'gen_random_uuid()'
        when c.type = 'text' then 'gen_random_uuid()::text'
        when c.type = 'bytea' then 'decode(md5(random()::text), ''hex'')'
        when c.type = 'boolean' then 'false'
        when c.type in ('bigint', 'integer') then '(random() * 1e9)::integer'
        when c.type = 'jsonb' then '''{}''::jsonb'
        when c.type like '%[]' then '''{}'''
        else '0' end
$$;

-- How the twin is made: `$1` is the company, `$2` the twin.
create table twin.steps (mood text, crowded boolean, name text, sql text);

insert into twin.steps
select w.mood, false, t.name, format(
    'insert into %I (%s) select %s from %I r where r.%I = $1 on conflict do nothing',
    t.name, string_agg(quote_ident(c.name), ', ' order by c.attnum),
    string_agg(twin.value(c, w.mood, 'r'), ', ' order by c.attnum), t.name, t.company)
from twin.tables t join twin.columns c on c.table_name = t.name,
    unnest(array['same', 'turned', 'live', 'fresh', 'ended']) as w (mood)
group by w.mood, t.name, t.company;

-- Everybody has the next one's place: the ids are the same, and nothing else.
insert into twin.steps
select 'mixed', false, t.name, format(
    'with r as (select *, row_number() over () as place, count(*) over () as places from %I where %I = $1) '
    'insert into %I (%s) select %s from r join r s on s.place = r.place %% r.places + 1 on conflict do nothing',
    t.name, t.company, t.name, string_agg(quote_ident(c.name), ', ' order by c.attnum),
    string_agg(twin.value(c, 'mixed', case when c.is_key then 'r' else 's' end), ', ' order by c.attnum))
from twin.tables t join twin.columns c on c.table_name = t.name group by t.name, t.company;

-- Whatever could refer to a row does: a copy of each row that refers to another, and a row out of nothing.
insert into twin.steps
select w.mood, true, t.name, format(
    'insert into %I (%s) select %s from %I r, %I p where r.company_id = $1 and p.company_id = $1 limit 200 '
    'on conflict do nothing',
    t.name, string_agg(quote_ident(c.name), ', ' order by c.attnum),
    string_agg(case
        when c.attnum = k.conkey[cardinality(k.conkey)] then 'p.id'
        when c.name = 'id' or c.is_unique then twin.least(c, w.mood)
        else twin.value(c, w.mood, 'r') end, ', ' order by c.attnum),
    t.name, k.confrelid::regclass)
from pg_constraint k join twin.tables t on t.oid = k.conrelid join twin.columns c on c.table_name = t.name,
    unnest(array['same', 'live', 'ended']) as w (mood)
where k.contype = 'f' and cardinality(k.conkey) > 1 and k.connamespace = 'public'::regnamespace
group by w.mood, k.oid, k.conrelid, k.confrelid, t.name;

insert into twin.steps
select w.mood, true, t.name, format(
    'insert into %I (%s) select %s from %I p where p.company_id = $1 limit 200 on conflict do nothing',
    t.name, string_agg(quote_ident(c.name), ', ' order by c.attnum),
    string_agg(case
        when c.attnum = k.conkey[cardinality(k.conkey)] then 'p.id' else twin.least(c, w.mood) end,
        ', ' order by c.attnum),
    k.confrelid::regclass)
from pg_constraint k join twin.tables t on t.oid = k.conrelid join twin.columns c on c.table_name = t.name,
    unnest(array['same', 'live', 'ended']) as w (mood)
where k.contype = 'f' and cardinality(k.conkey) > 1 and k.connamespace = 'public'::regnamespace
group by w.mood, k.oid, k.conrelid, k.confrelid, t.name;

-- Makes the twin of a company. With `later`, the company's own rows lie behind the twin's.
create function twin.make(company uuid, twin uuid, mood text, crowded boolean, later boolean)
returns void language plpgsql as $$
declare s record;
begin
    perform set_config('session_replication_role', 'replica', true);
    for s in select x.sql from twin.steps x where x.mood = make.mood and (make.crowded or not x.crowded)
        order by x.crowded loop
        execute s.sql using company, twin;
    end loop;
    if later then
        for s in select t.name, t.company from twin.tables t loop
            execute format('update %I set %I = %I where %I = $1', s.name, s.company, s.company, s.company)
                using company;
        end loop;
    end if;
    perform set_config('session_replication_role', 'origin', true);
end
$$;

-- Everything that a company has, in short.
create function twin.digest(company uuid) returns text language plpgsql as $$
declare s record; part text; whole text := '';
begin
    for s in select t.name, t.company from twin.tables t order by t.name loop
        execute format('select md5(string_agg(x::text, chr(10) order by x::text)) from %I x where %I = $1',
            s.name, s.company) into part using company;
        whole := whole || coalesce(part, '-') || ' ';
    end loop;
    return whole;
end
$$;

grant usage on schema twin to public;
