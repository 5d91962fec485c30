//! Dead background jobs.

use cartera_application::{
    jobs::{Job, Notice, QueuedJob},
    security::PLATFORM,
};
use cartera_domain::{identity::Role, ids::Id};
use serde_json::json;
use uuid::Uuid;

use super::support::{Call, NOBODY, TestServer};

const RETRY: &str = "/jobs/dead/00000000-0000-8000-8000-00000000002a/retry";

/// Makes a dead job, and returns it.
fn dead_job(server: &TestServer, company: Uuid) -> QueuedJob {
    let notice = Notice::PasswordReset { reset_id: Uuid::nil() };
    let job = QueuedJob { company_id: company, request_id: "r".to_owned(), job: Job::SendNotice { notice } };
    let id = Id::new(Uuid::from_u128(0x8000_8000_0000_0000_002a));
    server.env.store.tamper(|tables| tables.dead_jobs.insert(id, job.clone()));
    job
}

#[actix_web::test]
async fn a_platform_administrator_lists_dead_jobs() {
    let server = TestServer::new();
    let administrator = server.env.administrator().await;
    let answer = server.send(Call::get("/jobs/dead?count=true").person(&administrator)).await;
    assert_eq!(
        answer.data(200)[0],
        json!({
            "id": "00000000-0000-0000-0000-000000000007", "name": "send_notice", "companyId": null,
            "attempts": 24, "lastError": "the mail server refuses the mail",
            "createdAt": "2026-01-15T12:00:00.001234Z", "failedAt": "2026-01-15T12:00:00.001234Z",
        })
    );
    assert_eq!(answer.body["meta"]["total"], 1);
    for query in [
        "sort=-createdAt",
        "name=send_notice",
        "companyId[isNull]=true",
        "failedAt[gte]=2026-01-01T00:00:00Z",
    ] {
        let answer = server.send(Call::get(&format!("/jobs/dead?{query}")).person(&administrator)).await;
        assert_eq!(answer.status, 200, "{query}");
    }
    for query in ["sort=name", "q=send", "lastError=x"] {
        let answer = server.send(Call::get(&format!("/jobs/dead?{query}")).person(&administrator)).await;
        answer.refused(400, "validation_failed");
    }
}

#[actix_web::test]
async fn a_dead_job_is_queued_again_once() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let administrator = server.env.administrator().await;
    let job = dead_job(&server, acme.id.uuid());
    server.env.store.take_jobs();
    let retry = || Call::post(RETRY, &json!({})).person(&administrator).header("idempotency-key", "k");
    let answer = server.send(retry()).await;
    assert_eq!((answer.status.as_u16(), answer.header("idempotency-replayed")), (204, None));
    let answer = server.send(retry()).await;
    assert_eq!((answer.status.as_u16(), answer.header("idempotency-replayed")), (204, Some("true")));
    assert_eq!(server.env.store.take_jobs(), [job]);
    let again = Call::post(RETRY, &json!({})).person(&administrator);
    server.send(again).await.refused(404, "not_found");
    let events = server.env.store.events(PLATFORM);
    let last = events.last().expect("an event");
    assert_eq!(last.event.kind.as_str(), "job.retried");
    assert_eq!(last.actor.id(), Some(administrator.id.uuid()));
}

#[actix_web::test]
async fn nobody_else_sees_or_retries_them() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    dead_job(&server, acme.id.uuid());
    let owner = server.env.person(acme.id, Role::Owner).await;
    for call in [Call::get("/jobs/dead"), Call::post(RETRY, &json!({}))] {
        server.send(call.person(&owner)).await.refused(403, "forbidden");
    }
    server.send(Call::get("/jobs/dead")).await.refused(401, "unauthenticated");
    let administrator = server.env.administrator().await;
    for id in [NOBODY, "00000000-0000-8000-8000-00000000002b", "42"] {
        let call = Call::post(&format!("/jobs/dead/{id}/retry"), &json!({}));
        server.send(call.person(&administrator)).await.refused(404, "not_found");
    }
}
