//! Lines and mails from a connection, each within its time and size.

use std::{
    io::{self, Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

/// The longest command line; RFC 5321 section 4.5.3.1.4 wants 512 bytes.
const LINE_LIMIT: usize = 1024;
/// Whoever sends so much without ending a line is not a mail program.
const LINE_FLOOD: usize = 64 * 1024;
/// So many times the limit is read of a mail that is too large, in order to answer it, and no more.
const MAIL_FLOOD: usize = 8;

/// One side of a conversation.
#[derive(Debug)]
pub(super) struct Wire {
    stream: TcpStream,
    buffer: Box<[u8; 8192]>,
    /// What of the buffer is still to be looked at.
    from: usize,
    to: usize,
}

/// A line as it came.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Without its end.
    Text(Vec<u8>),
    /// Longer than any command is.
    TooLong,
    /// Ended by a line feed alone.
    Bare,
}

/// A mail as it came.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// With the stuffed dots taken out.
    Mail(Vec<u8>),
    /// Larger than is allowed; none of it was kept.
    TooLarge,
}

impl Wire {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self { stream, buffer: Box::new([0; 8192]), from: 0, to: 0 }
    }

    pub(super) fn say(&mut self, reply: &str) -> io::Result<()> {
        self.stream.write_all(reply.as_bytes())
    }

    /// The next byte. The deadline holds however slowly bytes come.
    fn next(&mut self, deadline: Instant) -> io::Result<u8> {
        while self.from == self.to {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            self.stream.set_read_timeout(Some(left))?;
            match self.stream.read(&mut self.buffer[..]) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(read) => (self.from, self.to) = (0, read),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // What Unix answers when the read timeout is over.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Err(io::ErrorKind::TimedOut.into());
                }
                Err(error) => return Err(error),
            }
        }
        let byte = self.buffer[self.from];
        self.from += 1;
        Ok(byte)
    }

    /// The next command line.
    pub(super) fn line(&mut self, patience: Duration) -> io::Result<Line> {
        let deadline = Instant::now() + patience;
        let mut line = Vec::new();
        let mut length = 0_usize;
        loop {
            let byte = self.next(deadline)?;
            if byte == b'\n' {
                return Ok(match line.pop() {
                    _ if length > LINE_LIMIT => Line::TooLong,
                    Some(b'\r') => Line::Text(line),
                    _ => Line::Bare,
                });
            }
            length += 1;
            if length > LINE_FLOOD {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "a line without an end"));
            }
            if length <= LINE_LIMIT {
                line.push(byte);
            }
        }
    }

    /// A mail up to the dot that ends it. Only a dot between two real line ends does: a bare line feed is content, so
    /// that nothing after it can pass for another mail.
    pub(super) fn content(&mut self, limit: usize, patience: Duration) -> io::Result<Content> {
        let deadline = Instant::now() + patience;
        let mut mail = Vec::new();
        let mut place = Place::LineStart;
        let mut length = 0_usize;
        loop {
            let byte = self.next(deadline)?;
            length += 1;
            if length > limit.saturating_mul(MAIL_FLOOD) {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "a mail without an end"));
            }
            let mut keep = |byte| {
                if mail.len() <= limit {
                    mail.push(byte);
                }
            };
            place = match (place, byte) {
                (Place::DotReturn, b'\n') => {
                    return Ok(if mail.len() > limit { Content::TooLarge } else { Content::Mail(mail) });
                }
                (Place::LineStart, b'.') => Place::Dot,
                (Place::Dot, b'\r') => Place::DotReturn,
                (before, byte) => {
                    if before == Place::DotReturn {
                        keep(b'\r');
                    }
                    keep(byte);
                    match (before, byte) {
                        (_, b'\r') => Place::Return,
                        (Place::Return, b'\n') => Place::LineStart,
                        _ => Place::Within,
                    }
                }
            };
        }
    }
}

/// Where in a line of a mail we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    LineStart,
    /// After a dot at the start, which is dropped.
    Dot,
    /// After that dot and a carriage return.
    DotReturn,
    /// After a carriage return elsewhere.
    Return,
    Within,
}
