//! With row-level security switched off, the conditions on the company in every query still isolate tenants.

use cartera_application::testing::contract;

use crate::contract::PgHarness;

/// A harness whose database has no row-level security at all.
async fn without_row_level_security() -> PgHarness {
    let harness = PgHarness::new().await;
    let mut behind = harness.behind_the_walls().await;
    sqlx::raw_sql(
        "do $$ declare t text; begin \
         for t in select tablename from pg_tables where schemaname = 'public' loop \
         execute format('alter table %I no force row level security', t); \
         execute format('alter table %I disable row level security', t); \
         end loop; end $$",
    )
    .execute(&mut behind)
    .await
    .expect("the first lock is open");
    harness
}

macro_rules! still_hold {
    ($($suite:ident :: $promise:ident),+ $(,)?) => {
        $(#[tokio::test]
        async fn $promise() {
            contract::$suite::$promise(&without_row_level_security().await).await;
        })+
    };
}

still_hold! {
    companies::a_company_is_changed_only_from_within,
    people::users_of_another_company_are_out_of_reach,
    users::a_handover_stays_within_the_company,
    sessions::sessions_of_another_company_are_out_of_reach,
    api_keys::keys_of_another_company_are_out_of_reach,
    records::every_record_of_another_company_is_out_of_reach,
    accounts::what_uses_an_account_is_counted_of_live_ones_of_the_company,
    contacts::contacts_are_referred_to_and_locked_while_they_are_live_and_the_companys,
    bin::the_bin_of_another_company_is_out_of_reach,
    pipelines::pipelines_of_another_company_are_out_of_reach,
    opportunities::opportunities_of_another_company_are_out_of_reach,
    opportunities::nothing_can_point_into_another_company,
    idempotency::keys_of_different_actors_and_companies_never_meet,
}
