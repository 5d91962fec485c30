//! The mail server shared by all tests of a process, and the received mails.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::OnceLock,
    time::{Duration, Instant},
};

use cartera_embedded::{MailSink, MailSinkOptions};
use mailparse::{MailHeaderMap, ParsedMail};

use super::is_alive;

/// How long a mail may take to arrive after its request, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// The sink of this process. Each test uses new recipients, so that it finds its own mails.
pub(crate) fn sink() -> &'static MailSink {
    static SINK: OnceLock<MailSink> = OnceLock::new();
    SINK.get_or_init(|| {
        let folders = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mail");
        forget_the_dead(&folders);
        let folder = folders.join(std::process::id().to_string());
        MailSink::start(&folder, MailSinkOptions::default()).expect("a mail sink starts")
    })
}

/// The sink's `SMTP_URL`.
pub(crate) fn smtp_url() -> String {
    format!("smtp://{}", sink().address())
}

/// Removes the folders of ended processes, because static values are never dropped.
pub(super) fn forget_the_dead(folders: &Path) {
    let Ok(entries) = fs::read_dir(folders) else { return };
    for entry in entries.filter_map(Result::ok) {
        let pid = entry.file_name().to_string_lossy().parse().ok();
        if pid.is_some_and(|pid: u32| !is_alive(pid)) {
            drop(fs::remove_dir_all(entry.path()));
        }
    }
}

/// A mail that arrived.
#[derive(Debug, Clone)]
pub(crate) struct ReceivedMail {
    pub(crate) to: String,
    pub(crate) subject: String,
    pub(crate) message_id: String,
    pub(crate) text: String,
    pub(crate) html: String,
    /// The raw mail.
    pub(crate) source: String,
}

impl ReceivedMail {
    /// The link in it.
    #[track_caller]
    pub(crate) fn link(&self) -> String {
        let link = self.text.split_whitespace().find(|word| word.contains("://") && word.contains("#token="));
        link.unwrap_or_else(|| panic!("no link in {self:?}")).to_owned()
    }

    /// The token in its link.
    #[track_caller]
    pub(crate) fn token(&self) -> String {
        self.link().split_once("#token=").map(|(_, token)| token.to_owned()).expect("a token")
    }

    /// The mail in a file, if it is for this recipient; only then is it parsed completely.
    fn read(path: &Path, wanted: &str) -> Option<Self> {
        let bytes = fs::read(path).expect("a mail can be read");
        let envelope = String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]).to_lowercase();
        if !envelope.contains(&format!("\r\ndelivered-to: {}\r\n", wanted.to_lowercase())) {
            return None;
        }
        let parsed = mailparse::parse_mail(&bytes).expect("a mail can be understood");
        let header = |name: &str| parsed.headers.get_first_value(name).unwrap_or_default();
        Some(Self {
            to: header("Delivered-To"),
            subject: header("Subject"),
            message_id: header("Message-ID"),
            text: part(&parsed, "text/plain"),
            html: part(&parsed, "text/html"),
            source: String::from_utf8_lossy(&bytes).into_owned(),
        })
    }
}

fn part(mail: &ParsedMail<'_>, kind: &str) -> String {
    let part = mail.subparts.iter().find(|part| part.ctype.mimetype == kind).expect("both parts are there");
    part.get_body().expect("a part can be decoded")
}

/// The mails for a recipient in a mail folder so far, in order.
pub(crate) fn mails_in(folder: &Path, to: &str) -> Vec<ReceivedMail> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the folder of mails")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "eml"))
        .collect();
    paths.sort_unstable();
    paths.iter().filter_map(|path| ReceivedMail::read(path, to)).collect()
}

/// The mails for a recipient so far, in order.
pub(crate) fn mails_to(to: &str) -> Vec<ReceivedMail> {
    mails_in(sink().folder(), to)
}

/// Waits until this many mails have arrived for a recipient, and returns the last one.
pub(crate) async fn wait_for_mail(to: &str, count: usize) -> ReceivedMail {
    let end = Instant::now() + PATIENCE;
    loop {
        let mut mails = mails_to(to);
        assert!(mails.len() <= count, "{} mails to {to} instead of {count}: {mails:?}", mails.len());
        if mails.len() == count
            && let Some(mail) = mails.pop()
        {
            return mail;
        }
        assert!(Instant::now() < end, "{} mails to {to} instead of {count}", mails.len());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
