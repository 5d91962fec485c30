//! Compares the SQL in the sources that names the company with the statements that ran, because a query that no test
//! runs proves nothing.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use crate::{ledger::Ledger, predicates::normalised};

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the sources") {
        let path = entry.expect("a file").path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The string literals of a source file, unescaped.
fn literals(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in joined(source).lines() {
        let code = line.trim_start();
        if code.starts_with("//") {
            continue;
        }
        let mut rest = code;
        while let Some(start) = rest.find('"') {
            let mut text = String::new();
            let mut letters = rest[start + 1..].char_indices();
            let mut end = rest.len();
            while let Some((at, c)) = letters.next() {
                match c {
                    '\\' => text.extend(letters.next().map(|(_, c)| c)),
                    '"' => {
                        end = start + 1 + at + 1;
                        break;
                    }
                    c => text.push(c),
                }
            }
            found.push(text);
            rest = &rest[end..];
        }
    }
    found
}

/// The source with multi-line string literals joined to one line.
fn joined(source: &str) -> String {
    let mut text = String::with_capacity(source.len());
    let mut lines = source.lines();
    while let Some(line) = lines.next() {
        let mut line = line.to_owned();
        while let Some(start) = line.strip_suffix('\\') {
            line = format!("{start}{}", lines.next().unwrap_or_default().trim_start());
        }
        text.push_str(&line);
        text.push('\n');
    }
    text
}

fn names_a_company(literal: &str) -> bool {
    (literal.contains("company_id =") || literal.contains(".company_id"))
        && !literal.contains("app.company_id")
}

/// The lines of a source file that build a fragment which names the company, with the fragment. Short fragments occur
/// in many places, so finding their text in a statement would prove nothing.
fn saying(source: &str) -> Vec<(usize, String)> {
    let calls = [".push(", "Sql::new("];
    let starts =
        calls.iter().flat_map(|call| source.match_indices(call).map(|(at, call)| (at, at + call.len())));
    let found = starts.filter_map(|(at, behind)| {
        let literal = source[behind..].trim_start().strip_prefix('"')?;
        let end = literal.match_indices('"').find(|(end, _)| !literal[..*end].ends_with('\\'))?.0;
        let line = source[..at].lines().count();
        names_a_company(&literal[..end]).then(|| (line, literal[..end].to_owned()))
    });
    found.collect()
}

/// String literals in the sources that name the company and were in no statement that ran; and folders with more
/// sea-orm conditions than statements that ran on their tables.
pub fn never_run(ledger: &Ledger) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    files(&root, &mut paths);
    paths.sort();
    let (mut wrong, mut conditions, mut tables) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
    let mut said = 0;
    for path in paths {
        let source = fs::read_to_string(&path).expect("a source is text");
        for literal in literals(&source).iter().filter(|literal| names_a_company(literal)) {
            let piece = normalised(literal);
            if !ledger.statements.keys().any(|statement| statement.contains(piece.trim_end())) {
                wrong.push(format!("{}: was never run: {literal}", path.display()));
            }
        }
        for (line, text) in saying(&source) {
            let place = format!(
                "{}:{line}",
                path.strip_prefix(root.ancestors().nth(3).unwrap_or(&root)).unwrap_or(&path).display()
            );
            said += 1;
            if !ledger.said.contains(&place) {
                wrong.push(format!("{place}: was never said: {text}"));
            }
        }
        let folder = path.parent().expect("a folder").to_owned();
        let count = ["Column::CompanyId.eq(", "find_by_id((", "find_by_id(self.company())"]
            .map(|condition| source.matches(condition).count());
        *conditions.entry(folder.clone()).or_insert(0) += count.iter().sum::<usize>();
        let marked = source.lines().filter_map(|line| line.trim().strip_prefix("#[sea_orm(table_name = \""));
        let names = marked.filter_map(|line| line.strip_suffix("\")]")).map(str::to_owned);
        tables.entry(folder).or_insert_with(Vec::new).extend(names);
    }
    assert!(said > 30, "{said} pieces were found in the sources");
    for (folder, count) in conditions.into_iter().filter(|(_, count)| *count > 0) {
        let of_folder = |statement: &&String| {
            let tables = tables.get(&folder).into_iter().flatten();
            let mut starts =
                tables.flat_map(|name| [format!("UPDATE \"{name}\""), format!(" FROM \"{name}\" WHERE")]);
            starts.any(|start| statement.contains(&start))
        };
        let run = ledger.statements.keys().filter(of_folder).count();
        if run < count {
            wrong.push(format!(
                "{}: {count} conditions, but only {run} statements were run",
                folder.display()
            ));
        }
    }
    wrong
}
