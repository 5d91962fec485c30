//! The routes of contacts.

use cartera_application::{
    Application, Code, Result,
    idempotency::{Outcome, Terms},
    security::Actor,
};
use cartera_domain::{contacts::ContactFields, ids::ContactId};
use serde_json::json;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    opportunities::{Opportunity, nested_opportunities, opportunity_page},
    records::{self, Examples, GroupTexts, Served, Texts},
};

impl Served for ContactFields {
    const ABOUT: &'static str = "A person, usually at an account.";
    const ALL: &'static str = "People, usually at an account.";
    const GROUPS: &'static [GroupTexts] = &[GroupTexts {
        field: "socialLinks",
        answer: "Where a person can be found on other services.",
        input: "Profiles to set, by link, handle or number.",
    }];
    const TEXTS: Texts = Texts {
        list: Some(
            "`q` finds the beginning of the name, of the last name or of the e-mail. `deleted=true` lists the bin, last\n\
             deleted first, to those who may delete: whoever may delete only their own sees only their own there.",
        ),
        update: Some(
            "A merge-patch: what is absent stays, null clears; of `socialLinks`, link by link. Opportunities with the\n\
             contact keep the account they have.",
        ),
        delete: Some(
            "It leaves every list at once and lies in the bin until it is restored or, after the company's `trashDays`,\n\
             removed for good. A contact that is the only party of live opportunities can't be deleted; `params` of the\n\
             error counts them. Opportunities that have an account besides show no contact until it is restored.\n\
             Whoever may delete only their own contacts is refused others'.",
        ),
        restore: Some(
            "Out of the bin. While its account lies in the bin it can't be restored alone, nor when its e-mail is taken\n\
             by now. It takes the right to delete it.",
        ),
        ..Texts::USUAL
    };
    const DELETE_ERRORS: &'static [Code] = &[Code::ContactInUse];

    fn examples() -> Examples {
        Examples {
            id: "019a9f2e-0000-7000-8000-00000000f001",
            record: json!({
                "firstName": "Carla", "lastName": "Contreras", "position": "Compras", "email": "carla@acme.example",
                "phone": "+59899123456", "socialLinks": { "linkedin": "https://www.linkedin.com/in/carla" },
                "account": { "id": "019a9f2e-0000-7000-8000-00000000c001", "name": "Acme S.A." }, "tags": ["vip"]
            }),
            create: json!({
                "firstName": "Carla", "lastName": "Contreras", "email": "carla@acme.example", "phone": "099 123 456"
            }),
            update: json!({ "position": "Dirección", "socialLinks": { "x": null } }),
        }
    }

    async fn delete(app: &Application, actor: &Actor, id: ContactId, terms: Terms) -> Result<Outcome<()>> {
        app.contacts.delete(actor, id, terms).await
    }

    fn routes(cfg: &mut ServiceConfig) {
        records::routes::<ContactFields>(cfg);
        let opportunities = nested_opportunities().below::<ContactFields>(
            "Whatever their status, unless `status` or `stage` is given. It also takes `contacts:read`.",
            async |app, actor, id, query| {
                app.opportunities
                    .list_of_contact(actor, id, query)
                    .await
                    .map(|found| opportunity_page(found, Opportunity::from))
            },
        );
        cfg.service(opportunities);
    }
}
