//! The whole catalogue of a freshly migrated database, line by line, against that of a living one.
//!
//! `snapshot.txt` is generated (`make generate`): one line of key and value for every right, index, constraint, policy,
//! trigger, column, function and role. So whatever somebody adds, takes away or changes by hand is found, whether
//! anybody has thought of it or not.

use std::collections::BTreeMap;

use sqlx::PgConnection;

/// What a freshly migrated database says.
const FRESH: &str = include_str!("snapshot.txt");
const READ: &str = include_str!("snapshot.sql");

/// How a living catalogue differs in one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What is wrong.
    pub what: &'static str,
    /// Of which line, and how.
    pub subject: String,
}

/// A catalogue: values by keys.
pub type Lines = BTreeMap<String, String>;

/// Reads the catalogue of a database. Everybody may.
///
/// # Errors
/// Those of the database.
pub async fn read(connection: &mut PgConnection) -> Result<Lines, sqlx::Error> {
    sqlx::query("set search_path = pg_catalog").execute(&mut *connection).await?;
    let lines: Vec<(String, String)> = sqlx::query_as(READ).fetch_all(&mut *connection).await?;
    sqlx::query("reset search_path").execute(&mut *connection).await?;
    Ok(lines.into_iter().collect())
}

/// The text of a catalogue, as it is committed.
pub fn text(lines: &Lines) -> String {
    let mut text = String::new();
    for (key, value) in lines {
        text.extend([key, "\t", value, "\n"]);
    }
    text
}

/// The committed text.
pub const fn committed() -> &'static str {
    FRESH
}

/// How a living catalogue differs from a fresh one.
pub fn differences(living: &Lines) -> Vec<Difference> {
    let fresh: BTreeMap<_, _> = FRESH.lines().filter_map(|line| line.split_once('\t')).collect();
    let mut found = Vec::new();
    for (key, must) in &fresh {
        match living.get(*key) {
            None => found
                .push(Difference { what: "missing from the catalogue", subject: format!("{key}: {must}") }),
            Some(is) if is != must => found.push(Difference {
                what: "changed in the catalogue",
                subject: format!("{key}: is {is}, must be {must}"),
            }),
            Some(_) => {}
        }
    }
    let more = living.iter().filter(|(key, _)| !fresh.contains_key(key.as_str()));
    found.extend(
        more.map(|(key, is)| Difference {
            what: "too much in the catalogue",
            subject: format!("{key}: {is}"),
        }),
    );
    found
}
