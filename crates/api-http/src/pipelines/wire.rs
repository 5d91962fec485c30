//! Pipelines and stages on the wire.

use cartera_application::views::{PipelineStageView, PipelineView, StageView};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::wire::{Reference, StageKind, Timestamp};

/// An ordered funnel.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "019a9f2e-0000-7000-8000-00000000d001",
    "version": 1,
    "name": "Ventas",
    "isDefault": true,
    "stages": [{
        "id": "019a9f2e-0000-7000-8000-00000000e001", "name": "Preparación", "order": 1, "kind": "OPEN",
        "color": "#64748B", "probability": 10
    }],
    "createdAt": "2026-01-31T12:00:00.000000Z",
    "createdBy": null,
    "updatedAt": "2026-01-31T12:00:00.000000Z"
}))]
pub struct Pipeline {
    /// The pipeline's id.
    pub id: Uuid,
    /// Counts the changes, those of its stages too, from 1; also in `ETag`.
    #[schema(minimum = 1)]
    pub version: i32,
    /// Its name, unique among the company's pipelines whatever case, accents and separators.
    pub name: String,
    /// Whether new opportunities go here when nothing was said. One pipeline of a company is.
    pub is_default: bool,
    /// Its stages, in order.
    pub stages: Vec<Stage>,
    /// When it was created.
    pub created_at: Timestamp,
    /// Who created it; null when it came with the company.
    #[schema(required)]
    pub created_by: Option<Reference>,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// One step of a pipeline.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a9f2e-0000-7000-8000-00000000e001", "name": "Preparación", "order": 1, "kind": "OPEN",
    "color": "#64748B", "probability": 10
}))]
pub struct Stage {
    /// The stage's id.
    pub id: Uuid,
    /// Its name, unique in its pipeline whatever case, accents and separators.
    pub name: String,
    /// Its place in the pipeline, from 1.
    #[schema(minimum = 1)]
    pub order: i32,
    /// What standing in it means.
    #[schema(value_type = StageKind)]
    pub kind: String,
    /// Its colour.
    #[schema(pattern = "^#[0-9A-F]{6}$")]
    pub color: String,
    /// How probable a sale is from here, in percent.
    #[schema(minimum = 0, maximum = 100)]
    pub probability: i32,
}

/// A stage by itself, with the pipeline to which it belongs.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "019a9f2e-0000-7000-8000-00000000e001", "pipelineId": "019a9f2e-0000-7000-8000-00000000d001",
    "version": 2, "name": "Preparación", "order": 1, "kind": "OPEN", "color": "#64748B", "probability": 10
}))]
pub struct PipelineStage {
    /// The stage's id.
    pub id: Uuid,
    /// The pipeline it belongs to.
    pub pipeline_id: Uuid,
    /// The pipeline's version, which counts the changes of its stages too; also in `ETag`.
    #[schema(minimum = 1)]
    pub version: i32,
    /// Its name, unique in its pipeline whatever case, accents and separators.
    pub name: String,
    /// Its place in the pipeline, from 1.
    #[schema(minimum = 1)]
    pub order: i32,
    /// What standing in it means.
    #[schema(value_type = StageKind)]
    pub kind: String,
    /// Its colour.
    #[schema(pattern = "^#[0-9A-F]{6}$")]
    pub color: String,
    /// How probable a sale is from here, in percent.
    #[schema(minimum = 0, maximum = 100)]
    pub probability: i32,
}

impl From<PipelineView> for Pipeline {
    fn from(view: PipelineView) -> Self {
        let PipelineView { id, version, name, is_default, stages, created_at, created_by, updated_at } = view;
        Self {
            id,
            version,
            name,
            is_default,
            stages: stages.into_iter().map(Into::into).collect(),
            created_at: created_at.into(),
            created_by: created_by.map(Into::into),
            updated_at: updated_at.into(),
        }
    }
}

impl From<StageView> for Stage {
    fn from(view: StageView) -> Self {
        let StageView { id, name, order, kind, color, probability } = view;
        Self { id, name, order, kind, color, probability }
    }
}

impl From<PipelineStageView> for PipelineStage {
    fn from(view: PipelineStageView) -> Self {
        let PipelineStageView { pipeline_id, version, stage } = view;
        let StageView { id, name, order, kind, color, probability } = stage;
        Self { id, pipeline_id, version, name, order, kind, color, probability }
    }
}
