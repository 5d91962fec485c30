//! Reads values through the table and collects all errors, so that they are reported at once.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::environment::Environment;
use crate::error::{ConfigError, Problem, Reported};
use crate::lookup::setting;
use crate::rate::Rate;
use crate::setting::{Fallback, Required, Setting, Shape};
use crate::unknown;

/// Where a setting's value came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The variable itself.
    Variable,
    /// The file its `*_FILE` variable names.
    File,
    /// Not given: the table's default.
    Default,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Variable => "variable",
            Self::File => "file",
            Self::Default => "default",
        })
    }
}

/// A setting in effect, for `cartera config`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effective {
    /// The variable.
    pub name: &'static str,
    /// The value, `***` for a secret, or the default in words.
    pub shown: String,
    /// Where it came from.
    pub source: Source,
}

pub(crate) struct Reader<'a> {
    environment: &'a dyn Environment,
    external: bool,
    pub(crate) errors: Vec<ConfigError>,
    pub(crate) effective: Vec<Effective>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(environment: &'a dyn Environment) -> Self {
        Self { environment, external: external(environment), errors: Vec::new(), effective: Vec::new() }
    }

    /// Whether an external database is given, which makes some settings mandatory.
    pub(crate) const fn external(&self) -> bool {
        self.external
    }

    pub(crate) fn environment(&self) -> &dyn Environment {
        self.environment
    }

    /// Lists an error about a setting.
    pub(crate) fn report(&mut self, setting: &Setting, Problem { problem, remedy }: Problem) -> Reported {
        // Hint at the misspelt variable, if there is one.
        let missing = !given(self.environment, setting);
        let did_you_mean = missing.then(|| unknown::nearest(self.environment, setting)).flatten();
        let variable = setting.name.to_owned();
        self.errors.push(ConfigError { variable, problem, remedy, did_you_mean });
        Reported
    }

    /// The parsed value, or the parsed default of the table, or `None` when there is neither.
    pub(crate) fn optional<T>(
        &mut self,
        setting: &'static Setting,
        parse: impl FnOnce(&str) -> Result<T, Problem>,
    ) -> Result<Option<T>, Reported> {
        let found = match raw(self.environment, setting) {
            Ok(found) => found,
            Err(problem) => return Err(self.report(setting, problem)),
        };
        let (text, source) = match (found, setting.default) {
            (Some((text, source)), _) => (text, source),
            (None, _) if self.external && setting.required == Required::WithDatabaseUrl => {
                let remedy = format!("with a DATABASE_URL it must be given: {}", setting.shape);
                return Err(self.report(setting, Problem::new("is missing", remedy)));
            }
            (None, Fallback::Value(text)) => (text.to_owned(), Source::Default),
            (None, Fallback::Derived(words)) => return Ok(self.absent(setting, words)),
            (None, Fallback::None) => return Ok(self.absent(setting, "none")),
        };
        let shown = if setting.secret { "***".to_owned() } else { text.clone() };
        match parse(&text) {
            Ok(value) => {
                self.effective.push(Effective { name: setting.name, shown, source });
                Ok(Some(value))
            }
            Err(problem) => Err(self.report(setting, problem)),
        }
    }

    fn absent<T>(&mut self, setting: &'static Setting, words: &str) -> Option<T> {
        let shown = words.to_owned();
        self.effective.push(Effective { name: setting.name, shown, source: Source::Default });
        None
    }

    /// The parsed value of a setting that has a default in the table.
    pub(crate) fn value<T>(
        &mut self,
        setting: &'static Setting,
        parse: impl FnOnce(&str) -> Result<T, Problem>,
    ) -> Result<T, Reported> {
        match self.optional(setting, parse)? {
            Some(value) => Ok(value),
            None => Err(self.report(setting, Problem::new("is missing", format!("give {}", setting.shape)))),
        }
    }

    /// A number within the bounds of the table, or `None` when it is to be derived.
    pub(crate) fn number(&mut self, setting: &'static Setting) -> Result<Option<u32>, Reported> {
        self.optional(setting, |text| parse_number(setting, text))
    }

    /// A number of seconds within the bounds of the table.
    pub(crate) fn seconds(&mut self, setting: &'static Setting) -> Result<Duration, Reported> {
        Ok(Duration::from_secs(u64::from(self.count(setting)?)))
    }

    /// A number of milliseconds within the bounds of the table.
    pub(crate) fn milliseconds(&mut self, setting: &'static Setting) -> Result<Duration, Reported> {
        Ok(Duration::from_millis(u64::from(self.count(setting)?)))
    }

    /// A number within the bounds of the table, with the table's default.
    pub(crate) fn count(&mut self, setting: &'static Setting) -> Result<u32, Reported> {
        self.value(setting, |text| parse_number(setting, text))
    }

    /// The same as `usize`.
    pub(crate) fn size(&mut self, setting: &'static Setting) -> Result<usize, Reported> {
        let number = self.count(setting)?;
        usize::try_from(number).map_err(|error| {
            self.report(setting, Problem::new(format!("is too large ({error})"), "give a smaller number"))
        })
    }

    /// `on` or `off`.
    pub(crate) fn switch(&mut self, setting: &'static Setting) -> Result<bool, Reported> {
        self.value(setting, |text| match text {
            "on" => Ok(true),
            "off" => Ok(false),
            _ => Err(Problem::new(format!("is {text:?}"), "write on or off")),
        })
    }

    /// A number of requests in a period.
    pub(crate) fn rate(&mut self, setting: &'static Setting) -> Result<Rate, Reported> {
        self.value(setting, Rate::parse)
    }
}

fn parse_number(setting: &Setting, text: &str) -> Result<u32, Problem> {
    debug_assert!(matches!(setting.shape, Shape::Number { .. }), "{} has no bounds", setting.name);
    let remedy = || format!("give a whole number, {}", setting.shape);
    match text.parse::<u32>() {
        Ok(number) if setting.shape.bounds().contains(&number) => Ok(number),
        Ok(number) => Err(Problem::new(format!("is {number}, which is out of bounds"), remedy())),
        Err(error) => Err(Problem::new(format!("is {text:?} ({error})"), remedy())),
    }
}

/// Whether a database URL is given. An empty `DATABASE_URL` counts: it was meant to be filled in, and falling back to
/// the embedded mode would quietly start an empty database.
fn external(environment: &dyn Environment) -> bool {
    let url = const { setting("DATABASE_URL") };
    [Some(url.name.to_owned()), url.file_variable()]
        .into_iter()
        .flatten()
        .any(|name| environment.variable(&name).is_some())
        || given(environment, const { setting("MIGRATION_DATABASE_URL") })
        || given(environment, const { setting("WORKER_DATABASE_URL") })
}

/// Whether a setting is given, directly or as a file.
pub(crate) fn given(environment: &dyn Environment, setting: &Setting) -> bool {
    [Some(setting.name.to_owned()), setting.file_variable()]
        .into_iter()
        .flatten()
        .filter_map(|name| environment.variable(&name))
        .any(|value| !blank(&value))
}

/// A blank variable counts as not given: compose files pass unset variables on as empty ones.
fn blank(value: &OsString) -> bool {
    value.to_str().is_some_and(|text| text.trim().is_empty())
}

/// The raw text of a setting. Only secrets keep surrounding whitespace.
fn raw(environment: &dyn Environment, setting: &Setting) -> Result<Option<(String, Source)>, Problem> {
    let read = |name: &str| environment.variable(name).filter(|value| !blank(value));
    let direct = read(setting.name);
    let file_variable = setting.file_variable();
    let file = file_variable.as_deref().and_then(read);
    match (direct, file) {
        (None, None) => Ok(None),
        (Some(value), None) => {
            let Some(text) = value.to_str() else {
                return Err(Problem::new("is not UTF-8", "give it as text"));
            };
            let text = if setting.secret { text } else { text.trim() };
            Ok(Some((text.to_owned(), Source::Variable)))
        }
        (None, Some(path)) => {
            // The message does not quote the path: people put the secret itself there by mistake.
            let text = environment.file(&PathBuf::from(path)).map_err(|error| {
                Problem::new(
                    format!(
                        "can't be read from the file that {}_FILE names ({})",
                        setting.name,
                        error.kind()
                    ),
                    "give the path of a readable text file",
                )
            })?;
            let text = text.trim_end_matches(['\r', '\n']);
            if text.trim().is_empty() {
                return Err(Problem::new(
                    format!("is empty in the file that {}_FILE names", setting.name),
                    "write the value into it",
                ));
            }
            Ok(Some((text.to_owned(), Source::File)))
        }
        (Some(_), Some(_)) => {
            Err(Problem::new(format!("is given twice, also as {}_FILE", setting.name), "keep one of the two"))
        }
    }
}
