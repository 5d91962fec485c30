//! Runs the statements that no other test runs with rows for which each condition makes a difference.

use cartera_application::{
    identity::ApiKeyList,
    jobs::DeadJobList,
    opportunities::OpportunityList,
    ports::{ApiKeyQueries, DeadJobQueries, OpportunityQueries, Reports, Store, UserQueries},
    reports::TopAccountsQuery,
    security::PLATFORM,
    users::UserList,
};
use cartera_domain::{
    identity::Handover,
    ids::{CompanyId, Id},
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{sales::Seller, support::grant};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("a moment")
}

/// Runs a statement as a superuser; `$1` is the company.
async fn behind(seller: &Seller, company: CompanyId, sql: &'static str) {
    let mut behind = seller.bench.database.behind_the_walls().await;
    let done = sqlx::query(sql).bind(company.uuid()).execute(&mut behind).await;
    done.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// A user who has no sign-in.
async fn colleague(seller: &Seller) -> Uuid {
    let mut behind = seller.bench.database.behind_the_walls().await;
    sqlx::query_scalar(
        "insert into users (company_id, id, name, email, email_key, role, active, force_password_reset, \
         password_hash, version, created_at, created_by, updated_at) \
         select company_id, gen_random_uuid(), 'Leo', 'leo@acme.uy', 'leo@acme.uy', 'MEMBER', true, false, 'x', 1, \
         now(), id, now() from users where company_id = $1 returning id",
    )
    .bind(seller.owner.company_id().uuid())
    .fetch_one(&mut behind)
    .await
    .expect("a colleague")
}

#[tokio::test]
async fn links_and_attempts_are_forgotten() {
    let seller = Seller::new().await;
    let company = seller.owner.company_id();
    for expires in [
        "insert into password_resets select $1, gen_random_uuid(), gen_random_uuid(), '\\x01', null, now(), '2020-01-01'",
        "insert into password_resets select $1, gen_random_uuid(), gen_random_uuid(), '\\x02', null, now(), '2030-01-01'",
        "insert into invitations select $1, gen_random_uuid(), 'a@b.uy', 'a@b.uy', 'a b uy', 'MEMBER', 1, '\\x01', \
         now(), 'ACCEPTED', null, 1, now(), '2020-01-01'",
        "insert into invitations select $1, gen_random_uuid(), 'c@b.uy', 'c@b.uy', 'c b uy', 'MEMBER', 1, '\\x02', \
         now(), 'ACCEPTED', null, 1, now(), '2030-01-01'",
    ] {
        behind(&seller, company, expires).await;
    }
    for counted in [
        "insert into sign_in_attempts values ($1, '\\x01', '{}', null, '2020-01-01')",
        "insert into sign_in_attempts values ($1, '\\x02', '{}', null, '2030-01-01')",
    ] {
        behind(&seller, PLATFORM, counted).await;
    }
    let before = at("2025-01-01T00:00:00Z");
    let tx = seller.bench.store.begin(&grant(company)).await.expect("a unit of work");
    assert_eq!(tx.upkeep().forget_links(before, 10).await.expect("the store answers"), 1);
    let tx = seller.bench.store.begin(&grant(PLATFORM)).await.expect("a unit of work");
    assert_eq!(tx.upkeep().forget_attempts(before, 10).await.expect("the store answers"), 1);
}

#[tokio::test]
async fn keys_and_dead_jobs_are_listed() {
    let seller = Seller::new().await;
    let (store, company) = (&seller.bench.store, seller.owner.company_id());
    behind(
        &seller,
        company,
        "insert into api_keys (company_id, id, name, name_key, secret_hash, prefix, last_four, scopes, version, \
         created_at, created_by, updated_at) select company_id, gen_random_uuid(), 'Key', 'key', '\\x01', 'cak_', 'wxyz', \
         '{}', 1, now(), id, now() from users where company_id = $1",
    )
    .await;
    let keys =
        ApiKeyQueries::list(store, &grant(company), &seller.query_of(ApiKeyList::TABLE, "count=true")).await;
    assert_eq!(keys.expect("the store answers").items.len(), 1);
    let of_company = format!("companyId={}", company.uuid());
    let query = seller.query_of(DeadJobList::TABLE, &of_company);
    let dead = DeadJobQueries::list(store, &grant(company), &query).await;
    assert!(dead.expect("the store answers").items.is_empty());
    behind(&seller, company, "select graphile_worker.add_job('chore', json_build_object('company_id', $1))")
        .await;
    behind(
        &seller,
        company,
        "update graphile_worker._private_jobs set attempts = max_attempts where $1 is not null",
    )
    .await;
    let dead = DeadJobQueries::list(store, &grant(PLATFORM), &query).await;
    assert_eq!(dead.expect("the store answers").items.len(), 1);
}

#[tokio::test]
async fn whoever_made_a_user_and_whom_a_sale_is_with_are_named() {
    let seller = Seller::new().await;
    let (store, company) = (&seller.bench.store, seller.owner.company_id());
    colleague(&seller).await;
    let users =
        UserQueries::list(store, &grant(company), &seller.query_of(UserList::TABLE, "count=true"), true)
            .await;
    assert_eq!(users.expect("the store answers").items.len(), 2);
    let account = seller.account("Globex").await;
    seller.opportunity(account, "Venta", "3.00", "UYU").await;
    behind(
        &seller,
        company,
        "with made as (insert into contacts (company_id, id, first_name, name_fold, version, created_at, updated_at) \
         values ($1, gen_random_uuid(), 'Eva', 'eva', 1, now(), now()) returning id) \
         update opportunities set contact_id = made.id from made where company_id = $1",
    )
    .await;
    for parameters in ["", "status=OPEN,WON", "deleted=true"] {
        let query = seller.query_of(OpportunityList::TABLE, parameters);
        let found =
            OpportunityQueries::list(store, &grant(company), &query).await.expect("the store answers");
        assert_eq!(found.items.len(), usize::from(parameters != "deleted=true"), "{parameters}");
    }
}

#[tokio::test]
async fn what_is_not_theirs_stays_when_somebody_leaves() {
    let seller = Seller::new().await;
    let company = seller.owner.company_id();
    let leaver = colleague(&seller).await;
    for name in ["Globex", "Initech"] {
        let account = seller.account(name).await;
        seller.opportunity(account, "Venta", "3.00", "UYU").await;
        behind(
            &seller,
            company,
            "insert into contacts (company_id, id, first_name, name_fold, owner_id, version, created_at, updated_at) \
             select company_id, gen_random_uuid(), 'Eva', 'eva', id, 1, now(), now() from users \
             where company_id = $1 order by name = 'Leo' limit 1",
        )
        .await;
    }
    for theirs in [
        "update accounts set owner_id = (select id from users where company_id = $1 and name = 'Leo') \
         where company_id = $1 and name = 'Globex'",
        "update contacts set owner_id = (select id from users where company_id = $1 and name = 'Leo') \
         where company_id = $1 and id = (select id from contacts where company_id = $1 limit 1)",
        "update opportunities set owner_id = (select id from users where company_id = $1 and name = 'Leo') \
         where company_id = $1 and number = 1",
    ] {
        behind(&seller, company, theirs).await;
    }
    let tx = seller.bench.store.begin(&grant(company)).await.expect("a unit of work");
    let to = seller.owner.as_ref().user_id();
    tx.users().hand_over(Handover { from: Id::new(leaver), to, at: Utc::now() }).await.expect("it goes over");
}

#[tokio::test]
async fn wins_of_every_period_are_ranked() {
    let seller = Seller::new().await;
    let company = seller.owner.company_id();
    for name in ["Globex", "Initech"] {
        let account = seller.account(name).await;
        let opened = seller.opportunity(account, "Venta", "3.00", "UYU").await;
        seller.to_stage(opened.id, "Venta").await;
    }
    let (past, future) = (Some(at("2020-01-01T00:00:00Z")), Some(at("2030-01-01T00:00:00Z")));
    for (from, until) in [(None, None), (past, None), (None, future), (past, future)] {
        let query = TopAccountsQuery { limit: 3, from, until };
        let top = Reports::top_accounts(&seller.bench.store, &grant(company), &query).await;
        assert_eq!(top.expect("the store answers").len(), 2);
    }
}
