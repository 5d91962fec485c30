//! The routes of comments: below the records that they belong to, and by their own ids.

use cartera_domain::{
    accounts::AccountFields, comments::CommentFields, contacts::ContactFields,
    opportunities::OpportunityFields,
};
use serde_json::json;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::records::{Examples, Served, Texts, operations, operations_below};

impl Served for CommentFields {
    const ABOUT: &'static str = "What a user has written below a record.";
    const ALL: &'static str = "What users write below accounts, contacts and opportunities.";
    const TEXTS: Texts =
        Texts { read: Some("One that lies in the bin, or whose record does, is not found."), ..Texts::USUAL };

    fn examples() -> Examples {
        Examples {
            id: "019a9f2e-0000-7000-8000-000000007001",
            record: json!({
                "entityType": "ACCOUNT", "entityId": "019a9f2e-0000-7000-8000-00000000c001", "kind": "COMMENT",
                "body": "They asked for an offer by **Friday**."
            }),
            create: json!({ "body": "They asked for an offer by **Friday**." }),
            update: json!({ "body": "They asked for an offer by **Monday**.", "kind": "INTERNAL_NOTE" }),
        }
    }

    fn routes(cfg: &mut ServiceConfig) {
        let [_, _, read, update, delete, restore, history] = operations::<Self>();
        cfg.service(read).service(update).service(delete).service(restore).service(history);
        let below = [
            operations_below::<Self, AccountFields>(),
            operations_below::<Self, ContactFields>(),
            operations_below::<Self, OpportunityFields>(),
        ];
        for operation in below.into_iter().flatten() {
            cfg.service(operation);
        }
    }
}
