//! A bulk operation has the same effect as the operation on each record. On the same random records, one company uses
//! the bulk operation and the other the domain's rules for single records. Rows, stage changes, events and counters are
//! compared.

use cartera_application::{
    events::payload,
    ports::{Store, UnitOfWork},
    security::Grant,
};
use cartera_domain::{
    Deletion,
    events::EntityRef,
    identity::Handover,
    ids::{AccountId, CompanyId, ContactId, Id, OpportunityId, StageId},
    opportunities::{Detour, Landing, Reason, Return, Transfer},
    pipelines::Stage,
};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgConnection};
use uuid::Uuid;

use crate::{
    sales::{Seller, register},
    support::grant,
};

type Tx = Box<dyn UnitOfWork>;

/// Two companies with the same records.
struct Pair {
    seller: Seller,
    behind: PgConnection,
    at_once: Grant,
    one_by_one: Grant,
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("a moment")
}

impl Pair {
    async fn new(seed: u32) -> Self {
        let seller = Seller::new().await;
        let other = register(&seller.application, "Globex", "owner@globex.uy").await;
        let mut behind = seller.bench.database.behind_the_walls().await;
        let (one, other) = (seller.owner.company_id(), other.company_id());
        let sql = include_str!("together.sql")
            .replace("$one", &one.uuid().to_string())
            .replace("$other", &other.uuid().to_string())
            .replace("$seed", &seed.to_string());
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut behind).await.expect("the companies are filled");
        Self { seller, behind, at_once: grant(one), one_by_one: grant(other) }
    }

    async fn begin(&self, grant: &Grant) -> Tx {
        self.seller.bench.store.begin(grant).await.expect("a unit of work")
    }

    /// The ids of a company's records that meet a condition, in order.
    async fn ids<K>(&mut self, table: &str, condition: &str) -> Vec<Id<K>> {
        let sql = format!("select id from {table} where company_id = $1 and {condition} order by id");
        let company = self.one_by_one.company_id().uuid();
        let found = sqlx::query_scalar::<_, Uuid>(AssertSqlSafe(sql)).bind(company);
        found.fetch_all(&mut self.behind).await.expect("ids").into_iter().map(Id::new).collect()
    }

    /// The id that the script assigned.
    async fn id<K>(&mut self, what: &str) -> Id<K> {
        let id = sqlx::query_scalar("select md5($1)::uuid").bind(what).fetch_one(&mut self.behind).await;
        Id::new(id.expect("an id"))
    }

    async fn stage(&mut self, number: u32) -> Stage {
        let id: StageId = self.id(&format!("stage {number}")).await;
        let tx = self.begin(&self.at_once).await;
        let ever = tx.pipelines().stages_ever().await.expect("the store answers");
        ever.into_iter().find(|stage| stage.id == id).expect("it is there")
    }

    /// All rows of a company, except its own id and the ids of stage changes.
    async fn everything(&mut self, company: CompanyId) -> Vec<(String, Vec<Value>)> {
        let mut all = Vec::new();
        for (what, sql) in [
            (
                "accounts",
                "select to_jsonb(a) - 'company_id' from accounts a where company_id = $1 order by id",
            ),
            (
                "contacts",
                "select to_jsonb(c) - 'company_id' - 'name_fold' - 'last_name_fold' - 'email_fold' from contacts c where company_id = $1 order by id",
            ),
            (
                "opportunities",
                "select to_jsonb(o) - 'company_id' - 'title_fold' from opportunities o where company_id = $1 order by id",
            ),
            (
                "stage changes",
                "select to_jsonb(s) - 'company_id' - 'id' from stage_changes s where company_id = $1 \
                 order by opportunity_id, changed_at, to_stage_id",
            ),
            (
                "events",
                "select to_jsonb(e) - 'company_id' - 'sequence' - 'operation_id' from outbox e where company_id = $1 \
                 and entity_type in ('ACCOUNT', 'CONTACT', 'OPPORTUNITY') order by sequence",
            ),
            (
                "wins",
                "select to_jsonb(w) - 'company_id' from account_wins w where company_id = $1 and wins <> 0 \
                 order by account_id",
            ),
            (
                "won amounts",
                "select to_jsonb(w) - 'company_id' from account_won_amounts w where company_id = $1 and wins <> 0 \
                 order by account_id, currency",
            ),
            (
                "totals",
                "select to_jsonb(t) - 'company_id' from stage_totals t where company_id = $1 and count <> 0 \
                 order by stage_id, currency",
            ),
        ] {
            let rows = sqlx::query_scalar(sql).bind(company.uuid()).fetch_all(&mut self.behind).await;
            all.push((what.to_owned(), rows.expect("rows")));
        }
        all
    }

    /// Asserts that both companies are the same, and that their counters are right.
    async fn assert_alike(&mut self, about: &str) -> Vec<(String, Vec<Value>)> {
        let at_once = self.everything(self.at_once.company_id()).await;
        let one_by_one = self.everything(self.one_by_one.company_id()).await;
        for ((what, found), (_, expected)) in at_once.iter().zip(&one_by_one) {
            for (found, expected) in found.iter().zip(expected) {
                assert_eq!(found, expected, "{about}: {what}");
            }
            assert_eq!(found.len(), expected.len(), "{about}: {what}");
        }
        at_once
    }
}

fn reason() -> Reason {
    Reason::trusted("The \"stage\" goes \\ ✓".to_owned())
}

/// Moves all live opportunities of one stage to another.
async fn move_all(pair: &mut Pair, from: u32, to: u32) {
    let (from, to) = (pair.stage(from).await, pair.stage(to).await);
    let now = at("2026-06-01T10:00:00.000450Z");
    let there = format!("deleted_at is null and stage_id = '{}'", from.id);
    let sales: Vec<OpportunityId> = pair.ids("opportunities", &there).await;
    assert!(sales.len() > 5, "there is something to compare");
    let by = pair.id::<cartera_domain::ids::kinds::User>("user 1").await;
    let transfer = Transfer::new(from, to.clone(), reason(), Some(by), now).expect("it may be");
    let tx = pair.begin(&pair.at_once).await;
    let moved = tx.opportunities().transfer(&transfer, Id::new(Uuid::now_v7())).await.expect("they move");
    assert_eq!(usize::try_from(moved).expect("a count"), sales.len());
    tx.commit().await.expect("it is stored");
    let tx = pair.begin(&pair.one_by_one).await;
    for id in sales {
        let mut sale = tx.opportunities().get(id).await.expect("it is there");
        let change = sale.move_to(&to, Id::new(Uuid::now_v7()), reason(), Some(by), now).expect("it moves");
        tx.opportunities().record_move(&mut sale, &change).await.expect("it is stored");
    }
    tx.commit().await.expect("it is stored");
}

/// Deletes an account with its contacts and opportunities.
async fn delete_all(pair: &mut Pair, account: AccountId, deletion: Deletion) {
    let contacts: Vec<ContactId> =
        pair.ids("contacts", &format!("deleted_at is null and account_id = '{account}'")).await;
    let theirs = format!(
        "deleted_at is null and (account_id = '{account}' or (account_id is null and contact_id in \
         (select id from contacts where deleted_at is null and account_id = '{account}')))"
    );
    let sales: Vec<OpportunityId> = pair.ids("opportunities", &theirs).await;
    assert!(!contacts.is_empty() && sales.len() > 9, "there is something to compare");
    let tx = pair.begin(&pair.at_once).await;
    tx.account_uses().lock_and_count(account).await.expect("it is there");
    tx.contacts().lock_of("accountId", account).await.expect("the store answers");
    tx.opportunities().lock_of_account(account).await.expect("the store answers");
    tx.contacts().delete_of("accountId", account, deletion).await.expect("they are stored");
    tx.opportunities().delete_of_account(account, deletion).await.expect("they are stored");
    tx.commit().await.expect("it is stored");
    let tx = pair.begin(&pair.one_by_one).await;
    for id in contacts {
        let mut contact = tx.contacts().get(id).await.expect("it is there");
        contact.delete(deletion);
        tx.contacts().update(&mut contact).await.expect("it is stored");
    }
    for id in sales {
        let mut sale = tx.opportunities().get(id).await.expect("it is there");
        sale.delete(deletion);
        tx.opportunities().update(&mut sale).await.expect("it is stored");
    }
    tx.commit().await.expect("it is stored");
}

/// Restores everything of a deletion, moving opportunities from one stage to another.
async fn bring_all_back(pair: &mut Pair, deletion: Deletion, (left, to): (u32, u32)) {
    let (left, to) = (pair.stage(left).await, pair.stage(to).await);
    let now = at("2026-06-03T10:00:00Z");
    let of = format!("deletion_id = '{}'", deletion.id);
    let contacts: Vec<ContactId> = pair.ids("contacts", &of).await;
    let sales: Vec<OpportunityId> = pair.ids("opportunities", &of).await;
    let changed_by = None;
    let back = Return {
        deletion_id: deletion.id,
        detours: vec![Detour { from: left.id, to: to.clone() }],
        series: Id::new(Uuid::now_v7()),
        reason: reason(),
        changed_by,
        at: now,
    };
    let tx = pair.begin(&pair.at_once).await;
    tx.contacts().lock_deletion(deletion.id).await.expect("the store answers");
    tx.opportunities().lock_deletion(deletion.id).await.expect("the store answers");
    tx.contacts().bring_back_deletion(deletion.id, now).await.expect("they are stored");
    tx.opportunities().bring_back_deletion(&back).await.expect("they are stored");
    tx.commit().await.expect("it is stored");
    let tx = pair.begin(&pair.one_by_one).await;
    for id in contacts {
        let mut contact = tx.contacts().deleted(id).await.expect("it is in the bin");
        contact.bring_back(now);
        tx.contacts().update(&mut contact).await.expect("it is stored");
    }
    let mut landed = 0;
    for id in sales {
        let mut sale = tx.opportunities().deleted(id).await.expect("it is in the bin");
        let stage_change_id = Id::new(Uuid::now_v7());
        let landing = Landing { stage: &to, stage_change_id, reason: reason(), changed_by };
        let landing = (sale.record().placement.stage_id == left.id).then_some(landing);
        match sale.bring_back(landing, now) {
            Some(change) => {
                landed += 1;
                tx.opportunities().record_move(&mut sale, &change).await.expect("it is stored");
            }
            None => tx.opportunities().update(&mut sale).await.expect("it is stored"),
        }
    }
    assert!(landed > 0, "one of them lands elsewhere");
    tx.commit().await.expect("it is stored");
}

#[tokio::test]
async fn what_is_done_to_all_at_once_is_what_is_done_to_each() {
    for seed in 1..=3 {
        let mut pair = Pair::new(seed).await;
        pair.assert_alike("as they were drawn").await;
        // From open to lost, from lost to open, from lost to another lost stage, and from open to won.
        for (from, to) in [(1, 4), (4, 2), (5, 4), (2, 3)] {
            move_all(&mut pair, from, to).await;
            pair.assert_alike(&format!("{seed}: from stage {from} to stage {to}")).await;
        }
        let account = pair.id("account 1").await;
        let deletion = Deletion { id: Id::new(Uuid::now_v7()), at: at("2026-06-02T10:00:00.120Z") };
        delete_all(&mut pair, account, deletion).await;
        pair.assert_alike(&format!("{seed}: a deletion")).await;
        // They were won, and are restored into a lost or an open stage: both must agree on the closing time.
        let detour = if seed == 1 { (3, 1) } else { (3, 5) };
        bring_all_back(&mut pair, deletion, detour).await;
        pair.assert_alike(&format!("{seed}: a return")).await;
    }
}

#[tokio::test]
async fn what_changes_hands_is_told_of_each_record_in_order() {
    let mut pair = Pair::new(7).await;
    let (from, to) = (pair.id("user 2").await, Some(pair.id("user 3").await));
    let handover = Handover { from, to, at: at("2026-06-01T10:00:00Z") };
    let theirs = format!("owner_id = '{from}'");
    let mut expected = Vec::new();
    expected.extend(
        pair.ids("accounts", &theirs).await.into_iter().map(|id| handover.of(EntityRef::account(id))),
    );
    expected.extend(
        pair.ids("contacts", &theirs).await.into_iter().map(|id| handover.of(EntityRef::contact(id))),
    );
    expected.extend(
        pair.ids("opportunities", &theirs)
            .await
            .into_iter()
            .map(|id| handover.of(EntityRef::opportunity(id))),
    );
    assert!(expected.len() > 20, "there is something to compare");
    let tx = pair.begin(&pair.at_once).await;
    tx.users().hand_over(handover).await.expect("it goes over");
    tx.commit().await.expect("it is stored");
    let told = pair.everything(pair.at_once.company_id()).await.swap_remove(4).1;
    let expected: Vec<_> = expected
        .iter()
        .map(|event| {
            let entity = &event.entity;
            json!([event.kind.as_str(), entity.entity_type.as_str(), entity.id, payload(event)])
        })
        .collect();
    let told: Vec<_> = told
        .iter()
        .map(|row| json!([row["type"], row["entity_type"], row["entity_id"], row["payload"]]))
        .collect();
    assert_eq!(told, expected);
    let left: Vec<AccountId> = pair.ids("accounts", &theirs).await;
    assert!(!left.is_empty(), "the other company's stay");
}

/// Positions continue across draft events, whatever was recorded before and after.
#[tokio::test]
async fn drafts_stand_in_their_place_among_events() {
    let mut pair = Pair::new(9).await;
    let from = pair.id("user 1").await;
    let account: AccountId = pair.id("account 4").await;
    let tx = pair.begin(&pair.at_once).await;
    let mut first = tx.accounts().get(account).await.expect("it is there");
    first.delete(Deletion { id: Id::new(Uuid::now_v7()), at: at("2026-06-01T10:00:00Z") });
    tx.accounts().update(&mut first).await.expect("it is stored");
    tx.users().hand_over(Handover { from, to: None, at: at("2026-06-01T10:00:00Z") }).await.expect("over");
    first.bring_back(at("2026-06-01T10:00:01Z"));
    tx.accounts().update(&mut first).await.expect("it is stored");
    tx.commit().await.expect("it is stored");
    let sequences: Vec<i64> =
        sqlx::query_scalar("select sequence from outbox where company_id = $1 order by 1")
            .bind(pair.at_once.company_id().uuid())
            .fetch_all(&mut pair.behind)
            .await
            .expect("the outbox");
    let all = i64::try_from(sequences.len()).expect("a count");
    assert!(sequences.into_iter().eq(1..=all), "without gaps");
    let told = pair.everything(pair.at_once.company_id()).await.swap_remove(4).1;
    let kinds: Vec<_> = told.iter().filter_map(|row| row["type"].as_str()).collect();
    assert_eq!((kinds.first(), kinds.last()), (Some(&"account.deleted"), Some(&"account.restored")));
    assert!(kinds[1..kinds.len() - 1].iter().all(|kind| kind.ends_with(".updated")), "{kinds:?}");
}
