//! One SMTP session (RFC 5321).

use std::{
    io,
    net::TcpStream,
    sync::atomic::{AtomicBool, Ordering},
};

use super::{
    MailSinkOptions,
    store::Store,
    wire::{Content, Line, Wire},
};

/// The most recipients of one mail; RFC 5321 section 4.5.3.1.8 requires 100.
const RECIPIENTS: usize = 100;
/// The number of refusals that ends a session.
const ERRORS: u32 = 20;
/// The longest address with its angle brackets.
const PATH_LIMIT: usize = 256;

/// A session with at most one mail in progress.
pub(super) struct Session<'a> {
    wire: Wire,
    options: &'a MailSinkOptions,
    store: &'a Store,
    greeted: bool,
    sender: Option<String>,
    recipients: Vec<String>,
    errors: u32,
}

/// The next step after a command.
enum Next {
    Say(String),
    /// The same, and it counts as a refusal.
    Refuse(&'static str),
    Data,
    Quit,
}

impl<'a> Session<'a> {
    pub(super) fn new(stream: TcpStream, options: &'a MailSinkOptions, store: &'a Store) -> Self {
        Self {
            wire: Wire::new(stream),
            options,
            store,
            greeted: false,
            sender: None,
            recipients: Vec::new(),
            errors: 0,
        }
    }

    /// Runs until the client quits, is too slow or makes too many errors, or the sink stops.
    pub(super) fn run(mut self, stopping: &AtomicBool) -> io::Result<()> {
        self.wire.say("220 cartera mail sink, ESMTP\r\n")?;
        loop {
            let line = match self.wire.line(self.options.patience) {
                Ok(line) => line,
                Err(error) => return self.leave(error, stopping),
            };
            let next = match line {
                Line::Text(text) => self.obey(&text),
                Line::TooLong => Next::Refuse("500 5.5.2 line too long"),
                Line::Bare => Next::Refuse("500 5.5.2 lines end with CR LF"),
            };
            match next {
                Next::Say(reply) => self.wire.say(&reply)?,
                Next::Quit => return self.wire.say("221 2.0.0 bye\r\n"),
                Next::Refuse(reply) => {
                    self.errors += 1;
                    if self.errors > ERRORS {
                        return self.wire.say("421 4.7.0 too many errors\r\n");
                    }
                    self.wire.say(&format!("{reply}\r\n"))?;
                }
                Next::Data => {
                    if let Err(error) = self.take_mail() {
                        return self.leave(error, stopping);
                    }
                }
            }
        }
    }

    /// Tries to tell the client why the session ends.
    fn leave(mut self, error: io::Error, stopping: &AtomicBool) -> io::Result<()> {
        let reply = if stopping.load(Ordering::SeqCst) {
            "421 4.3.2 shutting down\r\n"
        } else if error.kind() == io::ErrorKind::TimedOut {
            "421 4.4.2 too slow\r\n"
        } else if error.kind() == io::ErrorKind::InvalidData {
            "421 4.7.0 too much without an end\r\n"
        } else {
            return Err(error);
        };
        self.wire.say(reply)?;
        Err(error)
    }

    fn obey(&mut self, line: &[u8]) -> Next {
        let Ok(line) = std::str::from_utf8(line) else {
            return Next::Refuse("500 5.5.2 commands are ASCII");
        };
        if !line.is_ascii() || line.bytes().any(|byte| byte.is_ascii_control()) {
            return Next::Refuse("500 5.5.2 commands are ASCII");
        }
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        let rest = rest.trim();
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" => self.greet(rest, true),
            "HELO" => self.greet(rest, false),
            "MAIL" => self.mail(rest),
            "RCPT" => self.recipient(rest),
            "DATA" => self.data(rest),
            "RSET" if rest.is_empty() => {
                self.reset();
                ok("250 2.0.0 forgotten")
            }
            "NOOP" => ok("250 2.0.0 here"),
            "QUIT" if rest.is_empty() => Next::Quit,
            "HELP" => ok("214 2.0.0 EHLO HELO MAIL RCPT DATA RSET NOOP QUIT"),
            "VRFY" => ok("252 2.5.2 send it and see"),
            "RSET" | "QUIT" => Next::Refuse("501 5.5.4 no parameters here"),
            "EXPN" | "AUTH" | "STARTTLS" | "BDAT" | "ETRN" => Next::Refuse("502 5.5.1 not implemented"),
            _ => Next::Refuse("500 5.5.1 unknown command"),
        }
    }

    fn greet(&mut self, client: &str, extended: bool) -> Next {
        if client.is_empty() {
            return Next::Refuse("501 5.5.4 say who you are");
        }
        self.reset();
        self.greeted = true;
        if !extended {
            return ok("250 cartera");
        }
        let limit = self.options.message_limit;
        Next::Say(format!(
            "250-cartera\r\n250-SIZE {limit}\r\n250-8BITMIME\r\n250-PIPELINING\r\n250 ENHANCEDSTATUSCODES\r\n"
        ))
    }

    fn reset(&mut self) {
        self.sender = None;
        self.recipients.clear();
    }

    fn mail(&mut self, rest: &str) -> Next {
        if !self.greeted {
            return Next::Refuse("503 5.5.1 EHLO first");
        }
        if self.sender.is_some() {
            return Next::Refuse("503 5.5.1 one mail at a time");
        }
        let Some((path, parameters)) = path_of(rest, "FROM:") else {
            return Next::Refuse("501 5.5.4 MAIL FROM:<address>");
        };
        if !path.is_empty() && !is_address(path) {
            return Next::Refuse("501 5.1.7 that is no address");
        }
        for parameter in parameters.split_whitespace() {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            match (name.to_ascii_uppercase().as_str(), value.to_ascii_uppercase().as_str()) {
                ("SIZE", value) => match value.parse::<usize>() {
                    Ok(size) if size > self.options.message_limit => {
                        return Next::Refuse("552 5.3.4 the mail is too large");
                    }
                    Ok(_) => {}
                    Err(_) => return Next::Refuse("501 5.5.4 SIZE is a number"),
                },
                ("BODY", "7BIT" | "8BITMIME") => {}
                _ => return Next::Refuse("555 5.5.4 unknown parameter"),
            }
        }
        self.sender = Some(path.to_owned());
        ok("250 2.1.0 ok")
    }

    fn recipient(&mut self, rest: &str) -> Next {
        if self.sender.is_none() {
            return Next::Refuse("503 5.5.1 MAIL first");
        }
        let Some((path, parameters)) = path_of(rest, "TO:") else {
            return Next::Refuse("501 5.5.4 RCPT TO:<address>");
        };
        if !parameters.is_empty() {
            return Next::Refuse("555 5.5.4 unknown parameter");
        }
        if !is_address(path) {
            return Next::Refuse("553 5.1.3 that is no address");
        }
        if self.recipients.len() == RECIPIENTS {
            return Next::Refuse("452 4.5.3 too many recipients");
        }
        self.recipients.push(path.to_owned());
        ok("250 2.1.5 ok")
    }

    fn data(&mut self, rest: &str) -> Next {
        if !rest.is_empty() {
            return Next::Refuse("501 5.5.4 no parameters here");
        }
        if self.recipients.is_empty() {
            return Next::Refuse("503 5.5.1 RCPT first");
        }
        Next::Data
    }

    fn take_mail(&mut self) -> io::Result<()> {
        self.wire.say("354 go on, end with a dot\r\n")?;
        let content = self.wire.content(self.options.message_limit, self.options.data_patience)?;
        let reply = match content {
            Content::TooLarge => "552 5.3.4 the mail is too large\r\n".to_owned(),
            Content::Mail(mail) => match self.store.keep(&self.with_envelope(&mail)) {
                Ok(id) => format!("250 2.0.0 kept as {id}\r\n"),
                Err(error) => {
                    tracing::warn!(%error, "the mail sink can't store a mail");
                    "452 4.3.1 can't store it\r\n".to_owned()
                }
            },
        };
        self.reset();
        self.wire.say(&reply)
    }

    /// The mail with its envelope: the actual sender and recipients.
    fn with_envelope(&self, mail: &[u8]) -> Vec<u8> {
        let mut kept =
            format!("Return-Path: <{}>\r\n", self.sender.as_deref().unwrap_or_default()).into_bytes();
        for recipient in &self.recipients {
            kept.extend_from_slice(format!("Delivered-To: {recipient}\r\n").as_bytes());
        }
        kept.extend_from_slice(mail);
        kept
    }
}

fn ok(reply: &str) -> Next {
    Next::Say(format!("{reply}\r\n"))
}

/// The path in `FROM:<path> parameters`, and the parameters.
fn path_of<'t>(text: &'t str, keyword: &str) -> Option<(&'t str, &'t str)> {
    let (found, rest) = text.split_at_checked(keyword.len())?;
    if !found.eq_ignore_ascii_case(keyword) {
        return None;
    }
    // Some clients send a blank here, which RFC 5321 asks servers to tolerate.
    let (path, parameters) = rest.trim_start().strip_prefix('<')?.split_once('>')?;
    (parameters.is_empty() || parameters.starts_with(' ')).then(|| (path, parameters.trim()))
}

/// Whether the path is a mailbox at a domain. It need not exist.
fn is_address(path: &str) -> bool {
    let Some((local, domain)) = path.rsplit_once('@') else { return false };
    path.len() <= PATH_LIMIT
        && !local.is_empty()
        && !domain.is_empty()
        && path.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>' | b','))
}
