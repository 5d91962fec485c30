//! The cost of lists and reports in a company with 100,000 opportunities beside twenty-five others, as PostgreSQL
//! reports it: no table is scanned completely, and no rows are read and discarded where an index should have selected
//! them. There are many companies, because with few a plan that fits the average looks right for each. The plans of
//! queries that read too much are printed.

mod combined;
mod names;
pub mod watch;

use std::sync::Arc;

use cartera_application::lists::Listed;
use cartera_application::{
    Application,
    lists::{ListQuery, ListTable, Page},
    opportunities::{OpportunityList, StageChangeList},
    ports::Ports,
    reports::{Period, StageChangesCommand},
    security::Actor,
};
use cartera_domain::accounts::AccountFields;
use cartera_domain::contacts::ContactFields;
use cartera_domain::ids::{CompanyId, Id};
use cartera_test_database::Filling;
use sqlx::{AssertSqlSafe, PgConnection};
use uuid::Uuid;
use watch::{Touched, Watch};

use crate::sales::{Seller, application, ports, register};

/// A company with 100,000 opportunities, whose statements are watched.
struct Large {
    seller: Seller,
    watched: Application,
    watch: Watch,
    wrong: Vec<String>,
}

/// With only a few companies, plans that wrongly multiply dependent selectivities go unnoticed.
const SMALL_COMPANIES: u32 = 24;

/// How much a query may read: rows of each large table, and rows that are discarded.
#[derive(Debug, Clone, Copy)]
struct Budget {
    rows: u64,
    discarded: u64,
}

/// A page of twenty, and one more to know whether there is a next page; each is read once to select it and once to show
/// it.
const PAGE: Budget = Budget { rows: 42, discarded: 0 };

impl Budget {
    const fn times(self, times: u64) -> Self {
        Self { rows: self.rows * times, discarded: self.discarded }
    }

    const fn rows(self, rows: u64) -> Self {
        Self { rows, ..self }
    }

    const fn discarded(self, discarded: u64) -> Self {
        Self { discarded, ..self }
    }
}

/// Fills a company with this many opportunities, and a twentieth of the accounts.
pub async fn fill(connection: &mut PgConnection, company: CompanyId, index: u32, opportunities: u32) {
    let company = company.uuid().to_string();
    let filling = Filling { company: &company, index, opportunities, accounts: opportunities / 20 };
    sqlx::raw_sql(AssertSqlSafe(filling.sql()))
        .execute(&mut *connection)
        .await
        .expect("the company is filled");
}

impl Large {
    async fn new() -> Self {
        let seller = Seller::new().await;
        let other = register(&seller.application, "Globex", "owner@globex.uy").await;
        let mut superuser = seller.bench.database.behind_the_walls().await;
        fill(&mut superuser, seller.owner.company_id(), 0, 100_000).await;
        fill(&mut superuser, other.company_id(), 1, 20_000).await;
        for number in 0..SMALL_COMPANIES {
            let (name, owner) = (format!("Small {number}"), format!("owner@small{number}.uy"));
            let small = register(&seller.application, &name, &owner).await;
            fill(&mut superuser, small.company_id(), 2 + number, 400).await;
        }
        sqlx::raw_sql("vacuum analyze").execute(&mut superuser).await.expect("statistics");
        let watch = Watch::new(&seller.bench, &mut superuser).await;
        let clock = Arc::new(seller.clock.clone());
        let watched = application(Ports { clock, ..ports(&watch.store) });
        Self { seller, watched, watch, wrong: Vec::new() }
    }

    /// The id that the script assigned.
    async fn id(&self, what: &str) -> Uuid {
        let of = format!("{} {what}", self.seller.owner.company_id().uuid());
        let mut behind = self.seller.bench.database.behind_the_walls().await;
        sqlx::query_scalar("select md5($1)::uuid").bind(of).fetch_one(&mut behind).await.expect("an id")
    }

    /// Queries a list and its second page.
    async fn pages<T>(
        &mut self,
        (table, parameters): (&'static ListTable, &str),
        budget: Budget,
        list: impl AsyncFn(&Application, &Actor, ListQuery) -> Page<T>,
    ) {
        let mut cursor = String::new();
        for page in ["first", "second"] {
            let query = self.seller.query_of(table, &format!("{parameters}{cursor}"));
            let found = list(&self.watched, &self.seller.owner, query).await;
            self.check(&format!("{}?{parameters}, {page} page", table.name), budget);
            let Some(next) = found.next_cursor else { return };
            cursor = format!("&cursor={next}");
        }
    }

    async fn opportunities(&mut self, parameters: &str, budget: Budget) {
        self.pages((OpportunityList::TABLE, parameters), budget, async |app, owner, query| {
            app.opportunities.list(owner, query).await.expect("a page").0
        })
        .await;
    }

    async fn accounts(&mut self, parameters: &str, budget: Budget) {
        self.pages((AccountFields::table(), parameters), budget, async |app, owner, query| {
            app.accounts.list(owner, query).await.expect("a page")
        })
        .await;
    }

    async fn contacts(&mut self, parameters: &str, budget: Budget) {
        self.pages((ContactFields::table(), parameters), budget, async |app, owner, query| {
            app.contacts.list(owner, query).await.expect("a page")
        })
        .await;
    }

    /// Gives every account the same wins and amounts.
    async fn everybody_wins_once(&mut self) {
        let mut superuser = self.seller.bench.database.behind_the_walls().await;
        for statement in [
            "insert into account_wins (company_id, account_id, wins) \
             select company_id, id, 1 from accounts where deleted_at is null \
             on conflict (company_id, account_id, shard) do update set wins = 1",
            "delete from account_won_amounts",
            "insert into account_won_amounts (company_id, account_id, currency, wins, amount) \
             select company_id, id, 'UYU', 1, 4900 from accounts where deleted_at is null",
            "vacuum analyze account_wins",
            "vacuum analyze account_won_amounts",
        ] {
            sqlx::query(statement).execute(&mut superuser).await.expect("a superuser may");
        }
    }

    fn finish(self) {
        assert!(self.wrong.is_empty(), "{}", self.wrong.join("\n"));
    }

    /// Compares the rows read since the last call with the budget.
    #[expect(clippy::print_stderr, reason = "the plan explains the failure")]
    fn check(&mut self, what: &str, budget: Budget) {
        let (touched, plans) = self.watch.take();
        assert!(!plans.is_empty(), "{what}: PostgreSQL told no plan");
        for (table, Touched { rows, discarded, whole }) in touched {
            if whole || rows > budget.rows || discarded > budget.discarded {
                let end = if whole { ", from end to end" } else { "" };
                self.wrong.push(format!("{what}: {table}: {rows} rows, {discarded} for nothing{end}"));
                // Statistics are a random sample: this plan may not come again.
                eprintln!("{what}\n{}", plans.join("\n"));
            }
        }
    }
}

/// Every sort that a list has, in both directions.
fn sorts(table: &ListTable) -> Vec<String> {
    let sortable = table.fields.iter().filter(|spec| spec.sort);
    sortable.flat_map(|spec| [format!("sort={}", spec.name), format!("sort=-{}", spec.name)]).collect()
}

/// Every filter of a list for missing values.
fn missing(table: &ListTable) -> Vec<String> {
    let nullable = table.fields.iter().filter(|spec| spec.filter && spec.nullable);
    nullable.map(|spec| format!("{}[isNull]=true", spec.name)).collect()
}

/// A single test, because filling the database takes longer than all checks.
#[tokio::test]
async fn lists_boards_and_reports_among_many_companies_read_what_they_show() {
    let mut large = Large::new().await;
    sorted(&mut large).await;
    filtered(&mut large).await;
    combined::sorted_and_filtered(&mut large).await;
    nested_deleted_and_reported(&mut large).await;
    large.finish();
}

async fn sorted(large: &mut Large) {
    for sort in sorts(OpportunityList::TABLE).iter().filter(|sort| !sort.ends_with("deletedAt")) {
        let one_currency = if sort.ends_with("amount") { "&currency=UYU" } else { "" };
        large.opportunities(&format!("{sort}{one_currency}"), PAGE).await;
    }
    for sort in sorts(AccountFields::table()).iter().filter(|sort| !sort.ends_with("deletedAt")) {
        large.accounts(sort, PAGE).await;
    }
    for sort in sorts(ContactFields::table()).iter().filter(|sort| !sort.ends_with("deletedAt")) {
        large.contacts(sort, PAGE).await;
    }
}

async fn filtered(large: &mut Large) {
    let (account, contact) = (large.id("account 7").await, large.id("contact 7").await);
    let (few, many) = (large.id("user 40").await, large.id("user 3").await);
    let pipeline = large.id("pipeline").await;
    for one in ["status=WON", "currency=BRL", "currency=USD", "number=77"] {
        large.opportunities(one, PAGE).await;
    }
    for one in [
        format!("accountId={account}"),
        format!("contactId={contact}"),
        format!("ownerId={few}"),
        format!("ownerId={many}"),
        format!("pipelineId={pipeline}"),
    ] {
        large.opportunities(&one, PAGE).await;
    }
    for nothing in missing(OpportunityList::TABLE) {
        large.opportunities(&nothing, PAGE).await;
    }
    for nothing in missing(AccountFields::table()) {
        large.accounts(&nothing, PAGE).await;
    }
    for nothing in missing(ContactFields::table()) {
        large.contacts(&nothing, PAGE).await;
    }
    // The columns of a board, and any choice of them.
    for (several, count) in [
        ("status=WON,LOST".to_owned(), 2),
        ("status=OPEN,WON,LOST".to_owned(), 3),
        // The name matches a stage of each of the two pipelines.
        ("stage=venta".to_owned(), 2),
        ("stage=preparacion".to_owned(), 2),
        ("stage=venta,no_venta".to_owned(), 4),
        (format!("ownerId={few},{many}"), 2),
        ("currency=BRL,USD".to_owned(), 2),
    ] {
        large.opportunities(&several, PAGE.times(count)).await;
    }
    // A day, a week, a range of amounts: reads only the rows in the range.
    large
        .opportunities("expectedCloseDate[gte]=2026-02-01&expectedCloseDate[lte]=2026-02-01", PAGE.rows(400))
        .await;
    large
        .opportunities("closedAt[gte]=2025-03-01T00:00:00Z&closedAt[lt]=2025-03-02T00:00:00Z", PAGE.rows(700))
        .await;
    large.opportunities("createdAt[gte]=2025-03-01T00:00:00Z&createdAt[lt]=2025-03-02T00:00:00Z", PAGE).await;
    large
        .opportunities(
            "updatedAt[gte]=2025-03-01T00:00:00Z&updatedAt[lt]=2025-03-02T00:00:00Z",
            PAGE.rows(400).discarded(200),
        )
        .await;
    large.opportunities("currency=BRL&amount[gte]=10.00&amount[lte]=500.00", PAGE.rows(400)).await;
    large.opportunities("q=sale%2077", PAGE.rows(400)).await;
    // The number 77 is won, and this looks for open ones.
    large.opportunities("q=77", PAGE.discarded(1)).await;
    for one in [
        format!("accountId={account}"),
        format!("ownerId={many}"),
        "email=c77@example.com".to_owned(),
        "q=surname777".to_owned(),
        "q=c777@".to_owned(),
    ] {
        large.contacts(&one, PAGE).await;
    }
    for one in ["industry=Industry%207".to_owned(), format!("ownerId={many}"), "q=account%2077".to_owned()] {
        large.accounts(&one, PAGE).await;
    }
}

async fn nested_deleted_and_reported(large: &mut Large) {
    let owner = large.seller.owner.clone();
    let (account, contact) = (large.id("account 7").await, large.id("contact 7").await);
    let few = large.id("user 40").await;
    let (opportunities, contacts) = (large.watched.opportunities.clone(), large.watched.contacts.clone());
    let all = || large.seller.query_of(OpportunityList::TABLE, "");
    let (of_account, of_contact) = (all(), all());
    let contacts_of_account = large.seller.query_of(ContactFields::table(), "");
    let history = large.seller.query_of(StageChangeList::TABLE, "");
    opportunities.list_of_account(&owner, Id::new(account), of_account).await.expect("a page");
    large.check("opportunities of an account", PAGE.times(3));
    opportunities.list_of_contact(&owner, Id::new(contact), of_contact).await.expect("a page");
    large.check("opportunities of a contact", PAGE.times(3));
    contacts.list_of_account(&owner, Id::new(account), contacts_of_account).await.expect("a page");
    large.check("contacts of an account", PAGE);
    let opportunity = large.id("opportunity 7").await;
    opportunities.list_stage_changes(&owner, Id::new(opportunity), history).await.expect("a page");
    large.check("the history of an opportunity", PAGE);

    // The bin, in its own order. In any other order all of it is read; `trashDays` limits its size.
    let bin = 2_000;
    large.opportunities("deleted=true", PAGE).await;
    for sort in sorts(OpportunityList::TABLE) {
        let one_currency = if sort.ends_with("amount") { "&currency=UYU" } else { "" };
        large
            .opportunities(
                &format!("deleted=true&{sort}{one_currency}"),
                Budget { rows: bin + 42, discarded: bin },
            )
            .await;
    }

    // Totals are exact up to 10,000; boards with conditions sum the selected rows, and those without read the counters.
    large.opportunities("count=true&limit=20", PAGE.rows(10_001 + 42)).await;
    large.opportunities("board=true", PAGE).await;
    large.opportunities(&format!("board=true&ownerId={few}"), PAGE.rows(200)).await;
    large.opportunities(&format!("board=true&accountId={account}"), PAGE.rows(1_000)).await;

    let reports = large.watched.reports.clone();
    reports.top_accounts(&owner, None, Period::default()).await.expect("the report");
    large.check("top accounts", PAGE.rows(400));
    large.everybody_wins_once().await;
    reports.top_accounts(&owner, Some("50".to_owned()), Period::default()).await.expect("the report");
    large.check("top accounts, all alike", PAGE.rows(1_000).discarded(600));
    reports.pipeline(&owner, None).await.expect("the report");
    large.check("the pipeline", PAGE);
    let day = Period { from: Some("2025-03-01".to_owned()), to: Some("2025-03-01".to_owned()) };
    reports.top_accounts(&owner, None, day.clone()).await.expect("the report");
    large.check("top accounts of a day", PAGE.rows(400));
    let year = Period { from: Some("2025-01-01".to_owned()), to: Some("2025-12-31".to_owned()) };
    for stage in ["venta", "preparacion"] {
        for period in [day.clone(), year.clone()] {
            let command = StageChangesCommand { stage: Some(stage.to_owned()), period };
            let query = large.seller.query_of(StageChangeList::TABLE, "");
            reports.stage_changes(&owner, command, &query).await.expect("the report");
            // Changes of opportunities in the bin are not shown: one in fifty here.
            large.check(&format!("changes to {stage}"), PAGE.times(2).discarded(4));
        }
    }
}
