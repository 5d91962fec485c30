//! Parses the statements of a request, with their bound values, from PostgreSQL's log.

/// A statement as it was run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Its text, with `$1` and so on.
    pub text: String,
    /// The bound values as text; `None` for null.
    pub values: Vec<Option<String>>,
}

impl Statement {
    /// Whether it opens or ends a transaction, or sets something for it.
    pub fn is_frame(&self) -> bool {
        let word = self.text.trim_start().split([' ', ';']).next().unwrap_or_default().to_ascii_lowercase();
        matches!(word.as_str(), "begin" | "start" | "set" | "commit" | "rollback")
    }
}

/// The statements that a role ran, in order, from a piece of the log, whose lines begin with process and role.
pub fn read(log: &str, role: &str) -> Vec<Statement> {
    let mut statements: Vec<Statement> = Vec::new();
    for entry in entries(log) {
        let mut parts = entry.splitn(3, '|');
        let (Some(_process), Some(user), Some(said)) = (parts.next(), parts.next(), parts.next()) else {
            continue;
        };
        if user != role {
            continue;
        }
        if let Some(text) = said.strip_prefix("LOG:  statement: ") {
            statements.push(Statement { text: text.to_owned(), values: Vec::new() });
        } else if let Some((_name, text)) =
            said.strip_prefix("LOG:  execute ").and_then(|rest| rest.split_once(": "))
        {
            statements.push(Statement { text: text.to_owned(), values: Vec::new() });
        } else if let Some(values) = said
            .strip_prefix("DETAIL:  ")
            .and_then(|rest| rest.strip_prefix("parameters: ").or_else(|| rest.strip_prefix("Parameters: ")))
            && let Some(statement) = statements.last_mut()
        {
            statement.values = bound(values);
        }
    }
    statements
}

/// Entries of a log: a line, and those after it that begin with a tab.
fn entries(log: &str) -> Vec<String> {
    let mut entries: Vec<String> = Vec::new();
    for line in log.lines() {
        match (line.strip_prefix('\t'), entries.last_mut()) {
            (Some(more), Some(entry)) => {
                entry.push('\n');
                entry.push_str(more);
            }
            _ => entries.push(line.to_owned()),
        }
    }
    entries
}

/// `$1 = 'it''s', $2 = NULL`.
fn bound(mut list: &str) -> Vec<Option<String>> {
    let mut values = Vec::new();
    while let Some((_place, rest)) = list.split_once(" = ") {
        if let Some(quoted) = rest.strip_prefix('\'') {
            let (value, rest) = unquote(quoted);
            values.push(Some(value));
            list = rest;
        } else {
            values.push(None);
            list = rest.split_once(", ").map_or("", |(_null, rest)| rest);
        }
    }
    values
}

/// Parses a quoted text from after its first quote; returns it with the rest after its last quote.
fn unquote(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut rest = text;
    loop {
        let Some((part, after)) = rest.split_once('\'') else {
            value.push_str(rest);
            return (value, "");
        };
        value.push_str(part);
        match after.strip_prefix('\'') {
            Some(more) => {
                value.push('\'');
                rest = more;
            }
            None => return (value, after),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_tells_statements_with_what_was_bound() {
        let log = "7|cartera_api|LOG:  statement: BEGIN; SET LOCAL app.company_id = 'x'\n\
            8|postgres|LOG:  execute <unnamed>: select 1\n\
            7|cartera_api|LOG:  execute sqlx_s_3: select $1,\n\t\t$2, $3 from t\n\
            7|cartera_api|DETAIL:  parameters: $1 = 'it''s, $2 = ''', $2 = NULL, $3 = '{a,b}'\n\
            7|cartera_api|LOG:  statement: COMMIT\n";
        let statements = read(log, "cartera_api");
        let texts: Vec<_> = statements.iter().map(|statement| statement.text.as_str()).collect();
        assert_eq!(texts, ["BEGIN; SET LOCAL app.company_id = 'x'", "select $1,\n\t$2, $3 from t", "COMMIT"]);
        let values = [Some("it's, $2 = '".to_owned()), None, Some("{a,b}".to_owned())];
        assert_eq!(statements[1].values, values);
        let frames: Vec<_> = statements.iter().map(Statement::is_frame).collect();
        assert_eq!(frames, [true, false, true]);
    }
}
