//! `cartera worker` on a test database, and its job queue.

use std::{
    process::{Child, ExitStatus, Stdio},
    sync::{Arc, mpsc},
    time::{Duration, Instant},
};

use cartera_test_database::TestDatabase;
use serde_json::json;
use sqlx::{Connection as _, PgConnection};

use super::{
    Client, Record, environment, program,
    server::{PATIENCE, keep},
};

/// Settings with short intervals.
pub(crate) const BRISK: [(&str, &str); 3] =
    [("JOBS_POLL_INTERVAL", "50"), ("JOBS_HEARTBEAT", "100"), ("JOBS_RETRY_DELAY", "20")];

/// A running worker.
#[derive(Debug)]
pub(crate) struct Worker {
    child: Child,
    address: String,
    pub(crate) record: Arc<Record>,
}

impl Worker {
    /// Starts a worker on a database and waits until it is ready.
    pub(crate) fn start(database: &TestDatabase, settings: &[(&str, &str)]) -> Self {
        let mut child = program()
            .arg("worker")
            .envs(environment(database))
            .env("METRICS_ADDR", "127.0.0.1:0")
            .envs(BRISK)
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let record = Arc::new(Record::default());
        let (ready, address) = mpsc::channel();
        keep(child.stdout.take().expect("a pipe"), &record, Some(ready));
        keep(child.stderr.take().expect("a pipe"), &record, None);
        match address.recv_timeout(PATIENCE) {
            Ok(address) => Self { child, address, record },
            Err(error) => {
                drop(child.kill().and_then(|()| child.wait()));
                panic!("the worker did not start ({error}):\n{}", record.log());
            }
        }
    }

    /// A client for the worker's operations address.
    pub(crate) fn operations(&self) -> Client {
        Client::new(format!("http://{}", self.address), Arc::clone(&self.record))
    }

    /// One of its metrics, by name and labels as in the text; zero if absent.
    pub(crate) async fn metric(&self, name: &str) -> f64 {
        metric(&self.operations().get("//metrics").await.expect(200).text, name)
    }

    /// Kills it, so that it can't clean up.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("the worker is there");
        self.child.wait().expect("it ends");
    }

    /// Tells it to stop, and waits until it exits.
    pub(crate) fn stop(mut self) -> (ExitStatus, Duration) {
        let told = Instant::now();
        let pid = self.child.id().to_string();
        let status = std::process::Command::new("kill").args(["-s", "TERM", &pid]).status();
        assert!(status.expect("there is a kill program").success(), "the worker is there");
        let status = self.child.wait().expect("it ends");
        (status, told.elapsed())
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        drop(self.child.kill().and_then(|()| self.child.wait()));
    }
}

/// One metric from Prometheus text; zero if absent.
pub(crate) fn metric(text: &str, name: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.map_or(0.0, |value| value.parse().expect("a number"))
}

/// The job queue of a database, accessed as a superuser.
pub(crate) struct Queue(PgConnection);

impl Queue {
    pub(crate) async fn of(superuser_url: &str) -> Self {
        Self(PgConnection::connect(superuser_url).await.expect("the database answers"))
    }

    /// Queues mails that a user's password was changed, each with a different time, like a use case.
    pub(crate) async fn enqueue(&mut self, company: &str, user: &str, count: u32) {
        let mut tx = self.0.begin().await.expect("a transaction");
        sqlx::query("select set_config('app.company_id', $1, true)")
            .bind(company)
            .execute(&mut *tx)
            .await
            .expect("the company is set");
        for second in 0..count {
            let payload = json!({
                "company_id": company, "request_id": "test", "job": "send_notice",
                "notice": {
                    "notice": "password_changed", "user_id": user,
                    "at": format!("2026-01-15T12:{:02}:{:02}Z", second / 60, second % 60),
                },
            });
            sqlx::query("select jobs.enqueue('send_notice', $1)")
                .bind(payload)
                .execute(&mut *tx)
                .await
                .expect("the job is queued");
        }
        tx.commit().await.expect("it commits");
    }

    /// Changes the queue directly.
    pub(crate) async fn obey(&mut self, sql: &'static str) -> u64 {
        sqlx::query(sql).execute(&mut self.0).await.expect("the database obeys").rows_affected()
    }

    /// Waits until a query returns true.
    pub(crate) async fn until(&mut self, question: &'static str) {
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            if sqlx::query_scalar(question).fetch_one(&mut self.0).await.expect("an answer") {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let jobs: Vec<String> =
            sqlx::query_scalar("select row_to_json(j)::text from graphile_worker._private_jobs j")
                .fetch_all(&mut self.0)
                .await
                .expect("the queue");
        panic!("it never came to be that {question}: {jobs:#?}");
    }

    /// Waits until no runnable job is left.
    pub(crate) async fn empty(&mut self) {
        self.until("select not exists (select from graphile_worker._private_jobs)").await;
    }
}
