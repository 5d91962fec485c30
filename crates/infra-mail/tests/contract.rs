//! Contract tests of the adapter, with a mail server that stores what it receives.

use std::{
    fs,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use cartera_application::{ports::Mailer, testing::contract::mails::MailHarness};
use cartera_embedded::{MailSink, MailSinkOptions};
use cartera_infra_mail::{Sender, SmtpMailer, SmtpSettings, Tls};
use mailparse::MailHeaderMap;
use uuid::Uuid;

struct BesideASink {
    folder: PathBuf,
    options: MailSinkOptions,
    sink: Mutex<Option<MailSink>>,
    mailer: SmtpMailer,
}

impl BesideASink {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::SeqCst);
        let folder = std::env::temp_dir().join(format!("cartera-mail-{}-{number}", std::process::id()));
        let sink = MailSink::start(&folder, MailSinkOptions::default()).expect("a sink starts");
        let address = sink.address();
        let mailer = SmtpMailer::new(SmtpSettings {
            host: address.ip().to_string(),
            port: address.port(),
            tls: Tls::None,
            credentials: None,
            from: Sender { name: Some("Cartera".to_owned()), address: "noreply@example.com".to_owned() },
            patience: Duration::from_secs(20),
        });
        let options = MailSinkOptions { address, ..MailSinkOptions::default() };
        Self { folder, options, sink: Mutex::new(Some(sink)), mailer: mailer.expect("a mailer") }
    }
}

impl Drop for BesideASink {
    fn drop(&mut self) {
        drop(self.sink.lock().map(|mut sink| sink.take()));
        drop(fs::remove_dir_all(&self.folder));
    }
}

#[async_trait]
impl MailHarness for BesideASink {
    fn mailer(&self) -> Arc<dyn Mailer> {
        Arc::new(self.mailer.clone())
    }

    async fn arrived(&self) -> Vec<(Uuid, String)> {
        let entries = fs::read_dir(&self.folder).expect("the folder of mails");
        let paths = entries.map(|entry| entry.expect("an entry").path());
        let mut paths: Vec<_> =
            paths.filter(|path| path.extension().is_some_and(|extension| extension == "eml")).collect();
        paths.sort_unstable();
        paths.iter().map(|path| identity(&fs::read(path).expect("a mail"))).collect()
    }

    async fn set_down(&self, down: bool) {
        let sink = self.sink.lock().expect("no test panicked").take();
        if down {
            sink.expect("it runs").stop();
        } else {
            let sink = MailSink::start(&self.folder, self.options.clone()).expect("it starts again");
            *self.sink.lock().expect("no test panicked") = Some(sink);
        }
    }
}

/// The id in a mail's Message-ID, and its envelope recipient.
fn identity(mail: &[u8]) -> (Uuid, String) {
    let parsed = mailparse::parse_mail(mail).expect("a mail");
    let header = |name: &str| parsed.headers.get_first_value(name).expect("a header");
    let id = header("Message-ID").trim_matches(['<', '>']).split('@').next().map(Uuid::try_parse);
    assert_eq!(parsed.headers.get_all_values("Delivered-To").len(), 1);
    (id.expect("an id").expect("a UUID"), header("Delivered-To"))
}

cartera_application::mail_contract_tests!(BesideASink::new());
