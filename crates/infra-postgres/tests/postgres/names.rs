//! Names are cached and never stale: neither after a change in another process, nor after one that was rolled back.

use std::{sync::Arc, time::Duration};

use cartera_application::{
    Application, Code,
    ports::{Clock, Ports, Store},
    security::IfMatch,
};
use cartera_domain::{
    ids::Id,
    pipelines::{Stage, StageInput},
};
use cartera_infra_postgres::{PgStore, PoolOptions};
use uuid::Uuid;

use crate::{
    sales::{Seller, application, given, ports},
    support::grant,
};

/// The same use cases as in another process, with a separate store and cache of names.
fn elsewhere(seller: &Seller) -> Application {
    let options = PoolOptions { size: 2, patience: Duration::from_secs(5) };
    let store = PgStore::new(&seller.bench.database.api_url, options).expect("the URL is one");
    application(Ports { clock: Arc::new(seller.clock.clone()), ..ports(&store) })
}

/// The stage and owner names of the first opportunity of the default list.
async fn shown(seller: &Seller, application: &Application) -> (String, String) {
    let (page, _) =
        application.opportunities.list(&seller.owner, seller.query("")).await.expect("the home list");
    let first = page.items.into_iter().next().expect("an opportunity");
    (first.stage.name, first.owner.expect("an owner").name)
}

async fn rename(seller: &Seller, stage: Uuid, name: &str) {
    let input = StageInput { name: given(name), ..StageInput::default() };
    let renamed =
        seller.application.pipelines.update_stage(&seller.owner, Id::new(stage), input, IfMatch::default());
    renamed.await.expect("the stage is renamed");
}

#[tokio::test]
async fn a_new_name_is_seen_at_once_on_every_replica() {
    let seller = Seller::new().await;
    let other = elsewhere(&seller);
    let account = seller.account("Ñandú").await;
    let sale = seller.opportunity(account, "Sillas", "1", "UYU").await;
    let before = ("Preparación".to_owned(), "Ana Paz".to_owned());
    assert_eq!(shown(&seller, &seller.application).await, before);
    assert_eq!(shown(&seller, &other).await, before);
    rename(&seller, sale.stage.id, "Primer contacto").await;
    let users = &seller.application.users;
    users.update_own(&seller.owner, given("Ana Pérez"), IfMatch::default()).await.expect("a new name");
    let after = ("Primer contacto".to_owned(), "Ana Pérez".to_owned());
    assert_eq!(shown(&seller, &other).await, after);
    assert_eq!(shown(&seller, &seller.application).await, after);
}

#[tokio::test]
async fn a_name_that_was_never_committed_is_seen_by_nobody_else() {
    let seller = Seller::new().await;
    let account = seller.account("Ñandú").await;
    let sale = seller.opportunity(account, "Sillas", "1", "UYU").await;
    let tx = seller.bench.store.begin(&grant(seller.owner.company_id())).await.expect("a unit of work");
    let mut pipeline = tx.pipelines().get(Id::new(sale.pipeline.id)).await.expect("the pipeline");
    let stage = pipeline.stage(Id::new(sale.stage.id)).expect("its stage").clone();
    let fields = stage.fields();
    let input = StageInput { name: given("Borrador"), ..StageInput::default() };
    let fields = fields.patched(input).expect("good fields");
    let Stage { id, .. } = stage;
    let now = seller.clock.now();
    assert!(pipeline.edit_stage(id, fields, now).expect("a free name"));
    tx.pipelines().update(&mut pipeline).await.expect("the stage is stored");
    let inside = tx.opportunities().view(Id::new(sale.id)).await.expect("the opportunity");
    assert_eq!(inside.stage.name, "Borrador");
    tx.rollback().await;
    assert_eq!(shown(&seller, &seller.application).await.0, "Preparación");
}

#[tokio::test]
async fn a_stage_that_memory_does_not_know_is_read() {
    let seller = Seller::new().await;
    let account = seller.account("Ñandú").await;
    let sale = seller.opportunity(account, "Sillas", "1", "UYU").await;
    assert_eq!(shown(&seller, &seller.application).await.0, "Preparación");
    // A manual change in the database, without a notification.
    let mut behind = seller.bench.database.behind_the_walls().await;
    let copied = "insert into stages (company_id, id, pipeline_id, name, name_fold, position, kind, color, probability) \
        select company_id, gen_random_uuid(), pipeline_id, 'Consola', 'consola', 99, kind, color, probability \
        from stages where id = $1 returning id";
    let copy: Uuid =
        sqlx::query_scalar(copied).bind(sale.stage.id).fetch_one(&mut behind).await.expect("a stage");
    sqlx::query("update opportunities set stage_id = $1")
        .bind(copy)
        .execute(&mut behind)
        .await
        .expect("moved");
    assert_eq!(shown(&seller, &seller.application).await.0, "Consola");
}

#[tokio::test]
async fn names_of_one_company_are_never_shown_to_another() {
    let seller = Seller::new().await;
    let account = seller.account("Ñandú").await;
    let sale = seller.opportunity(account, "Sillas", "1", "UYU").await;
    let other = crate::sales::register(&seller.application, "Globex", "owner@globex.uy").await;
    assert_eq!(shown(&seller, &seller.application).await.0, "Preparación");
    let tx = seller.bench.store.begin(&grant(other.company_id())).await;
    let refused = tx.expect("a unit of work").opportunities().view(Id::new(sale.id)).await;
    assert!(refused.expect_err("another company's").is(Code::NotFound));
}
