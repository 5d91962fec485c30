//! Interrupted bulk operations: one that is killed halfway leaves nothing behind, and of two conflicting ones one wins.
//! The tests lock rows that the operation needs, so that they know how far it has come.

use std::{future::Future, time::Duration};

use cartera_application::{Code, Error, Kind, idempotency::Once, pipelines::DeleteStage, security::IfMatch};
use cartera_domain::ids::{AccountId, Id, StageId};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use uuid::Uuid;

use crate::{sales::Seller, support::grant};

const ANY: IfMatch = IfMatch::new(None);

/// The last of the records: when the operation waits for it, it has locked the others.
const OPPORTUNITY: &str =
    "select id from opportunities where company_id = $1 order by id desc limit 1 for update";
/// Locked after the records: when the operation waits here, it has changed them.
const COUNTERS: &str = "select stage_id from stage_totals where company_id = $1 for update";
/// Locked last: when the operation waits here, only the commit is missing.
const EVENTS: &str =
    "select value from company_sequences where company_id = $1 and name = 'outbox' for update";

/// A company with many opportunities for one account and a few for another, all in its first stage.
struct Shop {
    seller: Seller,
    behind: PgConnection,
    account: AccountId,
    stage: StageId,
}

#[derive(Debug, Clone, Copy)]
enum Work {
    DeleteAccount,
    RestoreAccount,
    DeleteStage,
}

impl Shop {
    async fn new() -> Self {
        let seller = Seller::new().await;
        let (large, small) = (seller.account("Acme").await, seller.account("Globex").await);
        let mut stage = Uuid::nil();
        for number in 0..8 {
            let account = if number % 4 == 1 { small } else { large };
            let currency = ["UYU", "USD"][number % 2];
            let sale = seller.opportunity(account, "Flota", "5.00", currency).await;
            stage = sale.stage.id;
            if number == 0 {
                seller.to_stage(sale.id, "Venta").await;
            }
        }
        let behind = seller.bench.database.behind_the_walls().await;
        Self { seller, behind, account: Id::new(large), stage: Id::new(stage) }
    }

    async fn work(&self, work: Work) -> Result<(), Error> {
        let Seller { application, owner, .. } = &self.seller;
        match work {
            Work::DeleteAccount => {
                let deleting = application.accounts.delete_cascading(owner, self.account, ANY);
                Box::pin(deleting).await.map(|_| ())
            }
            Work::RestoreAccount => {
                let restored = application.accounts.restore(owner, self.account, &Once::default()).await;
                restored.map(|_| ())
            }
            Work::DeleteStage => self.delete_stage(self.stage, "Venta").await.map(|_| ()),
        }
    }

    /// Deletes a stage; returns how many opportunities moved.
    async fn delete_stage(&self, stage: StageId, move_to: &str) -> Result<u64, Error> {
        let way = DeleteStage { move_to: Some(move_to.to_owned()), reason: Some("It goes".to_owned()) };
        let Seller { application, owner, .. } = &self.seller;
        application.pipelines.delete_stage(owner, stage, way, ANY).await.map(|deleted| deleted.output.moved)
    }

    /// Takes the locks of a statement, held as long as the returned connection lives.
    async fn hold(&self, select: &'static str) -> PgConnection {
        let mut holder = self.seller.bench.database.behind_the_walls().await;
        sqlx::query("begin").execute(&mut holder).await.expect("it begins");
        let company = self.seller.owner.company_id().uuid();
        let held = sqlx::query(select).bind(company).fetch_all(&mut holder).await.expect("it locks");
        assert!(!held.is_empty(), "there is something to hold: {select}");
        holder
    }

    /// Waits until this many sessions wait for locks.
    async fn wait_for(&self, waiting: i64) {
        let mut behind = self.seller.bench.database.behind_the_walls().await;
        let stuck = "select count(*) from pg_stat_activity where datname = current_database() \
                     and wait_event_type = 'Lock'";
        for _ in 0..1000 {
            let found: i64 = sqlx::query_scalar(stuck).fetch_one(&mut behind).await.expect("a count");
            if found == waiting {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("{waiting} should wait for what is held");
    }

    /// Runs both so that both have started before either can end.
    async fn at_once<A, B>(&self, one: impl Future<Output = A>, other: impl Future<Output = B>) -> (A, B) {
        let held = self.hold(EVENTS).await;
        let release = async {
            self.wait_for(2).await;
            held.close().await.expect("it is let go");
        };
        let (one, other, ()) = tokio::join!(one, other, release);
        (one, other)
    }

    /// All rows of the company.
    async fn everything(&mut self) -> Vec<(&'static str, Vec<String>)> {
        let mut all = Vec::new();
        for table in [
            "accounts",
            "contacts",
            "opportunities",
            "stage_changes",
            "pipelines",
            "stages",
            "outbox",
            "company_sequences",
            "account_wins",
            "account_won_amounts",
            "stage_totals",
        ] {
            let sql = format!("select to_jsonb(t)::text from {table} t where company_id = $1 order by 1");
            let rows = sqlx::query_scalar(AssertSqlSafe(sql)).bind(self.seller.owner.company_id().uuid());
            all.push((table, rows.fetch_all(&mut self.behind).await.expect("rows")));
        }
        all
    }

    /// Asserts that the counters equal a recount, that event numbers have no gaps, and that each live opportunity's
    /// stage exists.
    async fn assert_sound(&mut self) {
        let company = self.seller.owner.company_id();
        let drift = self.seller.bench.store.counter_drift(&grant(company), false).await.expect("a recount");
        assert!(drift.is_empty(), "{drift:?}");
        for nothing in [
            "select max(sequence) - count(*) from outbox where company_id = $1",
            "select count(*) from opportunities o join stages s on s.company_id = o.company_id and s.id = o.stage_id \
             where o.company_id = $1 and o.deleted_at is null and s.deleted_at is not null",
        ] {
            let found = sqlx::query_scalar(nothing).bind(company.uuid()).fetch_one(&mut self.behind).await;
            assert_eq!(found.ok(), Some(0_i64), "{nothing}");
        }
    }

    async fn live(&mut self) -> i64 {
        let count = "select count(*) from opportunities where company_id = $1 and deleted_at is null";
        let count = sqlx::query_scalar(count).bind(self.seller.owner.company_id().uuid());
        count.fetch_one(&mut self.behind).await.expect("a count")
    }
}

#[tokio::test]
async fn what_dies_halfway_leaves_nothing_behind() {
    let mut shop = Shop::new().await;
    for work in [Work::DeleteAccount, Work::RestoreAccount, Work::DeleteStage] {
        for held in [OPPORTUNITY, COUNTERS, EVENTS] {
            let before = shop.everything().await;
            let holder = shop.hold(held).await;
            let kill = async {
                shop.wait_for(1).await;
                let mut behind = shop.seller.bench.database.behind_the_walls().await;
                let kill = "select pg_terminate_backend(pid) from pg_stat_activity \
                            where datname = current_database() and wait_event_type = 'Lock'";
                sqlx::query(kill).execute(&mut behind).await.expect("a superuser may");
            };
            let (done, ()) = tokio::join!(shop.work(work), kill);
            let error = done.expect_err("its connection died");
            assert_eq!(error.code().kind(), Kind::Unavailable, "{work:?}, {held}: {error:?}");
            holder.close().await.expect("it is let go");
            for (after, before) in shop.everything().await.into_iter().zip(before) {
                assert_eq!(after, before, "{work:?}, {held}");
            }
        }
        // And the interrupted operation does not block a new one.
        shop.work(work).await.unwrap_or_else(|error| panic!("{work:?}: {error:?}"));
        shop.assert_sound().await;
    }
}

#[tokio::test]
async fn of_two_who_delete_a_stage_one_does_and_the_other_is_told_it_is_gone() {
    let mut shop = Shop::new().await;
    let (one, other) =
        shop.at_once(shop.delete_stage(shop.stage, "Venta"), shop.delete_stage(shop.stage, "No Venta")).await;
    let (moved, refused) = if one.is_ok() { (one, other) } else { (other, one) };
    assert_eq!(moved.expect("one of them does"), 7);
    assert!(refused.expect_err("and only one").is(Code::NotFound));
    shop.assert_sound().await;
}

#[tokio::test]
async fn of_two_stages_that_should_go_into_each_other_one_goes() {
    let mut shop = Shop::new().await;
    let sql = "select id from stages where company_id = $1 and name = 'Negociación'";
    let next = sqlx::query_scalar(sql).bind(shop.seller.owner.company_id().uuid());
    let next: Uuid = next.fetch_one(&mut shop.behind).await.expect("a stage");
    shop.seller.to_stage(shop.seller.walk("").await[0].id, "Negociación").await;
    let (one, other) = shop
        .at_once(
            shop.delete_stage(shop.stage, "Negociación"),
            shop.delete_stage(Id::new(next), "Preparación"),
        )
        .await;
    let refused = if one.is_ok() { other } else { one };
    assert!(refused.expect_err("its target is gone").is(Code::ValidationFailed));
    shop.assert_sound().await;
}

#[tokio::test]
async fn of_two_who_delete_or_restore_an_account_one_does_and_the_other_is_told_so() {
    let mut shop = Shop::new().await;
    for (work, code, live) in
        [(Work::DeleteAccount, Code::NotFound, 2), (Work::RestoreAccount, Code::EditConflict, 8)]
    {
        let (one, other) = shop.at_once(shop.work(work), shop.work(work)).await;
        let (done, refused) = if one.is_ok() { (one, other) } else { (other, one) };
        done.expect("one of them does");
        let refused = refused.expect_err("and only one");
        assert!(refused.is(code), "{work:?}: {refused:?}");
        assert_eq!(shop.live().await, live);
        shop.assert_sound().await;
    }
}

#[tokio::test]
async fn a_stage_and_an_account_go_at_once_and_what_they_share_goes_once() {
    let mut shop = Shop::new().await;
    let (account, stage) =
        shop.at_once(shop.work(Work::DeleteAccount), shop.delete_stage(shop.stage, "Venta")).await;
    account.expect("the account goes");
    let moved = stage.expect("the stage goes");
    assert!(moved == 2 || moved == 7, "with or without what is the account's: {moved}");
    assert_eq!(shop.live().await, 2);
    shop.assert_sound().await;
}
