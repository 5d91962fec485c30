//! Colours.

use super::unseen::trimmed;
use crate::input::Rule;

/// A colour, `#RRGGBB`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Color(String);

impl Color {
    /// Parses `#RRGGBB` in any case; stored in upper case.
    ///
    /// # Errors
    /// [`Rule::Malformed`] for anything else.
    pub fn parse(raw: &str) -> Result<Self, Rule> {
        let digits = trimmed(raw)
            .strip_prefix('#')
            .filter(|d| d.len() == 6 && d.bytes().all(|b| b.is_ascii_hexdigit()));
        match digits {
            Some(digits) => Ok(Self(format!("#{}", digits.to_ascii_uppercase()))),
            None => Err(Rule::Malformed { expected: "a colour as #RRGGBB" }),
        }
    }

    /// Wraps a stored colour; it is not checked again.
    pub fn trusted(raw: String) -> Self {
        Self(raw)
    }

    /// `#RRGGBB`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
