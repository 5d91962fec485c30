//! Scenarios of a platform administrator.

use cartera_domain::identity::Role;
use serde_json::{Value, json};

use crate::support::{Call, PASSWORD, Server, unique};

fn whole(name: &str) -> Value {
    json!({
        "name": name, "address": "18 de Julio 1234, Montevideo", "website": "https://acme.example",
        "logoUrl": "https://acme.example/logo.png", "country": "BR"
    })
}

#[tokio::test]
async fn a_company_is_registered_read_listed_and_changed() {
    let server = Server::shared().await;
    let platform = server.administrator().await.client;
    platform.post("/companies", &json!({})).await.invalid(&["/name", "/address", "/website", "/logoUrl"]);
    for (field, pointer) in
        [("name", "/name"), ("address", "/address"), ("website", "/website"), ("logoUrl", "/logoUrl")]
    {
        let mut body = whole("Acme");
        body.as_object_mut().expect("an object").remove(field);
        platform.post("/companies", &body).await.invalid(&[pointer]);
    }
    let name = unique("Padaria São João");
    let key = unique("key");
    let send =
        || platform.send(Call::post("/companies", &whole(&name)).header("idempotency-key", key.as_str()));
    let made = send().await.expect(201);
    let company = made.data();
    assert_eq!((&company["locale"], &company["timezone"]), (&json!("pt"), &json!("America/Sao_Paulo")));
    let path = made.header("location").expect("where it is").replace("/api/v1", "");
    assert_eq!(platform.get(&path).await.expect(200).data(), company);
    assert_eq!(send().await.expect(201).data(), company, "the same request makes one company");
    // A second company with the same name gets another slug.
    let twin = platform.post("/companies", &whole(&name)).await.expect(201).data();
    assert_eq!(twin["slug"], format!("{}-2", company["slug"].as_str().expect("a slug")));
    let found = platform
        .get(format!("/companies?slug={}&count=true", company["slug"].as_str().expect("a slug")))
        .await;
    assert_eq!(found.expect(200).rows("id"), [company["id"].clone()]);
    let change = json!({ "name": "Acme", "settings": { "trashDays": 90 } });
    let call = Call::patch(&path, &change).header("if-match", "\"1\"");
    let changed = platform.send(call.clone()).await.expect(200).data();
    assert_eq!((&changed["version"], &changed["settings"]["trashDays"]), (&json!(2), &json!(90)));
    platform.send(call).await.problem(412, "version_mismatch");
    // A platform administrator has no company, so the routes of companies are refused.
    for path in ["/companies/current", "/accounts", "/users", "/api-keys"] {
        platform.get(path).await.problem(403, "company_required");
    }
    platform.get(format!("/companies/{}", uuid::Uuid::now_v7())).await.problem(404, "not_found");
    platform
        .post(format!("/companies/{}/suspend", uuid::Uuid::now_v7()), &json!({}))
        .await
        .problem(404, "not_found");
}

#[tokio::test]
async fn a_suspended_company_is_shut_and_opens_as_it_was() {
    let server = Server::shared().await;
    let company = server.company().await;
    let platform = server.administrator().await.client;
    let member = server.user(&company, Role::Member).await;
    let (_, key) = company.key(&["accounts:read"]).await;
    let path = format!("/companies/{}", company.id);
    member.client.get("/accounts").await.expect(200);
    key.get("/accounts").await.expect(200);
    let suspended = platform.post(format!("{path}/suspend"), &json!({})).await.expect(200).data();
    assert!(suspended["suspendedAt"].is_string());
    for caller in [&company.owner.client, &member.client, &key] {
        caller.get("/accounts").await.problem(401, "unauthenticated");
    }
    let nobody = server.nobody();
    let login = json!({ "email": member.email, "password": PASSWORD });
    nobody.post("/auth/login", &login).await.problem(401, "invalid_credentials");
    let cookie = format!("cartera_refresh={}", member.refresh_token);
    let refresh = || Call::new("POST", "/auth/refresh").header("cookie", cookie.as_str());
    nobody.send(refresh()).await.problem(401, "refresh_token_invalid");
    assert_eq!(platform.post(format!("{path}/suspend"), &json!({})).await.expect(200).data(), suspended);
    let shut: Vec<_> =
        platform.get("/companies?suspendedAt[isNull]=false&limit=100").await.expect(200).rows("id");
    assert!(shut.contains(&json!(company.id)));
    platform.post(format!("{path}/reactivate"), &json!({})).await.expect(200);
    for caller in [&company.owner.client, &member.client, &key] {
        caller.get("/accounts").await.expect(200);
    }
    // The session from before the suspension is valid again.
    nobody.send(refresh()).await.expect(200);
    let actors: Vec<(String, String)> = sqlx::query_as(
        "select type, actor_type from outbox where company_id = $1::uuid and type like 'company.%' order by sequence",
    )
    .bind(&company.id)
    .fetch_all(&mut server.database.behind_the_walls().await)
    .await
    .expect("the outbox");
    let platform = "PLATFORM_ADMINISTRATOR".to_owned();
    let expected = [
        ("company.created".to_owned(), "SYSTEM".to_owned()),
        ("company.suspended".to_owned(), platform.clone()),
        ("company.reactivated".to_owned(), platform),
    ];
    assert_eq!(actors, expected);
}
