-- Who comes into a stage leaves it again, or stands there: summed up over an opportunity's changes and its present
-- stage, each stage is left with nothing. The order of changes doesn't matter, so neither do clocks.
with steps (opportunity_id, stage_id, step) as (
    select opportunity_id, to_stage_id, 1 from stage_changes where company_id = $1
    union all
    select opportunity_id, from_stage_id, -1 from stage_changes
    where company_id = $1 and from_stage_id is not null
    union all
    select id, stage_id, -1 from opportunities where company_id = $1
),
broken as (
    select opportunity_id from steps group by opportunity_id, stage_id having sum(step) <> 0
)
select distinct 'opportunity ' || opportunity_id from broken order by 1 limit 20
