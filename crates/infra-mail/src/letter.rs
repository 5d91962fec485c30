//! The content of a mail, before layout.

/// The text of one mail in one language. Plain text: it contains no markup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Letter {
    pub(crate) subject: String,
    pub(crate) heading: String,
    pub(crate) greeting: String,
    /// Paragraphs before the link.
    pub(crate) before: Vec<String>,
    /// The label of the link, and its URL.
    pub(crate) action: Option<(&'static str, String)>,
    /// Paragraphs after it.
    pub(crate) after: Vec<String>,
}

/// What all mails in a language share.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame {
    /// The language's code.
    pub(crate) language: &'static str,
    /// Introduces the link's URL in the plain text.
    pub(crate) copy_link: &'static str,
    /// At the end.
    pub(crate) footer: &'static str,
}
