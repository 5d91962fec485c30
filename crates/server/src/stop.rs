//! When to stop, and the notice to load balancers before.

use std::{io, time::Duration};

use cartera_embedded::Postgres;
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    time::{interval, sleep},
};

use crate::error::StartError;

/// How often the embedded server is checked.
const WATCH: Duration = Duration::from_millis(200);

/// Who told this program to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// A supervisor, by SIGTERM: clients may still send requests here.
    BySupervisor,
    /// A user at a terminal, by Ctrl-C: no notice is needed.
    ByHand,
}

/// The signals that tell this program to stop.
#[derive(Debug)]
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Installs the signal handlers. Call it before the program reports that it is ready: a signal that comes earlier
    /// kills the process.
    ///
    /// # Errors
    /// [`StartError::Io`] when signals can't be listened to.
    pub fn listen() -> Result<Self, StartError> {
        let failed = |cause: io::Error| StartError::Io { what: "listening for signals".to_owned(), cause };
        let terminate = signal(SignalKind::terminate()).map_err(failed)?;
        Ok(Self { terminate, interrupt: signal(SignalKind::interrupt()).map_err(failed)? })
    }

    /// Waits for a signal, or for the end of the embedded server: without it the program can do nothing, and a
    /// supervisor that restarts it restarts both.
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

    /// Waits while load balancers take notice and send requests elsewhere. Ctrl-C cuts it short.
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
