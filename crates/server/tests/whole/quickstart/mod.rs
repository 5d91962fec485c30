//! Runs `docs/quickstart.md` like its reader: block by block, with curl and jq, on the embedded stack.

mod page;

use std::fs;

use page::Page;

use crate::support::{Embedded, Folder, run_with, unique};

/// The calls that the page must contain, one for each step of the owner's scenario.
const STORY: [&str; 15] = [
    "/auth/register",
    "/invitations/accept",
    "/users/",
    "/accounts\"",
    "/contacts\"",
    "/pipelines\"",
    "/stage-changes\"",
    "Idempotency-Key",
    "/confirm\"",
    "board=true",
    "/restore\"",
    "/api-keys\"",
    "/reports/top-accounts",
    "/reports/stage-changes",
    "/reports/pipeline",
];

#[test]
fn the_page_does_what_it_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/quickstart.md");
    let page = Page::read(&fs::read_to_string(path).expect("the page")).expect("every block counts");
    let script = page.script();
    let missing: Vec<_> = STORY.iter().filter(|part| !script.contains(**part)).collect();
    assert!(missing.is_empty(), "the page leaves out {missing:?}");
    let (folder, reader) = (Folder::new("quickstart"), Folder::new("quickstart-reader"));
    // Readers have rate limits on.
    let server = Embedded::start_with(&folder, &[], &[("RATE_LIMITS", "on")]);
    // The page uses only this sign-in of the demo data, which takes long to create.
    let (ok, said) = run_with(
        folder.program().args(["admin", "create", "--name", "Root", "--email", "admin@saas.com"]),
        "Password1",
    );
    assert!(ok, "{said}");
    let api = format!("http://{}/api/v1", server.address);
    let data = folder.path().to_str().expect("a path in UTF-8");
    let walked = page.run(reader.path(), &[("API", &api), ("DATA_DIR", data)]);
    walked.unwrap_or_else(|error| panic!("{}\ndocs/quickstart.md, {error}", server.record.log()));
}

/// Parses a page and runs it; returns the problem, if any.
fn fault_of(text: &str) -> Option<String> {
    let folder = Folder::new(&unique("page"));
    Page::read(text).and_then(|page| page.run(folder.path(), &[("GIVEN", "given")])).err()
}

#[test]
fn a_page_that_is_true_has_no_fault() {
    let page = "Words.\n\n```sh\nGIVEN=${GIVEN:-default}\n```\n\nWords.\n\n```sh\n\
                echo \"$GIVEN $RANDOM-7\"\n```\n\n```text\ngiven …-7\n```\n";
    assert_eq!(fault_of(page), None);
}

#[test]
fn a_page_that_has_rotted_is_found_out() {
    for (page, fault) in [
        ("```sh\necho is\n```\n\n```text\nwas\n```\n", "line 1: the page shows\nwas\n"),
        ("```sh\necho more\n```\n", "line 1: the page shows\n\nbut the block prints\nmore\n"),
        ("```sh\ntrue\n```\n```text\nmore\n```\n", "line 1: the page shows\nmore\n"),
        ("```sh\necho '\"a\" b'\n```\n```text\n\"…\n```\n", "line 1: the page shows\n\"…\n"),
        ("```sh\ntrue\n```\n\n```sh\nfalse | true\n```\n", "line 5: the block fails (exit status: 1)"),
        ("```sh\necho $NOT_SET\n```\n", "line 1: the block fails"),
        ("```sh\nexit 0\n```\n", "line 1: the block fails (exit status: 0)"),
        ("```sh\ntrue\n```\nWords.\n```text\nlost\n```\n", "line 5: a block of \"text\""),
        ("```bash\ntrue\n```\n", "line 1: a block of \"bash\""),
    ] {
        let found = fault_of(page).unwrap_or_else(|| panic!("nothing is wrong with\n{page}"));
        assert!(found.starts_with(fault), "{found}");
    }
}
