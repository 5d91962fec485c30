//! The files of a crate have no dependency cycles: each can be read, moved and compiled after those that it needs.
//! References to a module's own children, and in its tests, do not count.

use std::collections::{BTreeMap, BTreeSet};

use super::sources;

type Path = Vec<String>;

/// The modules of one crate, by their paths; the root is the empty path.
#[derive(Default)]
struct Modules {
    /// What each module refers to, as full paths.
    names: BTreeMap<Path, BTreeSet<Path>>,
    /// What each module re-exports, by name.
    passes_on: BTreeMap<Path, BTreeMap<String, Path>>,
}

#[test]
fn no_file_refers_to_one_that_refers_back() {
    let mut crates: BTreeMap<String, Vec<(Path, String)>> = BTreeMap::new();
    for (file, code) in sources() {
        let file = file.to_string_lossy().into_owned();
        if let Some((of, inside)) = file.split_once("/src/") {
            crates.entry(of.to_owned()).or_default().push((module(inside), without_tests(&code)));
        }
    }
    assert!(crates.len() > 10, "the crates were found");
    let circles: Vec<_> = crates
        .into_iter()
        .flat_map(|(of, files)| {
            circles(&Modules::of(&files)).into_iter().map(move |circle| (of.clone(), circle))
        })
        .collect();
    assert!(circles.is_empty(), "{circles:#?}");
}

/// The module of a file below `src`.
fn module(file: &str) -> Path {
    let mut path: Path = file.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if matches!(path.last().map(String::as_str), Some("mod" | "lib" | "main")) {
        path.pop();
    }
    path
}

/// The code without comments and without the test module, which is the last item of its file.
fn without_tests(code: &str) -> String {
    let mut lines = Vec::new();
    let mut rest = code.lines().peekable();
    while let Some(line) = rest.next() {
        let opens_tests = |next: &str| next.trim_start().starts_with("mod ") && next.ends_with('{');
        if line.trim() == "#[cfg(test)]" && rest.peek().is_some_and(|next| opens_tests(next)) {
            break;
        }
        lines.push(line.split("//").next().unwrap_or_default());
    }
    lines.join("\n")
}

impl Modules {
    fn of(files: &[(Path, String)]) -> Self {
        let mut modules = Self::default();
        let known: BTreeSet<&Path> = files.iter().map(|(path, _)| path).collect();
        for (path, code) in files {
            let names = modules.names.entry(path.clone()).or_default();
            let uses = code.split('\n').map(str::trim_start).scan(0, |at, line| {
                let start = *at;
                *at += 1;
                Some((start, line))
            });
            for (start, line) in uses {
                let Some(passed_on) = begins_use(line) else { continue };
                let text: String = code.split('\n').skip(start).collect::<Vec<_>>().join(" ");
                let Some((_, tree)) = text.split_once("use ") else { continue };
                let tree = tree.split(';').next().unwrap_or_default();
                for named in leaves(tree) {
                    let Some(full) = full(path, &named, &known) else { continue };
                    if let (true, Some(last)) = (passed_on, full.last()) {
                        modules.passes_on.entry(path.clone()).or_default().insert(last.clone(), full.clone());
                    }
                    names.insert(full);
                }
            }
            for found in code.split("crate::").skip(1) {
                let written = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ':');
                let end = found.find(|c| !written(c)).unwrap_or(found.len());
                // A path that continues in braces was parsed with its `use`.
                if !found[..end].ends_with(':') {
                    names.insert(segments(&found[..end]));
                }
            }
        }
        modules
    }

    /// The module that defines a path, following re-exports.
    fn home(&self, full: &[String], tries: usize) -> Option<Path> {
        for length in (0..=full.len()).rev() {
            let (module, rest) = full.split_at(length);
            if !self.names.contains_key(module) {
                continue;
            }
            let further = rest.first().and_then(|name| self.passes_on.get(module)?.get(name));
            return match further {
                Some(target) if tries > 0 => {
                    let target: Path = target.iter().chain(&rest[1..]).cloned().collect();
                    self.home(&target, tries - 1)
                }
                _ => Some(module.to_vec()),
            };
        }
        None
    }

    /// The modules to which one refers, except its own children and the root.
    fn referred(&self, module: &Path) -> BTreeSet<Path> {
        let names = self.names.get(module).into_iter().flatten();
        let homes = names.filter_map(|name| self.home(name, 8));
        homes.filter(|home| !home.is_empty() && !module.is_empty() && !home.starts_with(module)).collect()
    }
}

/// Whether a line begins a `use`, and whether that is a re-export.
fn begins_use(line: &str) -> Option<bool> {
    let rest = line.strip_prefix("pub");
    let passed_on = rest.is_some();
    let rest = rest.map_or(line, |rest| rest.split_once(") ").map_or(rest, |(_, rest)| rest).trim_start());
    rest.starts_with("use ").then_some(passed_on)
}

/// Every path of a `use` tree.
fn leaves(tree: &str) -> Vec<String> {
    let (mut found, mut depth, mut part) = (Vec::new(), 0_usize, String::new());
    let mut parts = Vec::new();
    for c in tree.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(std::mem::take(&mut part));
                continue;
            }
            _ => {}
        }
        part.push(c);
    }
    parts.push(part);
    for part in parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty()) {
        match part.split_once('{') {
            Some((prefix, inner)) => {
                let inner = inner.rsplit_once('}').map_or(inner, |(inner, _)| inner);
                found.extend(leaves(inner).into_iter().map(|leaf| format!("{prefix}{leaf}")));
            }
            None => found.push(part.split(" as ").next().unwrap_or(part).trim().to_owned()),
        }
    }
    found
}

fn segments(path: &str) -> Path {
    path.split("::").map(str::trim).filter(|segment| !segment.is_empty()).map(str::to_owned).collect()
}

/// A path of a `use` from the root of its crate; `None` for another crate.
fn full(module: &Path, named: &str, known: &BTreeSet<&Path>) -> Option<Path> {
    let mut segments = segments(named);
    let mut base = module.clone();
    match segments.first()?.as_str() {
        "crate" => base.clear(),
        "self" => {}
        "super" => {
            while segments.first().is_some_and(|segment| segment == "super") {
                base.pop();
                segments.remove(0);
            }
            base.extend(segments);
            return Some(base);
        }
        first => {
            let child: Path = base.iter().cloned().chain([first.to_owned()]).collect();
            known.contains(&child).then_some(())?;
            base.extend(segments);
            return Some(base);
        }
    }
    base.extend(segments.into_iter().skip(1));
    Some(base)
}

/// Sets of modules that all reach each other.
fn circles(modules: &Modules) -> Vec<Vec<String>> {
    let arrows: BTreeMap<&Path, BTreeSet<Path>> =
        modules.names.keys().map(|module| (module, modules.referred(module))).collect();
    let reached = |from: &Path| {
        let mut seen: BTreeSet<Path> = BTreeSet::new();
        let mut next: Vec<Path> = arrows.get(from).into_iter().flatten().cloned().collect();
        while let Some(module) = next.pop() {
            if seen.insert(module.clone()) {
                next.extend(arrows.get(&module).into_iter().flatten().cloned());
            }
        }
        seen
    };
    let reach: BTreeMap<&Path, BTreeSet<Path>> =
        arrows.keys().map(|module| (*module, reached(module))).collect();
    let together =
        |a: &Path, b: &Path| reach[a].contains(b) && reach.get(b).is_some_and(|back| back.contains(a));
    let mut found: BTreeSet<Vec<String>> = BTreeSet::new();
    for module in arrows.keys() {
        let circle: Vec<String> =
            arrows.keys().filter(|other| together(module, other)).map(|other| other.join("::")).collect();
        if circle.len() > 1 {
            found.insert(circle);
        }
    }
    found.into_iter().collect()
}

#[test]
fn a_circle_is_found_through_what_passes_it_on() {
    let files = [
        ("", "mod a;"),
        ("a", "pub use b::B;\nuse super::c::C;"),
        ("a/b", "use crate::c;"),
        ("c", "use crate::a::{self, B};"),
    ];
    let files: Vec<_> = files
        .iter()
        .map(|(path, code)| {
            (path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect(), (*code).to_owned())
        })
        .collect();
    let expected = vec![vec!["a".to_owned(), "a::b".to_owned(), "c".to_owned()]];
    assert_eq!(circles(&Modules::of(&files)), expected);
}
