//! Pipelines and their stages: the funnels through which opportunities move.

mod editing;
mod fields;
mod stage;
mod stage_kind;
mod stage_ref;
mod templates;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};

pub use crate::values::Color;
pub use editing::{IsDefault, OrderRefused, StageRefused};
pub use fields::{
    MAX_STAGES, NewPipelineFields, NewPipelineInput, PipelineFields, PipelineInput, StageFields, StageInput,
};
pub use stage::Stage;
pub use stage_kind::{StageKind, StageName};
pub use stage_ref::StageRef;
pub use templates::default_pipeline;

use crate::{
    events::{EntityRef, Event, EventKind},
    ids::{PipelineId, StageId, UserId},
    values::Line,
};

/// The name of a pipeline, unique by its folded form among the company's live ones.
pub type PipelineName = Line<100>;

/// The stored state of a pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PipelineRecord {
    /// The pipeline's id.
    pub id: PipelineId,
    /// Its name.
    pub name: PipelineName,
    /// Whether new opportunities go here by default. Each company has one default pipeline.
    pub is_default: bool,
    /// Its stages, in order.
    pub stages: Vec<Stage>,
    /// Counts the changes, from 1.
    pub version: i32,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// Who created it; absent if it was created with the company.
    pub created_by: Option<UserId>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// When it was deleted.
    pub deleted_at: Option<DateTime<Utc>>,
}

/// An ordered funnel.
#[derive(Debug, Clone)]
pub struct Pipeline {
    record: PipelineRecord,
    events: Vec<Event>,
}

impl Pipeline {
    /// A new pipeline with its stages.
    pub fn create(record: PipelineRecord) -> Self {
        let event = Event::new(EventKind::PipelineCreated, EntityRef::pipeline(record.id), record.created_at)
            .making(record.version)
            .noting("name", record.name.as_str())
            .noting("isDefault", record.is_default);
        Self { record, events: vec![event] }
    }

    /// A new pipeline at version 1, created by a user. `new_stage_id` generates the ids of the stages.
    pub fn create_from(
        id: PipelineId,
        fields: NewPipelineFields,
        mut new_stage_id: impl FnMut() -> StageId,
        created_by: Option<UserId>,
        now: DateTime<Utc>,
    ) -> Self {
        let NewPipelineFields { name, is_default, stages } = fields;
        let stages = stages.into_iter().zip(1..).map(|(fields, order)| {
            let StageFields { name, kind, color, probability } = fields;
            Stage { id: new_stage_id(), pipeline_id: id, name, order, kind, color, probability }
        });
        Self::create(PipelineRecord {
            id,
            name,
            is_default,
            stages: stages.collect(),
            version: 1,
            created_at: now,
            created_by,
            updated_at: now,
            deleted_at: None,
        })
    }

    /// Wraps a stored pipeline.
    pub fn stored(record: PipelineRecord) -> Self {
        Self { record, events: Vec::new() }
    }

    /// The stored state.
    pub fn record(&self) -> &PipelineRecord {
        &self.record
    }

    /// Takes the events recorded since the last call.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// The stage of this pipeline with the id or folded name of `wanted`.
    pub fn find_stage(&self, wanted: &StageRef) -> Option<&Stage> {
        self.record.stages.iter().find(|stage| stage.is(wanted))
    }

    /// The stage in which a new opportunity starts: the first of kind OPEN.
    pub fn first_open_stage(&self) -> Option<&Stage> {
        self.record.stages.iter().find(|stage| stage.kind == StageKind::Open)
    }

    /// The stage with this id.
    pub fn stage(&self, id: StageId) -> Option<&Stage> {
        self.find_stage(&StageRef::Id(id))
    }
}
