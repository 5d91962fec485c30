//! Runs a script with pgbench, and measures pgbench and PostgreSQL meanwhile.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use super::script::{REST_MS, Script};
use crate::{
    cluster::{Cluster, PASSWORD},
    cpu::{Meter, Reading},
    error::{BenchError, Result},
    measure::Block,
};

/// How long a script may take.
const PATIENCE: Duration = Duration::from_mins(1);
/// How often a script runs before it is measured.
const WARM: u32 = 10;
/// The approximate minimum duration of a measurement.
const WINDOW_MICROS: f64 = 150_000.0;
const TURNS: (f64, f64) = (2.0, 1000.0);
/// How often a measurement is retried if the meter was read too late.
const TRIES: u32 = 3;

/// pgbench on a cluster, as the API's role.
pub struct Replay {
    program: PathBuf,
    folder: PathBuf,
    port: u16,
    postmaster: u32,
}

impl Replay {
    /// Prepares to run scripts; they are written into a folder.
    pub fn new(cluster: &Cluster, folder: &Path) -> Self {
        Self {
            program: cluster.program("pgbench"),
            folder: folder.to_owned(),
            port: cluster.port(),
            postmaster: cluster.postmaster(),
        }
    }

    /// Measures a script, repeated as often as fits into the window if one run takes about this many microseconds.
    pub fn measure(&self, script: &Script, about: f64) -> Result<Block> {
        let turns = turns(about);
        let mut tries = 0;
        loop {
            tries += 1;
            match self.once(script, turns) {
                Ok(None) if tries < TRIES => {}
                Ok(None) => {
                    return Err(BenchError::Unexpected(
                        "the machine is too busy to read the meter".to_owned(),
                    ));
                }
                Ok(Some(block)) => return Ok(block),
                Err(error) => return Err(error),
            }
        }
    }

    /// Measures once; `None` if the meter was read too late.
    fn once(&self, script: &Script, turns: u32) -> Result<Option<Block>> {
        let [file, warm, last] = ["floor.sql", "floor.warm", "floor.last"].map(|name| self.folder.join(name));
        for mark in [&warm, &last] {
            // The mark does not exist the first time.
            drop(fs::remove_file(mark));
        }
        let text = script.with_marks(&warm.display().to_string(), &last.display().to_string());
        fs::write(&file, text).map_err(BenchError::io("writing the script of the floor"))?;
        let mut pgbench =
            Running(self.command(script, &file, turns).spawn().map_err(BenchError::io("running pgbench"))?);
        let meter = Meter { server: pgbench.0.id(), postmaster: self.postmaster };
        let before = pgbench.reading_at(&warm, meter)?;
        let after = pgbench.reading_at(&last, meter)?;
        let (Some(before), Some(after)) = (before, after) else { return Ok(None) };
        Ok(Some(Block::new(after.since(&before), turns, Vec::new())))
    }

    fn command(&self, script: &Script, file: &Path, turns: u32) -> Command {
        let last = WARM + turns;
        let mut command = Command::new(&self.program);
        command
            .args([
                "--no-vacuum",
                "--client=1",
                "--protocol=prepared",
                "--host=127.0.0.1",
                "--username=cartera_api",
            ])
            .arg(format!("--port={}", self.port))
            .arg(format!("--transactions={last}"))
            .args(["--define=i=0", &format!("--define=warm={WARM}"), &format!("--define=last={last}")])
            .args(script.values.iter().map(|(name, value)| format!("--define={name}={value}")))
            .arg("--file")
            .arg(file)
            .arg("cartera")
            .env("PGPASSWORD", PASSWORD)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        command
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between the bounds")]
fn turns(about: f64) -> u32 {
    (WINDOW_MICROS / about.max(1.0)).clamp(TURNS.0, TURNS.1).round() as u32
}

/// A pgbench process, killed on drop.
struct Running(Child);

impl Running {
    /// Reads the meter once a mark exists; `None` if the script's pause was over by then.
    fn reading_at(&mut self, mark: &Path, meter: Meter) -> Result<Option<Reading>> {
        let end = Instant::now() + PATIENCE;
        while !mark.exists() {
            if self.0.try_wait().map_err(BenchError::io("waiting for pgbench"))?.is_some() {
                return Err(BenchError::Unexpected(format!("pgbench ended: {}", self.said())));
            }
            if Instant::now() > end {
                return Err(BenchError::Unexpected("pgbench took too long".to_owned()));
            }
            thread::sleep(Duration::from_millis(2));
        }
        // Waits until `touch` has exited.
        thread::sleep(Duration::from_millis(10));
        let reading = meter.read()?;
        let made =
            fs::metadata(mark).and_then(|mark| mark.modified()).map_err(BenchError::io("reading a mark"))?;
        let late =
            made.elapsed().is_ok_and(|since| since > Duration::from_millis(u64::from(REST_MS) * 9 / 10));
        Ok((!late).then_some(reading))
    }

    fn said(&mut self) -> String {
        let mut text = String::new();
        if let Some(errors) = &mut self.0.stderr {
            // If this can't be read, the error message is less detailed.
            drop(std::io::Read::read_to_string(errors, &mut text));
        }
        text.lines()
            .filter(|line| line.contains("error") || line.contains("ERROR"))
            .collect::<Vec<_>>()
            .join("; ")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have exited already.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quick_scripts_run_often_and_slow_ones_twice() {
        assert_eq!((turns(0.0), turns(60.0), turns(300.0), turns(600_000.0)), (1000, 1000, 500, 2));
    }
}
