//! Mail: the text of each mail in every language, and the SMTP client.
//!
//! [`SmtpMailer`] implements the port [`Mailer`](cartera_application::ports::Mailer). [`render`] produces subject, text
//! and HTML of a mail; `cartera mail preview` shows them.
//!
//! # Recipes
//!
//! *Another kind of mail*: a variant of `MailContent`, then one arm in each file of `words/`; the compiler names them.
//! *Another language*: a file in `words/` and its row in `words/mod.rs`.
//!
//! A mail's content is one [`Letter`](letter) of plain text, rendered once as text and once as HTML (`templates/`,
//! compiled in). So the two never differ, and the HTML template escapes what users typed.

mod letter;
mod moment;
mod render;
mod smtp;
mod subject;
mod words;

pub use render::{Rendered, render};
pub use smtp::{Sender, SetupError, SmtpMailer, SmtpSettings, Tls};
