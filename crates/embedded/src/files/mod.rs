//! The embedded S3: a store of files that speaks S3 on 127.0.0.1, for development and small installations.
//!
//! The protocol (requests, signatures, expiry) is s3s's; [`disk`] keeps the objects below `DATA_DIR/files`, and
//! [`gate`] adds what browsers need and refuses what no URL of ours signs. It runs on a thread and a runtime
//! of its own, so that a slow upload never stands in the way of the API.

mod disk;
mod gate;

use std::{
    fs, io,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};

use hyper::service::service_fn;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use s3s::{auth::SimpleAuth, service::S3ServiceBuilder};
use tokio::sync::oneshot;
use tracing::warn;

use self::{disk::Disk, gate::Gate};
use crate::{data_dir::write_secret, error::EmbeddedError};

/// Where the port is remembered: links that were given out still work after a restart.
const PORT_FILE: &str = "files.port";
/// Below the data folder.
const FOLDER: &str = "files";
/// How long a client may take to send a request's headers.
const HEADER_PATIENCE: Duration = Duration::from_secs(10);
/// How long transfers in flight get at the end.
const GRACE: Duration = Duration::from_secs(5);

/// Whether a browser page of an origin may use the store.
pub type OriginCheck = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// How the store is run.
#[derive(Clone)]
pub struct FilesOptions {
    /// The one access key.
    pub access_key: String,
    /// Its secret.
    pub secret_key: String,
    /// The one bucket, made when it is missing.
    pub bucket: String,
    /// Which browser origins may call.
    pub origins: OriginCheck,
}

/// A running store. Dropping it ends it.
#[derive(Debug)]
pub struct Files {
    endpoint: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Files {
    /// Starts the store of a data folder, on the port it had before if that is free. The caller owns the folder
    /// (see [`crate::DataDir`]).
    ///
    /// # Errors
    /// [`EmbeddedError::Io`] when the folder can't be used or no port be had.
    pub fn start(data_dir: &Path, options: &FilesOptions) -> Result<Self, EmbeddedError> {
        let root = data_dir.join(FOLDER);
        let disk = Disk::open(&root, &options.bucket).map_err(EmbeddedError::io("prepare", &root))?;
        let port_file = data_dir.join(PORT_FILE);
        let listener = listen(remembered(&port_file)).map_err(EmbeddedError::io("listen for", &root))?;
        let port = listener.local_addr().map_err(EmbeddedError::io("listen for", &root))?.port();
        write_secret(&port_file, &port.to_string())?;
        let mut builder = S3ServiceBuilder::new(disk);
        let secret_key = options.secret_key.clone();
        builder.set_auth(SimpleAuth::from_single(options.access_key.clone(), secret_key));
        let gate = Gate::new(builder.build(), Arc::clone(&options.origins));
        let (stop, stopped) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(EmbeddedError::io("start the runtime for", &root))?;
        let thread = thread::Builder::new()
            .name("files".to_owned())
            .spawn(move || {
                if let Err(error) = runtime.block_on(serve(listener, gate, stopped)) {
                    warn!(%error, "the embedded store of files has ended");
                }
                // What still reads or writes a file is not waited for: a half-written file is never shown.
                runtime.shutdown_background();
            })
            .map_err(EmbeddedError::io("start the thread for", &root))?;
        Ok(Self { endpoint: endpoint(port), stop: Some(stop), thread: Some(thread) })
    }

    /// Where the store that another process of ours runs for this data folder answers; none when no store was
    /// ever started there.
    pub fn attach(data_dir: &Path) -> Option<String> {
        remembered(&data_dir.join(PORT_FILE)).map(endpoint)
    }

    /// Where it answers, like `http://127.0.0.1:4711`.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Ends it, giving transfers in flight a few seconds.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        if let Some(stop) = self.stop.take() {
            // A receiver that is gone means that the thread has ended.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            // A panic was reported when it happened.
            let _ = thread.join();
        }
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        self.end();
    }
}

fn endpoint(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

fn remembered(file: &PathBuf) -> Option<u16> {
    fs::read_to_string(file).ok()?.trim().parse().ok()
}

fn listen(wanted: Option<u16>) -> io::Result<TcpListener> {
    let bind = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    let listener = match wanted.map(bind) {
        Some(Ok(listener)) => listener,
        // Somebody else has it now; links that were given out end early.
        Some(Err(_)) | None => bind(0)?,
    };
    listener.set_nonblocking(true)?;
    Ok(listener)
}

async fn serve(listener: TcpListener, gate: Gate, mut stopped: oneshot::Receiver<()>) -> io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let graceful = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = &mut stopped => break,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                // Too many open files, say: it passes.
                warn!(%error, "a connection to the store of files was not accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let gate = gate.clone();
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_PATIENCE)
            .serve_connection(TokioIo::new(stream), service_fn(move |request| gate.clone().answer(request)));
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // A client that goes away in the middle is no concern of ours.
            let _ = connection.await;
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(GRACE, graceful.shutdown()).await;
    Ok(())
}
