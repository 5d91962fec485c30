//! The embedded S3 server: a file store on 127.0.0.1, for development and small installations.
//!
//! The crate s3s implements the protocol (requests, signatures, expiry); [`disk`] stores the objects below
//! `DATA_DIR/files`, and [`gate`] adds CORS and refuses unsigned headers. The server has its own thread and runtime, so
//! that a slow upload never blocks the API.

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

/// The file with the port, which stays the same so that issued links still work after a restart.
const PORT_FILE: &str = "files.port";
/// The folder below the data folder.
const FOLDER: &str = "files";
/// How long a client may take to send a request's headers.
const HEADER_PATIENCE: Duration = Duration::from_secs(10);
/// How long transfers in flight may take on shutdown.
const GRACE: Duration = Duration::from_secs(5);

/// Whether a browser page of an origin may use the store.
pub type OriginCheck = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// Options of the store.
#[derive(Clone)]
pub struct FilesOptions {
    /// The only access key.
    pub access_key: String,
    /// Its secret.
    pub secret_key: String,
    /// The only bucket, created if it is missing.
    pub bucket: String,
    /// Which browser origins may call.
    pub origins: OriginCheck,
}

/// A running store. Dropping it stops it.
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
    /// [`EmbeddedError::Io`] if the folder can't be used or no port is available.
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
                // Tasks that still read or write a file are not awaited: an incomplete file never becomes visible.
                runtime.shutdown_background();
            })
            .map_err(EmbeddedError::io("start the thread for", &root))?;
        Ok(Self { endpoint: endpoint(port), stop: Some(stop), thread: Some(thread) })
    }

    /// The endpoint of the store that another of our processes runs for this data folder; `None` if no store was ever
    /// started there.
    pub fn attach(data_dir: &Path) -> Option<String> {
        remembered(&data_dir.join(PORT_FILE)).map(endpoint)
    }

    /// Its endpoint, like `http://127.0.0.1:4711`.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Stops it, giving transfers in flight a few seconds.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        if let Some(stop) = self.stop.take() {
            // If the receiver is gone, the thread has ended.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            // A panic has been reported already.
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
        // Another process uses the port now, so issued links stop working.
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
                // A temporary error, such as too many open files.
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
            // A client that disconnects is not an error.
            let _ = connection.await;
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(GRACE, graceful.shutdown()).await;
    Ok(())
}
