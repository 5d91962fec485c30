//! Reports and counters, on PostgreSQL.

use crate::{sales::Seller, support};
use cartera_application::{
    opportunities::StageChangeList,
    reports::{Period, StageChangesCommand},
    security::IfMatch,
};
use cartera_domain::{ids::Id, opportunities::CounterDeltas};

async fn drift(seller: &Seller) -> CounterDeltas {
    let grant = support::grant(seller.owner.company_id());
    seller.bench.store.counter_drift(&grant, false).await.expect("a recount")
}

#[tokio::test]
async fn top_accounts_rank_by_wins_then_own_currency_then_name() {
    let seller = Seller::new().await;
    let names = ["Beta", "Alfa", "Gama", "Delta"];
    let mut accounts = Vec::new();
    for name in names {
        accounts.push(seller.account(name).await);
    }
    // Gama wins twice; Beta and Alfa once for the same amount; Delta once, for more, but in dollars.
    for (account, amount, currency) in [
        (2, "1.00", "UYU"),
        (2, "2.50", "USD"),
        (0, "10.00", "UYU"),
        (1, "10.00", "UYU"),
        (3, "900.00", "USD"),
    ] {
        let opened = seller.opportunity(accounts[account], "Venta", amount, currency).await;
        seller.to_stage(opened.id, "Venta").await;
    }
    let top = seller.application.reports.top_accounts(&seller.owner, None, Period::default()).await;
    let top = top.expect("the report");
    let ranked: Vec<_> = top.iter().map(|row| (row.account_name.as_str(), row.wins)).collect();
    assert_eq!(ranked, [("Gama", 2), ("Alfa", 1), ("Beta", 1)]);
    let amounts: Vec<_> =
        top[0].total_amount.iter().map(|m| (m.amount.as_str(), m.currency.as_str())).collect();
    assert_eq!(amounts, [("2.50", "USD"), ("1.00", "UYU")]);
    let period = Period { from: Some("2026-01-01".into()), to: Some("2026-12-31".into()) };
    let by_rows =
        seller.application.reports.top_accounts(&seller.owner, None, period).await.expect("the report");
    assert_eq!(by_rows, top, "counters and rows tell the same");
    let before = Period { from: None, to: Some("2025-12-31".into()) };
    let none =
        seller.application.reports.top_accounts(&seller.owner, None, before).await.expect("the report");
    assert!(none.is_empty());
}

#[tokio::test]
async fn a_reopened_or_deleted_win_no_longer_counts() {
    let seller = Seller::new().await;
    let account = seller.account("Acme").await;
    let first = seller.opportunity(account, "Uno", "5.00", "USD").await;
    let second = seller.opportunity(account, "Dos", "7.00", "UYU").await;
    for id in [first.id, second.id] {
        seller.to_stage(id, "Venta").await;
    }
    seller.to_stage(first.id, "Negociación").await;
    let report = || seller.application.reports.top_accounts(&seller.owner, None, Period::default());
    let top = report().await.expect("the report");
    assert_eq!((top[0].wins, top[0].total_amount.len()), (1, 1), "the dollars are gone: {top:?}");
    let deleted =
        seller.application.opportunities.delete(&seller.owner, Id::new(second.id), IfMatch::default());
    deleted.await.expect("it is deleted");
    assert!(report().await.expect("the report").is_empty());
    assert!(drift(&seller).await.is_empty());
}

#[tokio::test]
async fn stage_changes_report_the_company_days_and_forget_the_deleted() {
    let seller = Seller::new().await;
    let account = seller.account("Acme").await;
    // Noon in UTC is 9:00 in Montevideo; from 03:00 UTC on the next day begins there.
    let kept = seller.opportunity(account, "Se queda", "5.00", "UYU").await;
    let gone = seller.opportunity(account, "Se va", "5.00", "UYU").await;
    seller.to_stage(kept.id, "Presentación").await;
    seller.to_stage(gone.id, "Presentación").await;
    seller.clock.advance(chrono::TimeDelta::hours(15));
    seller.to_stage(kept.id, "Venta").await;
    seller.to_stage(kept.id, "Presentación").await;
    seller
        .application
        .opportunities
        .delete(&seller.owner, Id::new(gone.id), IfMatch::default())
        .await
        .expect("it is deleted");
    let report = |from: &str, to: &str| {
        let period = Period { from: Some(from.to_owned()), to: Some(to.to_owned()) };
        let command = StageChangesCommand { stage: Some("presentacion".into()), period };
        let query = seller.query_of(StageChangeList::TABLE, "");
        let seller = &seller;
        async move {
            let page = seller.application.reports.stage_changes(&seller.owner, command, &query).await;
            page.expect("the report").items
        }
    };
    let both = report("2026-01-15", "2026-01-16").await;
    assert_eq!(both.len(), 2);
    assert!(both[0].changed_at > both[1].changed_at, "the newest comes first");
    assert_eq!(both[0].account_name.as_deref(), Some("Acme"));
    assert_eq!(both[0].from_stage.as_ref().map(|stage| stage.name.as_str()), Some("Venta"));
    assert_eq!(report("2026-01-15", "2026-01-15").await.len(), 1);
    assert_eq!(report("2026-01-16", "2026-01-16").await.len(), 1, "`to` includes its whole day");
}

#[tokio::test]
async fn parallel_work_leaves_numbers_gapless_and_counters_right() {
    let seller = Seller::new().await;
    let account = seller.account("Acme").await;
    let work = (0..24).map(|number: usize| {
        let seller = &seller;
        async move {
            let opened = seller.opportunity(account, "Venta", "3.00", ["UYU", "USD"][number % 2]).await;
            seller.to_stage(opened.id, ["Venta", "No Venta", "Negociación"][number % 3]).await;
            if number.is_multiple_of(4) {
                let id = Id::new(opened.id);
                let deleted = seller.application.opportunities.delete(&seller.owner, id, IfMatch::default());
                deleted.await.expect("it is deleted");
            }
            opened.number
        }
    });
    let mut numbers = futures_util::future::join_all(work).await;
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=24).collect::<Vec<_>>());
    assert!(drift(&seller).await.is_empty(), "{:?}", drift(&seller).await);
}

#[tokio::test]
async fn the_doctor_finds_and_mends_counters_that_drifted() {
    let seller = Seller::new().await;
    let account = seller.account("Acme").await;
    let opened = seller.opportunity(account, "Venta", "3.00", "UYU").await;
    seller.to_stage(opened.id, "Venta").await;
    let mut behind = seller.bench.database.behind_the_walls().await;
    for damage in [
        "update account_wins set wins = 9",
        "delete from stage_totals",
        "update account_won_amounts set amount = 1",
    ] {
        sqlx::query(damage).execute(&mut behind).await.expect("the damage is done");
    }
    let grant = support::grant(seller.owner.company_id());
    let found = seller.bench.store.counter_drift(&grant, true).await.expect("a recount");
    assert_eq!(found.wins.values().copied().collect::<Vec<_>>(), [-8]);
    assert!(!found.stages.is_empty() && !found.won_amounts.is_empty());
    assert!(drift(&seller).await.is_empty(), "they are mended");
}
