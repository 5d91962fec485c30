//! Mail: what each mail says in every language, and the way to the mail server.
//!
//! [`SmtpMailer`] is the adapter of the port [`Mailer`](cartera_application::ports::Mailer). [`render`] makes subject,
//! text and HTML of a mail; `cartera mail preview` shows them.
//!
//! # Recipes
//!
//! *Another kind of mail*: a variant of `MailContent`, then one arm in each file of `words/`; the compiler names them.
//! *Another language*: a file in `words/` and its row in `words/mod.rs`.
//!
//! The words of a mail are one [`Letter`](letter) of plain texts, laid out once as text and once as HTML
//! (`templates/`, compiled in). So the two never differ, and whatever people typed is escaped by the template.

mod letter;
mod moment;
mod render;
mod smtp;
mod subject;
mod words;

pub use render::{Rendered, render};
pub use smtp::{Sender, SetupError, SmtpMailer, SmtpSettings, Tls};
