-- Counts the changes of names of stages, pipelines and users, which the server keeps in memory by this version.
alter table company_sequences drop constraint company_sequences_name_check;
alter table company_sequences add constraint company_sequences_name_check
    check (name in ('names', 'opportunity_number', 'outbox'));

-- One stage by amount: sorting all that stand in it took 31 ms at 300,000 rows.
create index opportunities_stage_amount on opportunities
    (company_id, stage_id, currency, amount, id) where deleted_at is null;

-- Boards with conditions count and add up rows without looking at them: reading 10,000 rows from the table took 40 ms.
drop index opportunities_status;
create index opportunities_status on opportunities (company_id, status, created_at desc, id desc)
    include (stage_id, currency, amount) where deleted_at is null;
drop index opportunities_owner_status;
create index opportunities_owner_status on opportunities (company_id, owner_id, status, created_at desc, id desc)
    include (stage_id, currency, amount) where deleted_at is null;

-- Accounts of as many wins are ranked by amount: those of the greatest amounts are looked at first, and not all of them.
create index account_won_amounts_most on account_won_amounts
    (company_id, currency, amount desc, account_id) where wins > 0;

-- How many rows a span of dates holds: of the expression by which dates are compared, PostgreSQL keeps no statistics for
-- the indexes that are on some rows only, and took any span for one row in two hundred.
create statistics opportunities_expected on
    (case when expected_close_date is null then 'infinity'::date else expected_close_date end) from opportunities;
create statistics opportunities_closed on
    (case when closed_at is null then 'infinity'::timestamptz else closed_at end) from opportunities;
analyze opportunities;
