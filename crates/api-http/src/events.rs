//! The page of all kinds of events.

use std::fmt::Write as _;

use cartera_domain::events::EventKind;

const INTRODUCTION: &str = "# Kinds of events

<!-- Generated from the domain's kinds of events. Don't edit: change their comments. -->

How they are recorded, and what a row of them holds: [events.md](../events.md).

| type | entity | what happened |
| --- | --- | --- |
";

/// Renders the page of all kinds of events, committed as `docs/generated/events.md`.
pub fn events_markdown() -> String {
    let mut page = String::from(INTRODUCTION);
    for kind in EventKind::ALL {
        let entity = kind.as_str().split('.').next().unwrap_or_default().to_uppercase();
        let about = kind.description().split_whitespace().collect::<Vec<_>>().join(" ");
        // Writing to a `String` can't fail.
        let _ = writeln!(page, "| `{kind}` | `{entity}` | {about} |", kind = kind.as_str());
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_a_row_per_kind() {
        let page = events_markdown();
        assert_eq!(page.lines().filter(|line| line.starts_with("| `")).count(), EventKind::ALL.len());
        let row = "| `stage.updated` | `STAGE` | A stage got another name, colour or probability. |";
        assert!(page.contains(row), "{page}");
    }
}
