//! If the program's log can't be written, it goes on working, and later reports how many lines were lost.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Read, Write},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use cartera_test_database::TestDatabase;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::support::{
    Client, Company, Embedded, Folder, PASSWORD, Queue, Unheard, environment, into_file, into_pipe, metric,
    program, program_within, unique,
};

/// Opens the metrics outside the embedded mode.
const TOKEN: &str = "a token for metrics, of more than 32 bytes";

/// How many log lines could not be written so far.
async fn lost(nobody: &Client) -> f64 {
    metric(&nobody.bearer(TOKEN).get("//metrics").await.expect(200).text, "log_lines_lost_total")
}

/// The program on a separate database.
fn serving(database: &TestDatabase, mut command: Command) -> Command {
    command.arg("serve").envs(environment(database));
    command.env("METRICS_TOKEN", TOKEN).env("RATE_LIMITS", "off").env("JOBS_POLL_INTERVAL", "50");
    command
}

#[cfg(target_os = "linux")]
fn full() -> File {
    File::options().write(true).open("/dev/full").expect("Linux has it")
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_server_with_a_full_log_serves_on_and_so_does_its_database() {
    let folder = Folder::new("full-log");
    let mut command = folder.program();
    command.arg("serve");
    into_file(&mut command, &full());
    let server = Unheard::start(&mut command, "HTTP_ADDR").await;
    let company = Company::register(&server.nobody()).await;
    company.opportunity(&company.account().await).await;
    company.client().get("/opportunities").await.expect(200);
    assert!(lost(&server.nobody()).await > 3.0, "each request leaves a line");
    assert!(server.stop().success());
    assert!(folder.postgres().is_none(), "PostgreSQL ended in good order");
}

#[tokio::test]
async fn a_reader_who_leaves_after_the_first_line_takes_nothing_along() {
    let database = TestDatabase::create().await;
    let mut command = serving(&database, program());
    let mut reader = BufReader::new(into_pipe(&mut command));
    let leaves = thread::spawn(move || {
        let mut line = String::new();
        reader.read_line(&mut line).map(|_| line)
    });
    let server = Unheard::start(&mut command, "HTTP_ADDR").await;
    let line = leaves.join().expect("no panic").expect("a line");
    assert!(!line.is_empty());
    let company = Company::register(&server.nobody()).await;
    let mut queue = Queue::of(&database.superuser_url).await;
    queue.enqueue(&company.id, &company.owner.id, 3).await;
    queue.empty().await;
    assert!(lost(&server.nobody()).await > 1.0);
    assert!(server.stop().success());
}

#[tokio::test]
async fn a_worker_whose_reader_has_left_does_its_jobs() {
    let database = TestDatabase::create().await;
    let mut serve = serving(&database, program());
    serve.arg("--no-worker");
    drop(into_pipe(&mut serve));
    let server = Unheard::start(&mut serve, "HTTP_ADDR").await;
    let mut command = program();
    command.arg("worker").envs(environment(&database)).env("JOBS_POLL_INTERVAL", "50");
    drop(into_pipe(&mut command));
    let worker = Unheard::start(&mut command, "METRICS_ADDR").await;
    let company = Company::register(&server.nobody()).await;
    let mut queue = Queue::of(&database.superuser_url).await;
    queue.enqueue(&company.id, &company.owner.id, 3).await;
    queue.empty().await;
    assert!(lost(&worker.nobody()).await > 0.0);
    assert!(worker.stop().success() && server.stop().success());
}

/// Like a full disk: writing fails until there is room again.
#[tokio::test]
async fn what_was_lost_under_load_is_said_once_there_is_room() {
    let database = TestDatabase::create().await;
    let folder = Folder::new("limited-log");
    let path = folder.path().join("cartera.log");
    let log = File::options().create(true).append(true).open(&path).expect("a file");
    let mut command = serving(&database, program_within(16));
    into_file(&mut command, &log);
    let server = Unheard::start(&mut command, "HTTP_ADDR").await;
    let nobody = server.nobody();
    let requests = (0..60).map(|_| nobody.get("//livez"));
    for answer in futures_util::future::join_all(requests).await {
        answer.expect(200);
    }
    let before = lost(&nobody).await;
    assert!(before > 10.0, "{before}");
    log.set_len(0).expect("it is made empty");
    nobody.get("//livez").await.expect(200);
    let notice = loop {
        let text = fs::read_to_string(&path).expect("text");
        let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        if let Some(line) = lines.into_iter().find(|line| line["message"] == "log lines could not be written")
        {
            break line;
        }
        sleep(Duration::from_millis(20)).await;
    };
    // The log line of the metrics request is among them.
    assert!(notice["lines"].as_f64().is_some_and(|lines| lines > before), "{notice} after {before}");
    assert_eq!(notice["level"], "WARN");
    assert!(server.stop().success());
    assert!(fs::read_to_string(&path).expect("text").contains("\"stopped\""));
}

#[tokio::test]
async fn a_reader_who_stops_reading_stops_nobody() {
    let database = TestDatabase::create().await;
    let mut command = serving(&database, program());
    let mut reader = into_pipe(&mut command);
    let server = Unheard::start(&mut command, "HTTP_ADDR").await;
    let nobody = server.nobody();
    for _ in 0..8 {
        let requests = (0..100).map(|_| nobody.get("//livez"));
        for answer in futures_util::future::join_all(requests).await {
            answer.expect(200);
        }
    }
    assert!(lost(&nobody).await > 100.0, "no pipe holds so many lines");
    let reads_on = thread::spawn(move || {
        let mut text = String::new();
        reader.read_to_string(&mut text).map(|_| text)
    });
    // As long as there is no room, each metrics request loses another line.
    let mut before = lost(&nobody).await;
    loop {
        let now = lost(&nobody).await;
        if now <= before {
            break;
        }
        before = now;
    }
    assert!(server.stop().success());
    let text = reads_on.join().expect("no panic").expect("text");
    assert!(text.contains("log lines could not be written"), "{text}");
}

/// A command does its work even if its output can't be written, and its exit code reports success. Only commands whose
/// purpose is to print fail on a full device.
#[tokio::test]
async fn commands_do_their_work_whoever_reads() {
    let folder = Folder::new("unread");
    let emails: Vec<_> = (0..2).map(|_| format!("{}@example.com", unique("admin"))).collect();
    let cases: [(&[&str], i32, i32); 11] = [
        (&["migrate"], 0, 0),
        (&["admin", "create", "--name", "Root", "--email"], 0, 0),
        (&["seed", "demo"], 0, 0),
        (&["doctor", "--fix"], 0, 0),
        (&["healthcheck"], 1, 1),
        (&["config"], 0, 1),
        (&["openapi"], 0, 1),
        (&["mail", "preview"], 0, 1),
        (&["--help"], 0, 0),
        (&["--version"], 0, 0),
        (&["no-such-command"], 2, 2),
    ];
    for (arguments, read_by_nobody, full_device) in cases {
        let command = |email: &String| {
            let mut command = folder.program();
            command.args(arguments);
            if arguments[0] == "admin" {
                command.arg(email);
            }
            command
        };
        let mut first = command(&emails[0]);
        drop(into_pipe(&mut first));
        assert_eq!(exit_code(first), Some(read_by_nobody), "{arguments:?} into a closed pipe");
        #[cfg(target_os = "linux")]
        {
            let mut second = command(&emails[1]);
            into_file(&mut second, &full());
            assert_eq!(exit_code(second), Some(full_device), "{arguments:?} into a full device");
        }
    }
    let server = Embedded::start(&folder, &[]);
    for email in &emails[..if cfg!(target_os = "linux") { 2 } else { 1 }] {
        let sign_in = json!({ "email": email, "password": PASSWORD });
        server.nobody().post("/auth/login", &sign_in).await.expect(200);
    }
}

/// Runs a command with a password on standard input, for those that ask for one.
fn exit_code(mut command: Command) -> Option<i32> {
    let mut child = command.stdin(Stdio::piped()).spawn().expect("the program starts");
    drop(child.stdin.take().expect("a pipe").write_all(PASSWORD.as_bytes()));
    child.wait().expect("it ends").code()
}
