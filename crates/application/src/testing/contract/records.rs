//! Contract tests of all records, for every table and adapter.

use cartera_domain::{
    events::{EntityRef, EntityType, FieldValue, Verb},
    ids::Id,
    input::Patch,
    record::{Draft, Entity, Field, Fields, Kind, Raw},
    values::{Country, Network},
};
use uuid::Uuid;

use super::{
    Harness,
    scene::{
        Scene, a_moment, account, begin, begin_worker, code, commit, contact, deletion, fresh, later, noon,
        opportunity, refused, scene,
    },
};
use crate::{
    error::Code,
    every_resource,
    history::of_record,
    records::{RecordView, Recorded, Shown},
};

macro_rules! of_each {
    ([$of_one:ident $h:ident] $($fields:ty,)+) => { $($of_one::<$fields>($h).await;)+ };
}

/// Generates each promise for every resource.
macro_rules! promises {
    ($($(#[doc = $doc:literal])+ $promise:ident: $of_one:ident;)+) => {$(
        $(#[doc = $doc])+
        pub async fn $promise(h: &impl Harness) {
            every_resource!(of_each, $of_one, h);
        }
    )+};
}

promises! {
    /// Every field survives, on creation and on change, and is shown with the names of what it refers to.
    every_record_is_read_back_as_stored_and_as_changed: is_kept;
    /// Back through changes of every field, the bin, and to where it was not there yet.
    what_a_record_was_is_told_by_its_history: is_remembered;
    /// No method with an id reaches a record of another company, and no reference can point to one.
    every_record_of_another_company_is_out_of_reach: is_out_of_reach;
    /// Case is ignored, but accents are not; records of other companies and in the bin don't count.
    unique_fields_are_unique_among_live_records: is_unique;
    /// Of two that loaded the same version, the second to save is refused, and changes nothing.
    the_second_of_two_edits_of_a_record_loses: second_edit_loses;
    /// Through every method except those for the bin.
    a_deleted_record_is_absent: is_absent_when_deleted;
    /// Neither to nothing nor to two.
    what_belongs_to_others_belongs_to_one: belongs_to_one;
    /// In the bin too: whoever removes a record for good removes what is below it.
    what_belongs_to_a_record_is_found_below_it: is_found_below;
    /// The history of its events stays, but without its data.
    what_is_removed_for_good_leaves_nothing_written_in_its_events: is_forgotten;
}

/// A valid value of a field, different for each `n`.
fn sample(field: &Field, n: u32, refer: &dyn Fn(EntityType) -> Uuid) -> Raw {
    match field.kind {
        Kind::Line { max } | Kind::Prose { max } => {
            // The end of an id is random, so it comes first; the end of the value may be cut off.
            let random = Uuid::now_v7().simple().to_string().split_off(20);
            Raw::Text(format!("{n} ñ {random} {}", field.path).chars().take(max).collect())
        }
        Kind::Color => Raw::Text(format!("#00FF0{n}")),
        Kind::OneOf(names) => Raw::Text(names[usize::try_from(n).unwrap_or_default() % names.len()].into()),
        Kind::Email => Raw::Text(format!("a{}@example.com", Uuid::now_v7().simple())),
        Kind::Phone => Raw::Text(format!("+5989912345{n}")),
        Kind::WebUrl => Raw::Text(format!("https://example.com/{n}")),
        Kind::Social(Network::Whatsapp) => Raw::Text(format!("https://wa.me/5989912345{n}")),
        Kind::Social(network) => Raw::Text(format!("{}{n}", network.example())),
        Kind::Tags => Raw::Texts(vec![format!("tag {n}"), "ñ".into()]),
        Kind::Integer { min, .. } => Raw::Integer(min + i64::from(n)),
        Kind::Boolean => Raw::Boolean(n % 2 == 1),
        Kind::Date => Raw::Text(format!("2026-01-0{n}")),
        Kind::Money => Raw::Money(cartera_domain::opportunities::MoneyInput {
            amount: Some(n.to_string()),
            currency: Some("UYU".into()),
        }),
        Kind::Reference(entity) => Raw::Id(refer(entity)),
        Kind::Group(fields) => Raw::Group(draft(fields, n, refer)),
    }
}

fn draft(fields: &[Field], n: u32, refer: &dyn Fn(EntityType) -> Uuid) -> Vec<Patch<Raw>> {
    // It belongs to one of its parents, to another one for each `n`.
    let parents: Vec<_> = fields.iter().filter(|field| field.uses.parent).map(|field| field.path).collect();
    let parent = parents.iter().cycle().nth(usize::try_from(n).unwrap_or_default());
    let is_absent = |field: &&Field| field.uses.parent && Some(&field.path) != parent;
    let given = |field: &Field| {
        if is_absent(&field) { Patch::Absent } else { Patch::Value(sample(field, n, refer)) }
    };
    fields.iter().map(given).collect()
}

fn read<F: Fields>(draft: Draft<F>) -> F {
    F::read(draft, &Country::parse("UY").expect("a country")).expect("the fields are in order")
}

async fn fields<F: Fields>(h: &impl Harness, scene: &Scene, n: u32) -> F {
    let account = account(h, scene, &Uuid::now_v7().to_string()).await;
    let mut ids =
        vec![(EntityType::User, scene.user.uuid()), (EntityType::Account, account.record().id.uuid())];
    if F::TABLE.parents().next().is_some() {
        let contact = contact(h, scene, None).await.record().id;
        let (opportunity, _) = opportunity(h, scene, &account).await;
        ids.push((EntityType::Contact, contact.uuid()));
        ids.push((EntityType::Opportunity, opportunity.record().id.uuid()));
    }
    let refer = |wanted| ids.iter().find(|(entity, _)| *entity == wanted).expect("one of that kind").1;
    read(Draft::new(draft(F::FIELDS, n, &refer)))
}

async fn stored<F: Fields>(h: &impl Harness, scene: &Scene, fields: F) -> Entity<F> {
    let mut made = Entity::new(fresh(), fields, Some(scene.user), noon());
    let tx = begin(h, scene.id).await;
    tx.records().insert(&mut made).await.expect("it is stored");
    commit(tx).await;
    made
}

async fn delete<F: Fields>(h: &impl Harness, scene: &Scene, id: Id<F::Kind>) -> Entity<F> {
    let tx = begin(h, scene.id).await;
    let mut gone = tx.records::<F>().get(id).await.expect("it is there");
    gone.delete(deletion(9));
    tx.records().update(&mut gone).await.expect("it is stored");
    commit(tx).await;
    gone
}

/// Compares a record's view with its stored state.
fn is_shown<F: Fields>(view: &RecordView, entity: &Entity<F>, scene: &Scene) {
    let record = entity.record();
    assert_eq!((view.id, view.version), (record.id.uuid(), record.version));
    assert_eq!((view.created_at, view.updated_at), (record.created_at, record.updated_at));
    assert_eq!(view.deleted_at, None);
    assert_eq!(view.created_by.as_ref().map(|creator| creator.id), Some(scene.user.uuid()));
    for (value, shown) in record.fields.values().into_iter().zip(&view.values) {
        match (value, shown) {
            (FieldValue::Reference(id), Shown::Reference(named)) => {
                assert_eq!(named.id, id);
                assert!(!named.name.is_empty());
            }
            (FieldValue::Reference(id), Shown::Parent(shown)) => assert_eq!(id, *shown),
            (value, shown) => assert_eq!(Shown::from(value), *shown),
        }
    }
    assert_eq!(view.parent(), F::TABLE.parent(&record.fields.values()));
}

async fn is_kept<F: Fields + std::fmt::Debug>(h: &impl Harness) {
    let scene = scene(h).await;
    let (first, second) = (fields::<F>(h, &scene, 1).await, fields::<F>(h, &scene, 2).await);
    let made = stored(h, &scene, first).await;
    let id = made.record().id;
    let tx = begin(h, scene.id).await;
    let mut read = tx.records::<F>().get(id).await.expect("it is there");
    assert_eq!(read.record(), made.record());
    is_shown(&tx.records::<F>().view(id).await.expect("it is there"), &made, &scene);
    assert!(read.change(Verb::Updated, second, later(1)));
    tx.records().update(&mut read).await.expect("it is stored");
    let again = tx.records::<F>().get(id).await.expect("it is there");
    assert_eq!(again.record(), read.record(), "as changed");
    is_shown(&tx.records::<F>().view(id).await.expect("it sees its own changes"), &read, &scene);
    drop(tx);
    let tx = begin(h, scene.id).await;
    assert_eq!(tx.records::<F>().get(id).await.expect("it is there").record().version, 1, "rolled back");
    // All optional fields are missing.
    let mut nothing: Draft<F> = Draft::new(Vec::new());
    for (index, _) in F::FIELDS.iter().enumerate().filter(|(_, field)| !field.required && !field.uses.parent)
    {
        *nothing.at(index).expect("a field") = Patch::Null;
    }
    let uruguay = Country::parse("UY").expect("a country");
    let cleared = made.record().fields.patched(nothing, &uruguay).expect("it is in order");
    let mut bare = tx.records::<F>().get(id).await.expect("it is there");
    bare.change(Verb::Updated, cleared, later(2));
    tx.records().update(&mut bare).await.expect("it is stored");
    assert_eq!(tx.records::<F>().get(id).await.expect("it is there").record(), bare.record());
}

async fn is_remembered<F: Fields + std::fmt::Debug>(h: &impl Harness) {
    let scene = scene(h).await;
    let (first, second) = (fields::<F>(h, &scene, 1).await, fields::<F>(h, &scene, 2).await);
    let mut record = stored(h, &scene, first.clone()).await;
    let mut rows = vec![record.record().row()];
    for step in 1..=4 {
        match step {
            1 => assert!(record.change(Verb::Updated, second.clone(), later(step))),
            2 => record.delete(deletion(step)),
            3 => record.bring_back(later(step)),
            _ => assert!(record.change(Verb::Updated, first.clone(), later(step))),
        }
        let tx = begin(h, scene.id).await;
        tx.records().update(&mut record).await.expect("it is stored");
        commit(tx).await;
        rows.push(record.record().row());
    }
    let tx = begin(h, scene.id).await;
    let of = EntityRef::of(record.record().id);
    for (step, row) in (0..).zip(&rows) {
        let events = tx.history().since(of, later(step)).await.expect("the store answers");
        let was = of_record(F::TABLE, record.record().row(), events, later(step));
        if step == 2 {
            assert_eq!(code(was), Some(Code::NotFound), "it lay in the bin");
        } else {
            assert_eq!(was.expect("its history is whole"), *row, "after step {step}");
        }
    }
    let events = tx.history().since(of, later(-1)).await.expect("the store answers");
    let before = of_record(F::TABLE, record.record().row(), events, later(-1));
    assert_eq!(code(before), Some(Code::NotFound), "it was not there yet");
}

async fn is_out_of_reach<F: Fields + std::fmt::Debug>(h: &impl Harness) {
    let (ours, theirs) = (scene(h).await, scene(h).await);
    let made = stored(h, &theirs, fields::<F>(h, &theirs, 1).await).await;
    let id = made.record().id;
    let tx = begin(h, ours.id).await;
    assert_eq!(code(tx.records::<F>().get(id).await), Some(Code::NotFound));
    assert_eq!(code(tx.records::<F>().view(id).await), Some(Code::NotFound));
    assert_eq!(code(tx.records::<F>().deleted(id).await), Some(Code::NotFound));
    assert!(!tx.records::<F>().can_be_referenced(id).await.expect("the store answers"));
    let mut foreign = Entity::stored(made.record().clone());
    foreign.delete(deletion(1));
    let written = tx.records().update(&mut foreign).await;
    assert_eq!(refused(tx, written).await, Some(Code::EditConflict));
    let tx = begin(h, theirs.id).await;
    assert_eq!(tx.records::<F>().get(id).await.expect("it is there").record(), made.record());
    drop(tx);
    // A reference into another company is refused by the store itself, field by field.
    let references =
        F::FIELDS.iter().enumerate().filter(|(_, field)| matches!(field.kind, Kind::Reference(_)));
    for (at, field) in references {
        let n = F::FIELDS.iter().filter(|field| field.uses.parent).position(|other| other.path == field.path);
        let n = n.map_or(3, |n| u32::try_from(n).unwrap_or_default());
        let mut values = fields::<F>(h, &ours, n).await.values();
        values[at] = fields::<F>(h, &theirs, n).await.values()[at].clone();
        assert_ne!(values[at], FieldValue::Null);
        let mut foreign = Entity::new(fresh(), F::stored(values).expect("they fit"), None, noon());
        let tx = begin(h, ours.id).await;
        let written = tx.records().insert(&mut foreign).await;
        assert_eq!(refused(tx, written).await, Some(Code::Internal));
        let tx = begin(h, ours.id).await;
        assert_eq!(code(tx.records::<F>().get(foreign.record().id).await), Some(Code::NotFound));
    }
}

async fn belongs_to_one<F: Fields>(h: &impl Harness) {
    let parents: Vec<_> = F::TABLE.parents().map(|(index, ..)| index).collect();
    let ([first, ..], [.., last]) = (parents.as_slice(), parents.as_slice()) else { return };
    let scene = scene(h).await;
    let [one, other] = [fields::<F>(h, &scene, 0).await.values(), fields::<F>(h, &scene, 2).await.values()];
    let (mut none, mut both) = (one.clone(), one);
    none[*first] = FieldValue::Null;
    both[*last] = other[*last].clone();
    for values in [none, both] {
        let mut made = Entity::new(fresh(), F::stored(values).expect("they fit"), None, noon());
        let tx = begin(h, scene.id).await;
        let written = tx.records().insert(&mut made).await;
        assert_eq!(refused(tx, written).await, Some(Code::Internal));
    }
}

async fn is_found_below<F: Fields + Clone>(h: &impl Harness) {
    let (scene, neighbour) = (scene(h).await, scene(h).await);
    for (n, (index, field, _)) in (0..).zip(F::TABLE.parents()) {
        let wanted = fields::<F>(h, &scene, n).await;
        let FieldValue::Reference(parent) = wanted.values()[index] else { panic!("{} is an id", field.path) };
        let live = stored(h, &scene, wanted.clone()).await.record().id;
        let gone = stored(h, &scene, wanted).await.record().id;
        delete::<F>(h, &scene, gone).await;
        stored(h, &scene, fields::<F>(h, &scene, n).await).await;
        let below = async |company, limit| {
            let tx = begin(h, company).await;
            tx.many_rows().lock_children(F::TABLE, field, &[parent], limit).await.expect("the store answers")
        };
        assert_eq!(below(scene.id, 9).await, [live.uuid(), gone.uuid()], "{}", field.path);
        assert_eq!(below(scene.id, 1).await, [live.uuid()]);
        assert!(below(neighbour.id, 9).await.is_empty());
    }
}

async fn is_unique<F: Recorded>(h: &impl Harness) {
    let (ours, theirs) = (scene(h).await, scene(h).await);
    for (at, field) in F::FIELDS.iter().enumerate().filter(|(_, field)| field.uses.unique) {
        let text = match field.kind {
            Kind::Email => ["pena@example.com", "PENA@example.com", "pina@example.com"],
            _ => ["Peña Hnos", "PEÑA HNOS", "Pena Hnos"],
        };
        let with = async |scene: &Scene, text: &str| {
            let mut values = fields::<F>(h, scene, 1).await.values();
            values[at] = text.into();
            F::stored(values).expect("they fit")
        };
        let insert = async |scene: &Scene, text: &str| {
            let mut made = Entity::new(fresh(), with(scene, text).await, None, noon());
            let tx = begin(h, scene.id).await;
            let written = tx.records().insert(&mut made).await;
            (refused(tx, written).await, made.record().id)
        };
        let (done, first) = insert(&ours, text[0]).await;
        assert_eq!(done, None);
        assert_eq!(insert(&theirs, text[0]).await.0, None, "another company's");
        assert_eq!(insert(&ours, text[1]).await.0, F::RESOURCE.taken, "whatever the case");
        let (done, second) = insert(&ours, text[2]).await;
        let is_same = (field.key)(text[0]) == (field.key)(text[2]);
        assert_eq!(done, F::RESOURCE.taken.filter(|_| is_same), "accents count, or they don't");
        if is_same {
            continue;
        }
        let tx = begin(h, ours.id).await;
        let mut renamed = tx.records::<F>().get(second).await.expect("it is there");
        let taken = with(&ours, text[1]).await;
        renamed.change(Verb::Updated, taken, later(1));
        let written = tx.records().update(&mut renamed).await;
        assert_eq!(refused(tx, written).await, F::RESOURCE.taken);
        delete::<F>(h, &ours, first).await;
        assert_eq!(insert(&ours, text[1]).await.0, None, "what lies in the bin has none");
    }
}

async fn second_edit_loses<F: Fields>(h: &impl Harness) {
    let scene = scene(h).await;
    let id = stored(h, &scene, fields::<F>(h, &scene, 1).await).await.record().id;
    let (first, second) = (begin(h, scene.id).await, begin(h, scene.id).await);
    let mut by_first = first.records::<F>().get(id).await.expect("it is there");
    let mut by_second = second.records::<F>().get(id).await.expect("it is there");
    by_first.change(Verb::Updated, fields::<F>(h, &scene, 2).await, later(1));
    by_second.change(Verb::Updated, fields::<F>(h, &scene, 3).await, later(1));
    first.records().update(&mut by_first).await.expect("the first wins");
    first.records::<F>().view(id).await.expect("what was written is sent before");
    let second = async {
        let written = second.records().update(&mut by_second).await;
        refused(second, written).await
    };
    let (lost, ()) = tokio::join!(second, async {
        a_moment().await;
        commit(first).await;
    });
    assert_eq!(lost, Some(Code::EditConflict));
    let tx = begin(h, scene.id).await;
    let kept = tx.records::<F>().get(id).await.expect("it is there");
    assert!(kept.record().fields == by_first.record().fields);
}

async fn is_absent_when_deleted<F: Fields + std::fmt::Debug>(h: &impl Harness) {
    let scene = scene(h).await;
    let id = stored(h, &scene, fields::<F>(h, &scene, 1).await).await.record().id;
    let gone = delete::<F>(h, &scene, id).await;
    let tx = begin(h, scene.id).await;
    assert_eq!(code(tx.records::<F>().get(id).await), Some(Code::NotFound));
    assert_eq!(code(tx.records::<F>().view(id).await), Some(Code::NotFound));
    assert!(!tx.records::<F>().can_be_referenced(id).await.expect("the store answers"));
    assert_eq!(tx.records::<F>().deleted(id).await.expect("in the bin").record(), gone.record());
}

async fn is_forgotten<F: Fields>(h: &impl Harness) {
    let (scene, neighbour) = (scene(h).await, self::scene(h).await);
    let mut kept = Vec::new();
    for of in [&scene, &neighbour] {
        kept.push(stored(h, of, fields::<F>(h, of, 1).await).await.record().id.uuid());
    }
    let gone = stored(h, &scene, fields::<F>(h, &scene, 2).await).await.record().id;
    let mut gone = delete::<F>(h, &scene, gone).await;
    let id = gone.record().id.uuid();
    gone.purge(later(9));
    let tx = begin_worker(h, scene.id).await;
    tx.records().remove(std::slice::from_mut(&mut gone)).await.expect("it is removed");
    commit(tx).await;
    let told = h.payloads(scene.id).await;
    let of = |id: Uuid| told.iter().filter(move |(of, _)| *of == id).map(|(_, payload)| payload);
    assert_eq!(of(id).count(), 3, "created, deleted, purged");
    assert!(of(id).all(|payload| payload["changes"] == serde_json::json!({})), "nothing written is left");
    assert!(of(kept[0]).all(|payload| payload["changes"] != serde_json::json!({})));
    let theirs = h.payloads(neighbour.id).await;
    let theirs = theirs.iter().filter(|(of, _)| *of == kept[1]);
    assert!(
        theirs.clone().count() == 1
            && theirs.clone().all(|(_, payload)| payload["changes"] != serde_json::json!({}))
    );
}
