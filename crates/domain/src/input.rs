//! Parsing of raw input into valid fields, which reports every violation at once.
//!
//! A value object parses one raw value and returns the [`Rule`] that it breaks. A [`Form`] collects those per field, so
//! that a caller with three wrong fields gets three errors.
//!
//! ```
//! use cartera_domain::input::{Form, Patch, Rule};
//! let mut form = Form::default();
//! let name = form.required("name", Patch::Absent, None, |raw: String| Ok::<_, Rule>(raw));
//! assert!(name.is_none());
//! assert_eq!(form.finish(name).unwrap_err().0[0].rule, Rule::Required);
//! ```

mod choice;

use thiserror::Error;

pub use choice::Choice;

use crate::values;

/// One field of a merge-patch (RFC 7396): absent means unchanged, null means cleared.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Patch<T> {
    /// The field was not given.
    #[default]
    Absent,
    /// The field was given as null.
    Null,
    /// The field was given with a value.
    Value(T),
}

impl<T> Patch<T> {
    /// True when the field was not given at all.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// Converts the value, if there is one.
    pub fn map<U>(self, into: impl FnOnce(T) -> U) -> Patch<U> {
        match self {
            Self::Absent => Patch::Absent,
            Self::Null => Patch::Null,
            Self::Value(value) => Patch::Value(into(value)),
        }
    }

    /// The given value, if any; for creation, where absent and null mean the same.
    pub fn into_value(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }
}

impl<T> From<Option<T>> for Patch<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Absent, Self::Value)
    }
}

/// What a caller gives for a field. HTML forms send `""` for a field that was left empty: optional fields take a blank text
/// for null.
pub trait Given {
    /// Whether it is a text of nothing but blanks and what nobody sees.
    fn is_blank(&self) -> bool {
        false
    }
}

impl Given for String {
    fn is_blank(&self) -> bool {
        self.chars().all(values::is_blank)
    }
}

impl Given for i64 {}
impl<T: chrono::TimeZone> Given for chrono::DateTime<T> {}

/// A rule that one raw value breaks. Codes are stable: front ends translate by them.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Rule {
    /// The field is mandatory and was missing or null.
    #[error("is required")]
    Required,
    /// The text is empty, or only white space and characters that nobody sees.
    #[error("must not be blank")]
    Blank,
    /// The text has more characters than allowed.
    #[error("must have at most {max} characters")]
    TooLong {
        /// The most characters allowed.
        max: usize,
    },
    /// The text has fewer characters than needed.
    #[error("must have at least {min} characters")]
    TooShort {
        /// The fewest characters allowed.
        min: usize,
    },
    /// The list has more entries than allowed.
    #[error("must have at most {max} entries")]
    TooMany {
        /// The most entries allowed.
        max: usize,
    },
    /// The number is out of its range.
    #[error("must be between {min} and {max}")]
    OutOfRange {
        /// The smallest value allowed, as text.
        min: String,
        /// The largest value allowed, as text.
        max: String,
    },
    /// The text holds a control character (a NUL byte, say) that can't be stored or shown, or a mark of writing direction
    /// that makes it look like another one.
    #[error("must not contain control characters or marks of writing direction")]
    ControlCharacter,
    /// The value does not have the form that the field needs.
    #[error("must be {expected}")]
    Malformed {
        /// What a valid value looks like, for people: `an e-mail address`.
        expected: &'static str,
    },
    /// The value does not have the form that the field needs, where few values have it.
    #[error("must be {expected}")]
    NoneOf {
        /// What a valid value looks like, for people: `the id or name of a stage`.
        expected: &'static str,
        /// Which there are.
        choice: Choice,
    },
    /// The value is not in the set of allowed values.
    #[error("must be one of: {0}")]
    NotAllowed(Choice),
    /// The amount has more decimals than its currency.
    #[error("must have at most {max} decimals for this currency")]
    TooManyDecimals {
        /// The decimals of the currency (ISO 4217).
        max: u32,
    },
    /// The password lacks an upper-case letter.
    #[error("must contain an upper-case letter")]
    NoUpperCase,
    /// The password lacks a lower-case letter.
    #[error("must contain a lower-case letter")]
    NoLowerCase,
    /// The password lacks a digit.
    #[error("must contain a digit")]
    NoDigit,
    /// The password is among the commonest ones.
    #[error("is too common: choose another")]
    TooCommon,
    /// The new password is the same as the current one.
    #[error("must differ from the current one")]
    Unchanged,
    /// The field exists but can't be set here.
    #[error("can't be set here: {hint}")]
    NotSettable {
        /// What to do instead.
        hint: &'static str,
    },
    /// There is no field with that name.
    #[error("is not a known field")]
    Unknown(Choice),
    /// The value refers to a record that does not exist here.
    #[error("does not refer to an existing record")]
    InvalidReference,
    /// There is no record of that name, where few are possible.
    #[error("does not refer to an existing record")]
    NoSuch(Choice),
    /// A rule that involves several fields.
    #[error("{explanation}")]
    Inconsistent {
        /// Which fields contradict each other, and how.
        explanation: &'static str,
    },
}

impl Rule {
    /// The rule that only these values are allowed, broken by what was given.
    pub fn not_allowed<A: Into<String>>(given: &str, allowed: impl IntoIterator<Item = A>) -> Self {
        Self::NotAllowed(Choice::new(given, allowed))
    }

    /// The rule that only these fields are known, broken by the one that was given.
    pub fn unknown<A: Into<String>>(given: &str, known: impl IntoIterator<Item = A>) -> Self {
        Self::Unknown(Choice::new(given, known))
    }

    /// What was given and what could have been; none where that is no closed set.
    pub const fn choice(&self) -> Option<&Choice> {
        match self {
            Self::NotAllowed(choice)
            | Self::Unknown(choice)
            | Self::NoSuch(choice)
            | Self::NoneOf { choice, .. } => Some(choice),
            _ => None,
        }
    }

    /// The stable code of the rule, in `snake_case`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Blank => "blank",
            Self::TooLong { .. } => "too_long",
            Self::TooShort { .. } => "too_short",
            Self::TooMany { .. } => "too_many",
            Self::OutOfRange { .. } => "out_of_range",
            Self::ControlCharacter => "control_character",
            Self::Malformed { .. } | Self::NoneOf { .. } => "malformed",
            Self::NotAllowed(_) => "not_allowed",
            Self::TooManyDecimals { .. } => "too_many_decimals",
            Self::NoUpperCase => "no_upper_case",
            Self::NoLowerCase => "no_lower_case",
            Self::NoDigit => "no_digit",
            Self::TooCommon => "too_common",
            Self::Unchanged => "unchanged",
            Self::NotSettable { .. } => "not_settable",
            Self::Unknown(_) => "unknown_field",
            Self::InvalidReference | Self::NoSuch(_) => "invalid_reference",
            Self::Inconsistent { .. } => "inconsistent",
        }
    }
}

/// The member of a closed set that a text names.
///
/// # Errors
/// [`Rule::NotAllowed`].
pub(crate) fn one_of<T: Copy>(raw: &str, all: &[T], name: fn(T) -> &'static str) -> Result<T, Rule> {
    let wanted = values::trimmed(raw);
    let found = all.iter().copied().find(|one| name(*one) == wanted);
    found.ok_or_else(|| Rule::not_allowed(raw, all.iter().map(|one| name(*one))))
}

/// A rule broken by one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The field, as the API names it: `name`, `amount.currency`, `tags.3`.
    pub field: String,
    /// The rule that it breaks.
    pub rule: Rule,
}

impl Violation {
    /// A violation of `rule` by `field`.
    pub fn new(field: impl Into<String>, rule: Rule) -> Self {
        Self { field: field.into(), rule }
    }
}

/// Every violation found in one input; never empty when returned as an error.
#[derive(Debug, Clone, PartialEq, Eq, Default, Error)]
#[error("{} field(s) are not valid", .0.len())]
pub struct Violations(pub Vec<Violation>);

impl From<Violation> for Violations {
    fn from(violation: Violation) -> Self {
        Self(vec![violation])
    }
}

/// The error type of a parser: one rule, or several at once (a password may break three).
pub trait IntoRules {
    /// The rules broken, at least one.
    fn into_rules(self) -> Vec<Rule>;
}

impl IntoRules for Rule {
    fn into_rules(self) -> Vec<Rule> {
        vec![self]
    }
}

impl IntoRules for Vec<Rule> {
    fn into_rules(self) -> Vec<Rule> {
        self
    }
}

/// Collects the violations of one input, field by field.
#[derive(Debug, Default)]
pub struct Form {
    violations: Vec<Violation>,
}

impl Form {
    /// A mandatory field: absent keeps `current` on update and is a violation on creation, where there is no `current`;
    /// null is a violation.
    pub fn required<R, T, E: IntoRules>(
        &mut self,
        field: &str,
        raw: Patch<R>,
        current: Option<T>,
        parse: impl FnOnce(R) -> Result<T, E>,
    ) -> Option<T> {
        match raw {
            Patch::Absent if current.is_some() => current,
            Patch::Absent | Patch::Null => {
                self.reject(field, Rule::Required);
                None
            }
            Patch::Value(raw) => self.check(field, parse(raw)),
        }
    }

    /// An optional field: absent keeps `current`, null or a blank text clears it. A violation also answers `None`:
    /// [`Form::finish`] then refuses the whole input.
    pub fn optional<R: Given, T, E: IntoRules>(
        &mut self,
        field: &str,
        raw: Patch<R>,
        current: Option<T>,
        parse: impl FnOnce(R) -> Result<T, E>,
    ) -> Option<T> {
        match raw {
            Patch::Absent => current,
            Patch::Null => None,
            Patch::Value(raw) if raw.is_blank() => None,
            Patch::Value(raw) => self.check(field, parse(raw)),
        }
    }

    /// Records the result of parsing `field`.
    pub fn check<T, E: IntoRules>(&mut self, field: &str, parsed: Result<T, E>) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err(rules) => {
                for rule in rules.into_rules() {
                    self.reject(field, rule);
                }
                None
            }
        }
    }

    /// Records that `field` breaks `rule`.
    pub fn reject(&mut self, field: &str, rule: Rule) {
        self.violations.push(Violation::new(field, rule));
    }

    /// Adds violations that were found elsewhere.
    pub fn absorb(&mut self, violations: Violations) {
        self.violations.extend(violations.0);
    }

    /// The fields, if all were valid.
    ///
    /// # Errors
    /// Every violation recorded so far, or [`Rule::Required`] on the whole input if `fields` is `None` without a
    /// violation. That would be a bug of the caller, and refusing the input is safer than accepting it.
    pub fn finish<T>(self, fields: Option<T>) -> Result<T, Violations> {
        match fields {
            Some(fields) if self.violations.is_empty() => Ok(fields),
            _ if self.violations.is_empty() => Err(Violation::new("", Rule::Required).into()),
            _ => Err(Violations(self.violations)),
        }
    }
}
