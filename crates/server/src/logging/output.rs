//! Writes log lines to a device that may be full, closed or stuck, without harm to the program.

use std::{
    io::{self, Write},
    os::fd::AsFd,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
};

/// How long a line waits for a reader that has stopped reading; later lines don't wait until it reads again.
const PATIENCE: Duration = Duration::from_millis(100);
/// A pipe that poll reports as writable takes this much without blocking (POSIX's `PIPE_BUF` is at least 512, and 4096
/// on Linux).
const PIECE: usize = 512;

/// Lines of this process that could not be written.
static LOST: AtomicU64 = AtomicU64::new(0);

/// How many log lines of this process could not be written.
pub fn lost_lines() -> u64 {
    LOST.load(Ordering::Relaxed)
}

/// The destination of bytes.
pub(super) trait Device {
    /// Whether it takes bytes without blocking; waits for that at most this long.
    fn takes_bytes(&self, patience: Duration) -> bool;

    /// Writes some of the bytes.
    fn write(&self, bytes: &[u8]) -> io::Result<usize>;
}

/// Standard output and standard error without the buffers of the standard library, which keep what they could not
/// write.
#[derive(Debug, Clone, Copy)]
pub(super) enum Standard {
    Output,
    Error,
}

impl Device for Standard {
    fn takes_bytes(&self, patience: Duration) -> bool {
        match self {
            Self::Output => takes_bytes(io::stdout(), patience),
            Self::Error => takes_bytes(io::stderr(), patience),
        }
    }

    fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Output => Ok(rustix::io::write(io::stdout(), bytes)?),
            Self::Error => Ok(rustix::io::write(io::stderr(), bytes)?),
        }
    }
}

fn takes_bytes(device: impl AsFd, patience: Duration) -> bool {
    let patience = Timespec::try_from(patience).ok();
    // An error of the device shows in the write.
    !matches!(poll(&mut [PollFd::new(&device, PollFlags::OUT)], patience.as_ref()), Ok(0) | Err(Errno::INTR))
}

/// The state of an output that can't be written to.
#[derive(Debug, Default)]
struct Backlog {
    /// Lines lost since the last notice about it.
    lost: u64,
    /// Whether the last line was cut off.
    torn: bool,
    /// Whether the reader has stopped reading.
    stuck: bool,
}

/// Writes log lines to a device. Lines that can't be written are counted, and reported before the next one that can.
pub(super) struct Output<D> {
    device: D,
    /// The line that reports how many were lost.
    notice: fn(u64) -> String,
    backlog: Mutex<Backlog>,
}

impl<D: Device> Output<D> {
    pub(super) const fn new(device: D, notice: fn(u64) -> String) -> Self {
        Self { device, notice, backlog: Mutex::new(Backlog { lost: 0, torn: false, stuck: false }) }
    }

    /// Writes a whole line, including its newline, or counts it as lost.
    pub(super) fn line(&self, line: &[u8]) {
        // Keep logging after a panic elsewhere has poisoned the lock.
        let mut backlog = self.backlog.lock().unwrap_or_else(PoisonError::into_inner);
        if self.notice(&mut backlog).and_then(|()| self.all(&mut backlog, line)).is_err() {
            backlog.lost += 1;
            let lost = LOST.fetch_add(1, Ordering::Relaxed) + 1;
            metrics::counter!("log_lines_lost_total").absolute(lost);
        }
    }

    fn notice(&self, backlog: &mut Backlog) -> io::Result<()> {
        if backlog.lost == 0 {
            return Ok(());
        }
        let begin = if backlog.torn { "\n" } else { "" };
        self.all(backlog, format!("{begin}{}\n", (self.notice)(backlog.lost)).as_bytes())?;
        backlog.lost = 0;
        Ok(())
    }

    fn all(&self, backlog: &mut Backlog, text: &[u8]) -> io::Result<()> {
        let mut rest = text;
        while !rest.is_empty() {
            let patience = if backlog.stuck { Duration::ZERO } else { PATIENCE };
            backlog.stuck = !self.device.takes_bytes(patience);
            if backlog.stuck {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            match self.device.write(&rest[..rest.len().min(PIECE)]) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => {
                    rest = &rest[written..];
                    backlog.torn = !rest.is_empty();
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// The subscriber writes each line in one call.
impl<D: Device> Write for &Output<D> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.line(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A device with limited room, which may be stuck.
    #[derive(Default)]
    struct Fake(Mutex<State>);

    #[derive(Default)]
    struct State {
        written: Vec<u8>,
        room: usize,
        stuck: bool,
        waited: Duration,
    }

    impl Fake {
        fn set(&self, change: impl FnOnce(&mut State)) {
            change(&mut self.0.lock().expect("no panic"));
        }

        fn lines(&self) -> Vec<String> {
            let state = self.0.lock().expect("no panic");
            String::from_utf8(state.written.clone()).expect("text").lines().map(str::to_owned).collect()
        }
    }

    impl Device for Fake {
        fn takes_bytes(&self, patience: Duration) -> bool {
            let mut state = self.0.lock().expect("no panic");
            if state.stuck {
                state.waited += patience;
            }
            !state.stuck
        }

        fn write(&self, bytes: &[u8]) -> io::Result<usize> {
            let mut state = self.0.lock().expect("no panic");
            let count = bytes.len().min(state.room);
            if count == 0 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            state.room -= count;
            state.written.extend_from_slice(&bytes[..count]);
            Ok(count)
        }
    }

    fn output() -> Output<Fake> {
        Output::new(Fake::default(), |lost| format!("lost {lost}"))
    }

    #[test]
    fn what_did_not_fit_is_said_once_there_is_room() {
        let output = output();
        output.device.set(|state| state.room = 10);
        for line in ["first\n", "torn in two\n", "gone\n", "gone, too\n"] {
            output.line(line.as_bytes());
        }
        output.device.set(|state| state.room = 1000);
        output.line(b"last but one\n");
        output.line(b"last\n");
        assert_eq!(output.device.lines(), ["first", "torn", "lost 3", "last but one", "last"]);
        assert!(lost_lines() >= 3);
    }

    #[test]
    fn a_notice_that_does_not_fit_either_is_said_later_and_counts_on() {
        let output = output();
        output.line(b"gone\n");
        output.device.set(|state| state.room = 3);
        output.line(b"gone\n");
        output.device.set(|state| state.room = 1000);
        output.line(b"last\n");
        assert_eq!(output.device.lines(), ["los", "lost 2", "last"]);
    }

    #[test]
    fn who_does_not_read_on_is_waited_for_once() {
        let output = output();
        output.device.set(|state| (state.room, state.stuck) = (1000, true));
        for _ in 0..50 {
            output.line(b"gone\n");
        }
        output.device.set(|state| {
            assert_eq!(state.waited, PATIENCE);
            state.stuck = false;
        });
        output.line(b"last\n");
        assert_eq!(output.device.lines(), ["lost 50", "last"]);
    }

    #[test]
    fn a_long_line_arrives_whole() {
        let output = output();
        output.device.set(|state| state.room = 100_000);
        output.line(format!("{}\n", "x".repeat(50_000)).as_bytes());
        assert_eq!(output.device.lines(), ["x".repeat(50_000)]);
    }
}
