//! Several values in one parameter.

use cartera_domain::input::Rule;

/// A value in quotes that holds a comma, so that it is no word in quotes, goes on behind them.
const BEHIND: Rule = Rule::Malformed { expected: "a value in quotes, and nothing but a comma behind them" };

/// A value begins with a quote that nothing closes.
const UNCLOSED: Rule = Rule::Malformed {
    expected: "complete: its quote isn't closed (a value that begins with \" must end with one)",
};

/// The values of an "any of": parted by commas, except within the quotes that a value may stand in. Two quotes there are one
/// (RFC 4180); a quote anywhere else is itself. Escapes of the URL can't part them, because clients send `%2C` for every comma.
///
/// # Errors
/// A value begins with a quote that nothing closes, or goes on behind the quotes that its comma stands in.
pub(super) fn split_values(text: &str) -> Result<Vec<String>, Rule> {
    let (mut values, mut rest) = (Vec::new(), Some(text));
    while let Some(text) = rest {
        let (value, behind) = match quoted(text)? {
            Some(quoted) => quoted,
            None => match text.split_once(',') {
                Some((value, behind)) => (value.to_owned(), Some(behind)),
                None => (text.to_owned(), None),
            },
        };
        values.push(value);
        rest = behind;
    }
    Ok(values)
}

/// The value in quotes that a text begins with, and what stands behind its comma. None if it begins without a quote, or with
/// a word in quotes that is not the whole value.
fn quoted(text: &str) -> Result<Option<(String, Option<&str>)>, Rule> {
    let Some(mut rest) = text.trim_start().strip_prefix('"') else { return Ok(None) };
    let mut value = String::new();
    loop {
        let (part, behind) = rest.split_once('"').ok_or(UNCLOSED)?;
        value.push_str(part);
        if let Some(more) = behind.strip_prefix('"') {
            value.push('"');
            rest = more;
        } else {
            return match behind.trim_start() {
                "" => Ok(Some((value, None))),
                behind if behind.starts_with(',') => Ok(Some((value, behind.get(1..)))),
                _ if value.contains(',') => Err(BEHIND),
                _ => Ok(None),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BEHIND, UNCLOSED, split_values};

    #[test]
    fn a_value_in_quotes_keeps_its_commas() {
        for (text, values) in [
            ("a", &["a"][..]),
            ("a,b", &["a", "b"]),
            ("", &[""]),
            (",", &["", ""]),
            ("a,", &["a", ""]),
            (r#""a,b""#, &["a,b"]),
            (r#""a,b",c,"d,e""#, &["a,b", "c", "d,e"]),
            (r#"c,"a,b""#, &["c", "a,b"]),
            (r#""say ""hi"", Ana",b"#, &[r#"say "hi", Ana"#, "b"]),
            ("\"\"\",\"\"\"", &["\",\""]),
            ("\"\",\"\"", &["", ""]),
            (r#""""#, &[""]),
            (r#"5" pipe,6""#, &[r#"5" pipe"#, r#"6""#]),
            (r#""a"b,c"#, &[r#""a"b"#, "c"]),
            (r#""a,b" , "c" "#, &["a,b", "c"]),
        ] {
            let split = split_values(text).expect(text);
            assert_eq!(split, values, "{text}");
        }
    }

    #[test]
    fn what_goes_on_behind_a_quoted_comma_is_refused() {
        for text in [r#""a,b"c"#, r#""a,b"; d"#, r#"x,"a,b" c"#] {
            assert_eq!(split_values(text), Err(BEHIND), "{text}");
        }
    }

    #[test]
    fn a_quote_that_nothing_closes_is_refused() {
        for text in [r#"""#, r#""a"#, r#""a,b"#, r#"a,"b,c"#, r#""a","b"#, r#""a"""#, r#""a"",b"#, r#" "a"#] {
            assert_eq!(split_values(text), Err(UNCLOSED), "{text}");
        }
    }
}
