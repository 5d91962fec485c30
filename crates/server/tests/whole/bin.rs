//! The bin over real HTTP: a scenario, and races.

use cartera_domain::identity::Role;
use futures_util::future::join;
use serde_json::{Value, json};

use crate::support::{Company, Server, assert_sound, unique};

async fn listed(company: &Company, path: &str) -> Vec<Value> {
    company.client().get(path).await.expect(200).rows("id")
}

#[tokio::test]
async fn an_account_is_deleted_with_all_that_belongs_to_it_and_comes_back() {
    let server = Server::shared().await;
    let company = server.company().await;
    let client = company.client();
    let account = company.account().await;
    let contact = company.contact_with(json!({ "accountId": account, "email": "Carla@acme.example" })).await;
    let won = company.opportunity_with(json!({ "contactId": contact })).await;
    company.move_to(&won, "venta").await;
    let before = company.opportunity(&account).await;
    client.delete(format!("/opportunities/{before}")).await.expect(204);
    let of_contact = client.get(format!("/contacts/{contact}/opportunities")).await.expect(200).data();
    assert_eq!(of_contact[0]["account"]["id"], account, "the contact's account");
    assert_eq!(listed(&company, &format!("/accounts/{account}/contacts")).await, [json!(contact)]);

    client.delete(format!("/accounts/{account}")).await.problem(409, "account_in_use");
    client.delete(format!("/accounts/{account}?cascade=true")).await.expect(204);
    for path in ["/accounts", "/contacts", "/opportunities?status=OPEN,WON,LOST", "/reports/top-accounts"] {
        assert_eq!(client.get(path).await.expect(200).data(), json!([]), "{path}");
    }
    let changes = "/reports/stage-changes?stage=venta&from=2020-01-01&to=2099-12-31";
    assert_eq!(client.get(changes).await.expect(200).data(), json!([]));
    assert_eq!(listed(&company, "/accounts?deleted=true").await, [json!(account)]);
    assert_eq!(listed(&company, "/contacts?deleted=true").await, [json!(contact)]);
    assert_eq!(listed(&company, "/opportunities?deleted=true").await.len(), 2);
    client.post(format!("/contacts/{contact}/restore"), &json!({})).await.problem(409, "account_deleted");

    // Another contact takes the e-mail meanwhile.
    let second = company.contact_with(json!({ "email": "carla@ACME.example" })).await;
    let path = format!("/accounts/{account}/restore");
    let restore = async || client.post(&path, &json!({})).await;
    restore().await.problem(409, "contact_email_taken");
    client.get(format!("/accounts/{account}")).await.problem(404, "not_found");
    client.delete(format!("/contacts/{second}")).await.expect(204);
    assert_eq!(restore().await.expect(200).data()["deletedAt"], json!(null));
    restore().await.problem(409, "not_deleted");
    let top = client.get("/reports/top-accounts").await.expect(200).data();
    assert_eq!((&top[0]["accountId"], &top[0]["wins"]), (&json!(account), &json!(1)));
    assert_eq!(client.get(changes).await.expect(200).data()[0]["opportunityId"], json!(won));
    assert_eq!(listed(&company, "/opportunities?deleted=true").await, [json!(before)], "it went on its own");
    assert_sound(&server.database.superuser_url).await;
}

#[tokio::test]
async fn a_member_empties_and_fills_their_own_corner_of_the_bin() {
    let server = Server::shared().await;
    let company = server.company().await;
    let member = server.user(&company, Role::Member).await;
    let theirs = company.contact_with(json!({})).await;
    company.client().delete(format!("/contacts/{theirs}")).await.expect(204);
    let body = json!({ "firstName": unique("mine") });
    let mine = member.client.post("/contacts", &body).await.expect(201).id();
    member.client.delete(format!("/contacts/{mine}")).await.expect(204);
    let bin = member.client.get("/contacts?deleted=true").await.expect(200);
    assert_eq!(bin.rows("id"), [json!(mine)]);
    let restore = async |id: &str| member.client.post(format!("/contacts/{id}/restore"), &json!({})).await;
    restore(&theirs).await.problem(403, "forbidden");
    restore(&mine).await.expect(200);
    let viewer = server.user(&company, Role::Viewer).await;
    viewer.client.get("/contacts?deleted=true").await.problem(403, "forbidden");
}

#[tokio::test]
async fn a_cascade_and_a_new_contact_or_sale_leave_no_orphan() {
    let server = Server::shared().await;
    let company = &server.company().await;
    let client = company.client();
    for round in 0..12 {
        let account = company.account().await;
        let contact = company.contact_with(json!({ "accountId": account })).await;
        let amount = json!({ "amount": "1.00", "currency": "UYU" });
        let (path, body) = match round % 3 {
            0 => ("/contacts", json!({ "firstName": "Late", "accountId": account })),
            1 => ("/opportunities", json!({ "title": "Late", "accountId": account, "amount": amount })),
            _ => ("/opportunities", json!({ "title": "Late", "contactId": contact, "amount": amount })),
        };
        let delete = client.delete(format!("/accounts/{account}?cascade=true"));
        let create = client.post(path, &body);
        let (delete, create) = if round % 2 == 0 {
            join(delete, create).await
        } else {
            let (create, delete) = join(create, delete).await;
            (delete, create)
        };
        assert_eq!(delete.status, 204, "{delete:?}");
        match create.status {
            201 => {
                let id = create.id();
                client.get(format!("{path}/{id}")).await.problem(404, "not_found");
            }
            _ => drop(create.problem(422, "invalid_reference")),
        }
    }
    let live = client.get("/opportunities").await.expect(200).data();
    assert_eq!(live, json!([]));
    assert_sound(&server.database.superuser_url).await;
}

#[tokio::test]
async fn a_restoration_and_a_creation_of_one_name_have_one_winner() {
    let server = Server::shared().await;
    let company = &server.company().await;
    let client = company.client();
    for _ in 0..10 {
        let name = unique("contested");
        let old = company.account_with(json!({ "name": name })).await;
        client.delete(format!("/accounts/{old}")).await.expect(204);
        let body = json!({ "name": name.to_uppercase() });
        let (none, restore) = (json!({}), format!("/accounts/{old}/restore"));
        let (restored, created) = join(client.post(restore, &none), client.post("/accounts", &body)).await;
        match (restored.status, created.status) {
            (200, 409) => drop(created.problem(409, "account_name_taken")),
            (409, 201) => drop(restored.problem(409, "account_name_taken")),
            _ => panic!("one of them wins: {restored:?} {created:?}"),
        }
    }
}
