//! The findings of the witness, stored in a file, because many test processes contribute to one report.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    fs::{File, OpenOptions},
    io::Write,
    path::PathBuf,
    sync::{LazyLock, Mutex, PoisonError},
};

use serde_json::{Value, json};

use crate::predicates::Site;

/// A finding.
#[derive(Debug, Clone)]
pub enum Entry {
    /// A statement was run; `names` tells whether it names the company.
    Statement { text: String, names: bool },
    /// A place where a statement names the company.
    Site { site: Site },
    /// Without this condition, the statement behaves differently: the mutant is caught.
    Missed { site: Site, how: String, test: String },
    /// Row-level security alone isolates the neighbour from this statement.
    Walled { text: String },
    /// This source line has built a fragment of a statement.
    Said { file: &'static str, line: u32 },
}

/// All findings.
#[derive(Debug, Default)]
pub struct Ledger {
    /// Statements, and whether they name the company.
    pub statements: BTreeMap<String, bool>,
    /// Places, with how and by which test each was caught.
    pub sites: BTreeMap<Site, Option<(String, String)>>,
    /// Statements that row-level security alone isolates.
    pub walled: BTreeSet<String>,
    /// Source lines that have built a fragment of a statement, like `crates/x/src/y.rs:7`.
    pub said: BTreeSet<String>,
}

struct Pen {
    file: File,
    written: HashSet<String>,
}

static PEN: LazyLock<Mutex<Pen>> = LazyLock::new(|| {
    let file = OpenOptions::new().create(true).append(true).open(path()).expect("the ledger opens");
    Mutex::new(Pen { file, written: HashSet::new() })
});

/// The path of the file.
pub fn path() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_TARGET_TMPDIR"), "/mutants.jsonl"))
}

/// Writes a finding, once.
pub fn write(entry: &Entry) {
    let line = match entry {
        Entry::Statement { text, names } => json!({ "statement": text, "names": names }),
        Entry::Site { site } => json!({ "in": site.statement, "site": site.condition }),
        Entry::Missed { site, how, test } => {
            json!({ "in": site.statement, "site": site.condition, "how": how, "test": test })
        }
        Entry::Walled { text } => json!({ "walled": text }),
        Entry::Said { file, line } => json!({ "said": format!("{file}:{line}") }),
    };
    let line = format!("{line}\n");
    let mut pen = PEN.lock().unwrap_or_else(PoisonError::into_inner);
    if pen.written.insert(line.clone()) {
        pen.file.write_all(line.as_bytes()).expect("the ledger takes a line");
    }
}

/// Reads the file.
pub fn read() -> Ledger {
    let text = std::fs::read_to_string(path()).expect("the ledger of a run: `make mutants` makes one");
    let mut ledger = Ledger::default();
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).expect("a line is JSON");
        let field = |name: &str| line[name].as_str().map(str::to_owned);
        if let Some(text) = field("statement") {
            ledger.statements.insert(text, line["names"] == true);
        }
        if let Some(text) = field("walled") {
            ledger.walled.insert(text);
        }
        if let Some(place) = field("said") {
            ledger.said.insert(place);
        }
        if let (Some(statement), Some(condition)) = (field("in"), field("site")) {
            let missed = ledger.sites.entry(Site { statement, condition }).or_default();
            if let (None, Some(how), Some(test)) = (&missed, field("how"), field("test")) {
                *missed = Some((how, test));
            }
        }
    }
    ledger
}
