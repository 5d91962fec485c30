//! Contacts.

use cartera_domain::identity::{Permission, Role};
use serde_json::json;

use super::support::{Call, NOBODY, TestServer, id_of};

#[actix_web::test]
async fn a_contact_lives_and_dies_and_lives() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let account = server.env.account(&acme.owner, "Globex").await.to_string();
    let body = json!({
        "firstName": " Carla ", "lastName": "Contreras", "email": "Carla@Globex.example",
        "phone": "099 123 456", "socialLinks": { "x": "https://x.com/carla" }, "accountId": account,
        "tags": ["vip"]
    });
    let made = server.send(Call::post("/contacts", &body).owner(&acme)).await;
    let contact = made.data(201).clone();
    let path = format!("/api/v1/contacts/{}", id_of(&contact));
    assert_eq!(made.header("location"), Some(path.as_str()));
    assert_eq!(made.header("etag"), Some("\"1\""));
    assert_eq!((&contact["firstName"], &contact["phone"]), (&json!("Carla"), &json!("+59899123456")));
    assert_eq!(contact["account"], json!({ "id": account, "name": "Globex" }));
    assert_eq!(contact["socialLinks"]["x"], "https://x.com/carla");
    assert_eq!((&contact["socialLinks"]["facebook"], &contact["deletedAt"]), (&json!(null), &json!(null)));

    let read = server.send(Call::get(&path).owner(&acme)).await;
    assert_eq!((read.data(200), read.header("etag")), (&contact, Some("\"1\"")));
    let change = json!({ "lastName": null, "socialLinks": { "linkedin": "https://linkedin.com/in/c" } });
    let changed = server.send(Call::patch(&path, &change).owner(&acme).header("if-match", "\"1\"")).await;
    assert_eq!(changed.header("etag"), Some("\"2\""));
    assert_eq!(changed.data(200)["lastName"], json!(null));
    let links = &changed.data(200)["socialLinks"];
    assert_eq!(
        (&links["x"], &links["linkedin"]),
        (&json!("https://x.com/carla"), &json!("https://www.linkedin.com/in/c"))
    );
    let stale = server.send(Call::delete(&path).owner(&acme).header("if-match", "\"1\"")).await;
    stale.refused(412, "version_mismatch");

    let gone = server.send(Call::delete(&path).owner(&acme)).await;
    assert_eq!((gone.status.as_u16(), gone.body), (204, json!(null)));
    server.send(Call::get(&path).owner(&acme)).await.refused(404, "not_found");
    let restore = || Call::post(&format!("{path}/restore"), &json!({})).owner(&acme);
    let back = server.send(restore().header("idempotency-key", "back")).await;
    assert_eq!((back.data(200)["version"].clone(), back.header("etag")), (json!(4), Some("\"4\"")));
    let again = server.send(restore().header("idempotency-key", "back")).await;
    assert_eq!((again.data(200), again.header("idempotency-replayed")), (back.data(200), Some("true")));
    server.send(restore()).await.refused(409, "not_deleted");
}

#[actix_web::test]
async fn bad_bodies_are_refused_field_by_field() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let post = |body: serde_json::Value| Call::post("/contacts", &body).owner(&acme);
    server.send(post(json!({}))).await.invalid(&[("/firstName", "required")]);
    let many = json!({
        "firstName": "", "email": "x", "phone": "1", "socialLinks": { "x": "x" }, "tags": [""]
    });
    server.send(post(many)).await.invalid(&[
        ("/firstName", "blank"),
        ("/email", "malformed"),
        ("/phone", "malformed"),
        ("/socialLinks/x", "malformed"),
        ("/tags/0", "blank"),
    ]);
    for field in ["id", "version", "companyId", "createdAt", "account", "deletedAt", "deletionId", "name"] {
        let pointer = format!("/{field}");
        let body = json!({ "firstName": "x", field: null });
        server.send(post(body)).await.invalid(&[(&pointer, "unknown_field")]);
    }
    let stray = json!({ "firstName": "x", "socialLinks": { "myspace": "https://myspace.com/x" } });
    server.send(post(stray)).await.invalid(&[("/socialLinks/myspace", "unknown_field")]);
    let typed = json!({ "firstName": "x", "socialLinks": "https://x.com" });
    server.send(post(typed)).await.invalid(&[("/socialLinks", "malformed")]);
    let unknown = server.send(post(json!({ "firstName": "x", "accountId": NOBODY }))).await;
    unknown.refused(422, "invalid_reference");
    assert_eq!(unknown.entries(), [("/accountId", "invalid_reference")]);
    server.send(post(json!({ "firstName": "x", "email": "a@b.example" }))).await.data(201);
    let taken = server.send(post(json!({ "firstName": "y", "email": "A@B.example" }))).await;
    taken.refused(409, "contact_email_taken");
}

#[actix_web::test]
async fn another_companys_contact_is_as_absent_as_one_that_never_was() {
    let server = TestServer::new();
    let (acme, other) = (server.env.company("Acme").await, server.env.company("Other").await);
    let contact = server.env.contact(&other.owner, None).await.to_string();
    for id in [contact.as_str(), NOBODY, "not-an-id"] {
        let path = format!("/contacts/{id}");
        server.send(Call::get(&path).owner(&acme)).await.refused(404, "not_found");
        server.send(Call::patch(&path, &json!({})).owner(&acme)).await.refused(404, "not_found");
        server.send(Call::delete(&path).owner(&acme)).await.refused(404, "not_found");
        let restore = Call::post(&format!("{path}/restore"), &json!({}));
        server.send(restore.owner(&acme)).await.refused(404, "not_found");
        let nested = Call::get(&format!("{path}/opportunities"));
        server.send(nested.owner(&acme)).await.refused(404, "not_found");
    }
}

#[actix_web::test]
async fn a_contact_in_use_says_how_often() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let contact = server.env.contact(&acme.owner, None).await.to_string();
    let body = json!({ "title": "A sale", "contactId": contact, "amount": { "amount": "1" } });
    server.send(Call::post("/opportunities", &body).owner(&acme)).await.data(201);
    let answer = server.send(Call::delete(&format!("/contacts/{contact}")).owner(&acme)).await;
    answer.refused(409, "contact_in_use");
    assert_eq!(answer.body["params"], json!({ "opportunities": 1 }));
}

#[actix_web::test]
async fn nested_lists_take_both_permissions() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let account = server.env.account(&acme.owner, "Globex").await;
    let contact = server.env.contact(&acme.owner, Some(account)).await;
    let (contacts, sales) =
        (format!("/accounts/{account}/contacts"), format!("/contacts/{contact}/opportunities"));
    for path in [&contacts, &sales] {
        assert_eq!(
            server.send(Call::get(path).owner(&acme)).await.data(200).as_array().map(Vec::len),
            Some(1)
        );
    }
    let one = server.env.key(&acme.owner, &[Permission::ContactsRead]).await;
    server.send(Call::get(&contacts).key(&one)).await.refused(403, "forbidden");
    server.send(Call::get(&sales).key(&one)).await.refused(403, "forbidden");
    let scopes = [Permission::ContactsRead, Permission::AccountsRead, Permission::OpportunitiesRead];
    let all = server.env.key(&acme.owner, &scopes).await;
    for path in [&contacts, &sales] {
        server.send(Call::get(path).key(&all)).await.data(200);
    }
}

#[actix_web::test]
async fn lists_are_filtered_and_their_parameters_checked() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let viewer = server.env.person(acme.id, Role::Viewer).await;
    let list = |query: &str| Call::get(&format!("/contacts{query}"));
    let good = "?email=Ana@Example.com&accountId[isNull]=true&ownerId=me&sort=-email&q=ana@ex";
    server.send(list(good).person(&viewer)).await.data(200);
    server.send(list("?email=ana&sort=phone&deleted=perhaps").owner(&acme)).await.invalid(&[
        ("?deleted", "not_allowed"),
        ("?email", "malformed"),
        ("?sort", "not_allowed"),
    ]);
}
