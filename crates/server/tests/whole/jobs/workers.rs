//! Workers that are killed, run side by side, and stop.

use std::{net::TcpListener, time::Duration};

use cartera_embedded::{MailSink, MailSinkOptions, Postgres};
use serde_json::json;

use crate::support::{BRISK, Company, Embedded, Folder, Queue, Server, Worker, mails_in, unique};

/// A mail server that accepts connections and never answers, so that a worker that sends a mail keeps its job locked.
fn silent_mail_server() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("smtp://{}", listener.local_addr().expect("an address"));
    (listener, url)
}

/// A mail server that stores what it receives.
fn mail_server(name: &str) -> (Folder, MailSink, String) {
    let folder = Folder::new(&unique(name));
    let sink = MailSink::start(folder.path(), MailSinkOptions::default()).expect("it starts");
    let url = format!("smtp://{}", sink.address());
    (folder, sink, url)
}

const HELD: &str = "select exists (select from graphile_worker._private_jobs where locked_by is not null)";

#[tokio::test]
async fn a_job_is_done_although_its_server_was_killed_after_the_commit() {
    let folder = Folder::new("jobs-killed");
    let first = Embedded::start(&folder, &["--no-worker"]);
    let company = Company::register(&first.nobody()).await;
    let url = Postgres::attach(folder.path()).expect("it runs").superuser_url("cartera");
    Queue::of(&url).await.enqueue(&company.id, &company.owner.id, 1).await;
    first.kill();
    assert_eq!(mails_in(&folder.path().join("mail"), &company.owner.email).len(), 0, "nobody works yet");

    let second = Embedded::start(&folder, &[]);
    let url = Postgres::attach(folder.path()).expect("it runs").superuser_url("cartera");
    Queue::of(&url).await.empty().await;
    let mails = mails_in(&folder.path().join("mail"), &company.owner.email);
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].to, company.owner.email);
    let health = second.nobody().get("//health").await.expect(200).json();
    assert_eq!(health["checks"]["jobs"]["status"], "ok", "{health}");
    second.terminate();
    assert!(second.end().success());
}

#[tokio::test]
async fn two_workers_do_each_job_and_each_chore_once() {
    let server = Server::start(&[]).await;
    let company = server.company().await;
    let mut queue = Queue::of(&server.database.superuser_url).await;
    // No worker was up for a while: one of the two makes up for the missed scheduled jobs.
    queue.until("select count(*) >= 3 from graphile_worker._private_known_crontabs").await;
    queue
        .obey(
            "update graphile_worker._private_known_crontabs set known_since = now() - interval '3 days', \
             last_execution = now() - interval '25 hours'",
        )
        .await;
    let (_folder, sink, url) = mail_server("twice");
    queue.enqueue(&company.id, &company.owner.id, 40).await;
    // The same heartbeat as the server's own worker: one that expects more frequent heartbeats would consider the other
    // dead.
    let settings = [("SMTP_URL", url.as_str()), ("JOBS_HEARTBEAT", "5000")];
    let workers = [(); 2].map(|()| Worker::start(&server.database, &settings));
    queue.empty().await;
    let mut mails: Vec<_> =
        mails_in(sink.folder(), &company.owner.email).into_iter().map(|mail| mail.message_id).collect();
    assert!(mails.len() <= 40, "the server's own worker sends elsewhere");
    let sent = mails.len();
    mails.sort();
    mails.dedup();
    assert_eq!(mails.len(), sent, "no mail went out twice");
    let logs = [&server.record, &workers[0].record, &workers[1].record].map(|record| record.log());
    let log = logs.join("\n");
    let done = |name: &str| {
        let name = format!("\"name\":\"{name}\"");
        let done = |line: &&str| line.contains("\"message\":\"a job was done\"") && line.contains(&name);
        log.lines().filter(done).count()
    };
    assert_eq!(done("send_notice"), 40, "{log}");
    for chore in ["forget_sessions", "check_counters"] {
        assert_eq!(done(chore), 1, "{chore}: {log}");
    }
    for worker in workers {
        assert!(worker.stop().0.success());
    }
}

#[tokio::test]
async fn what_a_killed_worker_held_is_done_by_another() {
    let server = Server::start_with(&["--no-worker"], &BRISK).await;
    let company = server.company().await;
    let mut queue = Queue::of(&server.database.superuser_url).await;
    let (_listener, silent) = silent_mail_server();
    let worker = Worker::start(&server.database, &[("SMTP_URL", &silent)]);
    queue.enqueue(&company.id, &company.owner.id, 2).await;
    queue.until(HELD).await;
    worker.kill();
    let (_folder, sink, url) = mail_server("heir");
    let heir = Worker::start(&server.database, &[("SMTP_URL", &url)]);
    queue.empty().await;
    assert_eq!(mails_in(sink.folder(), &company.owner.email).len(), 2);
    assert!(heir.metric("jobs_recovered_total").await >= 2.0);
    assert!(heir.record.log().contains("workers have died"), "{}", heir.record.log());
}

#[tokio::test]
async fn a_worker_that_is_told_to_stop_gives_back_what_it_can_not_finish() {
    let server = Server::start_with(&["--no-worker"], &BRISK).await;
    let company = server.company().await;
    let mut queue = Queue::of(&server.database.superuser_url).await;
    let (_listener, silent) = silent_mail_server();
    // A long heartbeat, so that on a busy machine no worker considers it dead.
    let settings = [("SMTP_URL", silent.as_str()), ("SHUTDOWN_GRACE", "1"), ("JOBS_HEARTBEAT", "10000")];
    let worker = Worker::start(&server.database, &settings);
    worker.operations().get("//readyz").await.expect(200);
    queue.enqueue(&company.id, &company.owner.id, 6).await;
    queue.until(HELD).await;
    let record = worker.record.clone();
    let (status, _) = worker.stop();
    assert!(status.success(), "{}", record.log());
    // Released at once, and without counting as a try, so other workers need not wait for a missed heartbeat.
    queue
        .until(
            "select count(*) = 6 and bool_and(locked_by is null and attempts = 0 and run_at <= now()) \
             and not exists (select from graphile_worker._private_workers) from graphile_worker._private_jobs",
        )
        .await;
}

#[tokio::test]
async fn a_worker_outlives_its_connections() {
    let server = Server::start_with(&["--no-worker"], &BRISK).await;
    let company = server.company().await;
    let mut queue = Queue::of(&server.database.superuser_url).await;
    let (_folder, sink, url) = mail_server("cut");
    let worker = Worker::start(&server.database, &[("SMTP_URL", &url)]);
    let mut sent = 0;
    for round in 1..=3 {
        let cut = queue
            .obey(
                "select pg_terminate_backend(pid) from pg_stat_activity \
                 where usename = 'cartera_worker' and datname = current_database()",
            )
            .await;
        assert!(cut > 0, "there was something to cut");
        let (from, until) = (sent, sent + round);
        queue.enqueue(&company.id, &company.owner.id, until - from).await;
        queue.empty().await;
        sent = until;
    }
    // A mail whose job could not be completed is sent again, with the same Message-ID.
    assert!(mails_in(sink.folder(), &company.owner.email).len() >= 6);
    worker.operations().get("//health").await.expect(200);
    assert!(worker.stop().0.success());
}

#[tokio::test]
async fn a_worker_tells_how_it_is() {
    let server = Server::start_with(&["--no-worker"], &BRISK).await;
    let (_folder, _sink, url) = mail_server("told");
    let worker = Worker::start(&server.database, &[("SMTP_URL", &url)]);
    let told = worker.operations();
    assert_eq!(told.get("//livez").await.expect(200).json(), json!({ "status": "ok" }));
    assert_eq!(told.get("//readyz").await.expect(200).json(), json!({ "status": "ready" }));
    let health = told.get("//health").await.expect(200).json();
    assert_eq!(health["checks"]["jobs"]["status"], "ok", "{health}");
    assert_eq!(health["checks"]["database"]["status"], "ok", "{health}");
    let company = server.company().await;
    let mut queue = Queue::of(&server.database.superuser_url).await;
    queue.enqueue(&company.id, &company.owner.id, 3).await;
    queue.empty().await;
    // The metric is updated shortly after the row is deleted.
    for _ in 0..100 {
        if worker.metric(r#"jobs_run_total{name="send_notice",result="done"}"#).await >= 3.0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let metrics = told.get("//metrics").await.expect(200).text;
    for line in [
        r#"jobs_run_total{name="send_notice",result="done"} 3"#,
        r#"jobs_run_duration_seconds_count{name="send_notice"} 3"#,
        "jobs_ready 0",
        "jobs_dead 0",
    ] {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }
    assert!(!metrics.contains(&company.id), "no company shows in metrics");
    told.get("//api/v1/accounts").await.expect(404);
}
