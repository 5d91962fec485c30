//! Programs that must not compile. Each case is a mistake that would bypass tenant isolation, and the compiler must
//! refuse it for the reason given in the case.
//!
//! A case states the expected error at the end of the offending line: `//~ E0308 a part of the message`. The cases are
//! compiled by the same compiler against the crates that this test was linked with, so nothing is built for them. One
//! case, `as_it_is_done.rs`, is correct and must compile, which proves that the others fail only because of the mistake
//! they show.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    time::SystemTime,
};

use serde_json::Value;

/// The crates that cases may use, ours first.
const CRATES: [&str; 5] = ["cartera_infra_postgres", "cartera_application", "cartera_domain", "sqlx", "uuid"];
/// The case that must compile.
const CONTROL: &str = "as_it_is_done";

/// A compiler error: the line of the case, the code, the message.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Refusal {
    line: u64,
    code: String,
    message: String,
}

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/postgres/compile_fail/cases");
    let mut cases: Vec<_> =
        fs::read_dir(folder).expect("the cases").map(|case| case.expect("a case").path()).collect();
    cases.sort();
    cases
}

/// The folder with the libraries that this test was linked with.
fn libraries() -> PathBuf {
    let test = env::current_exe().expect("this test is a file");
    test.parent().expect("it lies in a folder").to_owned()
}

/// Every library of this crate in the folder, the newest first. There may be several, one per set of features.
fn found(folder: &Path, name: &str) -> Vec<PathBuf> {
    let prefix = format!("lib{name}-");
    let mut files: Vec<(SystemTime, PathBuf)> = fs::read_dir(folder)
        .expect("the folder of libraries")
        .map(|file| file.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rlib"))
        .filter(|path| path.file_name().is_some_and(|file| file.to_string_lossy().starts_with(&prefix)))
        .map(|path| (path.metadata().and_then(|file| file.modified()).expect("it has an age"), path))
        .collect();
    files.sort();
    files.into_iter().rev().map(|(_, path)| path).collect()
}

/// The compiler's errors for a case, with these libraries.
fn compile(case: &Path, libraries: &[(&str, PathBuf)]) -> Vec<Refusal> {
    let folder = libraries[0].1.parent().expect("libraries lie in a folder");
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut command = Command::new(rustc);
    command.args([
        "--edition",
        "2024",
        "--crate-type",
        "lib",
        "--emit",
        "metadata",
        "--error-format",
        "json",
    ]);
    command.arg("-L").arg(format!("dependency={}", folder.display()));
    for (name, path) in libraries {
        command.arg("--extern").arg(format!("{name}={}", path.display()));
    }
    let name = case.file_stem().expect("a case has a name").to_string_lossy();
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("lib{name}.rmeta"));
    let done = command.arg("-o").arg(&out).arg(case).output().expect("the compiler starts");
    let messages = String::from_utf8_lossy(&done.stderr).into_owned();
    let mut refusals: Vec<_> = messages.lines().filter_map(refusal).collect();
    // The compiler may repeat the same error for each step of a call, and for each expansion of a macro.
    refusals.sort();
    refusals.dedup();
    assert_eq!(done.status.success(), refusals.is_empty(), "{}: {messages}", case.display());
    refusals
}

/// Parses an error from a line of compiler output. The final "aborting due to …" does not count.
fn refusal(line: &str) -> Option<Refusal> {
    let message: Value = serde_json::from_str(line).ok()?;
    let text = message["message"].as_str()?;
    if message["level"] != "error" || text.starts_with("aborting due to") {
        return None;
    }
    let span =
        message["spans"].as_array().and_then(|spans| spans.iter().find(|span| span["is_primary"] == true));
    Some(Refusal {
        code: message["code"]["code"].as_str().unwrap_or_default().to_owned(),
        line: span.map_or(0, |span| written_at(span)["line_start"].as_u64().unwrap_or(0)),
        message: text.to_owned(),
    })
}

/// The span in the case; for the expansion of a macro, the span of its call.
fn written_at(span: &Value) -> &Value {
    match &span["expansion"] {
        Value::Object(expansion) => written_at(&expansion["span"]),
        _ => span,
    }
}

/// The errors that a case expects: the code, the line and a part of the message.
fn expected(case: &Path) -> Vec<Refusal> {
    let text = fs::read_to_string(case).expect("the case is text");
    let marks = text.lines().zip(1..).filter_map(|(line, number)| Some((line.split_once("//~ ")?.1, number)));
    marks
        .map(|(mark, line)| {
            let (code, message) = mark.split_once(' ').expect("a code and a message");
            Refusal { code: code.to_owned(), line, message: message.to_owned() }
        })
        .collect()
}

/// The libraries with which the control case compiles. The newest are tried first.
fn fitting(control: &Path) -> Vec<(&'static str, PathBuf)> {
    let folder = libraries();
    let [ours @ .., _, _] = CRATES.map(|name| (name, found(&folder, name)));
    let others: Vec<_> = CRATES[3..].iter().map(|name| (*name, found(&folder, name))).collect();
    let mut last = Vec::new();
    for postgres in &ours[0].1 {
        for application in &ours[1].1 {
            for domain in &ours[2].1 {
                let mut libraries = vec![
                    (ours[0].0, postgres.clone()),
                    (ours[1].0, application.clone()),
                    (ours[2].0, domain.clone()),
                ];
                libraries
                    .extend(others.iter().filter_map(|(name, files)| Some((*name, files.first()?.clone()))));
                last = compile(control, &libraries);
                if last.is_empty() {
                    return libraries;
                }
            }
        }
    }
    panic!("the right program does not compile either: {last:#?}");
}

#[test]
fn what_would_get_around_the_walls_does_not_compile() {
    let cases = cases();
    let control = cases.iter().find(|case| case.file_stem().is_some_and(|name| name == CONTROL));
    let libraries = fitting(control.expect("the right program"));
    let mut wrong = Vec::new();
    let mut refused = 0;
    for case in cases.iter().filter(|case| Some(*case) != control) {
        let (wanted, told) = (expected(case), compile(case, &libraries));
        let fits = |(wanted, told): (&Refusal, &Refusal)| {
            wanted.code == told.code && wanted.line == told.line && told.message.contains(&wanted.message)
        };
        if wanted.is_empty() || wanted.len() != told.len() || !wanted.iter().zip(&told).all(fits) {
            wrong.push(format!("{}: wanted {wanted:#?}, told {told:#?}", case.display()));
        }
        refused += told.len();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cases.len() > 10 && refused >= cases.len() - 1, "{refused} refusals of {} cases", cases.len());
}
