//! What is wrong with the environment, and what to do about it.

use std::fmt;

/// One bad or missing variable. None of its texts ever holds a secret or a URL's credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// The variable to look at.
    pub variable: String,
    /// What is wrong with it.
    pub problem: String,
    /// What to do.
    pub remedy: String,
    /// A given variable that is no setting and has a name similar to this one.
    pub did_you_mean: Option<String>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { variable, problem, remedy, did_you_mean } = self;
        write!(f, "{variable}: {problem}; {remedy}")?;
        match did_you_mean {
            Some(name) => write!(f, "; did you mean {variable} by {name}?"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ConfigError {}

/// Every bad or missing variable, in the order of the settings table; never empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the configuration has {} {}:{}", .0.len(), if .0.len() == 1 { "error" } else { "errors" }, lines(.0))]
pub struct ConfigErrors(Vec<ConfigError>);

impl ConfigErrors {
    pub(crate) const fn new(errors: Vec<ConfigError>) -> Self {
        Self(errors)
    }

    /// The errors, each about one variable.
    pub fn errors(&self) -> &[ConfigError] {
        &self.0
    }
}

fn lines(errors: &[ConfigError]) -> String {
    errors.iter().flat_map(|error| ["\n  ".to_owned(), error.to_string()]).collect()
}

/// A setting that is valid but probably a mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The variable to look at.
    pub variable: String,
    /// What is odd and what to do.
    pub message: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.variable, self.message)
    }
}

/// Why one value does not parse, before it is tied to its variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) problem: String,
    pub(crate) remedy: String,
}

impl Problem {
    pub(crate) fn new(problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { problem: problem.into(), remedy: remedy.into() }
    }
}

/// Marks a missing value whose error is already listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reported;
