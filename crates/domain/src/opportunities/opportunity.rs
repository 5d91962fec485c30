//! The opportunity itself: its operations, and the events that they record.

use chrono::{DateTime, Utc};
use thiserror::Error;

use super::{OpportunityFields, Reason, StageChange, StageChangeRecord, Standing};
use crate::{
    Deletion,
    events::{EntityRef, Event, EventKind, FieldChange},
    ids::{AccountId, ContactId, OpportunityId, PipelineId, StageChangeId, StageId, UserId},
    pipelines::{Stage, StageKind},
    record::Fields,
};

/// The records to which an opportunity belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Links {
    /// The account it is a sale to.
    pub account_id: Option<AccountId>,
    /// The contact it is a sale to. At least one of account and contact is set.
    pub contact_id: Option<ContactId>,
    /// Its owner.
    pub owner_id: Option<UserId>,
}

/// The position of an opportunity in a pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placement {
    /// The pipeline, fixed after creation.
    pub pipeline_id: PipelineId,
    /// The stage.
    pub stage_id: StageId,
    /// The stage's kind, which is the opportunity's status.
    pub kind: StageKind,
    /// When it was won or lost; absent while it is open.
    pub closed_at: Option<DateTime<Utc>>,
}

/// The stored state of an opportunity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpportunityRecord {
    /// The opportunity's id.
    pub id: OpportunityId,
    /// Its number in the company, 1, 2, 3… without gaps; absent until it is inserted.
    pub number: Option<i64>,
    /// The fields that users write.
    pub fields: OpportunityFields,
    /// The records it belongs to.
    pub links: Links,
    /// Its pipeline and stage.
    pub placement: Placement,
    /// Counts the changes, from 1.
    pub version: i32,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// Who created it.
    pub created_by: Option<UserId>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// Its deletion, if it is in the bin.
    pub deletion: Option<Deletion>,
}

impl OpportunityRecord {
    /// Its contribution to the counters of reports; none if it is deleted.
    pub fn standing(&self) -> Option<Standing> {
        self.deletion.is_none().then_some(Standing {
            account_id: self.links.account_id,
            stage_id: self.placement.stage_id,
            kind: self.placement.kind,
            amount: self.fields.amount,
        })
    }
}

/// Why a move is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum MoveRefused {
    /// The opportunity is already in that stage.
    #[error("the opportunity is already in this stage")]
    AlreadyInStage,
    /// The stage belongs to a different pipeline.
    #[error("the stage belongs to another pipeline")]
    StageOfAnotherPipeline,
}

/// The data of a new opportunity.
#[derive(Debug, Clone)]
pub struct NewOpportunity<'a> {
    /// Its id.
    pub id: OpportunityId,
    /// The id of its first stage change.
    pub stage_change_id: StageChangeId,
    /// The fields that the user wrote.
    pub fields: OpportunityFields,
    /// The records it belongs to.
    pub links: Links,
    /// The stage in which it starts.
    pub stage: &'a Stage,
    /// Who creates it.
    pub created_by: Option<UserId>,
}

/// Where a restored opportunity goes if its stage was deleted.
#[derive(Debug, Clone)]
pub struct Landing<'a> {
    /// A stage of its pipeline.
    pub stage: &'a Stage,
    /// The id of the stage change.
    pub stage_change_id: StageChangeId,
    /// The reason for the stage change.
    pub reason: Reason,
    /// Who restored it.
    pub changed_by: Option<UserId>,
}

/// A possible sale (a "deal") in one stage of one pipeline.
#[derive(Debug, Clone)]
pub struct Opportunity {
    record: OpportunityRecord,
    loaded: Option<Standing>,
    events: Vec<Event>,
}

impl Opportunity {
    /// A new opportunity, at version 1, with its first stage change.
    pub fn create(new: NewOpportunity<'_>, now: DateTime<Utc>) -> (Self, StageChange) {
        let NewOpportunity { id, stage_change_id, fields, links, stage, created_by } = new;
        let record = OpportunityRecord {
            id,
            number: None,
            placement: place(stage, now),
            fields,
            links,
            version: 1,
            created_at: now,
            created_by,
            updated_at: now,
            deletion: None,
        };
        let change = StageChange::new(StageChangeRecord {
            id: stage_change_id,
            opportunity_id: id,
            from_stage: None,
            to_stage: stage.id,
            reason: None,
            changed_at: now,
            changed_by: created_by,
        });
        let mut opportunity = Self { record, loaded: None, events: Vec::new() };
        let event = opportunity.created(now);
        opportunity.events.push(event);
        (opportunity, change)
    }

    /// Wraps a stored opportunity.
    pub fn stored(record: OpportunityRecord) -> Self {
        Self { loaded: record.standing(), record, events: Vec::new() }
    }

    /// The stored state.
    pub fn record(&self) -> &OpportunityRecord {
        &self.record
    }

    /// Its contribution to the counters when it was loaded; none for a new one.
    pub fn loaded_standing(&self) -> Option<&Standing> {
        self.loaded.as_ref()
    }

    /// Takes the events recorded since the last call.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// Sets the number that the company's counter gave on insertion.
    pub fn numbered(&mut self, number: i64) {
        self.record.number = Some(number);
    }

    /// Marks the state in memory as stored, so that the next counter deltas are relative to it.
    pub fn mark_stored(&mut self) {
        self.loaded = self.record.standing();
    }

    /// Moves the opportunity to `stage`. This is the only way to change its stage. Closing sets `closedAt`, reopening
    /// clears it.
    ///
    /// # Errors
    /// [`MoveRefused`] if it is already in that stage, or the stage belongs to another pipeline; nothing changes.
    pub fn move_to(
        &mut self,
        stage: &Stage,
        id: StageChangeId,
        reason: Reason,
        changed_by: Option<UserId>,
        now: DateTime<Utc>,
    ) -> Result<StageChange, MoveRefused> {
        let from = self.record.placement;
        if stage.pipeline_id != from.pipeline_id {
            return Err(MoveRefused::StageOfAnotherPipeline);
        }
        if stage.id == from.stage_id {
            return Err(MoveRefused::AlreadyInStage);
        }
        self.record.placement = place(stage, now);
        self.touch(now);
        let event = self.moved(from, &reason, now);
        self.events.push(event);
        Ok(StageChange::new(StageChangeRecord {
            id,
            opportunity_id: self.record.id,
            from_stage: Some(from.stage_id),
            to_stage: stage.id,
            reason: Some(reason),
            changed_at: now,
            changed_by,
        }))
    }

    /// Sets new fields and links; returns whether anything changed. The version only increases if something did.
    pub fn edit(&mut self, fields: OpportunityFields, links: Links, now: DateTime<Utc>) -> bool {
        let old = self.record.links;
        let mut changes = self.record.fields.changes(&fields);
        changes.extend(FieldChange::only_changed([
            ("accountId", old.account_id.into(), links.account_id.into()),
            ("contactId", old.contact_id.into(), links.contact_id.into()),
            ("ownerId", old.owner_id.into(), links.owner_id.into()),
        ]));
        if changes.is_empty() {
            return false;
        }
        let mut event = self.event(EventKind::OpportunityUpdated, now);
        self.record.fields = fields;
        self.record.links = links;
        self.touch(now);
        event.version = Some(self.record.version);
        for entity in self.related() {
            if !event.related.contains(&entity) {
                event.related.push(entity);
            }
        }
        event.changes = changes;
        self.events.push(event);
        true
    }

    /// Moves the opportunity to the bin: it leaves every list and report at once.
    pub fn delete(&mut self, deletion: Deletion) {
        self.record.deletion = Some(deletion);
        self.touch(deletion.at);
        let event = self
            .event(EventKind::OpportunityDeleted, deletion.at)
            .noting("title", self.record.fields.title.as_str())
            .noting("deletionId", deletion.id);
        self.events.push(event);
    }

    /// Restores the opportunity from the bin, into its former stage. If that stage was deleted, it goes to another
    /// one of its pipeline, by a stage change that says why. It keeps its closing time, because a sale that was won in
    /// March stays a sale of March.
    pub fn bring_back(&mut self, landing: Option<Landing<'_>>, now: DateTime<Utc>) -> Option<StageChange> {
        self.record.deletion = None;
        self.touch(now);
        let event = self
            .event(EventKind::OpportunityRestored, now)
            .noting("title", self.record.fields.title.as_str());
        self.events.push(event);
        let Landing { stage, stage_change_id, reason, changed_by } = landing?;
        let from = self.record.placement;
        let closed_at = stage.kind.is_closed().then(|| from.closed_at.unwrap_or(now));
        self.record.placement = Placement { closed_at, ..place(stage, now) };
        let event = self.moved(from, &reason, now);
        self.events.push(event);
        Some(StageChange::new(StageChangeRecord {
            id: stage_change_id,
            opportunity_id: self.record.id,
            from_stage: Some(from.stage_id),
            to_stage: stage.id,
            reason: Some(reason),
            changed_at: now,
            changed_by,
        }))
    }

    /// Clears a contact that is being permanently deleted; returns whether it had that contact.
    pub fn forget_contact(&mut self, contact_id: ContactId, now: DateTime<Utc>) -> bool {
        if self.record.links.contact_id != Some(contact_id) {
            return false;
        }
        let links = Links { contact_id: None, ..self.record.links };
        self.edit(self.record.fields.clone(), links, now)
    }

    /// Records the permanent deletion of the opportunity. The event contains none of its data.
    pub fn purge(&mut self, now: DateTime<Utc>) {
        self.events.push(Event::new(
            EventKind::OpportunityPurged,
            EntityRef::opportunity(self.record.id),
            now,
        ));
    }

    fn touch(&mut self, now: DateTime<Utc>) {
        self.record.updated_at = now;
        self.record.version += 1;
    }

    fn moved(&self, from: Placement, reason: &Reason, now: DateTime<Utc>) -> Event {
        let OpportunityRecord { id, links, placement: to, .. } = &self.record;
        stage_changed(*id, *links, from, *to, reason, now).making(self.record.version)
    }

    /// What is told of a new opportunity: every field.
    fn created(&self, now: DateTime<Utc>) -> Event {
        let OpportunityRecord { fields, links, placement, .. } = &self.record;
        let event = self.event(EventKind::OpportunityCreated, now);
        let mut event = event
            .noting("accountId", links.account_id)
            .noting("contactId", links.contact_id)
            .noting("ownerId", links.owner_id)
            .noting("pipelineId", placement.pipeline_id)
            .noting("stageId", placement.stage_id)
            .noting("status", placement.kind.as_str())
            .noting("closedAt", placement.closed_at);
        event.changes.extend(fields.told());
        event
    }

    fn event(&self, kind: EventKind, now: DateTime<Utc>) -> Event {
        let event = Event::new(kind, EntityRef::opportunity(self.record.id), now);
        Event { related: self.related(), ..event.making(self.record.version) }
    }

    fn related(&self) -> Vec<EntityRef> {
        self.record.links.related()
    }
}

impl Links {
    fn related(self) -> Vec<EntityRef> {
        let Self { account_id, contact_id, owner_id } = self;
        [
            account_id.map(EntityRef::account),
            contact_id.map(EntityRef::contact),
            owner_id.map(EntityRef::user),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// The event of a stage change, whether of one opportunity or of a whole stage.
pub(super) fn stage_changed(
    id: OpportunityId,
    links: Links,
    from: Placement,
    to: Placement,
    reason: &Reason,
    now: DateTime<Utc>,
) -> Event {
    let mut event = Event::new(EventKind::OpportunityStageChanged, EntityRef::opportunity(id), now)
        .changing("stageId", from.stage_id, to.stage_id)
        .changing("status", from.kind.as_str(), to.kind.as_str())
        .changing("closedAt", from.closed_at, to.closed_at)
        .noting("reason", reason.as_str());
    event.related = links.related();
    event
}

/// The placement of an opportunity that enters a stage now.
pub(super) fn place(stage: &Stage, now: DateTime<Utc>) -> Placement {
    Placement {
        pipeline_id: stage.pipeline_id,
        stage_id: stage.id,
        kind: stage.kind,
        closed_at: stage.kind.is_closed().then_some(now),
    }
}
