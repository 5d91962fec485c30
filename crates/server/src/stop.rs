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

/// Waits for a signal, or for the end of the embedded server, without which there is nothing left to do:
/// whoever restarts this program then restarts both.
///
/// # Errors
/// [`StartError::DatabaseEnded`]; [`StartError::Io`] when signals can't be listened to.
pub async fn wait_for_stop(server: Option<&mut Postgres>) -> Result<Told, StartError> {
    let (mut terminate, mut interrupt) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
    tokio::select! {
        _ = terminate.recv() => Ok(Told::BySupervisor),
        _ = interrupt.recv() => Ok(Told::ByHand),
        () = end_of(server) => Err(StartError::DatabaseEnded),
    }
}

/// Lets the time pass in which others take notice and turn elsewhere. Ctrl-C cuts it short.
///
/// # Errors
/// As [`wait_for_stop`].
pub async fn give_notice(notice: Duration, server: Option<&mut Postgres>) -> Result<(), StartError> {
    let mut interrupt = listen(SignalKind::interrupt())?;
    tokio::select! {
        () = sleep(notice) => Ok(()),
        _ = interrupt.recv() => Ok(()),
        () = end_of(server) => Err(StartError::DatabaseEnded),
    }
}

fn listen(kind: SignalKind) -> Result<Signal, StartError> {
    signal(kind)
        .map_err(|cause: io::Error| StartError::Io { what: "listening for signals".to_owned(), cause })
}

async fn end_of(server: Option<&mut Postgres>) {
    let Some(server) = server else { return std::future::pending().await };
    let mut ticks = interval(WATCH);
    while server.is_running() {
        ticks.tick().await;
    }
}
