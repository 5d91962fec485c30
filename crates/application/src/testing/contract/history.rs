//! Contract tests of operations and events as they are read.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use cartera_domain::{
    contacts::ContactFields,
    events::{EntityRef, EntityType},
    identity::{Permission, Role},
    ids::{CompanyId, Id},
    opportunities::{Links, OpportunityRecord},
    record::{Fields, Row},
};
use uuid::Uuid;

use super::{
    Harness,
    scene::{
        Scene, account, begin, begin_as, commit, contact, deletion, key, later, new_account,
        new_opportunity_with, noon, scene,
    },
};
use crate::{
    history::{EventList, EventView, HistoryQueries, OperationList},
    lists::{ListQuery, Position, Test, Value},
    records::{RESOURCES, RecordView},
    security::{Actor, Grant, KeyAuthority, Provenance},
    views::OpportunityView,
};

fn grant(company: CompanyId) -> Grant {
    Actor::system(company, Provenance::request("reader")).authorize_system().expect("the system may")
}

fn all_events() -> ListQuery {
    ListQuery::first(EventList::TABLE, 1000)
}

async fn events(h: &impl Harness, company: CompanyId) -> Vec<EventView> {
    h.history().events(&grant(company), &all_events()).await.expect("the store answers").items
}

/// Requires that every version of every record has its event: nothing was changed in silence.
pub(super) async fn require_whole_histories(h: &impl Harness, scene: &Scene) {
    let mut versions: BTreeMap<(String, Uuid), Vec<i32>> = BTreeMap::new();
    for event in events(h, scene.id).await {
        let told = versions.entry((event.entity_type, event.entity_id)).or_default();
        told.extend(event.version.filter(|version| told.last() != Some(version)));
    }
    let tx = begin(h, scene.id).await;
    let mut checked = 0;
    for ((entity, id), told) in versions {
        let table =
            RESOURCES.iter().map(|resource| resource.table).find(|table| table.entity.as_str() == entity);
        let stored = match table {
            Some(table) => tx.rows().find(table, id).await.expect("it answers").map(|row| row.version),
            None if entity == EntityType::Opportunity.as_str() => {
                tx.opportunities().find(Id::new(id)).await.expect("it answers").map(|sale| sale.version)
            }
            None => continue,
        };
        let Some(stored) = stored else { continue };
        assert_eq!(told, (1..=stored).collect::<Vec<_>>(), "{entity} {id}");
        checked += 1;
    }
    assert!(checked > 0, "there are records");
}

/// Its events follow one another, each with the version that it made; who did it has a name.
pub async fn an_operation_is_what_one_unit_of_work_wrote(h: &impl Harness) {
    let scene = scene(h).await;
    account(h, &scene, "Before").await;
    let tx = begin_as(h, scene.id, scene.user).await;
    let provenance = tx.provenance().clone();
    assert_eq!(provenance.written(), None);
    let (mut one, mut other) = (new_account(&scene, "Globex"), new_account(&scene, "Initech"));
    tx.accounts().insert(&mut one).await.expect("it is stored");
    tx.accounts().insert(&mut other).await.expect("it is stored");
    one.delete(deletion(3));
    tx.accounts().update(&mut one).await.expect("it is stored");
    commit(tx).await;
    account(h, &scene, "After").await;
    let id = provenance.written().expect("it was reported");
    let operation = h.history().operation(&grant(scene.id), id).await.expect("it answers");
    let operation = operation.expect("it is there");
    assert_eq!((operation.kind.as_str(), operation.event_count), ("REQUEST", 3));
    assert_eq!((operation.id, operation.request_id.as_str()), (id.uuid(), "contract"));
    assert_eq!((operation.actor.kind.as_str(), operation.actor.id), ("USER", Some(scene.user.uuid())));
    assert_eq!((operation.actor.name.as_deref(), operation.occurred_at), (Some("Ana Ejemplo"), noon()));
    let of_it: Vec<_> =
        events(h, scene.id).await.into_iter().filter(|event| event.operation_id == Some(id.uuid())).collect();
    let told: Vec<_> = of_it.iter().map(|event| (event.kind.as_str(), event.version)).collect();
    let expected = [("account.created", Some(1)), ("account.created", Some(1)), ("account.deleted", Some(2))];
    assert_eq!(told, expected);
    let numbers: Vec<_> = of_it.iter().map(|event| event.sequence).collect();
    assert_eq!(numbers, (operation.first_sequence..operation.first_sequence + 3).collect::<Vec<_>>());
    assert_eq!(of_it[0].changes["name"]["new"], "Globex");
    assert_eq!(of_it[0].related, [("USER".to_owned(), scene.user.uuid())]);
    assert_eq!((of_it[2].source(), of_it[2].actor.name.as_deref()), ("USER", Some("Ana Ejemplo")));
}

/// Neither is one that was rolled back.
pub async fn what_wrote_nothing_is_no_operation(h: &impl Harness) {
    let scene = scene(h).await;
    let count = async || {
        let query = ListQuery::first(OperationList::TABLE, 100);
        h.history().operations(&grant(scene.id), &query).await.expect("it answers").items.len()
    };
    let before = count().await;
    for writes in [false, true] {
        let tx = begin_as(h, scene.id, scene.user).await;
        let provenance = tx.provenance().clone();
        if writes {
            tx.accounts().insert(&mut new_account(&scene, "Gone")).await.expect("it is stored");
            tx.rollback().await;
        } else {
            commit(tx).await;
        }
        assert_eq!(provenance.written(), None);
    }
    assert_eq!(count().await, before);
}

/// By time, by kind and by whoever did it; pages follow one another.
pub async fn operations_are_listed_by_who_did_them(h: &impl Harness) {
    let scene = scene(h).await;
    for name in ["One", "Two", "Three"] {
        let tx = begin_as(h, scene.id, scene.user).await;
        tx.accounts().insert(&mut new_account(&scene, name)).await.expect("it is stored");
        commit(tx).await;
    }
    let key = key(h, &scene, "Integration").await;
    let authority = KeyAuthority {
        company_id: scene.id,
        key_id: key.record().id,
        creator_id: scene.user,
        creator_role: Role::Owner,
        scopes: BTreeSet::from([Permission::AccountsWrite]),
        expires_at: None,
    };
    let integration = Actor::key(authority, Provenance::request("contract"));
    let integration = integration.authorize(Permission::AccountsWrite).expect("it has the scope");
    let tx = h.store().begin(&integration).await.expect("a unit of work begins");
    tx.accounts().insert(&mut new_account(&scene, "By a key")).await.expect("it is stored");
    commit(tx).await;
    let keys = Test::AnyOf(vec![Value::Id(key.record().id.uuid())]);
    let of_key = ListQuery::first(OperationList::TABLE, 9).with(OperationList::ACTOR_ID, keys.clone());
    let by_key = h.history().operations(&grant(scene.id), &of_key).await.expect("it answers").items;
    let actors: Vec<_> =
        by_key.iter().map(|one| (one.actor.kind.as_str(), one.actor.name.as_deref())).collect();
    assert_eq!(actors, [("API_KEY", Some("Integration"))]);
    let one = h.history().operation(&grant(scene.id), Id::new(by_key[0].id)).await.expect("it answers");
    assert_eq!(one.as_ref(), by_key.first());
    let of_key = all_events().with(EventList::ACTOR_ID, keys);
    let told = h.history().events(&grant(scene.id), &of_key).await.expect("it answers").items;
    let sources: Vec<_> = told.iter().map(|event| (event.source(), event.actor.name.as_deref())).collect();
    assert_eq!(sources, [("API_KEY", Some("Integration"))]);
    let record = EntityRef { entity_type: EntityType::Account, id: told[0].entity_id };
    let since = begin(h, scene.id).await.history().since(record, later(60)).await.expect("it answers");
    assert_eq!(since, told);
    let own = Test::AnyOf(vec![Value::Id(scene.user.uuid())]);
    let mut query = ListQuery::first(OperationList::TABLE, 2).with(OperationList::ACTOR_ID, own);
    let mut found = Vec::new();
    loop {
        let page = h.history().operations(&grant(scene.id), &query).await.expect("it answers");
        found.extend(page.items);
        let Some(next) = page.next else { break };
        query.position = Position::After(Some(next));
    }
    assert_eq!(found.len(), 3);
    assert!(found.iter().all(|operation| operation.actor.name.as_deref() == Some("Ana Ejemplo")));
    let jobs = Test::AnyOf(vec![Value::Text("JOB".to_owned())]);
    let none = ListQuery::first(OperationList::TABLE, 9).with(OperationList::KIND, jobs);
    assert_eq!(h.history().operations(&grant(scene.id), &none).await.expect("it answers").items, []);
    let later = ListQuery::first(OperationList::TABLE, 9)
        .with(OperationList::OCCURRED_AT, Test::MoreThan(Value::Timestamp(later(60))));
    assert_eq!(h.history().operations(&grant(scene.id), &later).await.expect("it answers").items, []);
}

/// By every method.
pub async fn histories_of_another_company_are_out_of_reach(h: &impl Harness) {
    let (ours, theirs) = (scene(h).await, scene(h).await);
    let tx = begin(h, theirs.id).await;
    let provenance = tx.provenance().clone();
    let mut foreign = new_account(&theirs, "Theirs");
    tx.accounts().insert(&mut foreign).await.expect("it is stored");
    commit(tx).await;
    let id = provenance.written().expect("it was reported");
    let history: Arc<dyn HistoryQueries> = h.history();
    assert_eq!(history.operation(&grant(ours.id), id).await.expect("it answers"), None);
    assert!(history.operation(&grant(theirs.id), id).await.expect("it answers").is_some());
    let record = foreign.record().id.uuid();
    let of_record = all_events().with(EventList::ENTITY_ID, Test::AnyOf(vec![Value::Id(record)]));
    assert_eq!(history.events(&grant(ours.id), &of_record).await.expect("it answers").items, []);
    assert_eq!(history.events(&grant(theirs.id), &of_record).await.expect("it answers").items.len(), 1);
    let operations = ListQuery::first(OperationList::TABLE, 100);
    let found = history.operations(&grant(ours.id), &operations).await.expect("it answers").items;
    assert!(found.iter().all(|operation| operation.id != id.uuid()));
    let tx = begin(h, ours.id).await;
    let since = tx.history().since(EntityRef::of(foreign.record().id), noon()).await;
    assert_eq!(since.expect("it answers"), []);
}

/// What is not stored like this is shown with the names of what it refers to: of the company, not of its neighbour.
pub async fn a_record_as_it_was_is_shown_with_its_names(h: &impl Harness) {
    let scene = scene(h).await;
    let account = account(h, &scene, "Globex").await.record().id;
    let contact = contact(h, &scene, Some(account)).await;
    let links = Links {
        account_id: Some(account),
        contact_id: Some(contact.record().id),
        owner_id: Some(scene.user),
    };
    let (mut sale, first) = new_opportunity_with(&scene, links);
    let tx = begin(h, scene.id).await;
    tx.opportunities().insert(&mut sale, &first).await.expect("it is stored");
    commit(tx).await;
    let tx = begin(h, scene.id).await;
    let row = Row { version: 7, ..contact.record().row() };
    let shown = tx.rows().shown(ContactFields::TABLE, row).await.expect("it answers");
    let stored = tx.contacts().view(contact.record().id).await.expect("it is there");
    assert_eq!(shown, RecordView { version: 7, ..stored });
    let stored = tx.opportunities().view(sale.record().id).await.expect("it is there");
    let record = OpportunityRecord { version: 7, ..sale.record().clone() };
    let shown = tx.opportunities().shown(record).await.expect("it answers");
    assert_eq!(shown, OpportunityView { version: 7, ..stored });
    assert_eq!(shown.account.map(|account| account.name), Some("Globex".to_owned()));
}

/// Newest first, and the last one before the moment.
pub async fn what_happened_since_a_moment_includes_the_last_before(h: &impl Harness) {
    let scene = scene(h).await;
    let mut account = account(h, &scene, "Globex").await;
    for seconds in [10, 20, 30] {
        let tx = begin(h, scene.id).await;
        let fields = cartera_domain::accounts::AccountFields {
            employees: Some(i32::try_from(seconds).expect("few")),
            ..account.record().fields.clone()
        };
        account.change(cartera_domain::events::Verb::Updated, fields, later(seconds));
        tx.accounts().update(&mut account).await.expect("it is stored");
        commit(tx).await;
    }
    let tx = begin(h, scene.id).await;
    for (seconds, expected) in
        [(5, vec![4, 3, 2, 1]), (10, vec![4, 3, 2]), (25, vec![4, 3]), (99, vec![4]), (-5, vec![4, 3, 2, 1])]
    {
        let since = tx.history().since(EntityRef::of(account.record().id), later(seconds)).await;
        let versions: Vec<_> = since.expect("it answers").iter().filter_map(|event| event.version).collect();
        assert_eq!(versions, expected, "after {seconds} s");
    }
}
