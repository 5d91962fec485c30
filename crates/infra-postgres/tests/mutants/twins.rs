//! The witness, which gives every company a twin while it examines one statement.
//!
//! The twin has the same ids, so that only the condition on the company excludes its rows. With the twin, a statement
//! must return the same as without it, and must not change the twin. Row-level security does not apply here, because
//! the store's role bypasses it. Then the statement runs without each of its conditions on the company: a difference
//! shows that the condition is needed. Finally the statement runs under row-level security without any condition on the
//! company, which must make no difference.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use cartera_infra_postgres::witness::{RawRow, Watched, Witness, places};
use sea_orm::{DatabaseBackend::Postgres, Statement, Value};
use uuid::Uuid;

use crate::{
    ledger::{self, Entry},
    predicates::{Mutant, REALM, Site, mutants, names_it_in_values, normalised, without_any},
};

/// The kind of the twin, whether it also has a row wherever one could refer to another, and whether the company's own
/// rows are stored after the twin's. Different statements show a difference in different scenarios.
const SCENARIOS: [(&str, bool, bool); 8] = [
    ("same", false, false),
    ("same", false, true),
    ("mixed", false, false),
    ("turned", false, false),
    ("live", true, false),
    ("fresh", false, false),
    ("ended", true, false),
    ("same", true, true),
];
/// How often each test tries a condition before giving up.
const TRIES: usize = 40;
/// The SQLSTATE of a missing privilege, which row-level security also uses.
const FORBIDDEN: &str = "42501";
const WALLED: &str = "row-level security";
/// The table of a transaction's draft events.
const DRAFTS: &str = "pg_temp.drafted_events";

/// The outcome of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Outcome {
    /// The rows, in any order, and the state of the company afterwards.
    Done { rows: Vec<RawRow>, touched: u64, own: String, twin: bool },
    /// The database's refusal.
    Refused(String),
}

#[derive(Default)]
struct Progress {
    /// The number of tries by condition and test.
    tries: HashMap<(Site, String), usize>,
    missed: HashSet<Site>,
    /// Statements that were examined unchanged in every scenario.
    looked_at: HashSet<String>,
}

/// The witness.
#[derive(Clone, Default)]
pub struct Twins(Arc<Mutex<Progress>>);

/// What remains to be examined about a statement.
struct Task {
    whole: bool,
    mutants: Vec<(Site, Mutant)>,
}

/// The findings about it in one scenario.
#[derive(Default)]
struct Findings {
    missed: Vec<(Site, &'static str)>,
    leak: Option<String>,
    walled: bool,
}

impl Twins {
    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn task(&self, sql: &str) -> Task {
        for (file, line) in places() {
            ledger::write(&Entry::Said { file, line });
        }
        let all = mutants(sql);
        let mut progress = self.progress();
        let text = normalised(sql);
        let whole = !progress.looked_at.contains(&text);
        ledger::write(&Entry::Statement { text, names: !all.is_empty() });
        for (site, _) in &all {
            ledger::write(&Entry::Site { site: site.clone() });
        }
        let mut mutants = Vec::new();
        for (site, text) in
            all.into_iter().filter(|(site, _)| !progress.missed.contains(site)).collect::<Vec<_>>()
        {
            let tries = progress.tries.entry((site.clone(), test())).or_default();
            *tries += 1;
            if *tries <= TRIES {
                mutants.push((site, text));
            }
        }
        Task { whole, mutants }
    }

    fn is_missed(&self, site: &Site, how: &str) {
        self.progress().missed.insert(site.clone());
        ledger::write(&Entry::Missed { site: site.clone(), how: how.to_owned(), test: test() });
    }
}

/// The test that is running.
fn test() -> String {
    std::thread::current().name().unwrap_or_default().to_owned()
}

async fn run(connection: &mut Watched<'_>, sql: &str) -> Result<(), sqlx::Error> {
    connection.batch(sql).await
}

async fn must(connection: &mut Watched<'_>, sql: &str) {
    run(connection, sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

async fn digest(connection: &mut Watched<'_>, company: Uuid) -> Result<String, sqlx::Error> {
    let asked = Statement::from_sql_and_values(Postgres, "select twin.digest($1)", [company.into()]);
    let (rows, _) = connection.run(asked).await?;
    let digest = rows.into_iter().flatten().next().flatten().expect("a digest");
    Ok(String::from_utf8(digest).expect("a digest is text"))
}

/// A statement under test: its values, the company, its twin, and whether it writes.
struct Trial<'a> {
    statement: &'a Statement,
    company: Uuid,
    twin: Uuid,
    writes: bool,
}

impl Trial<'_> {
    /// Runs the statement or a mutant of it as this role, and records the outcome. Everything is rolled back.
    async fn outcome(&self, connection: &mut Watched<'_>, mutant: &Mutant, role: Option<&str>) -> Outcome {
        must(connection, "savepoint trial").await;
        let outcome = self.attempt(connection, mutant, role).await.unwrap_or_else(|error| refused(&error));
        must(connection, "rollback to savepoint trial; release savepoint trial").await;
        outcome
    }

    /// The statement as it is.
    async fn plain(&self, connection: &mut Watched<'_>) -> Outcome {
        self.outcome(connection, &Mutant::Text(self.statement.sql.clone()), None).await
    }

    async fn attempt(
        &self,
        c: &mut Watched<'_>,
        mutant: &Mutant,
        role: Option<&str>,
    ) -> Result<Outcome, sqlx::Error> {
        let before = if self.writes { digest(c, self.twin).await? } else { String::new() };
        let (sql, statement) = match mutant {
            Mutant::Text(sql) => (sql.as_str(), self.statement.clone()),
            Mutant::Elsewhere => (self.statement.sql.as_str(), self.elsewhere()),
        };
        if let Some(role) = role {
            if sql.contains(DRAFTS) {
                // The temporary table belongs to this session, so the role needs a grant.
                run(c, &format!("grant select, insert on {DRAFTS} to {role}")).await?;
            }
            run(c, &format!("set local role {role}")).await?;
        }
        // A statement that waits for another session is examined another time.
        run(c, "set local lock_timeout = '100ms'").await?;
        let (mut rows, touched) = c.run(Statement { sql: sql.to_owned(), ..statement }).await?;
        rows.sort();
        let touched = if returns_rows(sql) { 0 } else { touched };
        run(c, "reset role").await?;
        let own = if self.writes { digest(c, self.company).await? } else { String::new() };
        let twin = self.writes && digest(c, self.twin).await? != before;
        Ok(Outcome::Done { rows, touched, own, twin })
    }

    /// The statement with the twin's id wherever it has the company's.
    fn elsewhere(&self) -> Statement {
        let mut statement = self.statement.clone();
        for value in statement.values.iter_mut().flat_map(|values| &mut values.0) {
            if *value == Value::from(self.company) {
                *value = Value::from(self.twin);
            }
        }
        statement
    }
}

fn refused(error: &sqlx::Error) -> Outcome {
    let Some(database) = error.as_database_error() else { return Outcome::Refused(error.to_string()) };
    let code = database.code().unwrap_or_default();
    let wall = if database.message().contains(WALLED) { WALLED } else { "" };
    Outcome::Refused(format!("{code} {wall} {}", database.constraint().unwrap_or_default()))
}

fn returns_rows(sql: &str) -> bool {
    let lower = sql.to_ascii_lowercase();
    lower.starts_with("select")
        || lower.contains(" returning ") && !lower.contains("insert into outbox")
        || lower.starts_with("with") && !is_a_write(&lower)
}

fn is_a_write(lower: &str) -> bool {
    ["insert into ", "update ", "delete from "]
        .iter()
        .any(|verb| lower.starts_with(verb) || lower.starts_with("with") && lower.contains(verb))
}

/// How a mutant differs, if it does.
fn difference(without: &Outcome, with: &Outcome) -> Option<&'static str> {
    match (without, with) {
        _ if without == with => None,
        (Outcome::Done { .. }, Outcome::Refused(_)) => Some("the database refuses it"),
        (Outcome::Refused(_), _) => Some("the database does not refuse it as it did"),
        (_, Outcome::Done { twin: true, .. }) => Some("the neighbour's rows change"),
        (Outcome::Done { rows, .. }, Outcome::Done { rows: more, .. }) if rows.len() < more.len() => {
            Some("more rows are found")
        }
        (Outcome::Done { rows, .. }, Outcome::Done { rows: others, .. }) if rows != others => {
            Some("other rows are found")
        }
        (Outcome::Done { touched, .. }, Outcome::Done { touched: others, .. }) if touched != others => {
            Some("other rows are touched")
        }
        _ => Some("the company's own rows end up otherwise"),
    }
}

/// Whether the outcome is a lock timeout or deadlock caused by the witness, which proves nothing.
fn says_nothing(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Refused(code) if code.starts_with("55P03") || code.starts_with("40P01"))
}

#[async_trait]
impl Witness for Twins {
    async fn see(&self, connection: &mut Watched<'_>, company: Uuid, statement: &Statement) {
        let sql = statement.sql.as_str();
        // The platform's realm may see all companies, so there the neighbours are not hidden.
        let open = company.is_nil() && sql.contains("companies");
        if sql.starts_with("set ") || open {
            return;
        }
        let task = self.task(sql);
        if !task.whole && task.mutants.is_empty() {
            return;
        }
        let trial =
            Trial { statement, company, twin: Uuid::now_v7(), writes: is_a_write(&sql.to_ascii_lowercase()) };
        must(connection, "savepoint witness").await;
        self.look(connection, &trial, task).await;
        must(connection, "rollback to savepoint witness; release savepoint witness").await;
    }
}

impl Twins {
    async fn look(&self, connection: &mut Watched<'_>, trial: &Trial<'_>, mut task: Task) {
        let alone = trial.plain(connection).await;
        if says_nothing(&alone) {
            return;
        }
        for (mood, crowded, later) in SCENARIOS {
            if !task.whole && task.mutants.is_empty() {
                break;
            }
            must(connection, "savepoint scenario").await;
            let mut findings = Findings::default();
            if make(connection, trial, mood, crowded, later).await {
                findings = look_at_scenario(connection, trial, &alone, &task).await;
            }
            must(connection, "rollback to savepoint scenario; release savepoint scenario").await;
            // Another session may have committed meanwhile; then the twin did not cause the difference.
            if trial.plain(connection).await != alone {
                return;
            }
            let sql = &trial.statement.sql;
            assert_eq!(findings.leak, None, "the neighbour shows ({mood}, {crowded}, {later}): {sql}");
            if findings.walled {
                ledger::write(&Entry::Walled { text: normalised(sql) });
            }
            for (site, how) in findings.missed {
                self.is_missed(&site, how);
                task.mutants.retain(|(other, _)| *other != site);
            }
        }
        if task.whole {
            self.progress().looked_at.insert(normalised(&trial.statement.sql));
        }
    }
}

async fn make(c: &mut Watched<'_>, trial: &Trial<'_>, mood: &str, crowded: bool, later: bool) -> bool {
    must(c, "set local lock_timeout = '100ms'").await;
    let values = [trial.company.into(), trial.twin.into(), mood.into(), crowded.into(), later.into()];
    let make = Statement::from_sql_and_values(Postgres, "select twin.make($1, $2, $3, $4, $5)", values);
    match c.run(make).await {
        Ok(_) => true,
        Err(error) => {
            assert!(says_nothing(&refused(&error)), "no twin can be made ({mood}): {error}");
            false
        }
    }
}

async fn look_at_scenario(c: &mut Watched<'_>, trial: &Trial<'_>, alone: &Outcome, task: &Task) -> Findings {
    let mut findings = Findings::default();
    if task.whole {
        let beside = trial.plain(c).await;
        if says_nothing(&beside) {
            return findings;
        }
        if let Some(how) = difference(alone, &beside) {
            findings.leak = Some(format!("{how}: {alone:?} {beside:?}"));
        }
        behind_the_wall(c, trial, alone, &mut findings).await;
    }
    for (site, mutant) in &task.mutants {
        let changed = trial.outcome(c, mutant, None).await;
        if let Some(how) = difference(alone, &changed).filter(|_| !says_nothing(&changed)) {
            findings.missed.push((site.clone(), how));
        }
    }
    findings
}

/// Checks row-level security alone: even if the statement names no company, or another one, it neither returns nor
/// changes the neighbour's rows.
async fn behind_the_wall(c: &mut Watched<'_>, trial: &Trial<'_>, alone: &Outcome, findings: &mut Findings) {
    let sql = &trial.statement.sql;
    let mutant = if names_it_in_values(sql) { Mutant::Elsewhere } else { Mutant::Text(without_any(sql)) };
    for role in ["cartera_api", "cartera_worker"] {
        let walled = trial.outcome(c, &mutant, Some(role)).await;
        match &walled {
            _ if says_nothing(&walled) => continue,
            // A statement that one role has no privilege for belongs to the other role.
            Outcome::Refused(code) if code.starts_with(FORBIDDEN) && !code.contains(WALLED) => continue,
            Outcome::Refused(code) if code.contains(WALLED) => {}
            // Nothing was written into the other company, whichever check refused it first.
            Outcome::Refused(_) if matches!(mutant, Mutant::Elsewhere) => {}
            // In a company, the realm's condition hides even the company itself, which is not a neighbour's row.
            Outcome::Done { rows, .. } if sql.contains(REALM) && rows.len() <= 1 => {}
            _ => {
                if let Some(how) = difference(alone, &walled) {
                    findings.leak = Some(format!("behind row-level security {how}: {alone:?} {walled:?}"));
                }
            }
        }
        findings.walled = true;
        return;
    }
}
