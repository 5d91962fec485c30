//! A small mail server that forwards nothing and stores each mail as a file.
//!
//! So the program sends mail in the same way everywhere, and developers and tests read the files. It implements enough
//! of RFC 5321 for SMTP clients, listens on the loopback interface only, and answers 250 to a mail only after it is on
//! disk under its final name.

mod session;
mod store;
mod wire;

use std::{
    collections::HashMap,
    io::{self, Write},
    net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use crate::error::EmbeddedError;
use session::Session;
use store::Store;

/// The file with the address of a folder's sink, for other processes.
const ADDRESS_FILE: &str = "smtp.address";
/// How long sessions may take to end when the sink is stopped.
const FAREWELL: Duration = Duration::from_secs(5);

/// Options of a sink.
#[derive(Debug, Clone)]
pub struct MailSinkOptions {
    /// The address it listens on; port 0 means a free one.
    pub address: SocketAddr,
    /// The largest mail in bytes.
    pub message_limit: usize,
    /// The most concurrent sessions; further clients are told to retry.
    pub connections: usize,
    /// How long a client may take for one command.
    pub patience: Duration,
    /// How long a client may take for one mail.
    pub data_patience: Duration,
}

impl Default for MailSinkOptions {
    fn default() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            message_limit: 1024 * 1024,
            connections: 32,
            // SMTP clients keep idle connections for about a minute.
            patience: Duration::from_mins(2),
            data_patience: Duration::from_mins(1),
        }
    }
}

/// A running sink. Dropping it stops it; see [`MailSink::stop`].
#[derive(Debug)]
pub struct MailSink {
    address: SocketAddr,
    folder: PathBuf,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

/// State shared by the threads.
#[derive(Debug)]
struct Shared {
    stopping: AtomicBool,
    /// The open sessions, so that stopping can end them.
    open: Mutex<HashMap<u64, TcpStream>>,
    /// Notified when one of them ends.
    ended: Condvar,
    options: MailSinkOptions,
    store: Store,
}

impl Shared {
    fn open(&self) -> MutexGuard<'_, HashMap<u64, TcpStream>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl MailSink {
    /// Starts a sink that stores its mails in `folder`, which is created if it is missing.
    ///
    /// # Errors
    /// [`EmbeddedError::Io`] if the folder or the address can't be used.
    pub fn start(folder: &Path, options: MailSinkOptions) -> Result<Self, EmbeddedError> {
        let store = Store::open(folder)?;
        let what =
            |source| EmbeddedError::Io { what: format!("can't listen on {}", options.address), source };
        let listener = TcpListener::bind(options.address).map_err(what)?;
        let address = listener
            .local_addr()
            .map_err(|source| EmbeddedError::Io { what: "can't listen".to_owned(), source })?;
        store
            .write(ADDRESS_FILE, address.to_string().as_bytes())
            .map_err(EmbeddedError::io("write the mail server's address into", folder))?;
        let shared = Arc::new(Shared {
            stopping: AtomicBool::new(false),
            open: Mutex::default(),
            ended: Condvar::new(),
            options,
            store,
        });
        let acceptor = thread::Builder::new()
            .name("mail-sink".to_owned())
            .spawn({
                let shared = Arc::clone(&shared);
                move || accept(&listener, &shared)
            })
            .map_err(|source| EmbeddedError::Io { what: "can't start a thread".to_owned(), source })?;
        Ok(Self { address, folder: folder.to_owned(), shared, acceptor: Some(acceptor) })
    }

    /// The address of the sink of a folder, if one was started there.
    pub fn find(folder: &Path) -> Option<SocketAddr> {
        std::fs::read_to_string(folder.join(ADDRESS_FILE)).ok()?.trim().parse().ok()
    }

    /// The address it listens on.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The folder with its mails, named `<time>-<id>.eml` so that they sort by time.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Stops it: it accepts no new sessions, and open ones end. A mail that is being stored is still stored and
    /// acknowledged.
    pub fn stop(mut self) {
        self.halt();
    }

    fn halt(&mut self) {
        let Some(acceptor) = self.acceptor.take() else { return };
        self.shared.stopping.store(true, Ordering::SeqCst);
        // Wakes the acceptor. If this fails, it is no longer listening.
        drop(TcpStream::connect_timeout(&self.address, Duration::from_secs(1)));
        if acceptor.join().is_err() {
            tracing::warn!("the mail sink's thread had panicked");
        }
        let open = self.shared.open();
        for stream in open.values() {
            // Only the reading half, so that a last answer can still be sent. The session may have ended already.
            let _ = stream.shutdown(Shutdown::Read);
        }
        let ended = self.shared.ended.wait_timeout_while(open, FAREWELL, |open| !open.is_empty());
        if ended.is_ok_and(|(_, late)| late.timed_out()) {
            tracing::warn!("a conversation with the mail sink did not end in time");
        }
        // A process that finds a stale file can't connect, which is the correct result.
        let _ = std::fs::remove_file(self.folder.join(ADDRESS_FILE));
    }
}

impl Drop for MailSink {
    fn drop(&mut self) {
        self.halt();
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    let mut number = 0;
    loop {
        let accepted = listener.accept();
        if shared.stopping.load(Ordering::SeqCst) {
            return;
        }
        match accepted {
            Ok((stream, _)) => {
                number += 1;
                if let Err(error) = converse(stream, number, shared) {
                    tracing::warn!(%error, "the mail sink could not take a connection");
                }
            }
            Err(error) => {
                // Out of file descriptors, or a client that disconnected at once; retrying immediately would not help.
                tracing::warn!(%error, "the mail sink could not take a connection");
                thread::sleep(Duration::from_millis(50));
            }
        }
    }
}

fn converse(stream: TcpStream, number: u64, shared: &Arc<Shared>) -> io::Result<()> {
    stream.set_write_timeout(Some(Duration::from_secs(10)))?;
    stream.set_nodelay(true)?;
    {
        let mut open = shared.open();
        if open.len() >= shared.options.connections {
            drop(open);
            return (&stream).write_all(b"421 4.3.2 too many connections, come back later\r\n");
        }
        open.insert(number, stream.try_clone()?);
    }
    let handler = thread::Builder::new().name("mail-sink-session".to_owned()).stack_size(256 * 1024);
    let started = handler.spawn({
        let shared = Arc::clone(shared);
        move || {
            let _end = End { number, shared: &shared };
            // A session that ends early is the client's problem: no mail was acknowledged that is not stored.
            if let Err(error) = Session::new(stream, &shared.options, &shared.store).run(&shared.stopping) {
                tracing::debug!(%error, "a conversation with the mail sink ended early");
            }
        }
    });
    if let Err(error) = started {
        shared.open().remove(&number);
        return Err(error);
    }
    Ok(())
}

/// Removes a session from the list on drop, however its thread ends.
struct End<'a> {
    number: u64,
    shared: &'a Shared,
}

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.shared.open().remove(&self.number);
        self.shared.ended.notify_all();
    }
}
