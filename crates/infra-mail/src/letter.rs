//! What a mail says, before it is laid out.

/// The words of one mail, in one language. Plain texts: nothing in them is markup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Letter {
    pub(crate) subject: String,
    pub(crate) heading: String,
    pub(crate) greeting: String,
    /// Paragraphs before the link.
    pub(crate) before: Vec<String>,
    /// What the link does, and the link.
    pub(crate) action: Option<(&'static str, String)>,
    /// Paragraphs after it.
    pub(crate) after: Vec<String>,
}

/// What every mail of a language says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame {
    /// The language's code.
    pub(crate) language: &'static str,
    /// Before the link as text.
    pub(crate) copy_link: &'static str,
    /// At the end.
    pub(crate) footer: &'static str,
}
