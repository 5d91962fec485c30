//! Where settings come from. The environment is a parameter, so that tests are deterministic and can run in parallel.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::thread::available_parallelism;

/// A secret file has a few dozen bytes: a larger one is the wrong file (or `/dev/zero`).
const FILE_LIMIT: u64 = 64 * 1024;

/// The environment variables, secret files and facts of the machine that the configuration depends on.
pub trait Environment {
    /// The value of a variable, if it is set at all.
    fn variable(&self, name: &str) -> Option<OsString>;

    /// The names of all variables that are set.
    fn names(&self) -> Vec<OsString>;

    /// The text of a file that a `*_FILE` variable names.
    ///
    /// # Errors
    /// The file can't be read, is larger than 64 KiB or isn't UTF-8.
    fn file(&self, path: &Path) -> io::Result<String>;

    /// Whether standard output is a terminal.
    fn terminal(&self) -> bool;

    /// The number of processors this process may use, at least 1.
    fn processors(&self) -> usize;
}

/// The text of a variable.
pub(crate) fn text_of(environment: &dyn Environment, name: &str) -> Option<String> {
    environment.variable(name)?.into_string().ok()
}

/// The environment of this process.
#[derive(Debug, Clone, Copy)]
pub struct ProcessEnvironment;

impl Environment for ProcessEnvironment {
    fn variable(&self, name: &str) -> Option<OsString> {
        std::env::var_os(name)
    }

    fn names(&self) -> Vec<OsString> {
        std::env::vars_os().map(|(name, _)| name).collect()
    }

    fn file(&self, path: &Path) -> io::Result<String> {
        let mut text = String::new();
        File::open(path)?.take(FILE_LIMIT + 1).read_to_string(&mut text)?;
        if u64::try_from(text.len()).is_ok_and(|length| length <= FILE_LIMIT) {
            Ok(text)
        } else {
            Err(io::Error::new(io::ErrorKind::FileTooLarge, "larger than 64 KiB"))
        }
    }

    fn terminal(&self) -> bool {
        io::stdout().is_terminal()
    }

    fn processors(&self) -> usize {
        available_parallelism().map_or(1, usize::from)
    }
}

/// A fixed environment: for tests, and for starting a server inside another program.
#[derive(Debug, Clone)]
pub struct FixedEnvironment {
    variables: BTreeMap<OsString, OsString>,
    files: BTreeMap<PathBuf, String>,
    terminal: bool,
    processors: usize,
}

impl FixedEnvironment {
    /// An environment with these variables, no files, no terminal and two processors.
    pub fn new<N: Into<OsString>, V: Into<OsString>>(variables: impl IntoIterator<Item = (N, V)>) -> Self {
        Self {
            variables: variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
            files: BTreeMap::new(),
            terminal: false,
            processors: 2,
        }
    }

    /// The same with one more variable.
    #[must_use]
    pub fn with(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// The same with a file.
    #[must_use]
    pub fn with_file(mut self, path: impl Into<PathBuf>, text: impl Into<String>) -> Self {
        self.files.insert(path.into(), text.into());
        self
    }

    /// The same on a terminal.
    #[must_use]
    pub const fn on_terminal(mut self) -> Self {
        self.terminal = true;
        self
    }

    /// The same on a machine with so many processors.
    #[must_use]
    pub const fn with_processors(mut self, processors: usize) -> Self {
        self.processors = processors;
        self
    }
}

impl Environment for FixedEnvironment {
    fn variable(&self, name: &str) -> Option<OsString> {
        self.variables.get(std::ffi::OsStr::new(name)).cloned()
    }

    fn names(&self) -> Vec<OsString> {
        self.variables.keys().cloned().collect()
    }

    fn file(&self, path: &Path) -> io::Result<String> {
        self.files.get(path).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn terminal(&self) -> bool {
        self.terminal
    }

    fn processors(&self) -> usize {
        self.processors
    }
}
