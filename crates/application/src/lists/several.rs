//! Several values in one parameter.

/// The values of an "any of": parted by commas, except within the quotes that a value may stand in. Two quotes there are one
/// (RFC 4180); a quote anywhere else is itself. Escapes of the URL can't part them, because clients send `%2C` for every comma.
pub(super) fn split_values(text: &str) -> Vec<String> {
    let (mut values, mut rest) = (Vec::new(), Some(text));
    while let Some(text) = rest {
        let (value, behind) = quoted(text).unwrap_or_else(|| match text.split_once(',') {
            Some((value, behind)) => (value.to_owned(), Some(behind)),
            None => (text.to_owned(), None),
        });
        values.push(value);
        rest = behind;
    }
    values
}

/// The value in quotes that a text begins with, and what stands behind its comma.
fn quoted(text: &str) -> Option<(String, Option<&str>)> {
    let (mut value, mut rest) = (String::new(), text.trim_start().strip_prefix('"')?);
    loop {
        let (part, behind) = rest.split_once('"')?;
        value.push_str(part);
        match behind.strip_prefix('"') {
            Some(more) => {
                value.push('"');
                rest = more;
            }
            None if behind.is_empty() => return Some((value, None)),
            None => return behind.strip_prefix(',').map(|behind| (value, Some(behind))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::split_values;

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
            (r#""a,b"#, &[r#""a"#, "b"]),
            (r#""a"b,c"#, &[r#""a"b"#, "c"]),
            (r#"""#, &[r#"""#]),
        ] {
            assert_eq!(split_values(text), values, "{text}");
        }
    }
}
