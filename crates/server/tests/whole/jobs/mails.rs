//! An outage of the mail server.

use std::time::{Duration, Instant};

use cartera_embedded::{MailSink, MailSinkOptions};
use serde_json::Value;

use crate::support::{BRISK, Client, Folder, Queue, Server, mails_in, metric, unique};

async fn health_until(nobody: &Client, good: impl Fn(&Value) -> bool) -> Value {
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        let health = nobody.get("//health").await.expect(200).json();
        if good(&health) {
            return health;
        }
        assert!(Instant::now() < end, "{health}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn nothing_is_lost_while_the_mail_server_is_down() {
    let folder = Folder::new(&unique("down"));
    let sink = MailSink::start(folder.path(), MailSinkOptions::default()).expect("it starts");
    let address = sink.address();
    sink.stop();
    let url = format!("smtp://{address}");
    let token = "a bearer token for the metrics of this test";
    let mut settings = BRISK.to_vec();
    settings.extend([("SMTP_URL", url.as_str()), ("METRICS_TOKEN", token), ("JOBS_RETRY_DELAY", "100")]);
    let server = Server::start_with(&[], &settings).await;
    let company = server.company().await;
    let mut queue = Queue::of(&server.database.superuser_url).await;
    queue.enqueue(&company.id, &company.owner.id, 3).await;
    queue.until("select count(*) = 3 and bool_and(attempts >= 2) from graphile_worker._private_jobs").await;
    let nobody = server.nobody();
    let health = health_until(&nobody, |health| health["checks"]["mail"]["status"] == "down").await;
    assert_eq!(health["status"], "degraded", "{health}");
    assert_eq!(health["checks"]["jobs"]["status"], "ok", "the worker is alive: {health}");
    let metrics = nobody.bearer(token).get("//metrics").await.expect(200).text;
    assert!(metric(&metrics, r#"jobs_run_total{name="send_notice",result="retried"}"#) >= 3.0, "{metrics}");

    let options = MailSinkOptions { address, ..MailSinkOptions::default() };
    let sink = MailSink::start(folder.path(), options).expect("it starts");
    queue.empty().await;
    let mut ids: Vec<_> =
        mails_in(sink.folder(), &company.owner.email).into_iter().map(|mail| mail.message_id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!((ids.len(), mails_in(sink.folder(), &company.owner.email).len()), (3, 3), "each once");
    health_until(&nobody, |health| health["status"] == "ok").await;
}

/// A worker that is alive but falls behind, simulated by a job that no worker knows.
#[tokio::test]
async fn health_is_degraded_while_a_job_is_late() {
    let mut settings = BRISK.to_vec();
    settings.push(("JOBS_LATE_AFTER", "1"));
    let server = Server::start_with(&[], &settings).await;
    let mut queue = Queue::of(&server.database.superuser_url).await;
    queue.obey("select graphile_worker.add_job('unheard_of', run_at := now() - interval '1 minute')").await;
    let degraded = |health: &Value| health["checks"]["jobs"]["status"] == "degraded";
    let health = health_until(&server.nobody(), degraded).await;
    assert_eq!(health["status"], "degraded", "{health}");
    queue.obey("delete from graphile_worker._private_jobs").await;
    health_until(&server.nobody(), |health| health["checks"]["jobs"]["status"] == "ok").await;
}

/// The health check reports that no process runs the jobs.
#[tokio::test]
async fn health_is_degraded_without_any_worker() {
    let server = Server::start_with(&["--no-worker"], &BRISK).await;
    let health =
        health_until(&server.nobody(), |health| health["checks"]["jobs"]["status"] == "degraded").await;
    assert_eq!(health["status"], "degraded", "{health}");
    server.nobody().get("//readyz").await.expect(200);
}
