//! Encodes the subject header, so that mail clients show exactly what the user typed.

use std::error::Error as StdError;

use lettre::message::header::{Header, HeaderName, HeaderValue};

/// The start of an encoded word (RFC 2047).
const ENCODED: &str = "=?";
/// The most bytes of text in one encoded word. Each byte takes three characters, the word itself twelve, and a line has
/// at most 76, the first of which also holds the header's name.
const PER_WORD: usize = 17;

/// The subject of a mail. lettre leaves plain words as they are, including words that already look encoded, which a
/// mail client would then decode: a user could make it show another subject than the one typed. Such a subject is
/// encoded as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Subject(pub(crate) String);

impl Header for Subject {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Subject")
    }

    fn parse(text: &str) -> Result<Self, Box<dyn StdError + Send + Sync>> {
        Ok(Self(text.to_owned()))
    }

    fn display(&self) -> HeaderValue {
        let text = self.0.clone();
        if looks_encoded(&text) {
            let encoded = encoded(&text);
            HeaderValue::dangerous_new_pre_encoded(Self::name(), text, encoded)
        } else {
            HeaderValue::new(Self::name(), text)
        }
    }
}

/// Whether a mail client would take part of this text for an encoded word.
pub(crate) fn looks_encoded(text: &str) -> bool {
    text.contains(ENCODED)
}

/// Encodes every byte in hexadecimal, in words on lines of their own, so that only letters and digits remain.
fn encoded(text: &str) -> String {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut length = 0;
    for letter in text.chars() {
        if length + letter.len_utf8() > PER_WORD {
            words.push(std::mem::take(&mut word));
            length = 0;
        }
        length += letter.len_utf8();
        let mut buffer = [0; 4];
        word.extend(letter.encode_utf8(&mut buffer).bytes().map(|byte| format!("={byte:02X}")));
    }
    words.push(word);
    let words: Vec<_> = words.into_iter().map(|word| format!("=?utf-8?q?{word}?=")).collect();
    words.join("\r\n ")
}

#[cfg(test)]
mod tests {
    use lettre::{Message, message::header::ContentType};
    use mailparse::MailHeaderMap;

    use super::*;

    /// The subject that a mail client shows, and the mail's headers.
    fn shown(subject: &str) -> (String, String) {
        let message = Message::builder()
            .from("a@example.com".parse().expect("an address"))
            .to("b@example.com".parse().expect("an address"))
            .header(Subject(subject.to_owned()))
            .header(ContentType::TEXT_PLAIN)
            .body("text".to_owned())
            .expect("a mail")
            .formatted();
        let parsed = mailparse::parse_mail(&message).expect("a mail");
        assert!(parsed.headers.get_first_value("Bcc").is_none());
        let source = String::from_utf8_lossy(&message).into_owned();
        (parsed.headers.get_first_value("Subject").expect("a subject"), source)
    }

    #[test]
    fn a_subject_is_shown_as_it_was_typed() {
        let long = "=?".repeat(200);
        for subject in [
            "Invitation to join Acme",
            "Invitación a unirse a Peña & Hijos <S.A.>",
            "Invitación a unirse a =?utf-8?q?=0D=0ABcc:_all=40example.com?=",
            "=?utf-8?b?SGVsbG8=?=",
            "=?utf-8?q?a?= =?utf-8?q?b?=",
            "=?x",
            "5 =? 7 ?= ñandú 💥",
            &long,
        ] {
            let (shown, source) = shown(subject);
            assert_eq!(shown, subject, "{source}");
            assert!(source.lines().all(|line| line.len() <= 76 || !looks_encoded(subject)), "{source}");
        }
    }
}
