//! The routes of accounts.

use actix_web::web;
use cartera_application::{Application, Code, idempotency::Once, security::Actor};
use cartera_domain::{
    accounts::AccountFields,
    contacts::ContactFields,
    ids::{AccountId, kinds},
};
use serde_json::json;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    edge::{
        Caller, EdgeState, Handled, Pairs, PathId, TermsHeaders, done, flag_parameter, no_more, page,
        take_flag, to_the_end,
    },
    opportunities::{Opportunity, nested_opportunities, opportunity_page},
    records::{Examples, Nested, Restored, Served, Texts, operations},
};

impl Served for AccountFields {
    const ABOUT: &'static str = "An organisation that the company sells to, or hopes to.";
    const ALL: &'static str = "The organisations that a company sells to, or hopes to.";
    const TEXTS: Texts = Texts {
        delete: Some(
            "It leaves every list at once and lies in the bin until it is restored or, after the company's `trashDays`,\n\
             removed for good. An account with live contacts or opportunities can't be deleted (`params` of the error\n\
             counts them) unless `cascade=true` deletes them together with it, all or nothing. That takes the\n\
             permissions to delete contacts and opportunities too; whoever may delete only their own records is refused\n\
             others', also under cascade.\n\n\
             With hundreds of thousands of records the answer may take minutes; who hangs up does not undo it.",
        ),
        restore: Some(
            "Out of the bin, with the contacts and opportunities that were deleted together with it; what was deleted on\n\
             its own before stays in the bin. When a name or an e-mail is taken by now, nothing is restored. It takes\n\
             the right to delete each of them.\n\n\
             With hundreds of thousands of records the answer may take minutes; who hangs up does not undo it.",
        ),
        ..Texts::USUAL
    };
    const DELETE_ERRORS: &'static [Code] = &[Code::AccountInUse];
    const RESTORE_ERRORS: &'static [Code] = &[Code::ContactEmailTaken, Code::PipelineDeleted];

    fn examples() -> Examples {
        Examples {
            id: "019a9f2e-0000-7000-8000-00000000c001",
            record: json!({
                "name": "Acme S.A.", "industry": "Logística", "address": "18 de Julio 1234, Montevideo",
                "employees": 120, "website": "https://acme.example", "phone": "+59829001234", "tags": ["vip"]
            }),
            create: json!({
                "name": "Acme S.A.", "industry": "Logística", "employees": 120, "phone": "2900 1234", "tags": ["vip"]
            }),
            update: json!({ "employees": 130, "website": null }),
        }
    }

    async fn restore(app: &Application, actor: &Actor, id: AccountId, once: &Once) -> Restored {
        let (accounts, actor, once) = (app.accounts.clone(), actor.clone(), once.clone());
        to_the_end(async move { accounts.restore(&actor, id, &once).await }).await
    }

    fn routes(cfg: &mut ServiceConfig) {
        let [create, list, read, update, delete, restore, history] = operations::<AccountFields>();
        let cascade = "Whether its live contacts and opportunities are deleted together with it.";
        let delete = delete.taking(flag_parameter("cascade", cascade)).to(remove);
        cfg.service(create).service(list).service(read).service(update).service(delete).service(restore);
        cfg.service(history);
        let contacts = Nested::of::<ContactFields>()
            .below::<AccountFields>("It also takes `accounts:read`.", async |app, actor, id, query| {
                app.contacts.list_of_account(actor, id, query).await.map(page)
            });
        let opportunities = nested_opportunities().below::<AccountFields>(
            "Whatever their status, unless `status` or `stage` is given. It also takes `accounts:read`.",
            async |app, actor, id, query| {
                app.opportunities
                    .list_of_account(actor, id, query)
                    .await
                    .map(|found| opportunity_page(found, Opportunity::from))
            },
        );
        cfg.service(contacts).service(opportunities);
    }
}

async fn remove(
    caller: Caller,
    id: PathId<kinds::Account>,
    mut pairs: Pairs,
    terms: TermsHeaders,
    state: web::Data<EdgeState>,
) -> Handled {
    let cascade = take_flag(&mut pairs, "cascade")?;
    no_more(&pairs, &["cascade"])?;
    let accounts = state.application.accounts.clone();
    let outcome = if cascade {
        to_the_end(async move { accounts.delete_cascading(&caller, id.0, terms.0).await }).await?
    } else {
        accounts.delete(&caller, id.0, terms.0).await?
    };
    Ok(done(outcome.replayed))
}
