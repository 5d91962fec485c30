//! Several values in one parameter.

use cartera_domain::input::Rule;

/// A value begins with a quote that nothing closes.
const UNCLOSED: Rule = Rule::Malformed {
    expected: "complete: its quote isn't closed (a value that begins with \" must end with one)",
};

/// The values of an "any of": parted by commas, except within the quotes that a value may stand in. Two quotes there are one
/// (RFC 4180); a quote anywhere else is itself. Escapes of the URL can't part them, because clients send `%2C` for every comma.
///
/// # Errors
/// A value begins with a quote that nothing closes.
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
        } else if behind.is_empty() {
            return Ok(Some((value, None)));
        } else {
            return Ok(behind.strip_prefix(',').map(|behind| (value, Some(behind))));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{UNCLOSED, split_values};

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
        ] {
            let split = split_values(text).expect(text);
            assert_eq!(split, values, "{text}");
        }
    }

    #[test]
    fn a_quote_that_nothing_closes_is_refused() {
        for text in [r#"""#, r#""a"#, r#""a,b"#, r#"a,"b,c"#, r#""a","b"#, r#""a"""#, r#""a"",b"#, r#" "a"#] {
            assert_eq!(split_values(text), Err(UNCLOSED), "{text}");
        }
    }
}
