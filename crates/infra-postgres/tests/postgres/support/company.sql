with
company as (
    insert into companies
    select gen_random_uuid(), $1, $1, null, null, null, 'UY', 'es', 'America/Montevideo', 'UYU', true, 30, 730, null,
           1, now(), now()
    returning id as company_id
),
person as (
    insert into users
    select company_id, gen_random_uuid(), 'Ana', $1 || '@example.com', $1 || '@example.com', 'OWNER', true, false,
           'x', null, 1, now(), null, now() from company
    returning company_id, id
),
identity as (insert into identities select $1 || '@example.com', company_id, id from person),
account as (
    insert into accounts (company_id, id, name, name_key, name_fold, tags, version, created_at, updated_at)
    select company_id, gen_random_uuid(), 'Acme', 'acme', 'acme', '{}', 1, now(), now() from company
    returning company_id, id
),
pipeline as (
    insert into pipelines
    select company_id, gen_random_uuid(), 'Ventas', 'ventas', true, 1, now(), null, now(), null from company
    returning company_id, id
),
stage as (
    insert into stages
    select company_id, gen_random_uuid(), id, 'Inicio', 'inicio', 1, 'OPEN', '#000000', 10, null from pipeline
    returning company_id, id, pipeline_id
),
opportunity as (
    insert into opportunities (company_id, id, number, title, title_fold, account_id, amount, currency, pipeline_id,
                               stage_id, status, tags, version, created_at, updated_at)
    select s.company_id, gen_random_uuid(), 1, 'Venta', 'venta', a.id, 100, 'UYU', s.pipeline_id, s.id, 'OPEN', '{}',
           1, now(), now()
    from stage s join account a on a.company_id = s.company_id
    returning company_id, id, stage_id
),
change as (
    insert into stage_changes
    select company_id, gen_random_uuid(), id, null, stage_id, null, now(), null from opportunity
)
select company_id from company
