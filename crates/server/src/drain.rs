//! Graceful shutdown: load balancers get notice, requests in flight are answered and running jobs finished.

use std::{io, sync::Arc, time::Duration};

use actix_web::dev::ServerHandle;
use cartera_api_http::edge::Readiness;
use cartera_config::Http;
use cartera_embedded::Postgres;
use futures_util::future::join;
use tokio::{task::JoinHandle, time::timeout};
use tracing::{info, warn};

use crate::{
    error::StartError,
    stop::{Signals, Told},
    worker::{self, Worker},
};

/// How long requests and jobs get when the database is gone: they can only end in an error.
pub(crate) const WITHOUT_DATABASE: Duration = Duration::from_secs(2);

/// A running server with its worker.
pub struct Serving {
    /// Controls the server.
    pub handle: ServerHandle,
    /// Resolves when the server ends.
    pub ended: JoinHandle<io::Result<()>>,
    /// The worker in this process.
    pub worker: Option<Worker>,
    /// What `/readyz` answers.
    pub readiness: Arc<Readiness>,
}

impl Serving {
    /// Shuts down, in the way of whoever asked for it. An error means that the database is gone and nothing can be
    /// written any more.
    ///
    /// # Errors
    /// [`StartError::DatabaseEnded`], also when the database ends during the shutdown.
    pub async fn end(
        self,
        told: Result<Told, StartError>,
        mut signals: Signals,
        http: &Http,
        server: Option<&mut Postgres>,
    ) -> Result<(), StartError> {
        let Self { handle, ended, worker, readiness } = self;
        info!("draining");
        readiness.drain();
        // Jobs and requests finish side by side.
        let working = worker::stop(worker, http.shutdown_grace);
        let Ok(told) = told else {
            drop(timeout(WITHOUT_DATABASE, join(handle.stop(true), working)).await);
            return told.map(|_told| ());
        };
        let serving = async {
            let noticed = match told {
                Told::BySupervisor => signals.notice(http.drain_notice, server).await,
                Told::ByHand => Ok(()),
            };
            handle.stop(true).await;
            noticed
        };
        let (noticed, ()) = join(serving, working).await;
        match ended.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => warn!(%error, "the server ended with an error"),
            Err(error) => warn!(%error, "the server's task ended with an error"),
        }
        noticed
    }
}
