-- Everything of the large company stands in one stage, and a third of it is with one account, which has a sixth of the
-- contacts; three quarters are one user's.
set session_replication_role = replica;
update accounts set name = 'Giant', name_key = 'giant', name_fold = 'giant'
where company_id = '$company' and id = md5('$company account 1')::uuid;
update contacts set account_id = case when id in (select id from contacts where company_id = '$company' order by id
        limit (select count(*) / 6 from contacts where company_id = '$company'))
    then md5('$company account 1')::uuid else nullif(account_id, md5('$company account 1')::uuid) end
where company_id = '$company';
update opportunities o set pipeline_id = s.pipeline_id, stage_id = s.id, status = 'OPEN', closed_at = null, version = 1,
    account_id = case when number % 3 = 0 then md5('$company account 1')::uuid
        else md5('$company account ' || 2 + number % 1000)::uuid end,
    owner_id = md5('$company user ' || case when number % 4 > 0 then 1 else 2 end)::uuid
from stages s join pipelines p on p.company_id = s.company_id and p.id = s.pipeline_id
where o.company_id = '$company' and s.company_id = '$company' and p.is_default and s.position = 1;
delete from stage_changes where company_id = '$company';
delete from stage_totals where company_id = '$company';
delete from account_wins where company_id = '$company';
delete from account_won_amounts where company_id = '$company';
insert into stage_totals (company_id, stage_id, currency, count, amount)
select company_id, stage_id, currency, count(*), sum(amount) from opportunities
where company_id = '$company' and deleted_at is null group by 1, 2, 3;
set session_replication_role = origin;
