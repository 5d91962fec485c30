//! The company under attack.

use serde_json::json;

use crate::support::{Answer, Company, Server, Snapshot, attach, unique};

/// A company with a record of every kind, each of which contains a unique word.
#[derive(Debug)]
pub(super) struct Victim {
    pub(super) company: Company,
    mark: String,
    before: Snapshot,
}

impl Victim {
    pub(super) async fn new(server: &Server) -> Self {
        let company = server.company().await;
        let mark = unique("theirs");
        let account = company.account_with(json!({ "name": mark, "industry": mark })).await;
        let email = format!("{mark}@example.com");
        let fields = json!({ "firstName": mark, "email": email, "accountId": account });
        company.contact_with(fields).await;
        let sale = company.opportunity_with(json!({ "title": mark, "accountId": account })).await;
        company.move_to(&sale, &company.stages[3]).await;
        attach(company.client(), "ACCOUNT", &account, mark.as_bytes()).await;
        company.client().patch("/users/me", &json!({ "name": mark })).await.expect(200);
        company.client().patch("/companies/current", &json!({ "name": mark })).await.expect(200);
        company.client().post("/api-keys", &json!({ "name": mark })).await.expect(201);
        company.client().post("/invitations", &json!({ "email": format!("i{email}") })).await.expect(201);
        // Their mails are sent first, because that changes their rows.
        crate::support::wait_for_mail(&format!("i{email}"), 1).await;
        let before = Snapshot::of(server, &company).await;
        Self { company, mark, before }
    }

    /// Whether an answer contains any of their data.
    pub(super) fn shows_in(&self, answer: &Answer) -> bool {
        answer.text.contains(&self.mark) || format!("{:?}", answer.headers).contains(&self.mark)
    }

    /// Asserts that none of their data has changed, and that they still see it.
    pub(super) async fn assert_unharmed(&self, server: &Server) {
        self.before.assert_same(&Snapshot::of(server, &self.company).await);
        let accounts = self.company.client().get("/accounts").await.expect(200);
        assert_eq!(accounts.rows("name"), [json!(self.mark)]);
    }
}
