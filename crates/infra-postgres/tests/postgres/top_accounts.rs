//! The accounts with the most wins, compared with a full sort of all accounts, with any number of ties.

use cartera_application::reports::Period;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::sales::Seller;

/// A company with this many accounts, whose counters are the SQL expressions `wins` and `amount` of the nth.
async fn filled(accounts: u32, wins: &str, amount: &str) -> (Seller, PgConnection) {
    let seller = Seller::new().await;
    let mut superuser = seller.bench.database.behind_the_walls().await;
    let company = seller.owner.company_id().uuid();
    let sql = format!(
        "set session_replication_role = replica; \
         insert into accounts (company_id, id, name, name_key, name_fold, tags, version, created_at, updated_at) \
         select '{company}', md5(n::text)::uuid, 'Account ' || n % 90, n::text, 'account ' || n % 90, '{{}}', 1, \
         now(), now() from generate_series(1, {accounts}) n; \
         insert into account_wins (company_id, account_id, wins) \
         select '{company}', md5(n::text)::uuid, {wins} from generate_series(1, {accounts}) n; \
         insert into account_won_amounts (company_id, account_id, currency, wins, amount) \
         select '{company}', md5(n::text)::uuid, case when n % 7 = 0 then 'USD' else 'UYU' end, {wins}, {amount} \
         from generate_series(1, {accounts}) n where {wins} > 0; analyze"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut superuser).await.expect("accounts");
    (seller, superuser)
}

/// The number of accounts, with the wins and the amount of the nth.
const CASES: &[(u32, &str, &str)] = &[
    (202, "1", "n % 3"),
    (150, "1", "100"),
    (600, "1", "100"),
    (600, "1", "0"),
    (600, "1", "n"),
    (600, "1 + n / 580", "n % 2"),
    (600, "1 + n % 2", "n % 5 * 100"),
    (600, "case when n < 40 then n else 1 end", "n / 100"),
    (600, "n % 2", "case when n < 30 then 7 else 0 end"),
    (200, "1", "n % 4"),
    (201, "2", "n % 4"),
];

#[tokio::test]
async fn ties_are_decided_by_amount_name_and_id_whatever_their_number() {
    // With the witness, one case is enough: it builds several scenarios from it.
    let cases = if cfg!(feature = "mutation") { &CASES[..1] } else { CASES };
    for (accounts, wins, amount) in cases.iter().copied() {
        let (seller, mut superuser) = filled(accounts, wins, amount).await;
        let ordered: Vec<(Uuid, i64)> = sqlx::query_as(
            "select a.id, w.wins from account_wins w join accounts a on a.id = w.account_id \
             left join account_won_amounts m on m.account_id = a.id and m.currency = 'UYU' \
             where w.wins > 0 order by w.wins desc, coalesce(m.amount, 0) desc, a.name_fold, a.id",
        )
        .fetch_all(&mut superuser)
        .await
        .expect("all accounts in order");
        for limit in [1, 3, 49, 50] {
            let reports = &seller.application.reports;
            let top = reports.top_accounts(&seller.owner, Some(limit.to_string()), Period::default());
            let top = top.await.expect("the report");
            let found: Vec<_> = top.iter().map(|row| (row.account_id, row.wins)).collect();
            assert_eq!(found, ordered[..limit], "{limit} of {accounts}, wins {wins}, amounts {amount}");
            assert!(top.iter().all(|row| row.total_amount.len() == 1), "{limit} of {accounts}: {top:?}");
        }
    }
}
