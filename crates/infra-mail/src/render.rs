//! Renders a mail's content.

use askama::Template;
use cartera_application::ports::Mail;

use crate::{
    letter::{Frame, Letter},
    words,
};

/// A rendered mail.
#[derive(Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The subject: one line, without secrets.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The HTML, which loads nothing from elsewhere.
    pub html: String,
}

impl std::fmt::Debug for Rendered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The body stays out: its link is a secret.
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

/// Chooses the text of a mail and renders it.
///
/// # Errors
/// Only when a template can't be rendered into memory.
pub fn render(mail: &Mail) -> Result<Rendered, askama::Error> {
    let (frame, letter) = words::of(mail);
    let text = TextPage { frame, letter: &letter }.render()?;
    let html = HtmlPage { frame, letter: &letter }.render()?;
    Ok(Rendered { subject: letter.subject, text, html })
}
