//! When to stop.

use std::{io, time::Duration};

use cartera_embedded::Postgres;
use tokio::{signal::unix::SignalKind, time::interval};

use crate::error::StartError;

/// Waits for a signal, or for the end of the embedded server, without which there is nothing left to do:
/// whoever restarts this program then restarts both.
///
/// # Errors
/// [`StartError::DatabaseEnded`]; [`StartError::Io`] when signals can't be listened to.
pub async fn wait_for_stop(server: Option<&mut Postgres>) -> Result<(), StartError> {
    let failed = |cause: io::Error| StartError::Io { what: "listening for signals".to_owned(), cause };
    let mut terminate = tokio::signal::unix::signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = tokio::signal::unix::signal(SignalKind::interrupt()).map_err(failed)?;
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
        () = end_of(server) => Err(StartError::DatabaseEnded),
    }
}

async fn end_of(server: Option<&mut Postgres>) {
    let Some(server) = server else { return std::future::pending().await };
    let mut ticks = interval(Duration::from_secs(1));
    while server.is_running() {
        ticks.tick().await;
    }
}
