-- Two companies with the same records of the same ids, drawn at random: what is done to one at once and to the other
-- one by one must come out the same. `$one`, `$other` and `$seed` are put in before it runs.
set session_replication_role = replica;

create function pg_temp.draw(n integer, what text, below integer) returns integer language sql as
$$ select abs(('x' || left(md5(n || what || '$seed'), 7))::bit(28)::integer) % below $$;

delete from stages where company_id in ('$one', '$other');
delete from pipelines where company_id in ('$one', '$other');
insert into pipelines (company_id, id, name, name_fold, is_default, version, created_at, updated_at)
values ('$one', md5('pipeline')::uuid, 'Sales', 'sales', true, 1, now(), now());
insert into stages (company_id, id, pipeline_id, name, name_fold, position, kind, color, probability)
select '$one', md5('stage ' || n)::uuid, md5('pipeline')::uuid, 'Stage ' || n, 'stage ' || n, n,
    (array['OPEN', 'OPEN', 'WON', 'LOST', 'LOST'])[n], '#000000', 10 from generate_series(1, 5) n;

insert into users (company_id, id, email, email_key, email_fold, name, name_fold, password_hash, role, active,
    force_password_reset, version, created_at, updated_at)
select '$one', md5('user ' || n)::uuid, 'u' || n, 'u' || n, 'u' || n, 'User ' || n, 'user ' || n, '', 'MEMBER', true,
    false, 1, now(), now() from generate_series(1, 3) n;

insert into accounts (company_id, id, name, name_key, name_fold, owner_id, tags, version, created_at, updated_at)
select '$one', md5('account ' || n)::uuid, 'Account ' || n, 'account ' || n, 'account ' || n,
    md5('user ' || 1 + n % 3)::uuid, '{}', 1, '2026-01-01', '2026-01-01' from generate_series(1, 4) n;

insert into contacts (company_id, id, first_name, last_name, name_fold, email, email_key, account_id, owner_id, version,
    created_at, updated_at, deleted_at, deletion_id)
select '$one', md5('contact ' || n)::uuid, 'A "quoted" \ name' || n, case when pg_temp.draw(n, 'last', 3) > 0 then 'Ñandú' end,
    'name' || n, 'c' || n, 'c' || n,
    case when pg_temp.draw(n, 'at', 4) > 0 then md5('account ' || 1 + pg_temp.draw(n, 'account', 3))::uuid end,
    case when pg_temp.draw(n, 'owned', 4) > 0 then md5('user ' || 1 + pg_temp.draw(n, 'owner', 3))::uuid end, 1,
    '2026-01-01', '2026-01-01',
    case when n % 10 = 0 then '2026-02-01'::timestamptz end, case when n % 10 = 0 then md5('alone ' || n)::uuid end
from generate_series(1, 30) n;

insert into opportunities (company_id, id, number, title, title_fold, account_id, contact_id, owner_id, amount,
    currency, pipeline_id, stage_id, status, closed_at, tags, version, created_at, updated_at, deleted_at, deletion_id)
select '$one', md5('opportunity ' || n)::uuid, n, 'Sale "' || n || '" \ 100 % ✓', 'sale', a.id, c.id,
    case when pg_temp.draw(n, 'owned', 4) > 0 then md5('user ' || 1 + pg_temp.draw(n, 'owner', 3))::uuid end,
    pg_temp.draw(n, 'amount', 1000000), (array['UYU', 'USD', 'JPY'])[1 + pg_temp.draw(n, 'currency', 3)],
    s.pipeline_id, s.id, s.kind,
    -- With as many digits of a second as somebody may have kept.
    case when s.kind <> 'OPEN' then '2026-03-01'::timestamptz + pg_temp.draw(n, 'closed', 90) * interval '1 day'
        + (array[interval '0', '1 second', '120 milliseconds', '7 microseconds'])[1 + pg_temp.draw(n, 'digits', 4)] end,
    '{}', 1 + pg_temp.draw(n, 'version', 5), '2026-01-01', '2026-01-01',
    case when n % 10 = 0 then '2026-02-01'::timestamptz end, case when n % 10 = 0 then md5('alone ' || n)::uuid end
from generate_series(1, 120) n
join stages s on s.company_id = '$one' and s.id = md5('stage ' || 1 + pg_temp.draw(n, 'stage', 5))::uuid
left join contacts c on c.company_id = '$one' and c.id = md5('contact ' || 1 + pg_temp.draw(n, 'contact', 30))::uuid
    and pg_temp.draw(n, 'known', 3) > 0
left join accounts a on a.company_id = '$one' and a.id = md5('account ' || 1 + pg_temp.draw(n, 'account', 3))::uuid
    and (c.id is null or pg_temp.draw(n, 'both', 2) > 0);

insert into account_wins (company_id, account_id, wins)
select company_id, account_id, count(*) from opportunities
where company_id = '$one' and status = 'WON' and deleted_at is null and account_id is not null group by 1, 2;
insert into account_won_amounts (company_id, account_id, currency, wins, amount)
select company_id, account_id, currency, count(*), sum(amount) from opportunities
where company_id = '$one' and status = 'WON' and deleted_at is null and account_id is not null group by 1, 2, 3;
insert into stage_totals (company_id, stage_id, currency, count, amount)
select company_id, stage_id, currency, count(*), sum(amount) from opportunities
where company_id = '$one' and deleted_at is null group by 1, 2, 3;

do $$
declare
    copied text;
begin
    foreach copied in array array['users', 'pipelines', 'stages', 'accounts', 'contacts', 'opportunities', 'account_wins',
        'account_won_amounts', 'stage_totals'] loop
        execute format('insert into %1$I select r.* from %1$I o, '
            'jsonb_populate_record(null::%1$I, to_jsonb(o) || ''{"company_id": "$other"}'') r '
            'where o.company_id = ''$one''' || case copied when 'users' then ' and o.email like ''u%%''' else '' end,
            copied);
    end loop;
end
$$;
set session_replication_role = origin;
