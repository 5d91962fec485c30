//! The four database roles, none of which is a superuser or bypasses row-level security.
//!
//! | role | log in | may |
//! | --- | --- | --- |
//! | `cartera_owner` | yes | owns the tables; migrations run as it; row-level security binds it too |
//! | `cartera_api` | yes | reads and writes rows of one company at a time; owns nothing |
//! | `cartera_worker` | yes | background work, by policies of its own |
//! | `cartera_lookup` | no | owns the directory functions |

use sqlx::{AssertSqlSafe, Connection, PgConnection};

/// Owns the tables.
pub const OWNER: &str = "cartera_owner";
/// Serves requests.
pub const API: &str = "cartera_api";
/// Works in the background.
pub const WORKER: &str = "cartera_worker";
/// Owns the directory functions.
pub const LOOKUP: &str = "cartera_lookup";

/// The passwords that roles get when they are made; a role that exists keeps its own.
#[derive(Clone, Default)]
pub struct Passwords {
    /// For [`OWNER`].
    pub owner: Option<String>,
    /// For [`API`].
    pub api: Option<String>,
    /// For [`WORKER`].
    pub worker: Option<String>,
}

/// What each login role is set to, by name and value. Times in milliseconds. sea-orm binds LIMIT, so
/// PostgreSQL would never keep a generic plan by itself.
const SETTINGS: [(&str, &[(&str, &str)]); 2] = [
    (
        API,
        &[
            ("statement_timeout", "10000"),
            ("idle_in_transaction_session_timeout", "10000"),
            ("lock_timeout", "5000"),
            ("plan_cache_mode", "force_generic_plan"),
            // A page reads a few rows: starting workers for it costs more than the page.
            ("max_parallel_workers_per_gather", "0"),
        ],
    ),
    (
        WORKER,
        &[
            ("statement_timeout", "300000"),
            ("idle_in_transaction_session_timeout", "60000"),
            ("lock_timeout", "10000"),
        ],
    ),
];

/// Makes the roles that are missing, sets their limits and lets `cartera_owner` own this database's schema.
/// It needs a connection that may create roles, unless all of that is done already.
///
/// # Errors
/// Those of the database: `permission denied` when something is missing that this role may not make.
pub async fn ensure(connection: &mut PgConnection, passwords: &Passwords) -> Result<(), sqlx::Error> {
    if !may_manage_roles(connection).await? {
        return Ok(());
    }
    let mut tx = connection.begin().await?;
    // Roles belong to the whole cluster: two databases that migrate at once must not race for them.
    sqlx::query("select pg_advisory_xact_lock(4703271)").execute(&mut *tx).await?;
    let Passwords { owner, api, worker } = passwords;
    create(&mut tx, OWNER, "login noinherit", owner.as_deref()).await?;
    create(&mut tx, API, "login", api.as_deref()).await?;
    create(&mut tx, WORKER, "login", worker.as_deref()).await?;
    create(&mut tx, LOOKUP, "nologin", None).await?;
    for (role, settings) in SETTINGS {
        for (name, value) in settings {
            run(&mut tx, format!("alter role {role} set {name} = '{value}'")).await?;
        }
    }
    // The owner hands the directory functions over to cartera_lookup; NOINHERIT keeps it from reading by
    // that role's policies.
    run(&mut tx, format!("grant {LOOKUP} to {OWNER}")).await?;
    let is_owner: bool =
        sqlx::query_scalar("select current_user = $1").bind(OWNER).fetch_one(&mut *tx).await?;
    if !is_owner {
        run(&mut tx, format!("grant {OWNER} to current_user")).await?;
    }
    run(&mut tx, format!("grant create, usage on schema public to {OWNER}")).await?;
    run(&mut tx, format!("grant usage on schema public to {API}, {WORKER}, {LOOKUP}")).await?;
    let database: String =
        sqlx::query_scalar("select quote_ident(current_database())").fetch_one(&mut *tx).await?;
    run(&mut tx, format!("grant create, connect on database {database} to {OWNER}")).await?;
    // Temporary tables for the events of very many records: where PUBLIC may make none, these two still may.
    run(&mut tx, format!("grant connect, temporary on database {database} to {API}, {WORKER}")).await?;
    tx.commit().await
}

/// Whether the connection may make roles; when not, they must be there already.
async fn may_manage_roles(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("select rolsuper or rolcreaterole from pg_roles where rolname = current_user")
        .fetch_one(connection)
        .await
}

async fn create(
    connection: &mut PgConnection,
    role: &str,
    options: &str,
    password: Option<&str>,
) -> Result<(), sqlx::Error> {
    let exists: bool = sqlx::query_scalar("select exists (select from pg_roles where rolname = $1)")
        .bind(role)
        .fetch_one(&mut *connection)
        .await?;
    if exists {
        return Ok(());
    }
    let password: Option<String> = match password {
        Some(password) => Some(
            sqlx::query_scalar("select quote_literal($1)").bind(password).fetch_one(&mut *connection).await?,
        ),
        None => None,
    };
    let password = password.map(|literal| format!(" password {literal}")).unwrap_or_default();
    run(connection, format!("create role {role} {options} nosuperuser nobypassrls{password}")).await
}

async fn run(connection: &mut PgConnection, sql: String) -> Result<(), sqlx::Error> {
    sqlx::query(AssertSqlSafe(sql)).execute(connection).await.map(|_| ())
}
