//! Deadlock freedom: a session that waits for a row holds no row that comes after it in the lock order. Each test locks
//! a row, runs work that needs it, and checks which rows the work holds while it waits.

use std::{future::Future, time::Duration};

use cartera_application::{
    opportunities::{UpdateOpportunity, WantedLinks},
    pipelines::DeleteStage,
    ports::Clock,
    security::IfMatch,
};
use cartera_domain::{
    identity::Handover,
    ids::Id,
    input::Patch,
    opportunities::{MoneyInput, OpportunityInput},
};
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use crate::sales::Seller;

const ANY: IfMatch = IfMatch::new(None);

/// Takes the locks of a statement, and returns the connection of the transaction that holds them.
async fn hold(seller: &Seller, select: &'static str, id: Uuid) -> PgConnection {
    let mut holder = seller.bench.database.behind_the_walls().await;
    sqlx::query("begin").execute(&mut holder).await.expect("it begins");
    sqlx::query(select).bind(id).execute(&mut holder).await.expect("the row is there");
    holder
}

/// Waits until a session of this database waits for a lock.
async fn somebody_waits(probe: &mut PgConnection) {
    let waiting = "select exists (select from pg_stat_activity where datname = current_database() \
                   and wait_event_type = 'Lock')";
    for _ in 0..1000 {
        if sqlx::query_scalar(waiting).fetch_one(&mut *probe).await.expect("an answer") {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("nobody waits for what is held");
}

/// Runs work that needs the locked row, and asserts that the opportunity is not locked while the work waits.
async fn waits_without(seller: &Seller, held: PgConnection, free: Uuid, work: impl Future<Output = ()>) {
    let look = async {
        let mut probe = seller.bench.database.behind_the_walls().await;
        somebody_waits(&mut probe).await;
        let select = "select id from opportunities where id = $1 for update nowait";
        let found = sqlx::query(select).bind(free).fetch_one(&mut probe).await;
        found.expect("whoever waits holds no opportunity");
        held.close().await.expect("it is let go");
    };
    tokio::join!(work, look);
}

const HOLD_ACCOUNT: &str = "select id from accounts where id = $1 for update";
const HOLD_STAGE: &str = "select id from stages where id = $1 for update";
const HOLD_OPPORTUNITY: &str = "select id from opportunities where id = $1 for update";

#[tokio::test]
async fn an_accounts_first_win_waits_for_the_account_before_it_takes_the_opportunity() {
    let seller = Seller::new().await;
    let acme = seller.account("Acme").await;
    let sale = seller.opportunity(acme, "Flota", "5.00", "UYU").await;
    let held = hold(&seller, HOLD_ACCOUNT, acme).await;
    waits_without(&seller, held, sale.id, seller.to_stage(sale.id, "Venta")).await;
}

#[tokio::test]
async fn a_stages_first_amount_of_a_currency_waits_for_the_stage_before_it_takes_the_opportunity() {
    let seller = Seller::new().await;
    let acme = seller.account("Acme").await;
    let sale = seller.opportunity(acme, "Flota", "5.00", "UYU").await;
    let held = hold(&seller, HOLD_STAGE, sale.stage.id).await;
    let amount = MoneyInput { amount: Some("7.00".to_owned()), currency: Some("USD".to_owned()) };
    let input = OpportunityInput { amount: Patch::Value(amount), ..OpportunityInput::default() };
    let command = UpdateOpportunity { input, links: WantedLinks::default() };
    waits_without(&seller, held, sale.id, async {
        let edited =
            seller.application.opportunities.update(&seller.owner, Id::new(sale.id), command, ANY).await;
        edited.expect("it is edited");
    })
    .await;
}

#[tokio::test]
async fn what_a_stages_deletion_wins_waits_for_the_accounts_before_it_takes_opportunities() {
    let seller = Seller::new().await;
    let (acme, globex) = (seller.account("Acme").await, seller.account("Globex").await);
    let first = seller.opportunity(acme, "Flota", "5.00", "UYU").await;
    seller.opportunity(globex, "Taller", "5.00", "UYU").await;
    let held = hold(&seller, HOLD_ACCOUNT, globex).await;
    let command = DeleteStage { move_to: Some("Venta".to_owned()), reason: Some("All sold".to_owned()) };
    let pipelines = &seller.application.pipelines;
    waits_without(&seller, held, first.id, async {
        let deleted = pipelines.delete_stage(&seller.owner, Id::new(first.stage.id), command, ANY).await;
        assert_eq!(deleted.expect("it is deleted").output.moved, 2);
    })
    .await;
}

#[tokio::test]
async fn what_changes_hands_is_taken_in_the_order_of_ids() {
    let seller = Seller::new().await;
    let acme = seller.account("Acme").await;
    let mut sales = Vec::new();
    for title in ["Flota", "Taller", "Grúas"] {
        sales.push(seller.opportunity(acme, title, "5.00", "UYU").await.id);
    }
    // A changed row is stored after the others, so an update without ordered locking would reach it last.
    sales.sort();
    seller.to_stage(sales[0], "Negociación").await;
    let held = hold(&seller, HOLD_OPPORTUNITY, sales[0]).await;
    let from = seller.owner.as_ref().user_id().expect("the owner is a person");
    let at = seller.clock.now();
    waits_without(&seller, held, sales[2], async {
        let tx = seller.bench.begin(seller.owner.company_id()).await;
        tx.users().hand_over(Handover { from, to: None, at }).await.expect("it changes hands");
        tx.commit().await.expect("it is stored");
    })
    .await;
    let mut behind = seller.bench.database.behind_the_walls().await;
    let left: i64 = sqlx::query_scalar("select count(*) from opportunities where owner_id is not null")
        .fetch_one(&mut behind)
        .await
        .expect("a count");
    assert_eq!(left, 0, "all of them changed hands");
}
