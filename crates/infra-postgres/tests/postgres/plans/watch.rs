//! Collects every statement's plan and the rows it read, which auto_explain sends back to the client. So the tests
//! examine the actual statement, as the API's role, with the plan that the API gets, and not a copy of it.

use std::{
    collections::BTreeMap,
    fmt::Debug,
    sync::{Arc, Mutex, PoisonError},
};

use cartera_infra_postgres::{PgStore, PoolOptions};
use cartera_migrations::roles::API;
use serde_json::Value;
use sqlx::{AssertSqlSafe, PgConnection};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
    subscriber::DefaultGuard,
};
use tracing_subscriber::{Layer, layer::Context, layer::SubscriberExt};

use crate::support::Bench;

/// Tables that grow with a company.
const LARGE: [&str; 7] = [
    "opportunities",
    "accounts",
    "contacts",
    "stage_changes",
    "account_wins",
    "account_won_amounts",
    "attachments",
];

/// What the statements of one query read from one table.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Touched {
    /// Rows that were read, including discarded ones.
    pub rows: u64,
    /// Rows that were read and then discarded.
    pub discarded: u64,
    /// Whether the table was scanned completely.
    pub whole: bool,
}

/// The plans of all statements of a store, on the watching thread.
pub struct Watch {
    /// A store whose statements are watched.
    pub store: PgStore,
    plans: Arc<Mutex<Vec<String>>>,
    _listening: DefaultGuard,
}

impl Watch {
    /// Opens a separate, watched store on the bench's database.
    pub async fn new(bench: &Bench, superuser: &mut PgConnection) -> Self {
        let name: String = sqlx::query_scalar("select current_database()")
            .fetch_one(&mut *superuser)
            .await
            .expect("the database has a name");
        for (setting, value) in [
            ("session_preload_libraries", "auto_explain"),
            ("auto_explain.log_min_duration", "0"),
            ("auto_explain.log_analyze", "on"),
            ("auto_explain.log_timing", "off"),
            ("auto_explain.log_format", "json"),
            ("auto_explain.log_level", "notice"),
        ] {
            let set = format!("alter role {API} in database {name} set {setting} = '{value}'");
            sqlx::query(AssertSqlSafe(set)).execute(&mut *superuser).await.expect("a superuser may");
        }
        let plans = Arc::new(Mutex::new(Vec::new()));
        let subscriber = tracing_subscriber::registry().with(Listener(plans.clone()));
        let listening = tracing::subscriber::set_default(subscriber);
        let options = PoolOptions { size: 1, patience: std::time::Duration::from_secs(20) };
        let store = PgStore::new(&bench.database.api_url, options).expect("the URL is one");
        Self { store, plans, _listening: listening }
    }

    /// What was read from each large table since the last call, and the plans.
    pub fn take(&self) -> (BTreeMap<String, Touched>, Vec<String>) {
        let plans = std::mem::take(&mut *self.plans.lock().unwrap_or_else(PoisonError::into_inner));
        let mut touched = BTreeMap::new();
        for plan in &plans {
            let plan: Value = serde_json::from_str(plan).expect("a plan is JSON");
            walk(&plan["Plan"], &mut touched);
        }
        (touched, plans)
    }
}

/// Sums what each node of a plan read. A node's figures are averages over its loops.
fn walk(node: &Value, touched: &mut BTreeMap<String, Touched>) {
    // A bitmap index scan names no table, but the scan above it does.
    if let Some(table) = node["Relation Name"].as_str().filter(|table| LARGE.contains(table)) {
        let figure = |name: &str| node[name].as_f64().unwrap_or(0.0);
        let loops = figure("Actual Loops");
        let discarded = figure("Rows Removed by Filter") + figure("Rows Removed by Index Recheck");
        let seen = touched.entry(table.to_owned()).or_default();
        seen.rows += whole((figure("Actual Rows") + discarded) * loops);
        seen.discarded += whole(discarded * loops);
        seen.whole |= node["Node Type"] == "Seq Scan" && loops > 0.0;
    }
    for child in node["Plans"].as_array().into_iter().flatten() {
        walk(child, touched);
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of rows")]
fn whole(rows: f64) -> u64 {
    rows.round() as u64
}

/// Collects the plans from the database's notices.
struct Listener(Arc<Mutex<Vec<String>>>);

impl<S: Subscriber> Layer<S> for Listener {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() != "postgres::notice" {
            return;
        }
        let mut message = Message(String::new());
        event.record(&mut message);
        if let Some((_, plan)) = message.0.split_once("plan:\n") {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(plan.to_owned());
        }
    }
}

struct Message(String);

impl Visit for Message {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            value.clone_into(&mut self.0);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}
