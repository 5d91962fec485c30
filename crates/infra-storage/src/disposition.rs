//! The Content-Disposition header, which names the file of a download.

use std::fmt::Write;

/// `attachment` with the name twice (RFC 6266): in ASCII for old clients, and whole, percent-encoded (RFC 8187).
/// No character of the name can end the value or begin another header.
pub(crate) fn attachment(name: &str) -> String {
    let plain: String = name.chars().map(|c| if is_harmless(c) { c } else { '_' }).collect();
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{}", encoded(name))
}

fn is_harmless(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, ' ' | '.' | '-' | '_' | '(' | ')')
}

/// Percent-encodes all characters but those that may stand unencoded (`attr-char`).
fn encoded(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b'~' => {
                text.push(char::from(byte));
            }
            // Writing to a String can't fail.
            _ => drop(write!(text, "%{byte:02X}")),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_a_name() {
        let cases = [
            ("informe (1).pdf", "informe (1).pdf", "informe%20%281%29.pdf"),
            ("año.pdf", "a_o.pdf", "a%C3%B1o.pdf"),
            ("a\"; filename=\"evil.exe", "a__ filename__evil.exe", "a%22%3B%20filename%3D%22evil.exe"),
            ("a\r\nSet-Cookie: x=1", "a__Set-Cookie_ x_1", "a%0D%0ASet-Cookie%3A%20x%3D1"),
            ("100%.txt", "100_.txt", "100%25.txt"),
            ("it's.txt", "it_s.txt", "it%27s.txt"),
        ];
        for (name, plain, encoded) in cases {
            let expected = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}");
            assert_eq!(attachment(name), expected);
        }
    }
}
