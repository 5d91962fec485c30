//! Runs the blocks of a page as one script, and compares the output of each with what the page shows below it.

use std::{
    fs::{self, File},
    path::Path,
    process::{Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use crate::support::wait_until;

/// The separator between the outputs of two blocks.
const SEPARATOR: char = '\u{1e}';

/// How long a page may take; a block waits at most ten seconds for a mail.
const PATIENCE: Duration = Duration::from_mins(2);

/// A page with its blocks.
#[derive(Debug)]
pub(super) struct Page {
    steps: Vec<Step>,
}

/// A block to run, and the output that the page shows below it, if any.
#[derive(Debug)]
struct Step {
    line: usize,
    script: String,
    shown: Option<String>,
}

impl Page {
    /// Parses `sh` blocks and the `json` or `text` blocks below them.
    ///
    /// # Errors
    /// A block of another kind, or output that is not below a block, because it would never be checked.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let mut steps: Vec<Step> = Vec::new();
        let mut lines = text.lines().enumerate();
        // Whether only empty lines have followed the last block to run.
        let mut below = false;
        while let Some((index, line)) = lines.next() {
            let Some(kind) = line.trim_start().strip_prefix("```") else {
                below &= line.trim().is_empty();
                continue;
            };
            let block = lines.by_ref().map(|(_, line)| line).take_while(|line| line.trim_start() != "```");
            let block: String = block.flat_map(|line| [line, "\n"]).collect();
            let line = index + 1;
            match (kind, steps.last_mut()) {
                ("sh", _) => steps.push(Step { line, script: block, shown: None }),
                ("json" | "text", Some(step)) if below => step.shown = Some(block),
                _ => return Err(format!("line {line}: a block of {kind:?} that would never be looked at")),
            }
            below = kind == "sh";
        }
        Ok(Self { steps })
    }

    /// The whole script.
    pub(super) fn script(&self) -> String {
        self.steps.iter().map(|step| step.script.as_str()).collect()
    }

    /// Runs it in a separate folder, with these environment variables and no others that matter.
    ///
    /// # Errors
    /// The first block that failed, or whose output differs from the page.
    pub(super) fn run(&self, folder: &Path, environment: &[(&str, &str)]) -> Result<(), String> {
        let (ended, stdout, stderr) = self.run_script(folder, environment)?;
        let mut printed = stdout.split(SEPARATOR);
        let whole = printed.clone().count() - 1;
        for (at, step) in self.steps.iter().enumerate() {
            let (line, printed) = (step.line, printed.next().unwrap_or_default());
            if at >= whole {
                return Err(format!(
                    "line {line}: the block fails ({ended}); it prints\n{printed}\nand complains\n{stderr}"
                ));
            }
            let shown = step.shown.as_deref().unwrap_or_default();
            if !same(shown, printed) {
                return Err(format!(
                    "line {line}: the page shows\n{shown}\nbut the block prints\n{printed}\nand complains\n{stderr}"
                ));
            }
        }
        if ended.success() { Ok(()) } else { Err(format!("the script fails ({ended}):\n{stderr}")) }
    }

    fn run_script(
        &self,
        folder: &Path,
        environment: &[(&str, &str)],
    ) -> Result<(ExitStatus, String, String), String> {
        let failed = |error: std::io::Error| format!("the script can't be run: {error}");
        let separate = format!("printf '\\{:03o}'\n", u32::from(SEPARATOR));
        let blocks: String =
            self.steps.iter().flat_map(|step| [step.script.as_str(), separate.as_str()]).collect();
        let (script, out, err) = (folder.join("page.sh"), folder.join("stdout"), folder.join("stderr"));
        fs::write(&script, format!("set -euo pipefail\n{blocks}")).map_err(failed)?;
        let mut child = Command::new("bash")
            .arg(&script)
            .current_dir(folder)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", folder)
            .env("TMPDIR", folder)
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(File::create(&out).map_err(failed)?)
            .stderr(File::create(&err).map_err(failed)?)
            .spawn()
            .map_err(failed)?;
        let began = Instant::now();
        if !wait_until(PATIENCE, || !matches!(child.try_wait(), Ok(None))) {
            drop(child.kill());
        }
        let ended = child.wait().map_err(failed)?;
        let read = |path| fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let mut stderr = read(&err).map_err(failed)?;
        if began.elapsed() >= PATIENCE {
            stderr.push_str("it took too long and was killed\n");
        }
        Ok((ended, read(&out).map_err(failed)?, stderr))
    }
}

/// Whether the output matches the page, line by line.
fn same(shown: &str, printed: &str) -> bool {
    let (shown, printed): (Vec<_>, Vec<_>) = (shown.lines().collect(), printed.lines().collect());
    shown.len() == printed.len()
        && shown.iter().zip(&printed).all(|(shown, printed)| same_line(shown, printed))
}

/// `…` matches what differs each time, such as an id or a time: any text without quotes and spaces.
fn same_line(shown: &str, printed: &str) -> bool {
    let Some((before, after)) = shown.split_once('…') else { return shown == printed };
    let Some(rest) = printed.strip_prefix(before) else { return false };
    rest.char_indices()
        .take_while(|(_, c)| !c.is_whitespace() && *c != '"')
        .any(|(at, c)| same_line(after, &rest[at + c.len_utf8()..]))
}
