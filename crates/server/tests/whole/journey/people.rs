//! User management in a company.

use cartera_domain::identity::Role;
use serde_json::json;

use crate::support::{PASSWORD, Server, unique};

#[tokio::test]
async fn somebody_leaves_and_somebody_else_goes_on() {
    let server = Server::shared().await;
    let company = server.company().await;
    let (leaver, heir) =
        (server.user(&company, Role::Member).await, server.user(&company, Role::Member).await);
    let name = unique("account");
    let account = leaver.client.post("/accounts", &json!({ "name": name })).await.expect(201).id();
    let body =
        json!({ "title": "A sale", "accountId": account, "amount": { "amount": "5.00", "currency": "UYU" } });
    let sale = leaver.client.post("/opportunities", &body).await.expect(201).id();
    let body = json!({ "name": "mine", "scopes": ["accounts:read"] });
    let key = leaver.client.post("/api-keys", &body).await.expect(201).data();
    let key = server.nobody().key(key["value"].as_str().expect("a value"));
    key.get("/accounts").await.expect(200);
    let path = format!("/users/{}", leaver.id);
    heir.client.delete(&path).await.problem(403, "forbidden");
    company.client().delete(format!("{path}?reassignTo={}", heir.id)).await.expect(204);
    leaver.client.get("/accounts").await.problem(401, "unauthenticated");
    key.get("/accounts").await.problem(401, "unauthenticated");
    company.client().get(&path).await.problem(404, "not_found");
    let users = company.client().get("/users?limit=100").await.expect(200).rows("id");
    assert!(users.contains(&json!(heir.id)) && !users.contains(&json!(leaver.id)));
    let owners = heir.client.get("/opportunities?ownerId=me").await.expect(200).rows("id");
    assert_eq!(owners, [json!(sale)]);
    // The history still shows who created it.
    let history = heir.client.get(format!("/opportunities/{sale}/stage-changes")).await.expect(200);
    assert_eq!(history.rows("changedBy")[0]["id"], json!(leaver.id));
    let read = heir.client.get(format!("/accounts/{account}")).await.expect(200).data();
    assert_eq!((&read["owner"]["id"], &read["createdBy"]["id"]), (&json!(heir.id), &json!(leaver.id)));
    // The e-mail can be used to sign another company up.
    let body = json!({ "companyName": "Next", "name": "Leo", "email": leaver.email, "password": PASSWORD });
    server.nobody().post("/auth/register", &body).await.expect(201);
    server
        .sign_in(&leaver.email)
        .await
        .client
        .get(format!("/accounts/{account}"))
        .await
        .problem(404, "not_found");
}

#[tokio::test]
async fn roles_decide_who_looks_after_whom() {
    let server = Server::shared().await;
    let company = server.company().await;
    let (admin, member) =
        (server.user(&company, Role::Admin).await, server.user(&company, Role::Member).await);
    let of = |id: &str| format!("/users/{id}");
    let brief = member.client.get(of(&admin.id)).await.expect(200).data();
    assert_eq!(brief, json!({ "id": admin.id, "name": "Berta Prueba", "active": true }));
    member.client.get("/users?role=OWNER").await.problem(403, "forbidden");
    let path = of(&member.id);
    admin.client.patch(of(&company.owner.id), &json!({ "name": "x" })).await.problem(403, "forbidden");
    admin.client.patch(&path, &json!({ "role": "OWNER" })).await.problem(403, "forbidden");
    admin.client.patch(of(&admin.id), &json!({ "role": "MEMBER" })).await.problem(403, "forbidden");
    // A new role takes effect at once, in the open session.
    member.client.get("/invoices").await.problem(404, "not_found");
    member.client.patch(&path, &json!({ "name": "x" })).await.problem(403, "forbidden");
    admin.client.patch(&path, &json!({ "role": "ADMIN" })).await.expect(200);
    member.client.patch(&path, &json!({ "name": "Ada" })).await.expect(200);
    admin.client.patch(&path, &json!({ "role": "VIEWER" })).await.expect(200);
    member.client.post("/accounts", &json!({ "name": "x" })).await.problem(403, "forbidden");
    admin.client.patch(&path, &json!({ "active": false })).await.expect(200);
    member.client.get("/accounts").await.problem(401, "unauthenticated");
    admin.client.patch(&path, &json!({ "active": true })).await.expect(200);
    server.sign_in(&member.email).await.client.get("/accounts").await.expect(200);
    let me = admin.client.patch("/users/me", &json!({ "name": "Ada Lovelace" })).await.expect(200).data();
    assert_eq!((&me["name"], &me["role"]), (&json!("Ada Lovelace"), &json!("ADMIN")));
    let owner = of(&company.owner.id);
    for body in [json!({ "role": "ADMIN" }), json!({ "active": false })] {
        company.client().patch(&owner, &body).await.problem(409, "last_owner");
    }
    company.client().delete(&owner).await.problem(409, "last_owner");
}
