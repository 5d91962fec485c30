//! Races of fifty requests: one winner, clear errors for the losers, and consistent data afterwards, which `cartera
//! doctor` confirms.

use std::collections::BTreeSet;

use futures_util::future::{join, join_all};
use serde_json::{Value, json};

use crate::support::{Answer, Call, Company, Server, assert_sound, environment, program, run, unique};

const MANY: usize = 50;

/// A separate server for the race, so that the checks afterwards see only its work.
async fn start() -> (Server, Company) {
    // Fifty concurrent requests need as many connections, opened beforehand, or a busy machine refuses some.
    let server = Server::start(&[("RATE_LIMITS", "off"), ("DATABASE_POOL_SIZE", "50")]).await;
    let company = server.company().await;
    for _ in 0..10 {
        let answers = join_all((0..MANY).map(|_| company.client().get("/accounts"))).await;
        if answers.iter().all(|answer| answer.status == 200) {
            break;
        }
    }
    (server, company)
}

/// Asserts that everything agrees with a recount, by the tests and by the program.
async fn assert_in_order(server: &Server) {
    assert_sound(&server.database.superuser_url).await;
    let (ok, said) = run(program().arg("doctor").envs(environment(&server.database)));
    assert!(ok && said.contains("No problem found."), "{said}");
}

/// How many were refused because the server is too busy, with `Retry-After`; they count as losers.
fn turned_away(answers: &[Answer]) -> usize {
    count(answers, 503, Some("unavailable")) + count(answers, 503, Some("company_busy"))
}

fn count(answers: &[Answer], status: u16, code: Option<&str>) -> usize {
    let is = |answer: &&Answer| answer.status == status && answer.json()["code"].as_str() == code;
    answers.iter().filter(is).count()
}

/// A record of every kind with a version: its path, and a body that changes it.
async fn records(company: &Company) -> Vec<(String, fn(usize) -> Value)> {
    let account = company.account().await;
    let contact = company.contact_with(json!({})).await;
    let opportunity = company.opportunity(&account).await;
    vec![
        (
            format!("/accounts/{account}"),
            |number| json!({ "industry": format!("{number}"), "employees": number }),
        ),
        (
            format!("/contacts/{contact}"),
            |number| json!({ "position": format!("{number}"), "notes": format!("{number}") }),
        ),
        (
            format!("/opportunities/{opportunity}"),
            |number| json!({ "title": format!("{number}"), "description": format!("{number}") }),
        ),
        (format!("/pipelines/{}", company.pipeline), |number| json!({ "name": format!("{number}") })),
        (format!("/users/{}", company.owner.id), |number| json!({ "name": format!("{number}") })),
        (
            "/companies/current".to_owned(),
            |number| json!({ "name": format!("{number}"), "address": format!("{number}") }),
        ),
    ]
}

#[tokio::test]
async fn of_fifty_who_saw_one_version_one_changes_it() {
    let (server, company) = start().await;
    for (path, change) in records(&company).await {
        let before = company.client().get(&path).await.expect(200);
        let tag = before.header("etag").expect("a tag").to_owned();
        let writers = (1..=MANY).map(|number| {
            company.client().send(Call::patch(&path, &change(number)).header("if-match", &tag))
        });
        let answers = join_all(writers).await;
        assert_eq!(count(&answers, 200, None), 1, "{path}: {answers:?}");
        let late = count(&answers, 412, Some("version_mismatch"));
        assert_eq!(late + turned_away(&answers), MANY - 1, "{path}: {answers:?}");
        assert!(late > MANY / 2, "{path}: {answers:?}");
        let winner = answers.iter().find(|answer| answer.status == 200).expect("a winner").data();
        let now = company.client().get(&path).await.expect(200).data();
        assert_eq!(now, winner, "{path}: what stands there is the winner's");
        assert_eq!(now["version"].as_u64(), before.data()["version"].as_u64().map(|version| version + 1));
    }
    assert_in_order(&server).await;
}

#[tokio::test]
async fn of_fifty_who_just_write_nothing_is_lost_or_mixed() {
    let (server, company) = start().await;
    for (path, change) in records(&company).await {
        let before = company.client().get(&path).await.expect(200).data();
        let writers = (1..=MANY).map(|number| {
            let call = Call::patch(&path, &change(number));
            let client = company.client();
            async move { (number, client.send(call).await) }
        });
        let answers = join_all(writers).await;
        let (done, refused): (Vec<_>, Vec<_>) =
            answers.into_iter().partition(|(_, answer)| answer.status == 200);
        for (_, answer) in &refused {
            let code = answer.json()["code"].clone();
            assert!(
                code == "edit_conflict" || code == "unavailable" || code == "company_busy",
                "{path}: {answer:?}"
            );
        }
        assert!(!done.is_empty(), "{path}");
        // Each successful write made its own version, without gaps, and its answer shows what it wrote.
        let first = before["version"].as_u64().expect("a version");
        let versions: BTreeSet<_> =
            done.iter().filter_map(|(_, answer)| answer.data()["version"].as_u64()).collect();
        let expected: BTreeSet<_> = (first + 1..=first + done.len() as u64).collect();
        assert_eq!(versions, expected, "{path}");
        for (number, answer) in &done {
            assert_holds(&answer.data(), &change(*number), &path);
        }
        let last =
            done.iter().max_by_key(|(_, answer)| answer.data()["version"].as_u64()).expect("a last one");
        let now = company.client().get(&path).await.expect(200).data();
        assert_holds(&now, &change(last.0), &path);
    }
    assert_in_order(&server).await;
}

/// Asserts that all fields of a record come from the same writer.
#[track_caller]
fn assert_holds(record: &Value, written: &Value, path: &str) {
    for (name, value) in written.as_object().expect("fields") {
        assert_eq!(&record[name], value, "{path}: {name} in {record}");
    }
}

#[tokio::test]
async fn one_key_fifty_times_at_once_has_one_effect() {
    let (server, company) = start().await;
    let account = company.account().await;
    let sale = company.opportunity(&account).await;
    let amount = json!({ "amount": "100.00", "currency": "UYU" });
    let move_to = json!({ "stage": company.stages[3], "reason": "once" });
    for (path, list, body) in [
        ("/accounts".to_owned(), "/accounts?limit=100".to_owned(), json!({ "name": unique("once") })),
        ("/contacts".to_owned(), "/contacts?limit=100".to_owned(), json!({ "firstName": "Once" })),
        (
            "/opportunities".to_owned(),
            "/opportunities?limit=100&status=OPEN,WON,LOST".to_owned(),
            json!({ "title": "Once", "accountId": account, "amount": amount }),
        ),
        (
            format!("/opportunities/{sale}/stage-changes"),
            format!("/opportunities/{sale}/stage-changes?limit=100"),
            move_to,
        ),
        (
            "/invitations".to_owned(),
            "/invitations?limit=100".to_owned(),
            json!({ "email": format!("{}@example.com", unique("g")) }),
        ),
        ("/api-keys".to_owned(), "/api-keys?limit=100".to_owned(), json!({ "name": unique("once") })),
    ] {
        // An idempotency key is scoped to its caller, on every route.
        let key = unique("fifty");
        let rows = company.client().get(&list).await.expect(200).rows("id").len();
        let send = || company.client().send(Call::post(&path, &body).header("idempotency-key", key.as_str()));
        let answers = join_all((0..MANY).map(|_| send())).await;
        let (made, busy): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 201);
        for answer in busy {
            let code = answer.json()["code"].clone();
            assert!(
                code == "idempotency_in_progress" || code == "unavailable" || code == "company_busy",
                "{path}: {answer:?}"
            );
        }
        let first = made.iter().filter(|answer| answer.header("idempotency-replayed").is_none()).count();
        assert_eq!(first, 1, "{path}: {answers:?}");
        let ids: BTreeSet<_> = made.iter().map(|answer| answer.id()).collect();
        assert_eq!(ids.len(), 1, "{path}: {answers:?}");
        assert_eq!(company.client().get(&list).await.expect(200).rows("id").len(), rows + 1, "{path}");
        let later = send().await.expect(201);
        assert_eq!(
            (later.header("idempotency-replayed"), ids.contains(&later.id())),
            (Some("true"), true),
            "{path}"
        );
    }
    assert_in_order(&server).await;
}

#[tokio::test]
async fn an_email_comes_back_or_is_given_away_never_both() {
    let (server, company) = start().await;
    let client = company.client();
    let (mut restored_first, mut created_first) = (0, 0);
    for round in 0..12 {
        let email = format!("{}@example.com", unique("contested"));
        let old = company.contact_with(json!({ "email": email })).await;
        client.delete(format!("/contacts/{old}")).await.expect(204);
        let restore = || client.send(Call::new("POST", format!("/contacts/{old}/restore")));
        let create = |number: usize| {
            let email = if number.is_multiple_of(2) { email.to_uppercase() } else { email.clone() };
            let body = json!({ "firstName": "New", "email": email });
            async move { client.post("/contacts", &body).await }
        };
        // The order of the start alternates.
        let (restored, created) = if round % 2 == 0 {
            join(restore(), join_all((0..4).map(create))).await
        } else {
            let (created, restored) = join(join_all((0..4).map(create)), restore()).await;
            (restored, created)
        };
        let made = count(&created, 201, None);
        assert_eq!(made + count(&created, 409, Some("contact_email_taken")), 4, "{created:?}");
        if restored.status == 200 {
            restored_first += 1;
        } else {
            restored.problem(409, "contact_email_taken");
            created_first += 1;
        }
        assert_eq!(made + usize::from(restored.status == 200), 1, "{restored:?} {created:?}");
        let live =
            client.get(format!("/contacts?email={}", email.to_lowercase())).await.expect(200).rows("id");
        assert_eq!(live.len(), 1, "one has the e-mail");
    }
    assert_eq!(restored_first + created_first, 12);
    assert_in_order(&server).await;
}

#[tokio::test]
async fn what_a_cascade_takes_is_moved_before_or_not_at_all() {
    let (server, company) = start().await;
    let client = company.client();
    for round in 0..8 {
        let account = company.account().await;
        let mut sales = Vec::new();
        for _ in 0..5 {
            sales.push(company.opportunity(&account).await);
        }
        let moves = sales.iter().chain(&sales).enumerate().map(|(number, id)| {
            let body = json!({ "stage": company.stages[1 + number % 4], "reason": "meanwhile" });
            let path = format!("/opportunities/{id}/stage-changes");
            async move { client.post(path, &body).await }
        });
        let cascade = || client.delete(format!("/accounts/{account}?cascade=true"));
        let (deleted, answers) = if round % 2 == 0 {
            join(cascade(), join_all(moves)).await
        } else {
            let (answers, deleted) = join(join_all(moves), cascade()).await;
            (deleted, answers)
        };
        for answer in &answers {
            let code = answer.json()["code"].as_str().map(str::to_owned);
            let clear = matches!(
                (answer.status, code.as_deref()),
                (201, None) | (404, Some("not_found")) | (409, Some("edit_conflict" | "already_in_stage"))
            );
            assert!(clear, "{answer:?}");
        }
        let deleted = if deleted.status == 409 {
            // An opportunity moved after the deletion had read it: nothing was deleted, and it may be retried.
            deleted.problem(409, "edit_conflict");
            client.get(format!("/accounts/{account}")).await.expect(200);
            cascade().await
        } else {
            deleted
        };
        deleted.expect(204);
        for id in &sales {
            client.get(format!("/opportunities/{id}")).await.problem(404, "not_found");
        }
        client.post(format!("/accounts/{account}/restore"), &json!({})).await.expect(200);
        // Each is in the stage of its last change.
        for id in &sales {
            let now = client.get(format!("/opportunities/{id}")).await.expect(200).data();
            let history = client.get(format!("/opportunities/{id}/stage-changes")).await.expect(200).data();
            assert_eq!(now["stage"]["id"], history[0]["newStage"]["id"], "{now} {history}");
        }
    }
    assert_in_order(&server).await;
}
