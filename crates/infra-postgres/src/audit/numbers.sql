select format('number %s is in use, and the counter says %s', used.last, coalesce(counter.value, 0))
from (select max(number) as last from opportunities where company_id = $1) used
left join company_sequences counter on counter.company_id = $1 and counter.name = 'opportunity_number'
where used.last > coalesce(counter.value, 0)
