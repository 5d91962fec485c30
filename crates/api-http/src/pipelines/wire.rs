//! Pipelines and stages on the wire.

use cartera_domain::pipelines::{Pipeline as DomainPipeline, PipelineRecord, Stage as DomainStage};
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
    /// Counts the changes, from 1; also in `ETag`.
    #[schema(minimum = 1)]
    pub version: i32,
    /// Its name.
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
    pub kind: &'static str,
    /// Its colour.
    #[schema(pattern = "^#[0-9A-F]{6}$")]
    pub color: String,
    /// How probable a sale is from here, in percent.
    #[schema(minimum = 0, maximum = 100)]
    pub probability: i32,
}

impl From<&DomainPipeline> for Pipeline {
    fn from(pipeline: &DomainPipeline) -> Self {
        let PipelineRecord { id, name, is_default, stages, version, created_at, created_by: _, updated_at } =
            pipeline.record();
        Self {
            id: id.uuid(),
            version: *version,
            name: name.as_str().to_owned(),
            is_default: *is_default,
            stages: stages.iter().map(Into::into).collect(),
            created_at: (*created_at).into(),
            // Pipelines come with their company, so nobody made them; whoever lets people make them must
            // hand the name out here.
            created_by: None,
            updated_at: (*updated_at).into(),
        }
    }
}

impl From<&DomainStage> for Stage {
    fn from(stage: &DomainStage) -> Self {
        let DomainStage { id, pipeline_id: _, name, order, kind, color, probability } = stage;
        Self {
            id: id.uuid(),
            name: name.as_str().to_owned(),
            order: *order,
            kind: kind.as_str(),
            color: color.as_str().to_owned(),
            probability: *probability,
        }
    }
}
