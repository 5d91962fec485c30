//! Dead jobs: jobs that fail are retried, given up, listed, and retried by an administrator.

use cartera_domain::identity::Role;
use cartera_embedded::{MailSink, MailSinkOptions};
use serde_json::{Value, json};

use crate::support::{BRISK, Folder, Queue, Server, Worker, mails_in, unique};

/// A free address, on which nothing listens.
fn free_address() -> std::net::SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address")
}

#[tokio::test]
async fn a_dead_job_is_listed_and_retried_by_a_platform_administrator() {
    let server = Server::start_with(&["--no-worker"], &BRISK).await;
    let company = server.company().await;
    let mut queue = Queue::of(&server.database.superuser_url).await;
    let address = free_address();
    queue.enqueue(&company.id, &company.owner.id, 1).await;
    queue.obey("update graphile_worker._private_jobs set max_attempts = 3").await;
    queue
        .obey(
            "select graphile_worker.add_job('send_notice', \
             '{\"company_id\": \"nobody\", \"request_id\": \"r\", \"token\": \"hunter2\"}')",
        )
        .await;
    let url = format!("smtp://{address}");
    let worker = Worker::start(&server.database, &[("SMTP_URL", &url)]);
    queue.until("select count(*) = 2 from graphile_worker._private_jobs where attempts = max_attempts").await;
    queue.until("select count(*) = 0 from graphile_worker._private_jobs where locked_by is not null").await;
    queue.until("select bool_and(last_error !~ 'TaskError') from graphile_worker._private_jobs").await;

    let administrator = server.administrator().await.client;
    let list = administrator.get("/jobs/dead?sort=createdAt&count=true").await.expect(200);
    assert_eq!(list.json()["meta"]["total"], 2);
    let rows = list.data();
    assert_eq!(rows[0]["companyId"], company.id.as_str());
    assert_eq!((&rows[0]["name"], &rows[0]["attempts"]), (&json!("send_notice"), &json!(3)));
    assert_eq!(rows[0]["lastError"], "the mail server did not take the mail for now");
    assert_eq!((&rows[1]["companyId"], &rows[1]["attempts"]), (&Value::Null, &json!(25)));
    assert_eq!(rows[1]["lastError"], "the payload can't be read");
    for secret in ["hunter2", &company.owner.email, &address.to_string()] {
        assert!(!list.text.contains(secret), "{secret}: {}", list.text);
    }
    assert!(worker.metric(r#"jobs_run_total{name="send_notice",result="dead"}"#).await >= 2.0);
    assert!(worker.metric(r#"jobs_run_total{name="send_notice",result="retried"}"#).await >= 2.0);
    filters(&administrator, &company.id).await;
    owner_may_not(&server, &company).await;

    let folder = Folder::new(&unique("dead"));
    let options = MailSinkOptions { address, ..MailSinkOptions::default() };
    let sink = MailSink::start(folder.path(), options).expect("it starts");
    let (job, poison) = (rows[0]["id"].as_str().expect("an id"), rows[1]["id"].as_str().expect("an id"));
    administrator.post(format!("/jobs/dead/{job}/retry"), &json!({})).await.expect(204);
    queue.until("select count(*) = 1 from graphile_worker._private_jobs").await;
    assert_eq!(mails_in(sink.folder(), &company.owner.email).len(), 1);
    administrator.post(format!("/jobs/dead/{job}/retry"), &json!({})).await.problem(404, "not_found");
    // A job that can never succeed is dead again at once.
    administrator.post(format!("/jobs/dead/{poison}/retry"), &json!({})).await.expect(204);
    queue
        .until("select attempts = max_attempts and locked_by is null from graphile_worker._private_jobs")
        .await;
    let rows = administrator.get("/jobs/dead").await.expect(200).rows("id");
    assert_eq!(rows, [json!(poison)]);
    queue
        .until(
            "select count(*) = 2 from outbox where type = 'job.retried' and entity_type = 'JOB' \
             and actor_type = 'PLATFORM_ADMINISTRATOR' and company_id = '00000000-0000-0000-0000-000000000000'",
        )
        .await;
}

async fn filters(administrator: &crate::support::Client, company: &str) {
    let found = async |query: &str| {
        administrator.get(format!("/jobs/dead?{query}")).await.expect(200).rows("companyId")
    };
    assert_eq!(found(&format!("companyId={company}")).await, [json!(company)]);
    assert_eq!(found("companyId[isNull]=true").await, [Value::Null]);
    assert_eq!(found("name=send_notice").await.len(), 2);
    assert_eq!(found("name=send_money").await.len(), 0);
    let first = administrator.get("/jobs/dead?limit=1&sort=failedAt").await.expect(200).json();
    let cursor = first["meta"]["nextCursor"].as_str().expect("there is more");
    let second = administrator.get(format!("/jobs/dead?limit=1&sort=failedAt&cursor={cursor}")).await;
    assert_ne!(second.expect(200).json()["data"][0]["id"], first["data"][0]["id"]);
}

async fn owner_may_not(server: &Server, company: &crate::support::Company) {
    let owner = company.client();
    owner.get("/jobs/dead").await.problem(403, "forbidden");
    let admin = server.user(company, Role::Admin).await.client;
    let path = "/jobs/dead/00000000-0000-8000-8000-000000000001/retry";
    admin.post(path, &json!({})).await.problem(403, "forbidden");
}
