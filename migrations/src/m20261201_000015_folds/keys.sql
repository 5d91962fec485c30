-- The stored forms of names, by the two folds (ADR 26). Only rows whose form is another one are written. Row-level security
-- binds the owner too: for these statements it does not.

-- Forms by which lists are searched and sorted.
do $$
declare
    stored record;
begin
    for stored in
        select * from (values
            ('companies', 'name_fold', 'pg_temp.fold(name)'),
            ('users', 'name_fold', 'pg_temp.fold(name)'),
            ('api_keys', 'name_fold', 'pg_temp.fold(name)'),
            ('accounts', 'name_fold', 'pg_temp.fold(name)'),
            ('accounts', 'industry_fold', 'pg_temp.fold(industry)'),
            ('contacts', 'name_fold', 'pg_temp.fold(concat_ws('' '', first_name, last_name))'),
            ('contacts', 'last_name_fold', 'pg_temp.fold(last_name || '' '' || first_name)'),
            ('tags', 'name_fold', 'pg_temp.fold(name)'),
            ('opportunities', 'title_fold', 'pg_temp.fold(title)'),
            ('attachments', 'name_fold', 'pg_temp.fold(file_name)')
        ) as forms (owner_table, form, made)
    loop
        execute format('alter table %I no force row level security', stored.owner_table);
        execute format(
            'update %1$I set %2$I = %3$s where %2$I is distinct from %3$s',
            stored.owner_table, stored.form, stored.made
        );
        execute format('alter table %I force row level security', stored.owner_table);
    end loop;
end
$$;

-- Forms of which no two live rows of a company (or of a pipeline) have the same. Where two rows come to one form, the older
-- one (ids are in the order of time) has it, and the other one has it with `#` and its id, until somebody renames it. All of
-- them pass through a form that nobody else can have, so that no order of writing meets a form that is about to go.
do $$
declare
    stored record;
begin
    for stored in
        select * from (values
            ('accounts', 'name_key', 'pg_temp.name_key(name)', 'company_id', 'deleted_at is null'),
            ('api_keys', 'name_key', 'pg_temp.name_key(name)', 'company_id', 'revoked_at is null'),
            ('tags', 'name_key', 'coalesce(nullif(pg_temp.fold(name, ''#$%&*+./@''), ''''), pg_temp.name_key(name))',
                'company_id', 'deleted_at is null'),
            ('pipelines', 'name_fold', 'pg_temp.fold(name)', 'company_id', 'deleted_at is null'),
            ('stages', 'name_fold', 'pg_temp.fold(name)', 'pipeline_id', 'deleted_at is null')
        ) as forms (owner_table, form, made, scope, live)
    loop
        execute format('alter table %I no force row level security', stored.owner_table);
        execute format(
            'create temp table renewed on commit drop as '
            'with made as (select company_id, id, %2$I as old, %3$s as new, %4$I as scope, %5$s as live from %1$I), '
            'placed as (select *, row_number() over (partition by company_id, scope, live, new order by id) as place from made), '
            'distinguished as (select company_id, id, old, '
            'case when live and place > 1 then new || '' #'' || id else new end as new from placed) '
            'select company_id, id, new from distinguished where old is distinct from new',
            stored.owner_table, stored.form, stored.made, stored.scope, stored.live
        );
        analyze renewed;
        execute format(
            'update %1$I t set %2$I = ''#'' || t.id from renewed r where t.company_id = r.company_id and t.id = r.id',
            stored.owner_table, stored.form
        );
        execute format(
            'update %1$I t set %2$I = r.new from renewed r where t.company_id = r.company_id and t.id = r.id',
            stored.owner_table, stored.form
        );
        drop table renewed;
        execute format('alter table %I force row level security', stored.owner_table);
    end loop;
end
$$;

drop function pg_temp.fold(text, text);
drop function pg_temp.name_key(text);
drop function pg_temp.letters();
drop function pg_temp.dropped();
drop function pg_temp.unseen();
drop function pg_temp.bare();
drop function pg_temp.caseless();
