-- The events of one unit of work are one operation. The first of them says how many there are, so that lists of operations
-- have one row for each, however many records it changed. Events of earlier releases belong to none.
alter table outbox
    add column operation_id uuid,
    add column operation_kind text,
    add column operation_size bigint,
    add column caused_by uuid,
    -- Of the record, after the event.
    add column version integer;
alter table outbox add constraint outbox_operation_kind_check check (operation_kind in (
    'REQUEST', 'BULK', 'IMPORT', 'MERGE', 'CONVERSION', 'UNDO', 'AUTOMATION', 'AGENT', 'JOB'
)) not valid;

create unique index outbox_operation on outbox (company_id, operation_id) where operation_size is not null;
create index outbox_operations on outbox (company_id, occurred_at desc, operation_id desc)
    where operation_size is not null;
create index outbox_operations_of_actor on outbox (company_id, actor_id, occurred_at desc, operation_id desc)
    where operation_size is not null;

-- A repeated request tells which operation it was.
alter table idempotency_keys add column operation_id uuid;
