//! Bounds that the domain's parsers keep; the tests of the document ask them.

/// The most characters of an e-mail address.
pub(crate) const MAX_EMAIL: usize = 254;
/// The most characters of a phone number as it is given.
pub(crate) const MAX_PHONE: usize = 40;
/// The most characters of a web address.
pub(crate) const MAX_URL: usize = 2048;
/// The most labels of a record.
pub(crate) const MAX_TAGS: usize = 20;
/// The most characters of a label.
pub(crate) const MAX_LABEL: usize = 40;
