//! The account of a run: every mutant, and what caught it. It is compared with the committed one, or written.

use std::{collections::BTreeSet, fmt::Write, fs, path::PathBuf};

use crate::{
    equivalent::{EQUIVALENT, NAMELESS},
    ledger::{self, Ledger},
    predicates::Site,
    sources,
};

const HEAD: &str = include_str!("account.md");

fn document() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/isolation.md"))
}

/// Text as it stands in a table's cell, shortened in the middle.
fn cell(text: &str) -> String {
    let text = text.replace('\n', " ").replace('|', "\\|").replace('`', "'");
    let letters: Vec<char> = text.chars().collect();
    if letters.len() <= 150 {
        return text;
    }
    let (head, tail) = (&letters[..80], &letters[letters.len() - 60..]);
    format!("{} […] {}", head.iter().collect::<String>(), tail.iter().collect::<String>())
}

fn reason<'a>(table: &[(&str, &str, &'a str)], site: &Site) -> Option<&'a str> {
    let fits = |(statement, condition, _): &&(&str, &str, &str)| {
        site.statement.starts_with(statement) && site.condition.ends_with(condition)
    };
    table.iter().find(fits).map(|(_, _, why)| *why)
}

fn nameless<'a>(table: &[(&str, &'a str)], text: &str) -> Option<&'a str> {
    table.iter().find(|(start, _)| text.starts_with(start)).map(|(_, why)| *why)
}

/// The account, and what is wrong with it.
fn account(ledger: &Ledger) -> (String, Vec<String>) {
    let mut wrong = Vec::new();
    let mut text = HEAD.to_owned();
    let (mut caught, mut argued) = (String::new(), String::new());
    let (mut caught_count, mut argued_count) = (0, 0);
    for (site, missed) in &ledger.sites {
        let (statement, condition) = (cell(&site.statement), cell(&site.condition));
        match (missed, reason(EQUIVALENT, site)) {
            (Some((how, by)), _) => {
                caught_count += 1;
                let _ = writeln!(caught, "| `{condition}` | `{statement}` | {how} | `{by}` |");
            }
            (None, Some(why)) => {
                argued_count += 1;
                let _ = writeln!(argued, "| `{condition}` | `{statement}` | {why} |");
            }
            (None, None) => {
                wrong.push(format!("nobody misses `{}` in: {}", site.condition, site.statement));
            }
        }
    }
    let _ = write!(
        text,
        "\n### Caught: {caught_count}\n\n| without | in | then | in the test |\n| --- | --- | --- | --- |\n{caught}"
    );
    let _ = write!(
        text,
        "\n### Of no effect: {argued_count}\n\n| without | in | because |\n| --- | --- | --- |\n{argued}"
    );
    let _ = write!(
        text,
        "\n## Statements without a condition on the company\n\n| statement | because |\n| --- | --- |\n"
    );
    for (statement, _) in ledger.statements.iter().filter(|(_, names)| !**names) {
        match nameless(NAMELESS, statement) {
            Some(why) => {
                let _ = writeln!(text, "| `{}` | {why} |", cell(statement));
            }
            None => wrong.push(format!("names no company: {statement}")),
        }
    }
    for (statement, _) in
        ledger.statements.iter().filter(|(text, names)| **names && !ledger.walled.contains(*text))
    {
        if !(ledger
            .sites
            .keys()
            .any(|site| site.statement == *statement && reason(EQUIVALENT, site).is_some()))
        {
            wrong.push(format!("was never run behind row-level security alone: {statement}"));
        }
    }
    (text, wrong)
}

/// What of the account must not change unnoticed: the mutants and the verdicts. Which test was first may.
fn verdicts(text: &str) -> BTreeSet<String> {
    let rows = text.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let cells: Vec<_> = row.split("` | ").collect();
        format!("{} in {}", cells[0], cells.get(1).copied().unwrap_or_default())
    })
    .collect()
}

#[test]
#[ignore = "reads what a run has left: `make mutants`"]
fn every_mutant_is_caught() {
    let ledger = ledger::read();
    let (text, mut wrong) = account(&ledger);
    wrong.extend(sources::never_run(&ledger));
    assert!(wrong.is_empty(), "{} findings:\n{}", wrong.len(), wrong.join("\n"));
    if std::env::var_os("MUTANTS_WRITE").is_some() {
        fs::write(document(), text).expect("the account is written");
        return;
    }
    let committed = fs::read_to_string(document()).unwrap_or_default();
    let (new, old) = (verdicts(&text), verdicts(&committed));
    let difference: Vec<_> = new.symmetric_difference(&old).collect();
    assert!(difference.is_empty(), "docs/isolation.md is not current (make mutants-write): {difference:#?}");
}
