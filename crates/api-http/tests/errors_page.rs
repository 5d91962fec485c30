//! `docs/generated/errors.md` is up to date with the tables of codes.

use std::{collections::BTreeSet, env, fs, path::Path};

use cartera_api_http::edge::errors_markdown;
use cartera_application::Code;

/// Regenerate the file with `UPDATE_DOCS=1 cargo test -p cartera-api-http errors_page`.
#[test]
fn the_page_is_current() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/generated/errors.md");
    if env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&file, errors_markdown()).expect("the file can be written");
    }
    let committed = fs::read_to_string(&file).expect("docs/generated/errors.md is committed");
    assert!(
        committed == errors_markdown(),
        "docs/generated/errors.md is not current: see above how to write it anew"
    );
}

#[test]
fn every_code_is_explained_once() {
    let page = errors_markdown();
    let codes: BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(codes.len(), Code::ALL.len(), "two codes have the same text");
    for code in codes {
        assert_eq!(page.matches(&format!("| `{code}` | ")).count().min(1), 1, "{code}");
    }
}
