//! Restoring an opportunity from the bin: its stage, and the events.

use uuid::Uuid;

use super::{ANA, CONTACT, at, deletion, links, pipeline, sale_in};
use crate::{
    events::{EntityRef, EventKind},
    ids::Id,
    opportunities::{Landing, Links, Opportunity, OpportunityRecord, Reason},
    pipelines::Stage,
};

fn landing(stage: &Stage) -> Landing<'_> {
    Landing {
        stage,
        stage_change_id: Id::new(Uuid::from_u128(11)),
        reason: Reason::trusted("Its stage is gone".to_owned()),
        changed_by: Some(ANA),
    }
}

fn deleted(sale: &Opportunity) -> Opportunity {
    let mut sale = Opportunity::stored(sale.record().clone());
    sale.delete(deletion(5));
    sale.take_events();
    sale.mark_stored();
    sale
}

#[test]
fn a_sale_comes_back_where_it_stood() {
    let (sale, _) = sale_in(&pipeline(1), 3);
    let before = sale.record().clone();
    let mut sale = deleted(&sale);
    assert_eq!(sale.loaded_standing(), None, "in the bin it counts nowhere");
    assert_eq!(sale.bring_back(None, at(9)), None);
    assert_eq!(*sale.record(), OpportunityRecord { version: 3, updated_at: at(9), ..before.clone() });
    assert_eq!(sale.record().standing(), before.standing());
    let kinds: Vec<_> = sale.take_events().into_iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [EventKind::OpportunityRestored]);
}

#[test]
fn a_sale_whose_stage_is_gone_lands_elsewhere_and_says_why() {
    let pipeline = pipeline(1);
    let stages = &pipeline.record().stages;
    let mut sale = deleted(&sale_in(&pipeline, 1).0);
    let change = sale.bring_back(Some(landing(&stages[0])), at(9)).expect("it moved");
    let record = sale.record();
    assert_eq!((record.placement.stage_id, record.placement.closed_at), (stages[0].id, None));
    assert_eq!(record.version, 3, "coming back and landing are one change");
    let change = change.record();
    assert_eq!((change.from_stage, change.to_stage), (Some(stages[1].id), stages[0].id));
    assert_eq!((change.changed_at, change.changed_by), (at(9), Some(ANA)));
    assert_eq!(change.reason.as_ref().map(Reason::as_str), Some("Its stage is gone"));
    let kinds: Vec<_> = sale.take_events().into_iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [EventKind::OpportunityRestored, EventKind::OpportunityStageChanged]);
}

#[test]
fn a_closed_sale_keeps_its_closing_time_wherever_it_lands() {
    let pipeline = pipeline(1);
    let lost = &pipeline.record().stages[4];
    let mut sale = deleted(&sale_in(&pipeline, 4).0);
    sale.bring_back(Some(landing(lost)), at(9));
    assert_eq!(sale.record().placement.closed_at, Some(at(0)));
}

#[test]
fn a_purged_sale_tells_its_id_and_nothing_else() {
    let mut sale = deleted(&sale_in(&pipeline(1), 0).0);
    sale.purge(at(9));
    let event = sale.take_events().remove(0);
    assert_eq!(
        (event.kind, event.entity),
        (EventKind::OpportunityPurged, EntityRef::opportunity(sale.record().id))
    );
    assert!(event.changes.is_empty() && event.related.is_empty());
}

#[test]
fn a_sale_forgets_only_the_contact_that_it_has() {
    let (mut sale, _) = sale_in(&pipeline(1), 0);
    assert!(!sale.forget_contact(CONTACT, at(1)));
    sale.edit(sale.record().fields.clone(), Links { contact_id: Some(CONTACT), ..links() }, at(1));
    sale.take_events();
    assert!(sale.forget_contact(CONTACT, at(2)));
    assert_eq!(sale.record().links, links());
    let event = sale.take_events().remove(0);
    assert_eq!((event.kind, event.changes[0].field), (EventKind::OpportunityUpdated, "contactId"));
}
