//! A proxy between a server and PostgreSQL while statements are captured. It counts round trips, and records the types
//! of parameters, which the log does not contain.

use std::{
    collections::BTreeMap,
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use crate::error::{BenchError, Result};

/// The first message of a client, which asks whether the connection may be encrypted.
const SSL_REQUEST: u32 = 80_877_103;

/// Forwards connections until the process ends.
pub struct Forwarder {
    /// Where it listens.
    pub address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
}

/// The recorded traffic.
#[derive(Debug, Default)]
struct Seen {
    trips: u32,
    types: BTreeMap<String, Vec<u32>>,
}

impl Forwarder {
    /// Starts forwarding to PostgreSQL's port.
    pub fn start(port: u16) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(BenchError::io("listening"))?;
        let address = listener.local_addr().map_err(BenchError::io("listening"))?;
        let seen = Arc::new(Mutex::new(Seen::default()));
        let shared = Arc::clone(&seen);
        thread::spawn(move || {
            for client in listener.incoming().map_while(std::result::Result::ok) {
                // A connection that can't be forwarded is closed, and the client reports that.
                drop(forward(client, port, &shared));
            }
        });
        Ok(Self { address, seen })
    }

    /// The number of round trips since the last call.
    pub fn take_trips(&self) -> u32 {
        std::mem::take(&mut lock(&self.seen).trips)
    }

    /// The OIDs of the types of a statement's parameters; 0 if the client left a type open.
    pub fn types(&self, statement: &str) -> Vec<u32> {
        lock(&self.seen).types.get(statement).cloned().unwrap_or_default()
    }
}

fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

fn forward(client: TcpStream, port: u16, seen: &Arc<Mutex<Seen>>) -> std::io::Result<()> {
    let server = TcpStream::connect(("127.0.0.1", port))?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let answered = Arc::new(AtomicBool::new(true));
    let (mut from_client, mut to_server) = (client.try_clone()?, server.try_clone()?);
    let (there, seen) = (Arc::clone(&answered), Arc::clone(seen));
    thread::spawn(move || {
        let mut wire = Wire::default();
        pump(&mut from_client, &mut to_server, |bytes| {
            let mut seen = lock(&seen);
            // A check of a connection that returns to the pool, for which no request waits.
            let check = bytes == SYNC;
            if there.swap(false, Ordering::Relaxed) && !check {
                seen.trips += 1;
            }
            for (text, types) in wire.take(bytes) {
                seen.types.insert(text, types);
            }
        });
    });
    let (mut from_server, mut to_client) = (server, client);
    thread::spawn(move || {
        pump(&mut from_server, &mut to_client, |_| answered.store(true, Ordering::Relaxed));
    });
    Ok(())
}

/// `Sync` alone, which sqlx sends to learn whether a connection is alive.
const SYNC: &[u8] = b"S\0\0\0\x04";

fn pump(from: &mut TcpStream, to: &mut TcpStream, mut look: impl FnMut(&[u8])) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        look(&buffer[..length]);
        if to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    // It may be closed already.
    drop(to.shutdown(Shutdown::Both));
}

/// Splits what a client sends into messages.
#[derive(Debug, Default)]
struct Wire {
    rest: Vec<u8>,
    started: bool,
}

impl Wire {
    /// Consumes some bytes, and returns the statements that they prepare, with the types of their parameters.
    fn take(&mut self, bytes: &[u8]) -> Vec<(String, Vec<u32>)> {
        self.rest.extend_from_slice(bytes);
        let mut prepared = Vec::new();
        loop {
            let head = usize::from(self.started);
            let Some(length) = number(&self.rest, head) else { return prepared };
            let end = head + usize::try_from(length).unwrap_or(usize::MAX).max(4);
            if self.rest.len() < end {
                return prepared;
            }
            let message: Vec<u8> = self.rest.drain(..end).collect();
            if !self.started {
                self.started = number(&message, 4) != Some(SSL_REQUEST);
            } else if message[0] == b'P' {
                prepared.extend(parse(&message[5..]));
            }
        }
    }
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at + 4)?;
    Some(u32::from_be_bytes(bytes.try_into().ok()?))
}

/// `Parse`: a name, a text, and the types.
fn parse(message: &[u8]) -> Option<(String, Vec<u32>)> {
    let mut parts = message.splitn(3, |byte| *byte == 0);
    let (_name, text, types) = (parts.next()?, parts.next()?, parts.next()?);
    let types = types.get(2..)?.chunks_exact(4).filter_map(|oid| number(oid, 0)).collect();
    Some((String::from_utf8(text.to_vec()).ok()?, types))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: &[u8], body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len() + 4).expect("short").to_be_bytes();
        [kind, &length, body].concat()
    }

    #[test]
    fn prepared_statements_are_found_wherever_the_bytes_are_cut() {
        let ssl = message(b"", &SSL_REQUEST.to_be_bytes());
        let startup = message(b"", b"\0\x03\0\0user\0x\0\0");
        let query = message(b"Q", b"BEGIN\0");
        let parse = message(b"P", b"s1\0select $1, $2\0\0\x02\0\0\x0b\x86\0\0\0\x17");
        let stream = [ssl, startup, query, parse, message(b"S", b"")].concat();
        for cut in 1..stream.len() {
            let mut wire = Wire::default();
            let mut found = wire.take(&stream[..cut]);
            found.extend(wire.take(&stream[cut..]));
            assert_eq!(found, [("select $1, $2".to_owned(), vec![2950, 23])], "cut at {cut}");
        }
    }
}
