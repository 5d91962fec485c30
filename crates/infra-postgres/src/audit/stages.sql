select 'opportunity ' || o.id from opportunities o
join stages s on s.company_id = o.company_id and s.id = o.stage_id
join pipelines p on p.company_id = o.company_id and p.id = o.pipeline_id
where o.company_id = $1 and o.deleted_at is null
and (s.deleted_at is not null or p.deleted_at is not null or s.pipeline_id <> o.pipeline_id)
order by 1 limit 20
