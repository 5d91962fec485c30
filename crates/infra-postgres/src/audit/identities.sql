-- Across companies, as the role that owns the directory: each identity is somebody's, and whoever may sign in has one.
select 'identity of user ' || i.subject_id || ', who is not there' from identities i
left join users u on u.company_id = i.company_id and u.id = i.subject_id
where i.company_id is not null and u.id is null
union all
select 'identity of administrator ' || i.subject_id || ', who is not there' from identities i
left join platform_administrators a on a.id = i.subject_id
where i.company_id is null and a.id is null
union all
select 'user ' || u.id || ' of company ' || u.company_id || ' has ' || coalesce(i.identities, 0) || ' identities'
from users u
left join (select company_id, subject_id, count(*) as identities from identities group by company_id, subject_id) i
    on i.company_id = u.company_id and i.subject_id = u.id
where i.identities > 1 or u.active and i.identities is null
union all
select 'administrator ' || a.id || ' has ' || coalesce(i.identities, 0) || ' identities'
from platform_administrators a
left join (select subject_id, count(*) as identities from identities where company_id is null group by subject_id) i
    on i.subject_id = a.id
where i.identities > 1 or a.active and i.identities is null
order by 1 limit 20
