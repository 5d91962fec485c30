//! The shape of one row of the settings table.

use std::fmt;
use std::ops::RangeInclusive;

/// An environment variable that the program understands. All are in [`SETTINGS`](crate::SETTINGS).
#[derive(Debug, PartialEq, Eq)]
pub struct Setting {
    /// The variable's name.
    pub name: &'static str,
    /// The heading of the setting in the generated files.
    pub group: Group,
    /// The shape of a value; numbers are checked against its bounds.
    pub shape: Shape,
    /// The value when the variable is not given.
    pub default: Fallback,
    /// Whether the value must never be shown. Secrets may also be given as `NAME_FILE`.
    pub secret: bool,
    /// When the variable must be given.
    pub required: Required,
    /// One line for the operator, with the unit where there is one.
    pub description: &'static str,
    /// An example value.
    pub example: Example,
}

impl Setting {
    /// The variable that names a file holding the value; only secrets have one.
    pub fn file_variable(&self) -> Option<String> {
        self.secret.then(|| format!("{}_FILE", self.name))
    }
}

/// Headings of the generated files, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Address, limits and timeouts of the HTTP server.
    Http,
    /// The database.
    Database,
    /// Background jobs.
    Jobs,
    /// Keys, sign-up and sign-in.
    Security,
    /// Outgoing mail.
    Mail,
    /// The file store.
    Storage,
    /// Rate limits.
    RateLimits,
    /// Logs and metrics.
    Observability,
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http => "HTTP",
            Self::Database => "Database",
            Self::Jobs => "Background jobs",
            Self::Security => "Security",
            Self::Mail => "Mail",
            Self::Storage => "Storage",
            Self::RateLimits => "Rate limits",
            Self::Observability => "Logs and metrics",
        })
    }
}

/// The shape of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Free text, described in words.
    Text(&'static str),
    /// One of a few words.
    Choice(&'static [&'static str]),
    /// A whole number between two bounds, both allowed.
    Number {
        /// The smallest value.
        min: u32,
        /// The largest value.
        max: u32,
        /// What is counted.
        unit: &'static str,
    },
    /// A number of requests in a period, such as `5/min`.
    Rate,
}

impl Shape {
    /// The allowed range of a number; everything for other shapes.
    pub(crate) const fn bounds(self) -> RangeInclusive<u32> {
        match self {
            Self::Number { min, max, .. } => min..=max,
            Self::Text(_) | Self::Choice(_) | Self::Rate => 0..=u32::MAX,
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(words) => f.write_str(words),
            Self::Choice(words) => f.write_str(&words.join(" or ")),
            Self::Number { min, max, unit } => write!(f, "{min} to {max} {unit}"),
            Self::Rate => f.write_str("requests/period, the period s, min or h"),
        }
    }
}

/// The value when a variable is not given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fallback {
    /// This text is parsed like a given value, so that the documented default is the one applied.
    Value(&'static str),
    /// Derived from other settings or the machine; described in words.
    Derived(&'static str),
    /// Nothing: the feature is off or the variable is required.
    None,
}

/// When a variable must be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Required {
    /// Never.
    Never,
    /// With a `DATABASE_URL`, that is outside the embedded mode, where nothing is generated.
    WithDatabaseUrl,
}

/// An example value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Example {
    /// A valid value.
    Value(&'static str),
    /// A command that generates one, because somebody would use a printed secret.
    Command(&'static str),
}
