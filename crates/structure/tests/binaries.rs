//! Each crate has one binary of integration tests, to limit linking, and every test file is part of it.

use std::{collections::BTreeMap, path::Path};

use super::{crates, list, sources, text};

/// The only exception: it needs a feature that no other build may have.
const APART: &str = "mutants";

#[test]
fn a_crate_links_one_binary_of_tests() {
    let mut several = Vec::new();
    for package in crates() {
        let binaries: Vec<_> = list(&package["targets"])
            .iter()
            .filter(|target| list(&target["kind"]).iter().any(|kind| kind == "test"))
            .map(|target| text(&target["name"]))
            .filter(|name| *name != APART)
            .collect();
        if binaries.len() > 1 {
            several.push(format!("{}: {binaries:?}", text(&package["name"])));
        }
    }
    assert_eq!(several, Vec::<String>::new());
}

/// A module that no other module declares is not compiled, and its tests silently never run.
#[test]
fn every_file_of_tests_is_a_module_of_one() {
    let files: BTreeMap<_, _> = sources().into_iter().filter(|(path, _)| is_of_tests(path)).collect();
    assert!(files.len() > 150, "the tests were found");
    let names = |file: &Path, module: &str| {
        let declaration = format!("mod {module};");
        let declares = |line: &str| match line.trim_start().strip_suffix(&declaration) {
            Some(visible) => visible.is_empty() || visible.starts_with("pub"),
            None => false,
        };
        files.get(file).is_some_and(|code| code.lines().any(declares))
    };
    let alone: Vec<_> = files
        .keys()
        .filter(|path| {
            let stem = path.file_stem().and_then(|stem| stem.to_str()).expect("a file has a name");
            let folder = path.parent().expect("a file lies in a folder");
            let (module, above) = match stem {
                "main" => return false,
                "mod" => (
                    folder.file_name().and_then(|name| name.to_str()).expect("a folder has a name"),
                    folder.parent().expect("a folder lies in a folder"),
                ),
                _ => (stem, folder),
            };
            !["main.rs", "mod.rs"].iter().any(|root| names(&above.join(root), module))
                && !names(&above.with_extension("rs"), module)
        })
        .collect();
    assert!(alone.is_empty(), "no module names {alone:#?}");
}

/// Whether a file has integration tests. Compile-fail cases are inputs of a test, not modules.
fn is_of_tests(path: &Path) -> bool {
    let parts: Vec<_> = path.iter().filter_map(|part| part.to_str()).collect();
    parts.get(2) == Some(&"tests") && !parts.contains(&"cases")
}
