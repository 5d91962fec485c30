//! A request's statements as a script for pgbench.

use std::fmt::Write as _;

use super::statements::Statement;

/// How a captured transaction ends in the script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// As it was.
    Same,
    /// Rolled back, so that each run finds the same rows.
    RolledBack,
}

/// A script with its named values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Script {
    /// All statements in one pipeline.
    pub text: String,
    /// Names and values; what is null has no value.
    pub values: Vec<(String, String)>,
}

/// How long the script pauses at its two marks, so that the meter can be read.
pub const REST_MS: u32 = 100;

impl Script {
    /// Puts a request's statements into one pipeline. `types` names the types of a statement's parameters.
    pub fn new(
        statements: &[Statement],
        end: End,
        types: impl Fn(&Statement) -> Vec<Option<String>>,
    ) -> Self {
        let mut script = Self::default();
        script.text.push_str("\\startpipeline\n");
        for (index, statement) in statements.iter().enumerate() {
            let mut text = placed(&statement.text, index, &types(statement));
            if end == End::RolledBack && text.trim().eq_ignore_ascii_case("commit") {
                "rollback".clone_into(&mut text);
            }
            script.text.push_str(text.trim_end().trim_end_matches(';'));
            script.text.push_str(";\n");
            for (place, value) in statement.values.iter().enumerate() {
                if let Some(value) = value {
                    script.values.push((name(index, place + 1), value.clone()));
                }
            }
        }
        script.text.push_str("\\endpipeline\n");
        script
    }

    /// The script with a counter `:i` of its runs, which creates a mark and pauses after the runs `:warm` and `:last`.
    pub fn with_marks(&self, warm: &str, last: &str) -> String {
        let mut text = format!("\\set i :i + 1\n{}", self.text);
        for (turn, mark) in [("warm", warm), ("last", last)] {
            // Writing into a string can't fail.
            let _ = write!(text, "\\if :i = :{turn}\n\\shell touch {mark}\n\\sleep {REST_MS} ms\n\\endif\n");
        }
        text
    }
}

fn name(statement: usize, place: usize) -> String {
    format!("p{statement}_{place}")
}

/// `$2` becomes `:p0_2::uuid`.
fn placed(text: &str, statement: usize, types: &[Option<String>]) -> String {
    let mut placed = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        placed.push_str(before);
        let digits = after.bytes().take_while(u8::is_ascii_digit).count();
        let Ok(place) = after[..digits].parse::<usize>() else {
            placed.push('$');
            rest = after;
            continue;
        };
        placed.push(':');
        placed.push_str(&name(statement, place));
        if let Some(Some(of)) = place.checked_sub(1).and_then(|index| types.get(index)) {
            placed.push_str("::");
            placed.push_str(of);
        }
        rest = &after[digits..];
    }
    placed.push_str(rest);
    placed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_go_into_one_pipeline_with_their_values_and_types() {
        let statement = |text: &str, values: &[Option<&str>]| Statement {
            text: text.to_owned(),
            values: values.iter().map(|value| value.map(str::to_owned)).collect(),
        };
        let statements = [
            statement("BEGIN; SET LOCAL app.company_id = 'x'", &[]),
            statement("select $2, $1::text, '$', $10", &[Some("a"), None]),
            statement("COMMIT", &[]),
        ];
        let types = |statement: &Statement| match statement.values.len() {
            0 => vec![],
            _ => vec![None, Some("uuid".to_owned())],
        };
        let script = Script::new(&statements, End::RolledBack, types);
        assert_eq!(
            script.text,
            "\\startpipeline\nBEGIN; SET LOCAL app.company_id = 'x';\n\
             select :p1_2::uuid, :p1_1::text, '$', :p1_10;\nrollback;\n\\endpipeline\n"
        );
        assert_eq!(script.values, [("p1_1".to_owned(), "a".to_owned())]);
        assert!(Script::new(&statements, End::Same, types).text.contains("\nCOMMIT;\n"));
    }
}
