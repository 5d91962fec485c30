-- Fills one company, set by set, for tests and for the benchmark. `$company` (its id), `$index` (its place among the companies), `$size` (its
-- opportunities) and `$accounts` are put in before it runs. Closed opportunities are old and open ones new, one
-- owner has few, one currency is rare and old, some accounts buy much more than others: what a plan by averages
-- trips over. Where every account has its own sale (`$accounts` = `$size`), all accounts have the same wins.
set session_replication_role = replica;

insert into users (company_id, id, email, email_key, email_fold, name, name_fold, password_hash, role, active,
    force_password_reset, version, created_at, updated_at)
select '$company', md5('$company user ' || n)::uuid, 'u' || n || '@c$index.example.com',
    'u' || n || '@c$index.example.com', 'u' || n || '@c$index.example.com', 'User ' || n, 'user ' || n,
    (select password_hash from users where company_id = '$company' and role = 'OWNER'), 'MEMBER', true, false, 1,
    '2025-01-01'::timestamptz + n * interval '1 minute', '2025-01-01'::timestamptz + n * interval '1 minute'
from generate_series(1, 40) n;
insert into identities (email_key, company_id, subject_id)
select email_key, company_id, id from users where company_id = '$company' on conflict do nothing;

insert into pipelines (company_id, id, name, name_fold, is_default, version, created_at, updated_at)
values ('$company', md5('$company pipeline')::uuid, 'Partners', 'partners', false, 1, now(), now());
insert into stages (company_id, id, pipeline_id, name, name_fold, position, kind, color, probability)
select company_id, md5('$company stage ' || id)::uuid, md5('$company pipeline')::uuid, name, name_fold, position,
    kind, color, probability from stages where company_id = '$company';

insert into accounts (company_id, id, name, name_key, name_fold, industry, industry_fold, owner_id, tags,
    version, created_at, updated_at)
select '$company', md5('$company account ' || n)::uuid, 'Account ' || n, 'account ' || n, 'account ' || n,
    'Industry ' || n % 50, 'industry ' || n % 50, md5('$company user ' || 1 + n % 40)::uuid, '{}', 1,
    '2025-01-01'::timestamptz + interval '600 days' * n / $accounts,
    '2025-01-01'::timestamptz + interval '600 days' * (n * 7919::bigint % $accounts) / $accounts
from generate_series(1, $accounts) n;

insert into contacts (company_id, id, first_name, last_name, name_fold, last_name_fold, email, email_key,
    email_fold, account_id, owner_id, version, created_at, updated_at)
select '$company', md5('$company contact ' || n)::uuid, 'Name' || n % 997, 'Surname' || n,
    'name' || n % 997 || ' surname' || n, 'surname' || n,
    case when n % 3 > 0 then 'c' || n || '@example.com' end,
    case when n % 3 > 0 then 'c' || n || '@example.com' end,
    case when n % 3 > 0 then 'c' || n || '@example.com' end,
    case when n % 5 > 0 then md5('$company account ' || 1 + n % $accounts)::uuid end,
    md5('$company user ' || 1 + n % 40)::uuid, 1,
    '2025-01-01'::timestamptz + interval '600 days' * n / ($size / 5),
    '2025-01-01'::timestamptz + interval '600 days' * (n * 7919::bigint % ($size / 5)) / ($size / 5)
from generate_series(1, $size / 5) n;

insert into opportunities (company_id, id, number, title, title_fold, account_id, contact_id, owner_id, amount,
    currency, pipeline_id, stage_id, status, closed_at, expected_close_date, tags, version, created_at,
    updated_at, deleted_at, deletion_id)
select '$company', md5('$company opportunity ' || n)::uuid, n, 'Sale ' || n % 9973 || ' of ' || n,
    'sale ' || n % 9973 || ' of ' || n,
    case when $accounts = $size then md5('$company account ' || n)::uuid
        when n % 10 > 0 then md5('$company account ' ||
        1 + floor($accounts * power((n * 7919::bigint % 99991) / 99991.0, 4)))::uuid end,
    case when n % 2 = 0 then md5('$company contact ' || 1 + n % ($size / 5))::uuid end,
    md5('$company user ' || case when n % 1000 = 7 then 40 else 1 + n % 39 end)::uuid,
    n * 7919::bigint % 1000000,
    case when n < $size / 10 and n % 100 = 3 then 'BRL' when n % 3 = 0 then 'USD' else 'UYU' end,
    s.pipeline_id, s.id, s.kind,
    case when s.kind <> 'OPEN' then '2025-01-02'::timestamptz + interval '600 days' * n / $size end,
    case when n % 4 > 0 then date '2025-03-01' + (n * 600::bigint / $size)::integer end, '{}',
    case when s.first then 1 else 2 end,
    '2025-01-01'::timestamptz + interval '600 days' * n / $size,
    '2025-01-02'::timestamptz + interval '600 days' * (n * 7919::bigint % $size) / $size,
    case when n % 50 = 11 and $accounts < $size then now() - n % 20 * interval '1 day' end,
    case when n % 50 = 11 and $accounts < $size then md5('$company deletion ' || n)::uuid end
from generate_series(1, $size) n
join (select s.*, p.is_default, s.position = min(s.position) over (partition by s.pipeline_id) as first,
    row_number() over (partition by s.pipeline_id, s.kind = 'OPEN' order by s.position) as nth,
    count(*) over (partition by s.pipeline_id, s.kind = 'OPEN') as of
    from stages s join pipelines p on p.company_id = s.company_id and p.id = s.pipeline_id
    where s.company_id = '$company' and s.deleted_at is null) s
on s.is_default = (n % 100 > 0) and case when $accounts = $size then s.kind = 'WON'
    else (s.kind = 'OPEN') = (n > $size * 6 / 10) and s.nth = 1 + n / 100 % s.of end;

-- Everything begins in its pipeline's first stage, and most of it went on from there.
insert into stage_changes (company_id, id, opportunity_id, from_stage_id, to_stage_id, reason, changed_at,
    changed_by)
select o.company_id, md5('$company entry ' || o.number)::uuid, o.id, null, f.id, null, o.created_at, o.owner_id
from opportunities o
join (select distinct on (pipeline_id) pipeline_id, id from stages where company_id = '$company'
    order by pipeline_id, position) f on f.pipeline_id = o.pipeline_id
where o.company_id = '$company';
insert into stage_changes (company_id, id, opportunity_id, from_stage_id, to_stage_id, reason, changed_at,
    changed_by)
select o.company_id, md5('$company change ' || o.number)::uuid, o.id, c.to_stage_id, o.stage_id, 'It went on',
    coalesce(o.closed_at, o.created_at + interval '1 hour'), o.owner_id
from opportunities o join stage_changes c on c.company_id = o.company_id and c.opportunity_id = o.id
where o.company_id = '$company' and c.to_stage_id <> o.stage_id;

insert into company_sequences (company_id, name, value) values ('$company', 'opportunity_number', $size)
on conflict (company_id, name) do update set value = excluded.value;

insert into account_wins (company_id, account_id, wins)
select company_id, account_id, count(*) from opportunities
where company_id = '$company' and status = 'WON' and deleted_at is null and account_id is not null
group by 1, 2;
insert into account_won_amounts (company_id, account_id, currency, wins, amount)
select company_id, account_id, currency, count(*), sum(amount) from opportunities
where company_id = '$company' and status = 'WON' and deleted_at is null and account_id is not null
group by 1, 2, 3;
insert into stage_totals (company_id, stage_id, currency, count, amount)
select company_id, stage_id, currency, count(*), sum(amount) from opportunities
where company_id = '$company' and deleted_at is null group by 1, 2, 3;
reset session_replication_role;
