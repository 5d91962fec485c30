//! Races between callers: one winner, clear errors for the losers, and consistent data afterwards.

use std::collections::BTreeSet;

use cartera_domain::identity::Role;
use futures_util::future::{join, join_all};
use serde_json::{Value, json};

use crate::support::{Answer, Call, Client, PASSWORD, Server, assert_sound, unique};

/// How many answers have this status and code (`None` for a success).
fn count(answers: &[Answer], status: u16, code: Option<&str>) -> usize {
    let is = |answer: &&Answer| answer.status == status && answer.json()["code"].as_str() == code;
    answers.iter().filter(is).count()
}

#[tokio::test]
async fn of_many_who_move_one_opportunity_one_wins() {
    let server = Server::shared().await;
    let company = &server.company().await;
    let account = company.account().await;
    for round in 0..5 {
        let opportunity = company.opportunity(&account).await;
        let path = format!("/opportunities/{opportunity}/stage-changes");
        let movers = (0..10).map(|mover| {
            let body = json!({ "stage": "venta", "reason": format!("mover {mover}") });
            let call = Call::post(&path, &body);
            // In the last round they send `If-Match`.
            company.client().send(if round == 4 { call.header("if-match", "\"1\"") } else { call })
        });
        let answers = join_all(movers).await;
        assert_eq!(count(&answers, 201, None), 1, "{answers:?}");
        let losers = if round == 4 {
            count(&answers, 412, Some("version_mismatch"))
        } else {
            count(&answers, 409, Some("edit_conflict")) + count(&answers, 409, Some("already_in_stage"))
        };
        assert_eq!(losers, 9, "{answers:?}");
        let history = company.client().get(&path).await.expect(200);
        let winner = answers.iter().find(|answer| answer.status == 201).expect("a winner").data();
        assert_eq!(history.rows("reason"), [winner["reason"].clone(), Value::Null]);
        let now = company.client().get(format!("/opportunities/{opportunity}")).await.expect(200).data();
        assert_eq!((&now["status"], &now["version"]), (&json!("WON"), &json!(2)));
    }
    assert_sound(&server.database.superuser_url).await;
}

#[tokio::test]
async fn moves_to_and_fro_leave_an_unbroken_history() {
    let server = Server::shared().await;
    let company = &server.company().await;
    let account = company.account().await;
    let opportunity = company.opportunity(&account).await;
    let path = format!("/opportunities/{opportunity}/stage-changes");
    let movers = (0..30).map(|mover| {
        let stage = &company.stages[mover % company.stages.len()];
        let call = Call::post(&path, &json!({ "stage": stage, "reason": format!("mover {mover}") }));
        company.client().send(call)
    });
    let answers = join_all(movers).await;
    let moved = count(&answers, 201, None);
    let lost = count(&answers, 409, Some("edit_conflict")) + count(&answers, 409, Some("already_in_stage"));
    assert_eq!(moved + lost, 30, "{answers:?}");
    let history = company.client().get(format!("{path}?limit=100&sort=changedAt")).await.expect(200).data();
    let history = history.as_array().expect("a list");
    assert_eq!(history.len(), moved + 1);
    for pair in history.windows(2) {
        assert_eq!(
            pair[0]["newStage"]["id"], pair[1]["fromStage"]["id"],
            "each change starts where the last ended"
        );
    }
    let now = company.client().get(format!("/opportunities/{opportunity}")).await.expect(200).data();
    assert_eq!(now["stage"]["id"], history[moved]["newStage"]["id"]);
    assert_eq!(now["version"], json!(moved + 1));
    assert_sound(&server.database.superuser_url).await;
}

#[tokio::test]
async fn one_key_twenty_times_at_once_makes_one_record() {
    let server = Server::shared().await;
    let company = &server.company().await;
    let body = json!({ "name": unique("once") });
    let send = || company.client().send(Call::post("/accounts", &body).header("idempotency-key", "at-once"));
    let answers = join_all((0..20).map(|_| send())).await;
    let made: Vec<_> = answers.iter().filter(|answer| answer.status == 201).collect();
    let first: Vec<_> =
        made.iter().filter(|answer| answer.header("idempotency-replayed").is_none()).collect();
    assert_eq!(first.len(), 1, "{answers:?}");
    assert_eq!(made.len() + count(&answers, 409, Some("idempotency_in_progress")), 20, "{answers:?}");
    assert_eq!(made.iter().map(|answer| answer.id()).collect::<BTreeSet<_>>().len(), 1);
    assert_eq!(company.client().get("/accounts").await.rows("id"), [json!(first[0].id())]);
    assert_eq!(send().await.expect(201).id(), first[0].id());
}

#[tokio::test]
async fn opportunities_made_at_once_have_numbers_without_a_gap() {
    let server = Server::shared().await;
    let company = &server.company().await;
    let mut accounts = Vec::new();
    for _ in 0..4 {
        accounts.push(company.account().await);
    }
    // Some fail, and must not use up a number.
    let makers = (0..60).map(|number| {
        let account = &accounts[number % accounts.len()];
        let owner = if number % 5 == 4 { json!(uuid::Uuid::now_v7()) } else { json!(company.owner.id) };
        let currency = if number % 2 == 0 { "UYU" } else { "USD" };
        let amount = json!({ "amount": "1.00", "currency": currency });
        let body = json!({ "title": "x", "accountId": account, "amount": amount, "ownerId": owner });
        async move { company.client().post("/opportunities", &body).await }
    });
    let answers = join_all(makers).await;
    assert_eq!(count(&answers, 422, Some("invalid_reference")), 12);
    let mut numbers: Vec<_> = answers
        .iter()
        .filter(|answer| answer.status == 201)
        .filter_map(|answer| answer.data()["number"].as_u64())
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=48).collect::<Vec<_>>());
    // Concurrent wins, losses and deletions, on the same counters.
    let rows = company.client().get("/opportunities?limit=100").await.expect(200).rows("id");
    let changes = rows.iter().enumerate().map(|(number, id)| {
        let id = id.as_str().expect("an id");
        let path = format!("/opportunities/{id}/stage-changes");
        async move {
            for stage in [3, 4, 3].into_iter().take(number % 4) {
                let body = json!({ "stage": company.stages[stage], "reason": "x" });
                company.client().post(&path, &body).await.expect(201);
            }
            if number % 7 == 0 {
                company.client().delete(format!("/opportunities/{id}")).await.expect(204);
            }
        }
    });
    join_all(changes).await;
    assert_sound(&server.database.superuser_url).await;
}

#[tokio::test]
async fn an_account_is_deleted_or_sold_to_never_both() {
    let server = Server::shared().await;
    let company = &server.company().await;
    let (mut deleted, mut sold) = (0, 0);
    for round in 0..20 {
        let account = company.account().await;
        let amount = json!({ "amount": "1.00", "currency": "UYU" });
        let body = json!({ "title": "x", "accountId": account, "amount": amount });
        let delete = company.client().delete(format!("/accounts/{account}"));
        let create = company.client().post("/opportunities", &body);
        let (delete, create) = if round % 2 == 0 {
            join(delete, create).await
        } else {
            let (create, delete) = join(create, delete).await;
            (delete, create)
        };
        match (delete.status, create.status) {
            (204, 422) => deleted += 1,
            (409, 201) => sold += 1,
            _ => panic!("{delete:?} {create:?}"),
        }
        let read = company.client().get(format!("/accounts/{account}")).await;
        assert_eq!(read.status, if delete.status == 204 { 404 } else { 200 });
    }
    assert_eq!(deleted + sold, 20);
    let orphans: Vec<String> = sqlx::query_scalar(
        "select o.id::text from opportunities o join accounts a on a.company_id = o.company_id \
         and a.id = o.account_id where o.deleted_at is null and a.deleted_at is not null",
    )
    .fetch_all(&mut server.database.behind_the_walls().await)
    .await
    .expect("the rows can be read");
    assert_eq!(orphans, Vec::<String>::new());
}

#[tokio::test]
async fn a_name_and_an_email_are_taken_once() {
    let server = Server::shared().await;
    let company = &server.company().await;
    let name = unique("name");
    let accounts = (0..10).map(|number| {
        let name = if number % 2 == 0 { name.to_uppercase() } else { name.clone() };
        let body = json!({ "name": name });
        async move { company.client().post("/accounts", &body).await }
    });
    let answers = join_all(accounts).await;
    assert_eq!(count(&answers, 201, None), 1);
    assert_eq!(count(&answers, 409, Some("account_name_taken")), 9, "{answers:?}");
    let email = format!("{}@example.com", unique("twin"));
    let body = json!({ "companyName": "Gemela", "name": "Ana", "email": email, "password": PASSWORD });
    let nobody = server.nobody();
    let answers = join_all((0..4).map(|_| nobody.post("/auth/register", &body))).await;
    assert_eq!(count(&answers, 201, None), 1);
    assert_eq!(count(&answers, 409, Some("email_taken")), 3, "{answers:?}");
}

#[tokio::test]
async fn every_change_that_was_confirmed_counts() {
    let server = Server::shared().await;
    let company = &server.company().await;
    let path = format!("/accounts/{}", company.account().await);
    let edits = (1..=20).map(|employees| {
        let body = json!({ "employees": employees });
        let path = &path;
        async move { company.client().patch(path, &body).await }
    });
    let answers = join_all(edits).await;
    let confirmed = count(&answers, 200, None);
    assert!(confirmed > 0);
    assert_eq!(confirmed + count(&answers, 409, Some("edit_conflict")), 20, "{answers:?}");
    let versions: BTreeSet<_> = answers
        .iter()
        .filter(|answer| answer.status == 200)
        .map(|answer| answer.data()["version"].to_string())
        .collect();
    assert_eq!(versions.len(), confirmed, "no two changes made the same version");
    let now = company.client().get(&path).await.expect(200).data();
    assert_eq!(now["version"], json!(confirmed + 1));
}

#[tokio::test]
async fn of_owners_who_end_each_other_one_stays() {
    let server = Server::shared().await;
    for round in 0..6 {
        let company = &server.company().await;
        let second = &server.user(company, Role::Owner).await;
        let end = async |by: &Client, id: &str| {
            let path = format!("/users/{id}");
            match round % 3 {
                0 => by.delete(path).await,
                1 => by.patch(path, &json!({ "active": false })).await,
                _ => by.patch(path, &json!({ "role": "MEMBER" })).await,
            }
        };
        // Each acts on the other, or each on themselves.
        let (first_target, second_target) =
            if round < 3 { (&second.id, &company.owner.id) } else { (&company.owner.id, &second.id) };
        let (one, other) =
            join(end(company.client(), first_target), end(&second.client, second_target)).await;
        let done = [&one, &other].into_iter().filter(|answer| answer.status < 300).count();
        assert_eq!(done, 1, "{one:?} {other:?}");
        // The slower one is refused as the last owner, or has lost their session or permission.
        let slower = if one.status < 300 { &other } else { &one };
        assert!(matches!(slower.status, 401 | 403 | 409), "{slower:?}");
        let owners: i64 = sqlx::query_scalar(
            "select count(*) from users where company_id = $1::uuid and role = 'OWNER' and active",
        )
        .bind(&company.id)
        .fetch_one(&mut server.database.behind_the_walls().await)
        .await
        .expect("the users");
        assert_eq!(owners, 1);
    }
}
