//! Running queued and scheduled jobs.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use cartera_application::{
    Code, Error, Result,
    chores::{Chore, ChoreReport, ChoreService, Schedule},
    jobs::{Job, JobFailure, Notice, QueuedJob},
    ports::{MailError, Ports},
    security::{Grant, PLATFORM},
    testing::{TestEnvironment, once, provenance},
};
use cartera_domain::ids::{CompanyId, Id, JobId};
use chrono::{DateTime, TimeDelta};
use serde_json::json;
use uuid::Uuid;

/// What administrators are told about a failure, and whether the job is retried.
fn fate(failure: &JobFailure) -> (&'static str, bool) {
    match failure {
        JobFailure::Later { what, .. } => (what, true),
        JobFailure::Never { what, .. } => (what, false),
    }
}

#[test]
fn what_can_get_better_is_tried_again() {
    let refused = |code| JobFailure::from(Error::refused(code));
    for (failure, what, again) in [
        (JobFailure::from(Error::unavailable("the database", "gone at db.internal")), "the database", true),
        (JobFailure::from(Error::internal("reading a user", "secret")), "reading a user", true),
        (refused(Code::EditConflict), Code::EditConflict.title(), true),
        (refused(Code::RateLimited), Code::RateLimited.title(), true),
        (refused(Code::NotFound), Code::NotFound.title(), false),
        (refused(Code::ValidationFailed), Code::ValidationFailed.title(), false),
        (
            JobFailure::from(MailError::Later("421 from mx.example.com".into())),
            "the mail server did not take the mail for now",
            true,
        ),
        (
            JobFailure::from(MailError::Refused("550 no such user eva@example.com".into())),
            "the mail server refuses the mail",
            false,
        ),
    ] {
        assert_eq!(fate(&failure), (what, again));
    }
}

#[test]
fn a_job_reads_back_and_anything_else_is_dead_at_once() {
    let notice = Notice::Invitation { invitation_id: Uuid::from_u128(7), link: 2 };
    let queued = QueuedJob {
        company_id: Uuid::from_u128(1),
        request_id: "r".to_owned(),
        job: Job::SendNotice { notice },
    };
    let lockout = Job::NoteLockout {
        company: Uuid::from_u128(2),
        user_id: Uuid::from_u128(3),
        until: DateTime::UNIX_EPOCH,
    };
    let locked = QueuedJob { job: lockout, ..queued.clone() };
    for queued in [&queued, &locked] {
        let payload = serde_json::to_value(queued).expect("a payload");
        assert_eq!(payload["job"], queued.job.name());
        assert_eq!(QueuedJob::read(&payload).expect("it reads back"), *queued);
    }
    assert_eq!(Job::NAMES, [queued.job.name(), locked.job.name()]);
    for poison in [
        json!(null),
        json!([]),
        json!({}),
        json!({ "company_id": "x", "request_id": "r", "job": "send_notice" }),
        json!({ "company_id": Uuid::nil(), "request_id": "r", "job": "send_money" }),
    ] {
        let failure = QueuedJob::read(&poison).expect_err("it is poison");
        assert_eq!(fate(&failure), ("the payload can't be read", false));
    }
}

/// Records the companies it ran in, and fails in one of them.
struct Rounds {
    seen: Mutex<Vec<CompanyId>>,
    fails_in: CompanyId,
    platform: bool,
}

#[async_trait]
impl Chore for Rounds {
    fn name(&self) -> &'static str {
        "rounds"
    }

    fn schedule(&self) -> Schedule {
        Schedule::Hourly { minute: 0 }
    }

    fn covers_platform(&self) -> bool {
        self.platform
    }

    async fn run(&self, _: &Ports, grant: &Grant) -> Result<u64> {
        self.seen.lock().expect("nobody panicked").push(grant.company_id());
        if grant.company_id() == self.fails_in { Err(Error::refused(Code::Internal)) } else { Ok(2) }
    }
}

#[tokio::test]
async fn one_failing_company_does_not_stop_the_others() {
    let env = TestEnvironment::new();
    let mut companies = Vec::new();
    for name in ["One", "Two", "Three"] {
        companies.push(env.company(name).await.id);
    }
    companies.sort();
    for platform in [false, true] {
        let rounds = Arc::new(Rounds { seen: Mutex::default(), fails_in: companies[1], platform });
        let chores =
            ChoreService::with_chores(Arc::clone(&env.ports), [Arc::clone(&rounds) as Arc<dyn Chore>]);
        let report = chores.run("rounds", &env.store, &provenance()).await.expect("it is done");
        let done = 2 + u64::from(platform);
        assert_eq!(report, ChoreReport { companies: done, failed: 1, items: 2 * done });
        let mut expected = companies.clone();
        if platform {
            expected.insert(0, PLATFORM);
        }
        assert_eq!(*rounds.seen.lock().expect("nobody panicked"), expected);
        let unknown = chores.run("square", &env.store, &provenance()).await.expect_err("no such chore");
        assert_eq!(fate(&unknown), ("there is no chore of this name", false));
    }
}

#[tokio::test]
async fn answers_are_forgotten_after_a_day() {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    let command = || cartera_domain::accounts::AccountInput {
        name: cartera_domain::input::Patch::Value("Peña".to_owned()),
        ..Default::default()
    };
    env.app.accounts.create(&acme.owner, command(), &once("key", 1)).await.expect("it is opened");
    let run = async || env.app.chores.run("forget_answers", &env.store, &provenance()).await;
    env.clock.advance(TimeDelta::hours(24));
    assert_eq!(run().await.expect("it is done").items, 0, "a day is not over");
    assert!(env.app.accounts.create(&acme.owner, command(), &once("key", 1)).await.is_err(), "Peña exists");
    env.clock.advance(TimeDelta::seconds(1));
    let report = run().await.expect("it is done");
    assert_eq!((report.items, report.failed, report.companies), (1, 0, 2));
    assert_eq!(run().await.expect("it is done").items, 0);
}

#[tokio::test]
async fn sessions_are_forgotten_ninety_days_after_their_end() {
    let env = TestEnvironment::new();
    env.company("Acme").await;
    let run = async || env.app.chores.run("forget_sessions", &env.store, &provenance()).await;
    let sessions = || env.store.look(|tables| tables.sessions.len());
    let had = sessions();
    // Sessions that were not ended expire after thirty days without use.
    env.clock.advance(TimeDelta::days(30 + 90));
    assert_eq!(sessions(), had);
    env.clock.advance(TimeDelta::seconds(1));
    let report = run().await.expect("it is done");
    assert_eq!(report.items, had as u64);
    assert_eq!(sessions(), 0);
}

#[tokio::test]
async fn only_a_platform_administrator_retries_dead_jobs() {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    let id: JobId = Id::new(Uuid::from_u128(42));
    let refused = env.app.dead_jobs.retry(&acme.owner, id, &once("k", 1)).await;
    assert!(refused.expect_err("an owner may not").is(Code::Forbidden));
    let administrator = env.administrator().await;
    let missing = env.app.dead_jobs.retry(&administrator.actor, id, &once("k", 1)).await;
    assert!(missing.expect_err("there is none").is(Code::NotFound));
}
