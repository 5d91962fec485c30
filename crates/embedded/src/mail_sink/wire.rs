//! Reads lines and mails from a connection, each within limits of time and size.

use std::{
    io::{self, Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

/// The longest command line; RFC 5321 section 4.5.3.1.4 requires 512 bytes.
const LINE_LIMIT: usize = 1024;
/// A client that sends this much without a line end is not an SMTP client.
const LINE_FLOOD: usize = 64 * 1024;
/// A mail that is too large is read up to this many times the limit, so that it can be answered.
const MAIL_FLOOD: usize = 8;

/// The receiving side of a session.
#[derive(Debug)]
pub(super) struct Wire {
    stream: TcpStream,
    buffer: Box<[u8; 8192]>,
    /// The start of the unread part of the buffer.
    from: usize,
    to: usize,
}

/// A received line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Without its end.
    Text(Vec<u8>),
    /// Longer than any command.
    TooLong,
    /// Ended by a line feed alone.
    Bare,
}

/// A received mail.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// With dot-stuffing removed.
    Mail(Vec<u8>),
    /// Larger than allowed; none of it was stored.
    TooLarge,
}

impl Wire {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self { stream, buffer: Box::new([0; 8192]), from: 0, to: 0 }
    }

    pub(super) fn say(&mut self, reply: &str) -> io::Result<()> {
        self.stream.write_all(reply.as_bytes())
    }

    /// The next byte. The deadline applies however slowly bytes arrive.
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
                // Unix's error for a read timeout.
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

    /// A mail up to its final dot. Only a dot between two CRLF line ends is final: a bare line feed is content, which
    /// prevents SMTP smuggling.
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

/// The position within a line of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    LineStart,
    /// After a dot at the start of a line, which is dropped.
    Dot,
    /// After that dot and a carriage return.
    DotReturn,
    /// After a carriage return elsewhere.
    Return,
    Within,
}
