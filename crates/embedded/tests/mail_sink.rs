//! The mail sink's answers to SMTP clients, and to other clients.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

use cartera_embedded::{MailSink, MailSinkOptions};

/// A sink with a folder that is deleted after the test.
struct Bench {
    folder: PathBuf,
    sink: Option<MailSink>,
}

impl Bench {
    fn new() -> Self {
        Self::with(MailSinkOptions::default())
    }

    fn with(options: MailSinkOptions) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::SeqCst);
        let folder = std::env::temp_dir().join(format!("cartera-sink-{}-{number}", std::process::id()));
        let sink = Some(MailSink::start(&folder, options).expect("it starts"));
        Self { folder, sink }
    }

    fn sink(&self) -> &MailSink {
        self.sink.as_ref().expect("it runs")
    }

    /// A client that has sent its greeting.
    fn client(&self) -> Client {
        let mut client = Client::connect(self.sink());
        assert_eq!(client.reply(), "220 cartera mail sink, ESMTP");
        client
    }

    /// A client in the middle of a mail.
    fn mailing(&self) -> Client {
        let mut client = self.client();
        client.expect("HELO test", "250");
        client.expect("MAIL FROM:<ana@example.com>", "250");
        client.expect("RCPT TO:<berta@example.com>", "250");
        client.expect("DATA", "354");
        client
    }

    /// The mails so far, sorted by file name.
    fn mails(&self) -> Vec<String> {
        let mut paths: Vec<_> = fs::read_dir(&self.folder)
            .expect("the folder of mails")
            .map(|entry| entry.expect("an entry").path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "eml"))
            .collect();
        paths.sort_unstable();
        paths.iter().map(|path| fs::read_to_string(path).expect("text")).collect()
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        drop(self.sink.take());
        drop(fs::remove_dir_all(&self.folder));
    }
}

struct Client(BufReader<TcpStream>);

impl Client {
    fn connect(sink: &MailSink) -> Self {
        let stream = TcpStream::connect(sink.address()).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
        Self(BufReader::new(stream))
    }

    fn send(&mut self, bytes: &[u8]) {
        self.0.get_mut().write_all(bytes).expect("it reads");
    }

    /// The last line of the next reply; empty if the connection was closed.
    fn reply(&mut self) -> String {
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line).expect("a reply");
            if line.as_bytes().get(3) != Some(&b'-') {
                return line.trim_end_matches("\r\n").to_owned();
            }
        }
    }

    #[track_caller]
    fn expect(&mut self, command: &str, code: &str) -> String {
        self.send(format!("{command}\r\n").as_bytes());
        let reply = self.reply();
        assert!(reply.starts_with(code), "{command}: {reply}");
        reply
    }

    #[track_caller]
    fn is_over(&mut self) {
        let mut rest = String::new();
        // The connection may also be closed while we are still sending.
        let ended = self.0.read_to_string(&mut rest);
        assert!(ended.is_err() || rest.is_empty(), "{rest}");
    }
}

#[test]
fn a_mail_is_on_the_disk_when_it_is_acknowledged() {
    let bench = Bench::new();
    let mut client = bench.client();
    client.expect("EHLO test", "250 ENHANCEDSTATUSCODES");
    client.expect("mail from:<ana@example.com> size=40 BODY=8BITMIME", "250");
    client.expect("RCPT TO: <berta@example.com>", "250");
    client.expect("RCPT TO:<carla+x@sub.example.com>", "250");
    client.expect("DATA", "354");
    client.send("Subject: hé\r\n\r\n..one\r\n...\r\n.two\nthree\r\n..\r\n.\r\n".as_bytes());
    assert!(client.reply().starts_with("250 2.0.0 kept as "));
    let expected = "Return-Path: <ana@example.com>\r\nDelivered-To: berta@example.com\r\n\
                    Delivered-To: carla+x@sub.example.com\r\nSubject: hé\r\n\r\n.one\r\n..\r\ntwo\nthree\r\n.\r\n";
    assert_eq!(bench.mails(), [expected]);
    // Another one in the same connection, with an empty sender.
    for (command, code) in [("MAIL FROM:<>", "250"), ("RCPT TO:<d@example.com>", "250"), ("DATA", "354")] {
        client.expect(command, code);
    }
    client.send(b".\r\n");
    assert!(client.reply().starts_with("250"));
    client.expect("QUIT", "221");
    client.is_over();
    assert_eq!(bench.mails()[1], "Return-Path: <>\r\nDelivered-To: d@example.com\r\n");
}

#[test]
fn commands_may_come_in_one_piece_or_byte_by_byte() {
    let bench = Bench::new();
    let mail = "EHLO t\r\nMAIL FROM:<a@b.c>\r\nRCPT TO:<d@e.f>\r\nDATA\r\nhello\r\n.\r\nQUIT\r\n";
    let mut at_once = bench.client();
    at_once.send(mail.as_bytes());
    let mut slowly = bench.client();
    for byte in mail.as_bytes() {
        slowly.send(&[*byte]);
    }
    for client in [&mut at_once, &mut slowly] {
        let codes: Vec<_> = (0..6).map(|_| client.reply()[..3].to_owned()).collect();
        assert_eq!(codes, ["250", "250", "250", "354", "250", "221"]);
    }
    assert_eq!(bench.mails().len(), 2);
}

#[test]
fn whoever_looks_for_mails_finds_whole_ones_only() {
    let bench = Bench::new();
    let mut client = bench.client();
    client.expect("HELO test", "250");
    let body = format!("{}\r\nthe end\r\n.\r\n", "x\r\n".repeat(100_000));
    thread::scope(|scope| {
        let sending = scope.spawn(move || {
            for _ in 0..20 {
                client.expect("MAIL FROM:<a@example.com>", "250");
                client.expect("RCPT TO:<b@example.com>", "250");
                client.expect("DATA", "354");
                client.send(body.as_bytes());
                assert!(client.reply().starts_with("250"));
            }
        });
        // A mail that is still being written must be neither counted nor readable.
        while !sending.is_finished() {
            for mail in bench.mails() {
                assert!(mail.ends_with("the end\r\n"), "half a mail was found");
            }
        }
    });
    assert_eq!(bench.mails().len(), 20);
}

#[test]
fn only_its_owner_reads_mails() {
    let bench = Bench::new();
    let mut client = bench.mailing();
    client.send(b"secret\r\n.\r\n");
    client.reply();
    let mode = |path: &PathBuf| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!(mode(&bench.folder), 0o700);
    for entry in fs::read_dir(&bench.folder).expect("the folder of mails") {
        let path = entry.expect("an entry").path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

#[test]
fn what_is_out_of_order_or_malformed_is_refused_and_the_talk_goes_on() {
    let bench = Bench::new();
    let long = format!("RCPT TO:<{}@example.com>", "x".repeat(300));
    let cases = [
        ("MAIL FROM:<a@b.c>", "503"),
        ("EHLO", "501"),
        ("DATA", "503"),
        ("HELO test", "250"),
        ("RCPT TO:<a@b.c>", "503"),
        ("MAIL", "501"),
        ("MAIL FROM:a@b.c", "501"),
        ("MAIL FROM:<a>", "501"),
        ("MAIL FROM:<a@b.c>SIZE=1", "501"),
        ("MAIL FROM:<a@b.c> SIZE=many", "501"),
        ("MAIL FROM:<a@b.c> SIZE=99999999", "552"),
        ("MAIL FROM:<a@b.c> RET=FULL", "555"),
        ("MAIL FROM:<a@b.c>", "250"),
        ("MAIL FROM:<a@b.c>", "503"),
        ("DATA", "503"),
        ("RCPT TO:<>", "553"),
        ("RCPT TO:<a b@c.d>", "553"),
        (long.as_str(), "553"),
        ("RCPT TO:<a@b.c> NOTIFY=NEVER", "555"),
    ];
    let mut client = bench.client();
    for (command, code) in cases {
        client.expect(command, code);
    }
    let mut client = bench.client();
    for (command, code) in [
        ("EHLO test", "250"),
        ("MAIL FROM:<a@b.c>", "250"),
        ("RCPT TO:<a@b.c>", "250"),
        ("DATA now", "501"),
        ("RSET", "250"),
        ("DATA", "503"),
        ("STARTTLS", "502"),
        ("AUTH PLAIN AGEAYg==", "502"),
        ("VRFY ana", "252"),
        ("NOOP and more", "250"),
        ("HELP", "214"),
        ("", "500"),
        ("GET / HTTP/1.1", "500"),
        ("MÁIL", "500"),
        ("NOOP \u{0}", "500"),
        ("QUIT now", "501"),
        ("QUIT", "221"),
    ] {
        client.expect(command, code);
    }
    client.is_over();
    assert_eq!(bench.mails(), Vec::<String>::new());
}

#[test]
fn too_many_errors_or_recipients_are_enough() {
    let bench = Bench::new();
    let mut client = bench.client();
    for _ in 0..20 {
        client.expect("NONSENSE", "500");
    }
    client.expect("NONSENSE", "421");
    client.is_over();
    let mut client = bench.client();
    client.expect("HELO test", "250");
    client.expect("MAIL FROM:<a@b.c>", "250");
    for number in 0..100 {
        client.expect(&format!("RCPT TO:<r{number}@example.com>"), "250");
    }
    client.expect("RCPT TO:<one.more@example.com>", "452");
}

#[test]
fn long_lines_are_refused_and_endless_ones_end_the_talk() {
    let bench = Bench::new();
    let mut client = bench.client();
    client.expect(&format!("NOOP {}", "x".repeat(2000)), "500 5.5.2 line too long");
    client.send(b"NOOP\n");
    assert_eq!(client.reply(), "500 5.5.2 lines end with CR LF");
    client.expect("NOOP", "250");
    client.send("x".repeat(64 * 1024 + 1).as_bytes());
    assert_eq!(client.reply(), "421 4.7.0 too much without an end");
    client.is_over();
}

#[test]
fn a_mail_that_is_too_large_is_refused_and_the_talk_goes_on() {
    let bench = Bench::with(MailSinkOptions { message_limit: 1000, ..MailSinkOptions::default() });
    let mut client = bench.mailing();
    client.send(format!("{}\r\n.\r\n", "x".repeat(1500)).as_bytes());
    assert_eq!(client.reply(), "552 5.3.4 the mail is too large");
    client.expect("MAIL FROM:<a@b.c>", "250");
    client.expect("RCPT TO:<a@b.c>", "250");
    client.expect("DATA", "354");
    client.send(format!("{}\r\n.\r\n", "x".repeat(998)).as_bytes());
    assert!(client.reply().starts_with("250"));
    assert_eq!(bench.mails().len(), 1);
    // A line without an end is not read for ever.
    let mut client = bench.mailing();
    client.send("x".repeat(8001).as_bytes());
    assert_eq!(client.reply(), "421 4.7.0 too much without an end");
    client.is_over();
    assert_eq!(bench.mails().len(), 1);
}

#[test]
fn a_dot_between_bare_line_feeds_ends_nothing() {
    let bench = Bench::new();
    let mut client = bench.mailing();
    client.send(b"one\n.\nMAIL FROM:<evil@example.com>\r\n.\nQUIT\n.\r\nstill one\r.\r\n\r\n.\r\n");
    assert!(client.reply().starts_with("250"));
    client.expect("NOOP", "250");
    let mails = bench.mails();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].contains("evil@example.com") && mails[0].contains("still one"), "{mails:?}");
}

#[test]
fn slow_and_silent_clients_are_sent_away_and_keep_nobody_waiting() {
    let patience = Duration::from_millis(300);
    let bench =
        Bench::with(MailSinkOptions { patience, data_patience: patience, ..MailSinkOptions::default() });
    let (mut silent, mut slow, mut broken) = (bench.client(), bench.mailing(), bench.mailing());
    broken.send(b"half a m");
    drop(broken);
    let started = Instant::now();
    let mut bytes = 0;
    // Each byte arrives in time, but the whole mail does not. Writing fails once the server has closed the connection.
    while slow.0.get_mut().write_all(b"x").is_ok() && started.elapsed() < Duration::from_secs(10) {
        bytes += 1;
        thread::sleep(Duration::from_millis(20));
        if bytes == 20 {
            break;
        }
    }
    assert_eq!(slow.reply(), "421 4.4.2 too slow");
    assert_eq!(silent.reply(), "421 4.4.2 too slow");
    silent.is_over();
    assert_eq!(bench.mails(), Vec::<String>::new());
    bench.mailing().expect("hello\r\n.", "250");
}

#[test]
fn there_is_a_bound_to_connections() {
    let bench = Bench::with(MailSinkOptions { connections: 2, ..MailSinkOptions::default() });
    let (mut first, second) = (bench.client(), bench.client());
    let mut third = Client::connect(bench.sink());
    assert_eq!(third.reply(), "421 4.3.2 too many connections, come back later");
    third.is_over();
    drop(second);
    // Its slot is freed once the server notices that the connection ended.
    let end = Instant::now() + Duration::from_secs(10);
    while !Client::connect(bench.sink()).reply().starts_with("220") {
        assert!(Instant::now() < end, "no place became free");
    }
    first.expect("NOOP", "250");
}

#[test]
fn stopping_ends_conversations_and_loses_nothing_acknowledged() {
    let mut bench = Bench::new();
    let (mut idle, mut mailing, mut done) = (bench.client(), bench.mailing(), bench.mailing());
    mailing.send(b"half a mail\r\n");
    done.expect("a whole one\r\n.", "250");
    let address = bench.sink().address();
    assert_eq!(MailSink::find(&bench.folder), Some(address));
    fs::write(bench.folder.join(".new-left-over"), "half").expect("written");
    bench.sink.take().expect("it runs").stop();
    for client in [&mut idle, &mut mailing, &mut done] {
        assert_eq!(client.reply(), "421 4.3.2 shutting down");
        client.is_over();
    }
    assert!(TcpStream::connect(address).is_err(), "nobody listens");
    assert_eq!(MailSink::find(&bench.folder), None);
    // Restarts at the same address, with the existing mails.
    let options = MailSinkOptions { address, ..MailSinkOptions::default() };
    bench.sink = Some(MailSink::start(&bench.folder, options).expect("it starts again"));
    let mails = bench.mails();
    assert!(mails.len() == 1 && mails[0].ends_with("a whole one\r\n"), "{mails:?}");
    assert!(!bench.folder.join(".new-left-over").exists());
}

#[test]
fn what_can_not_be_stored_is_not_acknowledged() {
    let bench = Bench::new();
    let mut client = bench.mailing();
    fs::remove_dir_all(&bench.folder).expect("the folder goes");
    client.send(b"hello\r\n.\r\n");
    assert_eq!(client.reply(), "452 4.3.1 can't store it");
    client.expect("NOOP", "250");
}

#[test]
fn an_address_that_is_taken_is_said() {
    let bench = Bench::new();
    let options = MailSinkOptions { address: bench.sink().address(), ..MailSinkOptions::default() };
    let error = MailSink::start(&bench.folder, options).expect_err("it is taken");
    assert!(error.to_string().contains(&bench.sink().address().to_string()), "{error}");
}
