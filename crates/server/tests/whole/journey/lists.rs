//! Lists: pages, cursors, sort, filters, search and the board.

use serde_json::{Value, json};

use crate::support::{Client, Company, Server};

/// A company with these accounts, created in this order.
async fn company_with_accounts(names: &[&str]) -> Company {
    let company = Server::shared().await.company().await;
    for name in names {
        company.account_with(json!({ "name": name })).await;
    }
    company
}

/// Follows the cursor to the end; the rows of each page by name.
async fn pages(client: &Client, path: &str, field: &str) -> Vec<Vec<Value>> {
    let mut pages = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = client.get(format!("{path}{cursor}")).await.expect(200);
        pages.push(page.rows(field));
        match page.json()["meta"]["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return pages,
        }
        assert!(pages.len() < 50, "the list has an end");
    }
}

fn texts(rows: &[&str]) -> Vec<Value> {
    rows.iter().map(|row| json!(row)).collect()
}

#[tokio::test]
async fn a_cursor_walks_through_a_list_and_a_page_jumps_into_it() {
    let company = company_with_accounts(&["Delta", "alfa", "Ñandú", "beta", "Álamo"]).await;
    let client = company.client();
    let walked = pages(client, "/accounts?limit=2&sort=name", "name").await;
    assert_eq!(walked, [texts(&["Álamo", "alfa"]), texts(&["beta", "Delta"]), texts(&["Ñandú"])]);
    let walked = pages(client, "/accounts?limit=3", "name").await;
    assert_eq!(walked, [texts(&["Álamo", "beta", "Ñandú"]), texts(&["alfa", "Delta"])], "newest first");
    let page = client.get("/accounts?page=2&limit=2&sort=-name").await.expect(200);
    assert_eq!(page.rows("name"), texts(&["beta", "alfa"]));
    assert_eq!(page.json()["meta"], json!({ "page": 2, "limit": 2, "total": 5 }));
    let counted = client.get("/accounts?count=true&limit=1").await.expect(200).json();
    assert_eq!(counted["meta"]["total"], 5);
    assert!(counted["meta"]["nextCursor"].is_string());
    assert_eq!(client.get("/accounts?page=9").await.expect(200).rows("name"), texts(&[]));
}

#[tokio::test]
async fn a_cursor_fits_only_the_list_it_was_made_for() {
    let company = company_with_accounts(&["a", "b"]).await;
    let client = company.client();
    let page = client.get("/accounts?limit=1&sort=name").await.expect(200).json();
    let cursor = page["meta"]["nextCursor"].as_str().expect("more").to_owned();
    for other in ["sort=-name", "sort=createdAt", "sort=name&q=a", "sort=name&industry=x", ""] {
        client.get(format!("/accounts?{other}&cursor={cursor}")).await.problem(400, "invalid_cursor");
    }
    for broken in ["x", "AAAA", &cursor[1..], "%00"] {
        let answer = client.get(format!("/accounts?sort=name&cursor={broken}")).await;
        assert_eq!(answer.status, 400, "{}", answer.text);
    }
    client.get(format!("/opportunities?cursor={cursor}")).await.problem(400, "invalid_cursor");
    client.get(format!("/accounts?sort=name&page=1&cursor={cursor}")).await.invalid(&["?page"]);
}

#[tokio::test]
async fn what_a_list_does_not_know_is_refused() {
    let client = Server::shared().await.company().await.owner.client;
    for (query, pointer) in [
        ("limit=0", "?limit"),
        ("limit=101", "?limit"),
        ("limit=1&limit=2", "?limit"),
        ("page=0", "?page"),
        ("page=501&limit=20", "?page"),
        ("sort=phone", "?sort"),
        ("colour=red", "?colour"),
        ("createdAt[gte]=yesterday", "?createdAt[gte]"),
        ("createdAt[like]=x", "?createdAt[like]"),
        ("ownerId=x", "?ownerId"),
        ("name[isNull]=true", "?name[isNull]"),
        ("count=yes", "?count"),
    ] {
        client.get(format!("/accounts?{query}")).await.invalid(&[pointer]);
    }
    client.get("/accounts?limit=x&sort=y&z=1").await.problem(400, "validation_failed");
    client.get("/pipelines?limit=1").await.invalid(&["?limit"]);
}

#[tokio::test]
async fn search_finds_by_the_beginning_without_accents() {
    let company = company_with_accounts(&["Peña Hermanos", "Pena SA", "Campo Peña", "50% off_x"]).await;
    let found = async |q: &str| {
        let mut rows =
            company.client().get(format!("/accounts?sort=name&q={q}")).await.expect(200).rows("name");
        rows.sort_by_key(ToString::to_string);
        rows
    };
    assert_eq!(found("PENA").await, texts(&["Pena SA", "Peña Hermanos"]));
    assert_eq!(found("pe%C3%B1a%20her").await, texts(&["Peña Hermanos"]));
    // Nothing in a search is a wildcard, and what has no letter and no digit leaves the list as it is.
    for nothing in ["", "%20", "%25", "%CC%81", "%F0%9F%94%A5", "%E2%80%8B"] {
        assert_eq!(found(nothing).await.len(), 4, "{nothing}");
    }
    assert_eq!(found("p_na").await.len(), 0);
    assert_eq!(found("50").await, texts(&["50% off_x"]));
}

#[tokio::test]
async fn the_home_list_shows_what_is_open_unless_asked() {
    let company = Server::shared().await.company().await;
    let account = company.account().await;
    let deal = async |title: &str, amount: &str, currency: &str, stage: usize| {
        let amount = json!({ "amount": amount, "currency": currency });
        let id =
            company.opportunity_with(json!({ "title": title, "accountId": account, "amount": amount })).await;
        if stage > 0 {
            company.move_to(&id, &company.stages[stage]).await;
        }
    };
    deal("a", "10.00", "UYU", 0).await;
    deal("b", "20.00", "USD", 1).await;
    deal("c", "30.00", "UYU", 3).await;
    deal("d", "40.00", "UYU", 4).await;
    deal("e", "50.00", "UYU", 1).await;
    let client = company.client();
    let titles = async |query: &str| {
        client.get(format!("/opportunities?sort=title&{query}")).await.expect(200).rows("title")
    };
    assert_eq!(titles("").await, texts(&["a", "b", "e"]));
    assert_eq!(titles("status=WON,LOST").await, texts(&["c", "d"]));
    assert_eq!(titles("status=WON&status=LOST").await, texts(&["c", "d"]));
    assert_eq!(titles("stage=NO_VENTA&stage=presentacion").await, texts(&["b", "d", "e"]));
    assert_eq!(titles(&format!("stage={}", company.stages[3])).await, texts(&["c"]));
    assert_eq!(titles("ownerId=me&currency=UYU&amount[gte]=50").await, texts(&["e"]));
    assert_eq!(titles(&format!("accountId={account}&closedAt[isNull]=false")).await, texts(&[]));
    assert_eq!(titles("closedAt[isNull]=false&status=WON,LOST").await, texts(&["c", "d"]));
    assert_eq!(titles("q=E").await, texts(&["e"]));
    assert_eq!(titles("q=5").await, texts(&["e"]), "the number is a search key");
    let nested = client.get(format!("/accounts/{account}/opportunities?sort=title")).await.expect(200);
    assert_eq!(nested.rows("title"), texts(&["a", "b", "c", "d", "e"]), "a nested list shows all");
    client.get("/opportunities?amount[gte]=1").await.invalid(&["?amount[gte]"]);
    client.get("/opportunities?sort=amount").await.invalid(&["?sort"]);
    client.get("/opportunities?stage=nowhere").await.invalid(&["?stage"]);
    let by_amount =
        pages(client, "/opportunities?limit=1&sort=-amount&currency=UYU&status=OPEN,WON,LOST", "title").await;
    assert_eq!(by_amount.concat(), texts(&["e", "d", "c", "a"]));
    let by_closing =
        pages(client, "/opportunities?limit=2&sort=closedAt&status=OPEN,WON,LOST", "title").await;
    assert_eq!(by_closing.concat()[..2], texts(&["c", "d"]), "missing values come last");
    assert_eq!(by_closing.concat().len(), 5);
    board(client).await;
}

/// The board's totals, under the same filters except stage and status.
async fn board(client: &Client) {
    let home = client.get("/opportunities?board=true&limit=1&currency=UYU").await.expect(200).json();
    let board = home["meta"]["board"].as_array().expect("a board").clone();
    let counts: Vec<_> = board.iter().map(|column| column["count"].clone()).collect();
    assert_eq!(counts, [1, 1, 0, 1, 1].map(|count| json!(count)));
    assert_eq!(board[1]["stage"]["name"], "Presentación");
    assert_eq!(board[1]["amounts"], json!([{ "amount": "50.00", "currency": "UYU" }]));
    let report = client.get("/reports/pipeline").await.expect(200).data();
    assert_eq!(report[1]["count"], 2);
    assert_eq!(report[1]["amounts"].as_array().map(Vec::len), Some(2));
    let without = client.get("/opportunities?board=false").await.expect(200).json();
    assert_eq!(without["meta"].get("board"), None);
}

#[tokio::test]
async fn a_cursor_of_a_nested_list_fits_only_its_parent() {
    let server = Server::shared().await;
    let company = server.company().await;
    let client = company.client();
    let accounts = [company.account().await, company.account().await];
    for account in &accounts {
        company.opportunity(account).await;
        company.opportunity(account).await;
    }
    let path = |account: &str| format!("/accounts/{account}/opportunities?limit=1");
    let first = client.get(path(&accounts[0])).await.expect(200).json();
    let cursor = first["meta"]["nextCursor"].as_str().expect("there is more").to_owned();
    client.get(format!("{}&cursor={cursor}", path(&accounts[0]))).await.expect(200);
    client.get(format!("{}&cursor={cursor}", path(&accounts[1]))).await.problem(400, "invalid_cursor");
}
