//! Media types (RFC 9110, 8.3.1).

/// `type/subtype` and its parameters. The names of all three have no case, and are kept in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaType {
    essence: String,
    parameters: Vec<(String, String)>,
}

impl MediaType {
    /// Reads `text/plain; charset="utf-8"`; none when it is nothing of the kind.
    pub fn parse(text: &str) -> Option<Self> {
        let text = trim(text);
        let (essence, mut rest) = text.split_at(text.find(';').unwrap_or(text.len()));
        let essence = trim(essence).to_ascii_lowercase();
        let (kind, subtype) = essence.split_once('/')?;
        if !is_token(kind) || !is_token(subtype) {
            return None;
        }
        let mut parameters = Vec::new();
        while let Some(behind) = rest.strip_prefix(';') {
            rest = behind.trim_start_matches(BLANKS);
            // Nothing between two semicolons, or behind the last one, is allowed.
            if rest.is_empty() || rest.starts_with(';') {
                continue;
            }
            let (name, behind) = rest.split_once('=')?;
            let (value, behind) = parameter_value(behind)?;
            if !is_token(name) {
                return None;
            }
            parameters.push((name.to_ascii_lowercase(), value));
            rest = behind.trim_start_matches(BLANKS);
        }
        rest.is_empty().then_some(Self { essence, parameters })
    }

    /// `type/subtype`, without parameters.
    pub fn essence(&self) -> &str {
        &self.essence
    }

    /// `type` alone.
    pub fn kind(&self) -> &str {
        self.essence.split_once('/').map_or("", |(kind, _)| kind)
    }

    /// The first parameter of this name.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// What counts as blank around the parts.
const BLANKS: [char; 2] = [' ', '\t'];

fn trim(text: &str) -> &str {
    text.trim_matches(BLANKS)
}

/// A value, quoted or not, and what stands behind it.
fn parameter_value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([';', ' ', '\t']).unwrap_or(text.len());
        return is_token(&text[..end]).then(|| (text[..end].to_owned(), &text[end..]));
    };
    let (mut value, mut letters) = (String::new(), quoted.char_indices());
    loop {
        match letters.next()? {
            (at, '"') => return Some((value, &quoted[at + 1..])),
            (_, '\\') => value.push(letters.next()?.1),
            (_, letter) => value.push(letter),
        }
    }
}

/// RFC 9110, 5.6.2.
fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_no_case_and_values_may_be_quoted() {
        for (text, essence, charset) in [
            ("text/plain", "text/plain", None),
            (" Text/PLAIN ", "text/plain", None),
            ("text/plain;", "text/plain", None),
            ("text/plain ; ; Charset=UTF-8 ;", "text/plain", Some("UTF-8")),
            ("text/plain;charset=\"utf-8\"", "text/plain", Some("utf-8")),
            ("text/plain; a=\"x;charset=no\"; charset=\"u\\tf\"", "text/plain", Some("utf")),
            ("application/vnd.a-b+json;v=1;charset=x;charset=y", "application/vnd.a-b+json", Some("x")),
            ("*/*", "*/*", None),
        ] {
            let read = MediaType::parse(text).expect(text);
            assert_eq!((read.essence(), read.parameter("charset")), (essence, charset), "{text}");
        }
    }

    #[test]
    fn anything_else_is_no_media_type() {
        for text in [
            "",
            "pdf",
            "/",
            "text/",
            "/plain",
            "text/a/b",
            "text/pl ain",
            "text/plain, text/html",
            "text/plain; charset",
            "text/plain; charset=",
            "text/plain; charset=\"utf-8",
            "text/plain; charset=\"a\"b",
            "text/plain; charset = utf-8",
            "text/plain charset=utf-8",
            "text/plain\r\nX-Evil: 1",
            "téxt/plain",
        ] {
            assert_eq!(MediaType::parse(text), None, "{text:?}");
        }
    }
}
