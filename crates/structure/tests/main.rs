//! Architecture tests: which crates may depend on which, and what no file may contain.

mod binaries;
mod circles;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

/// The most lines of a file of code.
const MAX_LINES: usize = 400;

/// Meaningless names: code must be named after its subject.
const EMPTY_NAMES: [&str; 8] =
    ["util", "utils", "common", "helper", "helpers", "manager", "managers", "misc"];

/// Which of our crates each crate may depend on, apart from tests. A new crate needs a row.
const ARROWS: [(&str, &[&str]); 14] = [
    ("cartera-domain", &[]),
    ("cartera-application", &["cartera-domain"]),
    ("cartera-infra-postgres", &["cartera-application", "cartera-domain", "cartera-migrations"]),
    ("cartera-infra-crypto", &["cartera-application", "cartera-domain"]),
    ("cartera-infra-mail", &["cartera-application", "cartera-domain"]),
    ("cartera-infra-storage", &["cartera-application", "cartera-domain"]),
    ("cartera-api-http", &["cartera-application", "cartera-domain"]),
    ("cartera-config", &[]),
    ("cartera-embedded", &[]),
    ("cartera-migrations", &[]),
    ("cartera-test-database", &["cartera-embedded", "cartera-migrations"]),
    ("cartera-bench", &["cartera-embedded", "cartera-test-database"]),
    ("cartera-structure", &[]),
    (
        "cartera-server",
        &[
            "cartera-domain",
            "cartera-application",
            "cartera-infra-postgres",
            "cartera-infra-crypto",
            "cartera-infra-mail",
            "cartera-infra-storage",
            "cartera-api-http",
            "cartera-config",
            "cartera-embedded",
            "cartera-migrations",
        ],
    ),
];

#[test]
fn crates_know_only_whom_they_may() {
    let allowed: BTreeMap<_, _> = ARROWS.into_iter().collect();
    let crates = crates();
    let ours: BTreeSet<_> = crates.iter().map(|package| text(&package["name"])).collect();
    assert_eq!(ours, allowed.keys().copied().collect(), "the table of arrows lists every crate");
    let mut wrong = Vec::new();
    for package in &crates {
        let name = text(&package["name"]);
        for dependency in list(&package["dependencies"]) {
            let other = text(&dependency["name"]);
            let only_for_tests = dependency["kind"] == "dev";
            if ours.contains(other) && !only_for_tests && !allowed[name].contains(&other) {
                wrong.push(format!("{name} must not know {other}"));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn the_rules_know_no_io() {
    let foreign =
        ["tokio", "actix-web", "sqlx", "sea-orm", "reqwest", "futures-util", "async-trait", "serde_json"];
    let crates = crates();
    let domain = crates.iter().find(|package| package["name"] == "cartera-domain").expect("the domain");
    let known: Vec<_> = list(&domain["dependencies"])
        .iter()
        .filter(|dependency| dependency["kind"] != "dev")
        .map(|dependency| text(&dependency["name"]))
        .filter(|name| foreign.contains(name))
        .collect();
    assert_eq!(known, Vec::<&str>::new());
}

/// Only `make mutants` may enable the witness of statements, on the command line.
#[test]
fn nobody_calls_the_witness_of_statements() {
    let crates = crates();
    let postgres =
        crates.iter().find(|package| package["name"] == "cartera-infra-postgres").expect("it is there");
    let features = postgres["features"].as_object().expect("its features");
    assert!(features.contains_key("mutation"), "the feature has another name now: {features:?}");
    let mut calling: Vec<_> = features
        .iter()
        .filter(|(_, others)| list(others).iter().any(|other| other == "mutation"))
        .map(|(name, _)| name.clone())
        .collect();
    for package in &crates {
        let named = package["features"].to_string().contains("/mutation");
        let asked = list(&package["dependencies"])
            .iter()
            .any(|dependency| list(&dependency["features"]).iter().any(|feature| feature == "mutation"));
        if named || asked {
            calling.push(text(&package["name"]).to_owned());
        }
    }
    assert_eq!(calling, Vec::<String>::new());
}

#[test]
fn files_are_short() {
    let long: Vec<_> = sources()
        .into_iter()
        .filter_map(|(path, code)| {
            let lines = code.lines().count();
            (lines > MAX_LINES).then(|| format!("{}: {lines} lines", path.display()))
        })
        .collect();
    assert_eq!(long, Vec::<String>::new());
}

#[test]
fn names_say_something() {
    let empty: Vec<_> = sources()
        .into_iter()
        .map(|(path, _)| path)
        .filter(|path| {
            path.iter()
                .filter_map(|part| part.to_str())
                .any(|part| EMPTY_NAMES.contains(&part.trim_end_matches(".rs")))
        })
        .collect();
    assert_eq!(empty, Vec::<PathBuf>::new());
}

#[test]
fn nothing_is_waved_through_or_left_for_later() {
    // Split in two, so that this file does not match itself.
    let unwanted =
        [["#[", "allow("], ["#![", "allow("], ["todo", "!("], ["unimplemented", "!("], ["dbg", "!("]];
    let mut found = Vec::new();
    for (path, code) in sources() {
        for (index, line) in code.lines().enumerate() {
            if unwanted.iter().any(|halves| line.contains(&halves.concat())) {
                found.push(format!("{}:{}: {}", path.display(), index + 1, line.trim()));
            }
        }
    }
    assert_eq!(found, Vec::<String>::new());
}

/// A test of routes contains `refused(409, "account_in_use")`, or the pair in its table of cases.
/// Without `biased`, tokio polls in an order that changes, and locks would be taken in another one each time.
#[test]
fn what_is_asked_for_together_is_asked_for_in_order() {
    let unordered: Vec<_> = sources()
        .into_iter()
        .filter(|(path, _)| {
            path.starts_with("crates/application/src") && !path.starts_with("crates/application/src/testing")
        })
        .flat_map(|(path, code)| {
            let asked = code.split("join!(").skip(1).map(|rest| rest.trim_start().starts_with("biased;"));
            asked.filter(|ordered| !ordered).map(|_| path.display().to_string()).collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(unordered, Vec::<String>::new());
}

#[test]
fn every_error_code_is_provoked_over_http_by_a_test() {
    let tests: String = sources()
        .into_iter()
        .filter(|(path, _)| {
            ["crates/api-http/tests", "crates/server/tests"].iter().any(|at| path.starts_with(at))
        })
        .flat_map(|(_, code)| code.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    // The table is generated from the codes, and CI checks that it is current.
    let table = fs::read_to_string(root().join("docs/generated/errors.md")).expect("the table of codes");
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
    let (mut codes, mut rules) = (Vec::new(), Vec::new());
    for (name, rest) in rows {
        match rest.split_once(' ').and_then(|(status, _)| status.parse::<u16>().ok()) {
            Some(status) => codes.push(format!("{status},\"{name}\"")),
            // The rule that a field breaks is next to its pointer: `("/name", "too_long")`.
            None => rules.push(format!("\",\"{name}\")")),
        }
    }
    assert!(codes.len() > 50 && rules.len() > 15, "the codes were found");
    let never: Vec<_> = codes.into_iter().chain(rules).filter(|said| !tests.contains(said)).collect();
    assert_eq!(never, Vec::<String>::new());
}

#[test]
fn the_tests_that_hold_promises_exist() {
    let page = fs::read_to_string(root().join("docs/security.md")).expect("the page");
    let sources = sources();
    let mut gone = Vec::new();
    let mut found = 0;
    for row in page.lines().filter(|line| line.starts_with('|')) {
        // A test name follows its file, or the name of another test of that file.
        let mut file = "";
        let last = row.trim_end_matches('|').rsplit(" | ").next().unwrap_or_default();
        for word in last.split('`').skip(1).step_by(2) {
            let path = word.split('.').next_back() == Some("rs") || word.ends_with('/');
            let test = word.matches('_').count() > 1
                && word
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
            if path {
                file = word;
                let known = sources.iter().any(|(path, _)| is_in(path, file));
                gone.extend((!known).then(|| format!("no file {file}: {row}")));
            } else if test {
                found += 1;
                let known = sources.iter().any(|(path, code)| is_in(path, file) && says(code, word));
                gone.extend((!known).then(|| format!("no test {word} in {file}: {row}")));
            }
        }
    }
    assert_eq!(gone, Vec::<String>::new());
    assert!(found > 200, "{found} tests are named");
}

/// Whether code contains this test, or this contract test of every resource.
fn says(code: &str, test: &str) -> bool {
    code.contains(&format!("fn {test}(")) || code.contains(&format!("\n    {test}: "))
}

/// Whether a file's path ends with the path that the page names, or the file is in the folder that it names.
fn is_in(path: &Path, named: &str) -> bool {
    let path = format!("/{}", path.display());
    let named = named.trim_start_matches('/');
    named.is_empty()
        || if named.ends_with('/') {
            path.contains(&format!("/{named}"))
        } else {
            path.ends_with(&format!("/{named}"))
        }
}

/// Every package of the workspace, as cargo describes it.
fn crates() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--no-deps"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo prints JSON");
    list(&metadata["packages"]).to_vec()
}

/// Every file of Rust in the workspace, by its path below the root.
fn sources() -> Vec<(PathBuf, String)> {
    let root = root();
    let mut files = Vec::new();
    for folder in ["crates", "migrations"] {
        collect(&root.join(folder), &mut files);
    }
    assert!(files.len() > 100, "the sources were found");
    files
        .into_iter()
        .map(|path| {
            let code = fs::read_to_string(&path).expect("a source file is UTF-8");
            (path.strip_prefix(&root).expect("it lies below the root").to_owned(), code)
        })
        .collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("an entry").path();
        if path.is_dir() && !path.ends_with("target") {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the workspace")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}
