//! The table of settings agrees with the code that reads them and with the generated files.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io;
use std::path::Path;

use cartera_config::{Config, Environment, Example, FixedEnvironment, SETTINGS, env_example, markdown};

/// Records which variables are read.
struct Recording {
    asked: RefCell<BTreeSet<String>>,
}

impl Environment for Recording {
    fn variable(&self, name: &str) -> Option<OsString> {
        self.asked.borrow_mut().insert(name.to_owned());
        None
    }

    fn names(&self) -> Vec<OsString> {
        Vec::new()
    }

    fn file(&self, _: &Path) -> io::Result<String> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn terminal(&self) -> bool {
        false
    }

    fn processors(&self) -> usize {
        1
    }
}

#[test]
fn every_setting_of_the_table_is_read_and_nothing_else() {
    let environment = Recording { asked: RefCell::default() };
    let config = Config::from_env(&environment).expect("all defaults");
    let expected: BTreeSet<String> = SETTINGS
        .iter()
        .flat_map(|setting| [Some(setting.name.to_owned()), setting.file_variable()])
        .flatten()
        .collect();
    assert_eq!(environment.asked.into_inner(), expected);
    let effective: Vec<_> = config.effective.iter().map(|entry| entry.name).collect();
    let names: Vec<_> = SETTINGS.iter().map(|setting| setting.name).collect();
    assert_eq!(effective, names, "what `cartera config` shows is the table");
}

#[test]
fn names_are_unique_and_rows_complete() {
    let names: BTreeSet<_> = SETTINGS.iter().map(|setting| setting.name).collect();
    assert_eq!(names.len(), SETTINGS.len());
    for setting in SETTINGS {
        assert!(setting.description.ends_with('.'), "{}", setting.name);
        assert!(!setting.description.contains('|'), "{} would break the table", setting.name);
        match setting.example {
            Example::Value(value) => assert!(!value.is_empty(), "{} has no example", setting.name),
            Example::Command(_) => assert!(setting.secret, "{} is no secret", setting.name),
        }
    }
}

#[test]
fn the_generated_files_hold_every_setting_once() {
    let (markdown, example) = (markdown(), env_example());
    for setting in SETTINGS {
        let row = format!("| `{}` |", setting.name);
        assert_eq!(markdown.matches(&row).count(), 1, "{row}");
        let line = format!("\n#{}=", setting.name);
        assert_eq!(example.matches(&line).count(), 1, "{line}");
    }
    let columns: BTreeSet<_> =
        markdown.lines().filter(|line| line.starts_with('|')).map(|line| line.matches('|').count()).collect();
    assert_eq!(columns.len(), 1, "ragged table");
    assert!(
        example.lines().all(|line| line.is_empty() || line.starts_with('#')),
        "a copy must change nothing"
    );
}

#[test]
fn every_example_is_valid() {
    let secrets = [
        ("JWT_SECRET", "0123456789abcdef0123456789abcdef"),
        ("JWT_SECRET_PREVIOUS", "0123456789abcdef0123456789abcdeF"),
        ("SECRETS_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
        ("METRICS_TOKEN", "0123456789abcdef0123456789abcdef"),
    ];
    let made: BTreeSet<_> = secrets.iter().map(|(name, _)| *name).collect();
    let commanded = SETTINGS.iter().filter(|setting| matches!(setting.example, Example::Command(_)));
    assert_eq!(commanded.map(|setting| setting.name).collect::<BTreeSet<_>>(), made);

    // The lines of the example file, uncommented.
    let example = env_example();
    let values = example
        .lines()
        .filter_map(|line| line.strip_prefix('#')?.split_once('='))
        .filter(|(name, value)| SETTINGS.iter().any(|setting| setting.name == *name) && !value.is_empty());
    let config = Config::from_env(&FixedEnvironment::new(values.chain(secrets))).expect("valid examples");
    assert_eq!(config.warnings, []);
}
