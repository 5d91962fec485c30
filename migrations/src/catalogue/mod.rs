//! What the database's own catalogue must say for the walls to stand: each query must answer no row. The
//! gate runs them on a fresh database, and `cartera doctor` on a living one.

pub mod snapshot;

/// Something that must not be found, and the query that looks for it.
#[derive(Debug, Clone, Copy)]
pub struct Check {
    /// What a row means.
    pub finding: &'static str,
    /// Answers one text per finding.
    pub sql: &'static str,
}

/// Unique indexes that may cross companies, each for a reason: the directory of sign-in e-mails, the
/// people of no company, the slugs, and the keys of tables that have no company.
pub const GLOBAL_UNIQUE_INDEXES: &[&str] = &[
    "companies_pkey",
    "companies_slug_key",
    "identities_pkey",
    "platform_administrators_email_key",
    "platform_administrators_pkey",
    "seaql_migrations_pkey",
];

/// Every check. `$1` is [`GLOBAL_UNIQUE_INDEXES`] where a query takes a parameter.
pub const CHECKS: &[Check] = &[
    Check {
        finding: "a table without forced row-level security",
        sql: "select c.relname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace \
              where n.nspname = 'public' and c.relkind in ('r', 'p') and c.relname <> 'seaql_migrations' \
              and not (c.relrowsecurity and c.relforcerowsecurity) and $1::text[] is not null",
    },
    Check {
        finding: "a policy that lets everybody see every row",
        sql: "select p.tablename || '.' || p.policyname from pg_policies p where p.schemaname = 'public' \
              and (p.qual = 'true' or p.with_check = 'true') and p.roles <> '{cartera_lookup}' \
              and $1::text[] is not null",
    },
    Check {
        finding: "a table without the policy of its company, or with another in its place",
        sql: "select c.relname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace \
              where n.nspname = 'public' and c.relkind in ('r', 'p') \
              and c.relname not in ('seaql_migrations', 'identities') and not exists ( \
              select from pg_policies p where p.schemaname = 'public' and p.tablename = c.relname \
              and p.cmd = 'ALL' and p.roles = '{public}' and p.qual = p.with_check \
              and regexp_replace(p.qual, '\\s+|\\(|\\)|AS \"?nullif\"?', '', 'g') = \
              case c.relname when 'companies' then 'id=' when 'platform_administrators' then '' \
              else 'company_id=' end \
              || 'SELECTNULLIFcurrent_setting''app.company_id''::text,true,''''::text::uuid' \
              || case c.relname when 'platform_administrators' \
              then '=''00000000-0000-0000-0000-000000000000''::uuid' else '' end) and $1::text[] is not null",
    },
    Check {
        finding: "a policy that is none of ours",
        sql: "select p.tablename || '.' || p.policyname from pg_policies p where p.schemaname = 'public' \
              and (p.policyname, p.cmd, p.roles::text) not in (('company_isolation', 'ALL', '{public}'), \
              ('platform_realm', 'ALL', '{public}'), ('platform_reads', 'SELECT', '{cartera_api}'), \
              ('lookup_reads', 'SELECT', '{cartera_lookup}'), ('lookup_claims', 'INSERT', '{cartera_lookup}'), \
              ('lookup_releases', 'DELETE', '{cartera_lookup}')) and $1::text[] is not null",
    },
    Check {
        finding: "a view that reads with its owner's rights, or a materialised view",
        sql: "select c.relname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace \
              where n.nspname = 'public' and (c.relkind = 'm' or (c.relkind = 'v' and \
              not coalesce('security_invoker=true' = any (c.reloptions), false))) and $1::text[] is not null",
    },
    Check {
        finding: "a foreign key that does not lead with the company",
        sql: "select k.conname::text from pg_constraint k \
              join pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[1] \
              join pg_namespace n on n.oid = k.connamespace \
              where k.contype = 'f' and n.nspname = 'public' and a.attname <> 'company_id' \
              and $1::text[] is not null",
    },
    // People who may be of no company, what is of any kind, and acts rather than rows: nothing to refer to.
    Check {
        finding: "a reference that no foreign key keeps within the company",
        sql: "select c.relname || '.' || a.attname from pg_attribute a join pg_class c on c.oid = a.attrelid \
              join pg_namespace n on n.oid = c.relnamespace \
              where n.nspname = 'public' and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped \
              and a.atttypid = 'uuid'::regtype and a.attname not in ('id', 'company_id', 'deletion_id') \
              and (c.relname, a.attname) not in (('identities', 'subject_id'), ('sessions', 'subject_id'), \
              ('password_resets', 'subject_id'), ('outbox', 'entity_id'), ('outbox', 'actor_id'), \
              ('outbox', 'operation_id'), ('outbox', 'caused_by'), ('idempotency_keys', 'operation_id'), \
              ('idempotency_keys', 'actor_id')) and not exists ( \
              select from pg_constraint k join pg_attribute f on f.attrelid = k.conrelid and f.attnum = k.conkey[1] \
              where k.conrelid = c.oid and k.contype = 'f' and k.convalidated and f.attname = 'company_id' \
              and a.attnum = any (k.conkey)) and $1::text[] is not null",
    },
    // Those that hang on another table's row have their company from there; the rest also serves the platform's
    // realm, which is no company.
    Check {
        finding: "a table whose company need not exist",
        sql: "select c.relname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace \
              join pg_attribute a on a.attrelid = c.oid and a.attname = 'company_id' and not a.attisdropped \
              where n.nspname = 'public' and c.relkind in ('r', 'p') and c.relname not in ('refresh_tokens', \
              'stages', 'stage_changes', 'account_wins', 'account_won_amounts', 'stage_totals', 'identities', \
              'sessions', 'password_resets', 'sign_in_attempts', 'company_sequences', 'outbox', \
              'idempotency_keys') and not exists (select from pg_constraint k where k.conrelid = c.oid \
              and k.contype = 'f' and k.convalidated and k.confrelid = 'companies'::regclass) \
              and $1::text[] is not null",
    },
    Check {
        finding: "a unique index across companies",
        sql: "select i.relname::text from pg_index x join pg_class i on i.oid = x.indexrelid \
              join pg_namespace n on n.oid = i.relnamespace \
              join pg_attribute a on a.attrelid = x.indrelid and a.attnum = x.indkey[0] \
              where x.indisunique and n.nspname = 'public' and a.attname <> 'company_id' \
              and i.relname <> all ($1::text[])",
    },
    Check {
        finding: "a role of ours that could walk around the walls",
        sql: "select r.rolname::text from pg_roles r where r.rolname in ('cartera_api', 'cartera_worker', \
              'cartera_lookup', 'cartera_owner') and (r.rolsuper or r.rolbypassrls) and $1::text[] is not null",
    },
    Check {
        finding: "something that the API's or worker's role owns",
        sql: "select c.relname::text from pg_class c join pg_roles r on r.oid = c.relowner \
              where r.rolname in ('cartera_api', 'cartera_worker') and $1::text[] is not null",
    },
    Check {
        finding: "a table that the API's or worker's role may truncate",
        sql: "select c.relname || ' by ' || r.rolname from pg_class c \
              join pg_namespace n on n.oid = c.relnamespace, pg_roles r \
              where n.nspname = 'public' and c.relkind in ('r', 'p') \
              and r.rolname in ('cartera_api', 'cartera_worker') \
              and has_table_privilege(r.oid, c.oid, 'truncate') and $1::text[] is not null",
    },
    Check {
        finding: "a role that inherits the rights of another of ours",
        sql: "select m.rolname || ' of ' || r.rolname from pg_auth_members x \
              join pg_roles m on m.oid = x.member join pg_roles r on r.oid = x.roleid \
              where r.rolname in ('cartera_owner', 'cartera_lookup') \
              and m.rolname in ('cartera_api', 'cartera_worker') and $1::text[] is not null",
    },
    Check {
        finding: "a definer function that the API may call beside the directory",
        sql: "select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace \
              where p.prosecdef and n.nspname not in ('pg_catalog', 'information_schema') \
              and has_function_privilege('cartera_api', p.oid, 'execute') \
              and (n.nspname, p.proname) not in (('directory', 'find'), ('directory', 'claim'), \
              ('directory', 'free_slug'), ('directory', 'release'), ('jobs', 'enqueue'), ('jobs', 'dead'), ('jobs', 'retry'), \
              ('jobs', 'status')) and $1::text[] is not null",
    },
    Check {
        finding: "a definer function that the worker may call beside its own",
        sql: "select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace \
              where p.prosecdef and n.nspname not in ('pg_catalog', 'information_schema') \
              and has_function_privilege('cartera_worker', p.oid, 'execute') \
              and (n.nspname, p.proname) not in (('directory', 'companies'), ('jobs', 'enqueue'), \
              ('jobs', 'status')) and $1::text[] is not null",
    },
    Check {
        finding: "a part of the job queue that the API's role may use",
        sql: "select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace \
              where n.nspname in ('graphile_worker', 'jobs') and c.relkind in ('r', 'p', 'v', 'm', 'S') \
              and (has_schema_privilege('cartera_api', n.oid, 'usage') and n.nspname = 'graphile_worker' \
              or c.relkind <> 'S' and (has_table_privilege('cartera_api', c.oid, 'select') \
              or has_table_privilege('cartera_api', c.oid, 'insert') \
              or has_table_privilege('cartera_api', c.oid, 'update') \
              or has_table_privilege('cartera_api', c.oid, 'delete'))) and $1::text[] is not null",
    },
    Check {
        finding: "a policy on the job queue for others than its worker and its functions",
        sql: "select p.tablename || '.' || p.policyname from pg_policies p \
              where p.schemaname in ('graphile_worker', 'jobs') \
              and p.roles not in ('{cartera_worker}', '{cartera_lookup}') and $1::text[] is not null",
    },
];
