//! The company that everybody is after.

use serde_json::json;

use crate::support::{Answer, Company, Server, Snapshot, attach, unique};

/// A neighbour with a record of every kind, each of which bears a word that nobody else has.
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
        // Mails of theirs go out, which changes rows of theirs: that is over when all is quiet.
        crate::support::wait_for_mail(&format!("i{email}"), 1).await;
        let before = Snapshot::of(server, &company).await;
        Self { company, mark, before }
    }

    /// Whether an answer shows anything of theirs.
    pub(super) fn shows_in(&self, answer: &Answer) -> bool {
        answer.text.contains(&self.mark) || format!("{:?}", answer.headers).contains(&self.mark)
    }

    /// That nothing of theirs has changed, and that they see their own.
    pub(super) async fn assert_unharmed(&self, server: &Server) {
        self.before.assert_same(&Snapshot::of(server, &self.company).await);
        let accounts = self.company.client().get("/accounts").await.expect(200);
        assert_eq!(accounts.rows("name"), [json!(self.mark)]);
    }
}
