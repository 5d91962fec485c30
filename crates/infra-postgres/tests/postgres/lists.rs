//! Lists, on PostgreSQL: order, keyset, filters, totals, board.

use crate::sales::{Seller, given};
use cartera_application::{
    lists::{FieldSpec, Listed},
    opportunities::OpportunityList,
};
use cartera_domain::accounts::AccountFields;
use cartera_domain::{
    input::Patch,
    opportunities::{MoneyInput, OpportunityInput},
};
use chrono::TimeDelta;

/// Forty opportunities with equal and missing values, in all stages.
async fn forty() -> Seller {
    let seller = Seller::new().await;
    let accounts = [seller.account("Ñandú").await, seller.account("Zorzal").await];
    for number in 0..40_usize {
        let day = number % 7 + 1;
        let input = OpportunityInput {
            title: given(["Árbol", "arbol", "Beta", "ñu", "Zeta"][number % 5]),
            amount: Patch::Value(MoneyInput {
                amount: Some(format!("{}.00", number % 9)),
                currency: Some(if number % 4 == 0 { "USD" } else { "UYU" }.to_owned()),
            }),
            expected_close_date: if day < 5 { given(&format!("2026-03-0{day}")) } else { Patch::Absent },
            ..OpportunityInput::default()
        };
        let opened = seller.open(accounts[number % 2], input).await;
        // Several have the same time, so that the id must break ties.
        seller.clock.advance(TimeDelta::seconds(if number % 3 == 0 { 0 } else { -1 }));
        match number % 5 {
            0 => seller.to_stage(opened.id, "Venta").await,
            1 => seller.to_stage(opened.id, "no_venta").await,
            2 => seller.to_stage(opened.id, "negociacion").await,
            _ => {}
        }
    }
    seller
}

#[tokio::test]
async fn every_sort_walks_every_row_once_and_in_order() {
    let seller = forty().await;
    let live = |spec: &&FieldSpec| spec.sort && spec.name != "deletedAt";
    for field in OpportunityList::TABLE.fields.iter().filter(live) {
        for sign in ["", "-"] {
            let only = if field.name == "amount" { "&currency=UYU" } else { "" };
            let parameters = format!("status=OPEN,WON,LOST&limit=7&sort={sign}{}{only}", field.name);
            let rows = seller.walk(&parameters).await;
            assert_eq!(rows.len(), if only.is_empty() { 40 } else { 30 }, "{parameters}");
            if field.nullable {
                let missing = |row: &cartera_application::views::OpportunityView| match field.name {
                    "closedAt" => row.closed_at.is_none(),
                    _ => row.expected_close_date.is_none(),
                };
                let first = rows.iter().position(missing).expect("some are missing");
                assert!(rows[first..].iter().all(missing), "missing values come last with {parameters}");
            }
        }
    }
}

#[tokio::test]
async fn text_sorts_by_its_folded_key_and_numbers_by_value() {
    let seller = forty().await;
    let titles: Vec<_> =
        seller.walk("status=OPEN,WON,LOST&sort=title").await.into_iter().map(|row| row.title).collect();
    let first_of = |title: &str| titles.iter().position(|t| t == title).expect("the title is there");
    assert!(first_of("arbol") < first_of("Beta") && first_of("Árbol") < first_of("Beta"));
    assert!(first_of("Beta") < first_of("ñu") && first_of("ñu") < first_of("Zeta"));
    let amounts: Vec<f64> = seller
        .walk("status=OPEN,WON,LOST&sort=-amount&currency=UYU")
        .await
        .iter()
        .map(|row| row.amount.amount.parse().expect("a number"))
        .collect();
    assert!(amounts.windows(2).all(|pair| pair[0] >= pair[1]), "{amounts:?}");
}

#[tokio::test]
async fn the_home_list_is_open_unless_stage_or_status_is_given() {
    let seller = forty().await;
    for (parameters, count) in [
        ("", 24),
        ("status=WON", 8),
        ("status=WON,LOST", 16),
        ("status=WON&status=LOST", 16),
        ("stage=venta", 8),
        ("stage=NO_VENTA,Venta", 16),
        ("stage=Negociación", 8),
        ("status=OPEN&stage=venta", 0),
        ("status=OPEN,WON,LOST&amount[gte]=8&currency=UYU", 3),
        ("status=OPEN,WON,LOST&closedAt[isNull]=true", 24),
        ("status=OPEN,WON,LOST&expectedCloseDate[lte]=2026-03-01", 6),
        ("status=OPEN,WON,LOST&q=ARB", 16),
        ("status=OPEN,WON,LOST&q=7", 1),
        ("ownerId=me", 24),
        ("contactId[isNull]=false", 0),
    ] {
        assert_eq!(seller.walk(parameters).await.len(), count, "{parameters}");
    }
}

#[tokio::test]
async fn pages_and_counts_agree_with_cursors() {
    let seller = forty().await;
    let all: Vec<_> = seller.walk("limit=7").await.into_iter().map(|row| row.id).collect();
    let mut paged = Vec::new();
    for number in 1..=4 {
        let query = seller.query(&format!("limit=7&page={number}"));
        let (page, _) = seller.application.opportunities.list(&seller.owner, query).await.expect("a page");
        assert_eq!(page.total.map(|total| (total.count, total.capped)), Some((24, false)));
        assert_eq!((page.page, page.next_cursor), (Some(number), None));
        paged.extend(page.items.into_iter().map(|row| row.id));
    }
    assert_eq!(paged, all);
    let counted = seller.query("limit=2&count=true");
    let (page, _) = seller.application.opportunities.list(&seller.owner, counted).await.expect("a page");
    assert_eq!(page.total.map(|total| total.count), Some(24));
}

#[tokio::test]
async fn the_board_counts_every_stage_whatever_stage_or_status_is_asked_for() {
    let seller = forty().await;
    let board = |parameters: &'static str| {
        let query = seller.query(parameters);
        let list = seller.application.opportunities.list(&seller.owner, query);
        async move { list.await.expect("a page").1.expect("the board was asked for") }
    };
    let whole = board("board=true&status=WON").await;
    let counts: Vec<_> = whole.iter().map(|column| (column.stage.name.as_str(), column.count)).collect();
    let expected =
        [("Preparación", 16), ("Presentación", 0), ("Negociación", 8), ("Venta", 8), ("No Venta", 8)];
    assert_eq!(counts, expected);
    // A condition that all rows meet makes the board count rows instead of reading the counters; both must agree.
    assert_eq!(board("board=true&createdAt[gte]=2020-01-01T00:00:00Z").await, whole);
    let dollars = board("board=true&currency=USD").await;
    assert_eq!(dollars.iter().map(|column| column.count).sum::<i64>(), 10);
    assert!(
        dollars
            .iter()
            .flat_map(|column| column.amounts.iter().flatten())
            .all(|money| money.currency == "USD")
    );
}

#[tokio::test]
async fn a_stage_that_the_company_does_not_have_is_refused() {
    let seller = Seller::new().await;
    let query = seller.query("stage=Won");
    let refused =
        seller.application.opportunities.list(&seller.owner, query).await.expect_err("no such stage");
    assert!(refused.is(cartera_application::Code::ValidationFailed));
}

#[tokio::test]
async fn accounts_sort_filter_and_search() {
    let seller = Seller::new().await;
    for name in ["Zorzal", "Águila", "aguará", "Ñandú"] {
        seller.account(name).await;
    }
    let list = |parameters: &'static str| {
        let query = seller.query_of(AccountFields::table(), parameters);
        let seller = &seller;
        async move {
            let page = seller.application.accounts.list(&seller.owner, query.clone()).await.expect("a page");
            page.items
                .iter()
                .map(|account| account.text("name").unwrap_or_default().to_owned())
                .collect::<Vec<_>>()
        }
    };
    assert_eq!(list("sort=name").await, ["aguará", "Águila", "Ñandú", "Zorzal"]);
    assert_eq!(list("").await, ["Ñandú", "aguará", "Águila", "Zorzal"]);
    assert_eq!(list("q=AGU&sort=-name").await, ["Águila", "aguará"]);
    assert_eq!(list("name=NANDU").await, ["Ñandú"]);
    assert_eq!(list("ownerId[isNull]=true").await, Vec::<String>::new());
}
