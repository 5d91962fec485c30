select format('%s events, the last of them %s, and the counter says %s', o.events, o.last, coalesce(counter.value, 0))
from (select count(*) as events, coalesce(max(sequence), 0) as last from outbox where company_id = $1) o
left join company_sequences counter on counter.company_id = $1 and counter.name = 'outbox'
where o.events <> coalesce(counter.value, 0) or o.last <> coalesce(counter.value, 0)
