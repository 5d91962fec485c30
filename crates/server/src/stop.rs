//! When to stop, and how others get notice of it.

use std::{io, time::Duration};

use cartera_embedded::Postgres;
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    time::{interval, sleep},
};

use crate::error::StartError;

/// How often the embedded server is looked at.
const WATCH: Duration = Duration::from_millis(200);

/// Who told this program to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// A supervisor, by SIGTERM: others may still send requests here.
    BySupervisor,
    /// Somebody at a terminal, by Ctrl-C: nothing need be waited for.
    ByHand,
}

/// The signals that tell this program to stop.
#[derive(Debug)]
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Listens from now on: before anybody is told that the program is ready, or a signal that comes at once would
    /// kill it.
    ///
    /// # Errors
    /// [`StartError::Io`] when signals can't be listened to.
    pub fn listen() -> Result<Self, StartError> {
        let failed = |cause: io::Error| StartError::Io { what: "listening for signals".to_owned(), cause };
        let terminate = signal(SignalKind::terminate()).map_err(failed)?;
        Ok(Self { terminate, interrupt: signal(SignalKind::interrupt()).map_err(failed)? })
    }

    /// Waits for a signal, or for the end of the embedded server, without which there is nothing left to do:
    /// whoever restarts this program then restarts both.
    ///
    /// # Errors
    /// [`StartError::DatabaseEnded`].
    pub async fn stop(&mut self, server: Option<&mut Postgres>) -> Result<Told, StartError> {
        tokio::select! {
            _ = self.terminate.recv() => Ok(Told::BySupervisor),
            _ = self.interrupt.recv() => Ok(Told::ByHand),
            () = end_of(server) => Err(StartError::DatabaseEnded),
        }
    }

    /// Lets the time pass in which others take notice and turn elsewhere. Ctrl-C cuts it short.
    ///
    /// # Errors
    /// As [`Signals::stop`].
    pub async fn notice(
        &mut self,
        notice: Duration,
        server: Option<&mut Postgres>,
    ) -> Result<(), StartError> {
        tokio::select! {
            () = sleep(notice) => Ok(()),
            _ = self.interrupt.recv() => Ok(()),
            () = end_of(server) => Err(StartError::DatabaseEnded),
        }
    }
}

async fn end_of(server: Option<&mut Postgres>) {
    let Some(server) = server else { return std::future::pending().await };
    let mut ticks = interval(WATCH);
    while server.is_running() {
        ticks.tick().await;
    }
}
