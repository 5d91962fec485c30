//! A mail's words, laid out.

use askama::Template;
use cartera_application::ports::Mail;

use crate::{
    letter::{Frame, Letter},
    words,
};

/// A mail as it is sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The subject: one line, without secrets.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The HTML, which holds all that it shows.
    pub html: String,
}

impl std::fmt::Debug for Rendered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Never a link.
        f.debug_struct("Rendered").field("subject", &self.subject).finish_non_exhaustive()
    }
}

#[derive(Template)]
#[template(path = "letter.html")]
struct HtmlPage<'a> {
    frame: Frame,
    letter: &'a Letter,
}

#[derive(Template)]
#[template(path = "letter.txt")]
struct TextPage<'a> {
    frame: Frame,
    letter: &'a Letter,
}

/// Finds the words for a mail and lays them out.
///
/// # Errors
/// Only when a template can't be written into memory.
pub fn render(mail: &Mail) -> Result<Rendered, askama::Error> {
    let (frame, letter) = words::of(mail);
    let text = TextPage { frame, letter: &letter }.render()?;
    let html = HtmlPage { frame, letter: &letter }.render()?;
    Ok(Rendered { subject: letter.subject, text, html })
}
