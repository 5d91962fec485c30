//! The commands that print information.

use cartera_test_database::TestDatabase;
use serde_json::{Value, json};

use crate::support::{PASSWORD, Server, environment, program, run, run_with, unique};

#[tokio::test]
async fn doctor_finds_drift_and_mends_it() {
    let server = Server::start(&[("RATE_LIMITS", "off")]).await;
    let company = server.company().await;
    let opportunity = company.opportunity(&company.account().await).await;
    company.move_to(&opportunity, &company.stages[3]).await;
    let doctor =
        |arguments: &[&str]| run(program().arg("doctor").args(arguments).envs(environment(&server.database)));
    let (ok, said) = doctor(&[]);
    assert!(ok && said.contains("No problem found."), "{said}");
    assert!(said.contains("role of the worker: harmless") && said.contains(", 0 dead, "), "{said}");
    let mut connection = server.database.behind_the_walls().await;
    for sql in ["update account_wins set wins = wins + 1", "update stage_totals set amount = amount + 7"] {
        sqlx::query(sql).execute(&mut connection).await.expect("the counters drift");
    }
    let (ok, said) = doctor(&[]);
    assert!(!ok && said.contains(&company.id), "{said}");
    let (ok, said) = doctor(&["--fix"]);
    assert!(ok && said.contains("mended"), "{said}");
    let (ok, said) = doctor(&[]);
    assert!(ok, "{said}");
    sqlx::query("alter table accounts no force row level security")
        .execute(&mut connection)
        .await
        .expect("a hole");
    let (ok, said) = doctor(&[]);
    assert!(!ok && said.contains("accounts"), "{said}");
}

#[test]
fn config_shows_settings_and_hides_secrets() {
    let secret = "a signing secret that nobody may see, really";
    let (ok, said) = run(program().arg("config").env("JWT_SECRET", secret).env("BODY_LIMIT", "2048"));
    assert!(ok && said.contains("BODY_LIMIT=2048") && said.contains("HTTP_ADDR=127.0.0.1:8080"), "{said}");
    assert!(said.contains("JWT_SECRET=") && !said.contains(secret), "{said}");
}

#[tokio::test]
async fn the_document_is_printed_as_the_server_serves_it() {
    let (ok, said) = run(program().arg("openapi"));
    assert!(ok, "{said}");
    let printed: Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!(printed["openapi"], "3.1.0");
    let nobody = Server::shared().await.nobody();
    assert_eq!(nobody.get("//openapi.json").await.expect(200).json(), printed);
    let (ok, said) = run(program().args(["openapi", "--yaml"]));
    assert!(ok);
    assert_eq!(nobody.get("//openapi.yaml").await.expect(200).text.trim(), said.trim());
    nobody.get("//docs/").await.expect(200);
}

#[test]
fn healthcheck_says_when_nobody_answers() {
    let free =
        std::net::TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("an address");
    let (ok, said) = run(program().arg("healthcheck").env("HTTP_ADDR", free.to_string()));
    assert!(!ok && said.contains("no answer"), "{said}");
}

#[tokio::test]
async fn an_administrator_is_made_with_a_password_from_standard_input() {
    let server = Server::shared().await;
    let email = format!("{}@example.com", unique("admin"));
    let make = |password: &str| make_administrator(&server.database, &email, password);
    let (ok, said) = make("weak");
    assert!(!ok && said.contains("password"), "{said}");
    let (ok, said) = make(PASSWORD);
    assert!(ok && said.contains(&email), "{said}");
    let (ok, said) = make(PASSWORD);
    assert!(!ok && !said.contains(PASSWORD), "{said}");
    let administrator = server.sign_in(&email).await;
    let me = administrator.client.get("/auth/me").await.expect(200).data();
    assert_eq!(me["user"]["role"], json!("PLATFORM_ADMIN"));
    administrator.client.get("/accounts").await.problem(403, "company_required");
}

fn make_administrator(database: &TestDatabase, email: &str, password: &str) -> (bool, String) {
    let mut command = program();
    command.args(["admin", "create", "--name", "Root", "--email", email]).envs(environment(database));
    run_with(&mut command, password)
}
