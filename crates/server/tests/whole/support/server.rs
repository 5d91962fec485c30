//! Runs the real program on a test database.

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
    time::Duration,
};

use cartera_config::SETTINGS;
use cartera_test_database::TestDatabase;
use serde_json::Value;
use tokio::sync::OnceCell;

use super::{Client, shared_storage, smtp_url};

/// How long a server may take to be ready, on a busy machine.
pub(super) const PATIENCE: Duration = Duration::from_mins(1);

/// Runs the program until standard input closes, so that it always ends with the tests.
const GUARD: &str = r#"exec 3<&0
"$@" 3<&- &
server=$!
{ cat <&3; kill -TERM "$server"; } >/dev/null 2>&1 &
wait "$server""#;

/// The signing secret of every server under test.
pub(crate) const JWT_SECRET: &str = "a signing secret for tests, of more than 32 bytes";

/// The log and the answers of a server.
#[derive(Debug, Default)]
pub(crate) struct Record {
    log: Mutex<String>,
    answers: Mutex<Vec<(String, String)>>,
}

impl Record {
    /// The log so far.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The answers so far: the request line, and the answer's headers and body.
    pub(crate) fn answers(&self) -> Vec<(String, String)> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn answered(&self, request: String, answer: String) {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).push((request, answer));
    }

    fn logged(&self, line: &str) {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        log.push_str(line);
        log.push('\n');
    }
}

/// A running server with its own database.
#[derive(Debug)]
pub(crate) struct Server {
    /// Its origin, like `http://127.0.0.1:4711`.
    pub(crate) origin: String,
    /// Its database.
    pub(crate) database: TestDatabase,
    /// Its log and answers.
    pub(crate) record: Arc<Record>,
    guard: Child,
    /// How often its clients retry if it is too busy.
    tries: u8,
}

impl Server {
    /// The server shared by all tests that need no special settings, without rate limits.
    pub(crate) async fn shared() -> &'static Self {
        static SHARED: OnceCell<Server> = OnceCell::const_new();
        SHARED.get_or_init(|| Self::start(&[("RATE_LIMITS", "off")])).await
    }

    /// A separate server with these settings.
    pub(crate) async fn start(settings: &[(&str, &str)]) -> Self {
        Self::start_with(&[], settings).await
    }

    /// A separate server with these arguments and settings.
    pub(crate) async fn start_with(arguments: &[&str], settings: &[(&str, &str)]) -> Self {
        Self::on(TestDatabase::create().await, arguments, settings).await
    }

    /// A second process on the same database.
    pub(crate) async fn beside(&self, settings: &[(&str, &str)]) -> Self {
        Self::on(self.database.clone(), &[], settings).await
    }

    async fn on(database: TestDatabase, arguments: &[&str], settings: &[(&str, &str)]) -> Self {
        let mut command = program_with("sh");
        command.args(["-c", GUARD, "guard", env!("CARGO_BIN_EXE_cartera"), "serve"]).args(arguments);
        command.envs(environment(&database)).env("HTTP_ADDR", "127.0.0.1:0");
        command.envs(settings.iter().copied());
        let mut guard = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("there is a shell");
        let record = Arc::new(Record::default());
        let (ready, address) = mpsc::channel();
        keep(guard.stdout.take().expect("a pipe"), &record, Some(ready));
        keep(guard.stderr.take().expect("a pipe"), &record, None);
        let address = tokio::task::spawn_blocking(move || address.recv_timeout(PATIENCE))
            .await
            .expect("waiting does not panic");
        let Ok(address) = address else {
            panic!("the server did not start:\n{}", record.log());
        };
        Self { origin: format!("http://{address}"), database, record, guard, tries: 0 }
    }

    /// The resident memory of the program in KiB, if the system reports it.
    pub(crate) fn resident(&self) -> Option<u64> {
        self.status("VmRSS:")?.split_whitespace().next()?.parse().ok()
    }

    /// The field with this name in the process status, if the system has it.
    pub(crate) fn status(&self, name: &str) -> Option<String> {
        let guard = self.guard.id();
        let children = fs::read_to_string(format!("/proc/{guard}/task/{guard}/children")).ok()?;
        let is_ours =
            |pid: &&str| fs::read_link(format!("/proc/{pid}/exe")).is_ok_and(|exe| exe.ends_with("cartera"));
        let pid = children.split_whitespace().find(is_ours)?;
        let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let said = status.lines().find_map(|line| line.strip_prefix(name))?;
        Some(said.trim().to_owned())
    }

    /// An unauthenticated client.
    pub(crate) fn nobody(&self) -> Client {
        Client::new(self.origin.clone(), Arc::clone(&self.record)).patient(self.tries)
    }

    /// The same server, whose clients retry this often if it is too busy.
    pub(crate) fn with_patient_callers(mut self, tries: u8) -> Self {
        self.tries = tries;
        self
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        drop(self.guard.wait());
    }
}

/// The settings of a server on this database.
pub(crate) fn environment(database: &TestDatabase) -> Vec<(&'static str, String)> {
    let mut settings = vec![
        ("DATABASE_URL", database.api_url.clone()),
        ("WORKER_DATABASE_URL", database.worker_url.clone()),
        ("MIGRATION_DATABASE_URL", database.owner_url.clone()),
        ("JWT_SECRET", JWT_SECRET.to_owned()),
        ("SECRETS_KEY", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=".to_owned()),
        ("SMTP_URL", smtp_url()),
        ("MAIL_FROM", "Cartera <noreply@crm.example.com>".to_owned()),
        ("LOG_FORMAT", "json".to_owned()),
        // Most servers under test have no load balancer to notify.
        ("DRAIN_NOTICE", "0".to_owned()),
    ];
    settings.extend(shared_storage());
    settings
}

/// The program, without any setting of the surrounding environment.
pub(crate) fn program() -> Command {
    program_with(env!("CARGO_BIN_EXE_cartera"))
}

pub(super) fn program_with(name: &str) -> Command {
    let mut command = Command::new(name);
    for setting in SETTINGS {
        command.env_remove(setting.name).env_remove(format!("{}_FILE", setting.name));
    }
    command
}

/// Records a server's output, and reports its address once it is ready.
pub(super) fn keep(
    output: impl Read + Send + 'static,
    record: &Arc<Record>,
    mut ready: Option<mpsc::Sender<String>>,
) {
    let record = Arc::clone(record);
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            record.logged(&line);
            let said = serde_json::from_str::<Value>(&line).unwrap_or_default();
            if said["message"] == "ready"
                && let (Some(ready), Some(address)) = (ready.take(), said["address"].as_str())
            {
                drop(ready.send(address.to_owned()));
            }
        }
    });
}
