//! The requests to the server.

mod subject;
mod table;

use serde_json::{Value, json};

use crate::{
    error::{BenchError, Result},
    http::{Caller, Request},
};

pub use subject::Subject;
pub use table::CASES;

/// The family of a request, which determines its limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// A page of rows.
    List,
    /// The columns of a board, with their sums.
    Board,
    /// A list by `q`.
    Search,
    /// A report.
    Report,
    /// One record by its id.
    Get,
    /// Something that changes rows.
    Write,
}

impl Family {
    /// The allowance beyond the statements' floor, in microseconds: HTTP, and rendering the rows of a list as JSON.
    pub const fn allowance(self) -> f64 {
        match self {
            Self::List | Self::Board | Self::Search => 20.0,
            Self::Report | Self::Get | Self::Write => 10.0,
        }
    }

    /// Its word in the table of results.
    pub const fn word(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Board => "board",
            Self::Search => "search",
            Self::Report => "report",
            Self::Get => "get",
            Self::Write => "write",
        }
    }
}

/// The request of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// A path, in which `{owner}` and the like are filled in for the company.
    Get(&'static str),
    /// A page of that list by the cursor of the previous page, this many hundred rows on, or its second page.
    After(&'static str, u32),
    /// A new opportunity.
    Create,
    /// A move of an opportunity to another open stage.
    Move,
    /// A change of an opportunity's title.
    Edit,
}

/// One kind of request.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// Its name.
    pub name: &'static str,
    /// Its family.
    pub family: Family,
    /// Its request.
    pub action: Action,
    /// The company it is sent in, besides the one of 10,000.
    pub place: Place,
}

/// The company that is compared with the middling one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The one of 300,000 opportunities.
    Large,
    /// The one in which all accounts have the same wins.
    Tied,
}

impl Case {
    /// Whether a pattern selects it: the pattern is a comma-separated list of words, of which one must be in its name
    /// or family.
    pub fn is_chosen(&self, pattern: Option<&str>) -> bool {
        let label = format!("{}: {}", self.family.word(), self.name).to_lowercase();
        pattern
            .is_none_or(|pattern| pattern.split(',').any(|word| label.contains(&word.trim().to_lowercase())))
    }

    /// The requests of this case in one company. The path, which may take requests to find, is cached in `known`.
    pub fn prepare(
        &self,
        subject: &Subject,
        caller: &mut Caller,
        known: &mut Option<String>,
    ) -> Result<Requests> {
        let path = match (self.action, known.take()) {
            (Action::Create | Action::Move | Action::Edit, _) => {
                return Ok(Requests::Each { action: self.action, subject: subject.clone() });
            }
            (_, Some(path)) => path,
            (Action::Get(path), None) => subject.fill(path)?,
            (Action::After(path, hundreds), None) => walk(&subject.fill(path)?, hundreds, subject, caller)?,
        };
        *known = Some(path.clone());
        Ok(Requests::Same(Request::new("GET", &path, Some(&subject.token), None)))
    }
}

/// Follows the cursors of a list, a hundred rows at a time.
fn walk(path: &str, hundreds: u32, subject: &Subject, caller: &mut Caller) -> Result<String> {
    let joint = if path.contains('?') { '&' } else { '?' };
    let mut next = path.to_owned();
    for _ in 0..hundreds.max(1) {
        let limit = if hundreds == 0 {
            String::new()
        } else {
            format!("{}limit=100", if next.contains('?') { '&' } else { '?' })
        };
        let page = caller
            .send(&Request::new("GET", &format!("{next}{limit}"), Some(&subject.token), None))?
            .json()?;
        let cursor = page["meta"]["nextCursor"]
            .as_str()
            .ok_or_else(|| BenchError::Unexpected(format!("no page after {next}")))?;
        next = format!("{path}{joint}cursor={cursor}");
    }
    Ok(next)
}

/// Requests of one case in one company.
pub enum Requests {
    /// The same every time.
    Same(Request),
    /// Another one every time.
    Each {
        /// The write.
        action: Action,
        /// The company with the records.
        subject: Subject,
    },
}

impl Requests {
    /// The request of a turn, counted from 0.
    pub fn turn(&self, turn: usize) -> Request {
        match self {
            Self::Same(request) => request.clone(),
            Self::Each { action, subject } => {
                let (method, path, body) = change(*action, subject, turn);
                Request::new(method, &path, Some(&subject.token), Some(&body))
            }
        }
    }
}

/// Writes that can be repeated indefinitely: opportunities move from the first stage to the second and back.
fn change(action: Action, subject: &Subject, turn: usize) -> (&'static str, String, Value) {
    let Subject { token, movable, stages, account, contact, .. } = subject;
    let opportunity = &movable[turn % movable.len()];
    match action {
        Action::Move => {
            let stage = &stages[1 - turn / movable.len() % 2];
            let body = json!({ "stage": stage, "reason": "It went on" });
            ("POST", format!("/opportunities/{opportunity}/stage-changes"), body)
        }
        Action::Edit => {
            // Each round has a new token, which makes the title new, because an edit without a change costs less.
            let round = &token[token.len().saturating_sub(8)..];
            let body = json!({ "title": format!("Sale {turn} edited {round}") });
            ("PATCH", format!("/opportunities/{opportunity}"), body)
        }
        _ => {
            let body = json!({
                "title": format!("Sale {turn} made"), "accountId": account, "contactId": contact,
                "amount": { "amount": "1250.00", "currency": "UYU" }, "expectedCloseDate": "2026-12-31",
            });
            ("POST", "/opportunities".to_owned(), body)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_chooses_by_any_of_its_words() {
        let case = Case { name: "home", family: Family::List, action: Action::Create, place: Place::Large };
        for yes in [None, Some("home"), Some("nothing, HOME"), Some("list")] {
            assert!(case.is_chosen(yes), "{yes:?}");
        }
        assert!(!case.is_chosen(Some("board")));
    }

    #[test]
    fn opportunities_go_to_the_other_stage_and_back() {
        let subject = Subject::for_tests();
        let stages: Vec<_> = (0..5)
            .map(|turn| {
                let (_, path, body) = change(Action::Move, &subject, turn);
                format!("{path} {}", body["stage"].as_str().expect("a stage"))
            })
            .collect();
        let to =
            |opportunity: &str, stage: &str| format!("/opportunities/{opportunity}/stage-changes {stage}");
        let expected = [to("o1", "s2"), to("o2", "s2"), to("o1", "s1"), to("o2", "s1"), to("o1", "s2")];
        assert_eq!(stages, expected);
    }

    #[test]
    fn names_are_given_once() {
        let mut names: Vec<_> = CASES.iter().map(|case| (case.family.word(), case.name)).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
