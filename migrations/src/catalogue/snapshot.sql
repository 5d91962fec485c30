-- The catalogue as lines of key and value, the same on PostgreSQL 15 to 18: rights, indexes, constraints, policies,
-- triggers, columns, functions, roles. It is read with `search_path` set to pg_catalog, so that every other name is
-- written out. What an owner may do with its own is not listed; NOT NULL is said of the column, because only
-- version 18 makes a constraint of it.
with ours as (
    select n.oid, n.nspname, n.nspowner, n.nspacl from pg_namespace n
    where n.nspname in ('public', 'directory', 'jobs', 'graphile_worker')
),
relations as (
    select c.*, n.nspname || '.' || c.relname as name,
        case c.relkind when 'S' then 'sequence' when 'v' then 'view' when 'm' then 'materialised view'
        when 'f' then 'foreign table' else 'table' end as kind
    from pg_class c join ours n on n.oid = c.relnamespace where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
),
functions as (
    select p.*, n.nspname || '.' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' as name
    from pg_proc p join ours n on n.oid = p.pronamespace
),
rights as (
    select 'schema ' || n.nspname as object, n.nspowner as owner,
        coalesce(n.nspacl, acldefault('n', n.nspowner)) as acl from ours n
    union all
    select r.kind || ' ' || r.name, r.relowner,
        coalesce(r.relacl, acldefault(case r.relkind when 'S' then 's' else 'r' end::"char", r.relowner))
    from relations r
    union all
    select 'column ' || r.name || '.' || a.attname, r.relowner, a.attacl
    from relations r join pg_attribute a on a.attrelid = r.oid and a.attacl is not null and not a.attisdropped
    union all
    select 'function ' || f.name, f.proowner, coalesce(f.proacl, acldefault('f', f.proowner)) from functions f
),
given as (
    select r.object, coalesce(g.rolname, 'everybody') as grantee, x.privilege_type
        || case when x.is_grantable then ' with grant option' else '' end as privilege
    from rights r, aclexplode(r.acl) x left join pg_roles g on g.oid = x.grantee
    where x.grantee <> r.owner
    and not (r.object = 'schema public' and x.grantee = 0 and x.privilege_type = 'USAGE')
),
lines (key, value) as (
    select 'schema ' || nspname, 'of ' || pg_get_userbyid(nspowner) from ours where nspname <> 'public'
    union all
    select 'rights on ' || object || ' of ' || grantee, string_agg(privilege, ', ' order by privilege collate "C")
    from given group by object, grantee
    union all
    select 'default rights on ' || d.defaclobjtype::text || ' of ' || pg_get_userbyid(d.defaclrole)
        || coalesce(' in ' || n.nspname, ''),
        (select string_agg(item::text, ', ' order by item::text collate "C") from unnest(d.defaclacl) item)
    from pg_default_acl d left join pg_namespace n on n.oid = d.defaclnamespace
    union all
    select kind || ' ' || name, 'of ' || pg_get_userbyid(relowner)
        || case when relrowsecurity then ', row-level security' else '' end
        || case when relforcerowsecurity then ' forced' else '' end
        || coalesce(', with ' || array_to_string(reloptions, ', '), '')
    from relations
    union all
    select 'column ' || r.name || '.' || a.attname, format_type(a.atttypid, a.atttypmod)
        || coalesce(' collate ' || nullif(l.collname, 'default'), '')
        || case when a.attnotnull then ' not null' else '' end
        || case when a.attidentity <> '' then ' identity ' || a.attidentity::text else '' end
        || coalesce(case when a.attgenerated <> '' then ' generated ' else ' default ' end
            || pg_get_expr(d.adbin, d.adrelid), '')
    from relations r join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
    left join pg_collation l on l.oid = a.attcollation
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where r.relkind <> 'S'
    union all
    select 'constraint ' || r.name || '.' || k.conname,
        pg_get_constraintdef(k.oid)
    from relations r join pg_constraint k on k.conrelid = r.oid where k.contype <> 'n'
    union all
    select 'index ' || n.nspname || '.' || i.relname, pg_get_indexdef(x.indexrelid)
        || case when x.indisvalid and x.indisready then '' else ' (not valid)' end
    from pg_index x join pg_class i on i.oid = x.indexrelid join ours n on n.oid = i.relnamespace
    union all
    select 'policy ' || p.schemaname || '.' || p.tablename || '.' || p.policyname,
        lower(p.permissive) || ' for ' || lower(p.cmd) || ' to ' || array_to_string(p.roles, ', ')
        || coalesce(' using ' || regexp_replace(p.qual, '\s+AS "?nullif"?', '', 'g'), '')
        || coalesce(' with check ' || regexp_replace(p.with_check, '\s+AS "?nullif"?', '', 'g'), '')
    from pg_policies p join ours n on n.nspname = p.schemaname
    union all
    select 'trigger ' || r.name || '.' || t.tgname,
        pg_get_triggerdef(t.oid) || case when t.tgenabled = 'O' then '' else ' (' || t.tgenabled::text || ')' end
    from relations r join pg_trigger t on t.tgrelid = r.oid where not t.tgisinternal
    union all
    select 'rule ' || r.name || '.' || w.rulename, pg_get_ruledef(w.oid)
    -- A view's own rule is written in other words from version 16 on.
    from relations r join pg_rewrite w on w.ev_class = r.oid where w.rulename <> '_RETURN'
    union all
    select 'function ' || f.name, 'of ' || pg_get_userbyid(f.proowner)
        || case when f.prosecdef then ', with the rights of its owner' else '' end
        || ', ' || case f.provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end
        || ' ' || l.lanname || coalesce(', with ' || array_to_string(f.proconfig, ', '), '')
        || ', returns ' || coalesce(pg_get_function_result(f.oid), 'nothing')
        || ', body ' || md5(f.prosrc || coalesce(pg_get_function_sqlbody(f.oid), ''))
    from functions f join pg_language l on l.oid = f.prolang
    union all
    select 'role ' || rolname, concat_ws(', ', case when rolcanlogin then 'login' else 'no login' end,
        case when rolinherit then 'inherits' else 'does not inherit' end,
        case when rolsuper then 'superuser' end, case when rolbypassrls then 'bypasses row-level security' end,
        case when rolcreaterole then 'makes roles' end, case when rolcreatedb then 'makes databases' end,
        case when rolreplication then 'replicates' end)
    from pg_roles where rolname in ('cartera_owner', 'cartera_api', 'cartera_worker', 'cartera_lookup')
    union all
    select 'role ' || m.rolname || ' within ' || g.rolname, case when x.admin_option then 'and may admit' else 'member' end
    from pg_auth_members x join pg_roles m on m.oid = x.member join pg_roles g on g.oid = x.roleid
    where m.rolname in ('cartera_owner', 'cartera_api', 'cartera_worker', 'cartera_lookup')
)
select key, regexp_replace(coalesce(value, ''), '\s+', ' ', 'g') as value from lines order by key collate "C", value collate "C"
