//! User enumeration: neither status, body, headers nor response times reveal which e-mails exist.

use std::time::{Duration, Instant};

use cartera_domain::identity::Role;
use serde_json::{Value, json};

use super::print;
use crate::support::{Answer, Client, Server, unique};

/// The content of an answer, without what differs between any two.
fn shown(answer: &Answer) -> (u16, Value, Vec<String>) {
    let (status, body) = answer.essence();
    let mut names: Vec<_> = answer.headers.keys().map(ToString::to_string).collect();
    names.sort();
    (status, body, names)
}

#[tokio::test]
async fn who_has_an_account_is_told_by_no_answer() {
    let server = Server::shared().await;
    let company = server.company().await;
    let nobody = server.nobody();
    let (off, suspended) = (server.user(&company, Role::Member).await, server.company().await);
    company.client().patch(format!("/users/{}", off.id), &json!({ "active": false })).await.expect(200);
    let platform = server.administrator().await;
    let path = format!("/companies/{}/suspend", suspended.id);
    platform.client.post(path, &json!({})).await.expect(200);
    let emails = [
        company.owner.email.clone(),
        company.owner.email.to_uppercase(),
        platform.email,
        off.email,
        suspended.owner.email,
        format!("{}@example.com", unique("nobody")),
        format!("'or'1'='1{}@example.com", unique("x")),
    ];
    let (mut logins, mut forgotten) = (Vec::new(), Vec::new());
    for email in &emails {
        let wrong = json!({ "email": email, "password": "Wrong-Horse-7" });
        logins.push(shown(&nobody.post("/auth/login", &wrong).await));
        forgotten.push(shown(&nobody.post("/auth/forgot-password", &json!({ "email": email })).await));
    }
    for (login, email) in logins.iter().zip(&emails) {
        assert_eq!(login, &logins[0], "{email}");
        assert_eq!((login.0, &login.1["code"]), (401, &json!("invalid_credentials")), "{email}");
    }
    for (answer, email) in forgotten.iter().zip(&emails) {
        assert_eq!(answer, &forgotten[0], "{email}");
        assert_eq!(answer.0, 202, "{email}");
    }
    // An invalid token gets the same answer, whatever company it names.
    let company = |id: &str| id.replace('-', "");
    let unknown = uuid::Uuid::now_v7().to_string();
    for (path, body) in [
        ("/invitations/accept", json!({ "name": "Leo", "password": "Another-Horse-9" })),
        ("/invitations/preview", json!({})),
        ("/auth/reset-password", json!({ "newPassword": "Another-Horse-9" })),
        ("/auth/reset-password/preview", json!({})),
    ] {
        let kind = if path.starts_with("/auth/reset-password") { "cpr" } else { "civ" };
        let mut answers = Vec::new();
        for id in [&suspended.id, &off.id, &unknown] {
            let mut body = body.clone();
            body["token"] = json!(format!("{kind}_{}.{}", company(id), "A".repeat(43)));
            answers.push(shown(&nobody.post(path, &body).await));
        }
        assert!(answers.iter().all(|answer| *answer == answers[0] && answer.0 == 422), "{path}: {answers:?}");
    }
}

#[tokio::test]
async fn guessing_the_current_password_with_a_stolen_token_is_slowed() {
    let server = Server::start(&[]).await;
    let company = server.company().await;
    let guess = |number: usize| json!({ "currentPassword": format!("Guess-{number}"), "newPassword": "Another-Horse-9" });
    let mut refused = None;
    for number in 0..20 {
        let answer = company.client().post("/auth/change-password", &guess(number)).await;
        if answer.status == 429 {
            refused = Some((number, answer));
            break;
        }
        answer.problem(401, "invalid_credentials");
    }
    let (guesses, answer) = refused.expect("there is an end to it");
    assert!((1..=6).contains(&guesses), "{guesses}");
    assert!(answer.header("retry-after").is_some(), "{answer:?}");
}

/// The response times of sign-ins with a wrong password, alternately with a known and an unknown e-mail.
async fn times(client: &Client, path: &str, known: &str, count: usize) -> [Vec<Duration>; 2] {
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..count {
        let unknown = format!("{}@example.com", unique("nobody"));
        for (email, times) in [known, &unknown].into_iter().zip(&mut times) {
            let mut body = json!({ "email": email });
            if path == "/auth/login" {
                body["password"] = json!("Wrong-Horse-7");
            }
            let started = Instant::now();
            client.post(path, &body).await;
            times.push(started.elapsed());
        }
    }
    times.map(|mut times| {
        times.sort();
        times
    })
}

#[tokio::test]
#[ignore = "prints figures: make attack"]
async fn the_time_for_known_and_unknown_emails() {
    let server = Server::start(&[("RATE_LIMITS", "off")]).await;
    let company = server.company().await;
    for (path, count) in [("/auth/login", 60), ("/auth/forgot-password", 60)] {
        times(&server.nobody(), path, &company.owner.email, 3).await;
        let [known, unknown] = times(&server.nobody(), path, &company.owner.email, count).await;
        let [known, unknown] = [&known, &unknown].map(|times| times[times.len() / 2].as_secs_f64() * 1_000.0);
        let difference = 100.0 * (known - unknown).abs() / unknown;
        print(&format!(
            "{path}: median of {count} for a known e-mail {known:.2} ms, for an unknown one {unknown:.2} ms: \
             {difference:.1} % apart"
        ));
    }
}
