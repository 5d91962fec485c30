//! Fixture: a company with its owner, and the records that tests need.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Client, PASSWORD, Person, Server};

/// A unique text.
pub(crate) fn unique(prefix: &str) -> String {
    format!("{}-{}", prefix.to_lowercase(), Uuid::now_v7().simple())
}

/// A company that has just signed up.
#[derive(Debug, Clone)]
pub(crate) struct Company {
    pub(crate) id: String,
    /// Who signed up.
    pub(crate) owner: Person,
    /// The ids of the default pipeline's stages, in order: three open ones, won, lost.
    pub(crate) stages: Vec<String>,
    pub(crate) pipeline: String,
}

impl Company {
    /// Signs a company up.
    pub(crate) async fn register(nobody: &Client) -> Self {
        let email = format!("{}@example.com", unique("owner"));
        let body = json!({
            "companyName": unique("company"), "name": "Ana Dueña", "email": email, "password": PASSWORD,
            "country": "UY",
        });
        let answer = nobody.post("/auth/register", &body).await.expect(201);
        let session = answer.data();
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        let owner = Person {
            id: text(&session["user"]["id"]),
            email,
            client: nobody.bearer(&text(&session["accessToken"])),
            refresh_token: answer.refresh_token().expect("a refresh cookie"),
        };
        let pipelines = owner.client.get("/pipelines").await.expect(200).data();
        let pipeline = &pipelines[0];
        let stages = pipeline["stages"].as_array().expect("stages");
        Company {
            id: text(&session["company"]["id"]),
            stages: stages.iter().map(|stage| text(&stage["id"])).collect(),
            pipeline: text(&pipeline["id"]),
            owner,
        }
    }

    /// The owner's client.
    pub(crate) fn client(&self) -> &Client {
        &self.owner.client
    }

    /// A new account's id.
    pub(crate) async fn account(&self) -> String {
        self.account_with(json!({})).await
    }

    /// A new account's id, with these fields besides the name.
    pub(crate) async fn account_with(&self, fields: Value) -> String {
        let body = merged(json!({ "name": unique("account") }), fields);
        self.client().post("/accounts", &body).await.expect(201).id()
    }

    /// A new contact's id, with these fields besides the name.
    pub(crate) async fn contact_with(&self, fields: Value) -> String {
        let body = merged(json!({ "firstName": unique("contact") }), fields);
        self.client().post("/contacts", &body).await.expect(201).id()
    }

    /// A new opportunity's id.
    pub(crate) async fn opportunity(&self, account: &str) -> String {
        self.opportunity_with(json!({ "accountId": account })).await
    }

    /// A new opportunity's id, with these fields besides the title and the amount.
    pub(crate) async fn opportunity_with(&self, fields: Value) -> String {
        let usual = json!({ "title": unique("deal"), "amount": { "amount": "100.00", "currency": "UYU" } });
        self.client().post("/opportunities", &merged(usual, fields)).await.expect(201).id()
    }

    /// A new pipeline, as in the answer: two open stages, won, lost.
    pub(crate) async fn new_pipeline(&self) -> Value {
        let body = json!({ "name": unique("pipeline"), "stages": [
            { "name": "Contacto", "kind": "OPEN" }, { "name": "Prueba", "kind": "OPEN" },
            { "name": "Acuerdo", "kind": "WON" }, { "name": "Descartado", "kind": "LOST" },
        ] });
        self.client().post("/pipelines", &body).await.expect(201).data()
    }

    /// Moves an opportunity.
    pub(crate) async fn move_to(&self, opportunity: &str, stage: &str) {
        let body = json!({ "stage": stage, "reason": "because" });
        let path = format!("/opportunities/{opportunity}/stage-changes");
        self.client().post(path, &body).await.expect(201);
    }

    /// A new API key with these scopes, as a client.
    pub(crate) async fn key(&self, scopes: &[&str]) -> (String, Client) {
        let body = json!({ "name": unique("key"), "scopes": scopes });
        let made = self.client().post("/api-keys", &body).await.expect(201).data();
        let text = |name: &str| made[name].as_str().expect("text").to_owned();
        (text("id"), self.client().nobody().key(&text("value")))
    }
}

/// The fields of both objects; those of `more` take precedence.
pub(crate) fn merged(mut body: Value, more: Value) -> Value {
    if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
        body.extend(more);
    }
    body
}

impl Server {
    /// Signs a company up.
    pub(crate) async fn company(&self) -> Company {
        Company::register(&self.nobody()).await
    }
}
