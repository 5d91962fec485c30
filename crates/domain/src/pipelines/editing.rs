//! Changes of a pipeline and its stages. A stage is part of its pipeline: changing one changes the pipeline, and raises
//! the pipeline's version.

use chrono::{DateTime, Utc};
use thiserror::Error;

use super::{MAX_STAGES, Pipeline, PipelineFields, Stage, StageFields, fields::has_every_kind};
use crate::{
    events::{EntityRef, Event, EventKind, FieldChange},
    ids::StageId,
    values::fold_key,
};

/// Why a change of a pipeline's stages is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum StageRefused {
    /// The pipeline has no such stage.
    #[error("the pipeline has no such stage")]
    Unknown,
    /// Another stage of the pipeline has this name.
    #[error("another stage of the pipeline has this name")]
    NameTaken,
    /// The pipeline would not have exactly one WON stage, or would lack an OPEN or a LOST one.
    #[error("a pipeline has exactly one WON stage, and at least one OPEN and one LOST stage")]
    KindsRequired,
    /// The pipeline already has the maximum number of stages.
    #[error("a pipeline has at most {MAX_STAGES} stages")]
    TooMany,
}

/// Why an order of stages is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum OrderRefused {
    /// The id at this position is not a stage of the pipeline.
    #[error("the id at {0} is no stage of the pipeline")]
    Unknown(usize),
    /// The id at this position is a duplicate.
    #[error("the id at {0} was named before")]
    Repeated(usize),
    /// A stage of the pipeline is missing.
    #[error("a stage of the pipeline is not named")]
    Incomplete,
}

/// The default pipeline can't be unset or deleted: another one must become the default first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the pipeline is the default one")]
pub struct IsDefault;

impl Pipeline {
    /// The fields that users write, without the stages.
    pub fn fields(&self) -> PipelineFields {
        PipelineFields { name: self.record.name.clone(), is_default: self.record.is_default }
    }

    /// Sets the name and whether it is the default; returns whether anything changed. The caller must then make the
    /// former default yield.
    ///
    /// # Errors
    /// [`IsDefault`] if the default pipeline would be unset.
    pub fn edit(&mut self, fields: PipelineFields, now: DateTime<Utc>) -> Result<bool, IsDefault> {
        if self.record.is_default && !fields.is_default {
            return Err(IsDefault);
        }
        Ok(self.set(fields, now))
    }

    /// Stops being the default, because another one is now.
    pub fn yield_default(&mut self, now: DateTime<Utc>) {
        self.set(PipelineFields { is_default: false, ..self.fields() }, now);
    }

    fn set(&mut self, fields: PipelineFields, now: DateTime<Utc>) -> bool {
        let old = self.fields();
        let changes = FieldChange::only_changed([
            ("name", old.name.as_str().into(), fields.name.as_str().into()),
            ("isDefault", old.is_default.into(), fields.is_default.into()),
        ]);
        if changes.is_empty() {
            return false;
        }
        let PipelineFields { name, is_default } = fields;
        self.record.name = name;
        self.record.is_default = is_default;
        self.touch(now);
        let mut event = self.event(EventKind::PipelineUpdated, now);
        event.changes = changes;
        self.events.push(event);
        true
    }

    /// Deletes the pipeline with its stages. The caller must check that it has no opportunities.
    ///
    /// # Errors
    /// [`IsDefault`].
    pub fn delete(&mut self, now: DateTime<Utc>) -> Result<(), IsDefault> {
        if self.record.is_default {
            return Err(IsDefault);
        }
        self.record.deleted_at = Some(now);
        self.record.stages.clear();
        self.touch(now);
        let event = self.event(EventKind::PipelineDeleted, now).noting("name", self.record.name.as_str());
        self.events.push(event);
        Ok(())
    }

    /// Adds a stage at a position from 1; at the end if none is given, or the position lies beyond it.
    ///
    /// # Errors
    /// [`StageRefused`]; nothing changes.
    pub fn add_stage(
        &mut self,
        id: StageId,
        fields: StageFields,
        place: Option<usize>,
        now: DateTime<Utc>,
    ) -> Result<(), StageRefused> {
        let StageFields { name, kind, color, probability } = fields;
        let stages = &self.record.stages;
        if stages.len() >= MAX_STAGES {
            return Err(StageRefused::TooMany);
        }
        if !has_every_kind(stages.iter().map(|stage| stage.kind).chain([kind])) {
            return Err(StageRefused::KindsRequired);
        }
        self.require_free_name(id, name.as_str())?;
        let index = place.map_or(stages.len(), |place| (place - 1).min(stages.len()));
        let stage = Stage { id, pipeline_id: self.record.id, name, order: 0, kind, color, probability };
        self.record.stages.insert(index, stage);
        self.number_stages();
        self.touch(now);
        let stage = &self.record.stages[index];
        let event = self
            .stage_event(EventKind::StageCreated, id, now)
            .noting("name", stage.name.as_str())
            .noting("order", i64::from(stage.order))
            .noting("kind", stage.kind.as_str())
            .noting("color", stage.color.as_str())
            .noting("probability", i64::from(stage.probability));
        self.events.push(event);
        Ok(())
    }

    /// Sets the fields of a stage, whose kind stays; returns whether anything changed.
    ///
    /// # Errors
    /// [`StageRefused`]; nothing changes.
    pub fn edit_stage(
        &mut self,
        id: StageId,
        fields: StageFields,
        now: DateTime<Utc>,
    ) -> Result<bool, StageRefused> {
        let StageFields { name, kind: _, color, probability } = fields;
        self.require_free_name(id, name.as_str())?;
        let found = self.record.stages.iter_mut().find(|stage| stage.id == id);
        let stage = found.ok_or(StageRefused::Unknown)?;
        let changes = FieldChange::only_changed([
            ("name", stage.name.as_str().into(), name.as_str().into()),
            ("color", stage.color.as_str().into(), color.as_str().into()),
            ("probability", i64::from(stage.probability).into(), i64::from(probability).into()),
        ]);
        if changes.is_empty() {
            return Ok(false);
        }
        (stage.name, stage.color, stage.probability) = (name, color, probability);
        self.touch(now);
        let mut event = self.stage_event(EventKind::StageUpdated, id, now);
        event.changes = changes;
        self.events.push(event);
        Ok(true)
    }

    /// Reorders the stages; the order must name each of them once. Returns whether anything changed.
    ///
    /// # Errors
    /// [`OrderRefused`]; nothing changes.
    pub fn reorder(&mut self, order: &[StageId], now: DateTime<Utc>) -> Result<bool, OrderRefused> {
        let before: Vec<_> = self.record.stages.iter().map(|stage| stage.id).collect();
        for (index, id) in order.iter().enumerate() {
            if !before.contains(id) {
                return Err(OrderRefused::Unknown(index));
            }
            if order[..index].contains(id) {
                return Err(OrderRefused::Repeated(index));
            }
        }
        if order.len() < before.len() {
            return Err(OrderRefused::Incomplete);
        }
        if order == before {
            return Ok(false);
        }
        self.record.stages.sort_by_key(|stage| order.iter().position(|id| *id == stage.id));
        self.number_stages();
        self.touch(now);
        let texts = |ids: &[StageId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
        let event = self.event(EventKind::PipelineStagesReordered, now).changing(
            "stageIds",
            texts(&before),
            texts(order),
        );
        self.events.push(event);
        Ok(true)
    }

    /// Removes and returns a stage. Its opportunities, if it has any, move to `successor`.
    ///
    /// # Errors
    /// [`StageRefused`]; nothing changes.
    pub fn remove_stage(
        &mut self,
        id: StageId,
        successor: Option<StageId>,
        now: DateTime<Utc>,
    ) -> Result<Stage, StageRefused> {
        let index = self.record.stages.iter().position(|stage| stage.id == id);
        let index = index.ok_or(StageRefused::Unknown)?;
        let rest = self.record.stages.iter().filter(|stage| stage.id != id).map(|stage| stage.kind);
        if !has_every_kind(rest) {
            return Err(StageRefused::KindsRequired);
        }
        let stage = self.record.stages.remove(index);
        self.number_stages();
        self.touch(now);
        let event = self
            .stage_event(EventKind::StageDeleted, id, now)
            .noting("name", stage.name.as_str())
            .noting("movedTo", successor);
        self.events.push(event);
        Ok(stage)
    }

    fn require_free_name(&self, id: StageId, name: &str) -> Result<(), StageRefused> {
        let folded = fold_key(name);
        let mut stages = self.record.stages.iter();
        // A stage keeps its name, even where an earlier fold let another one have it too.
        if stages.clone().any(|stage| stage.id == id && stage.name.as_str() == name) {
            return Ok(());
        }
        let taken = stages.any(|stage| stage.id != id && stage.name_fold() == folded);
        if taken { Err(StageRefused::NameTaken) } else { Ok(()) }
    }

    fn number_stages(&mut self) {
        for (stage, order) in self.record.stages.iter_mut().zip(1..) {
            stage.order = order;
        }
    }

    fn touch(&mut self, now: DateTime<Utc>) {
        self.record.updated_at = now;
        self.record.version += 1;
    }

    /// An event of a change that has been made.
    fn event(&self, kind: EventKind, now: DateTime<Utc>) -> Event {
        Event::new(kind, EntityRef::pipeline(self.record.id), now).making(self.record.version)
    }

    fn stage_event(&self, kind: EventKind, id: StageId, now: DateTime<Utc>) -> Event {
        Event::new(kind, EntityRef::stage(id), now).about(EntityRef::pipeline(self.record.id))
    }
}
