//! Wire types of pipelines and stages in requests.

use cartera_domain::{
    input::{Patch, Rule, Violation, Violations},
    pipelines::{NewPipelineInput, PipelineInput, StageInput},
};
use serde::{Deserialize, de::IgnoredAny};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{edge::patch, wire::StageKind};

/// A new pipeline with its stages: exactly one of kind WON, at least one OPEN and one LOST.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({
    "name": "Canal",
    "stages": [
        {"name": "Contacto", "kind": "OPEN", "color": "#3B82F6", "probability": 20},
        {"name": "Acuerdo", "kind": "WON"},
        {"name": "Descartado", "kind": "LOST"}
    ]
}))]
pub struct CreatePipeline {
    /// The name, unique among the company's pipelines whatever case, accents and separators.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = String, required, min_length = 1, max_length = 100)]
    pub name: Patch<String>,
    /// Whether new opportunities go here when nothing is said; the present default one then ceases to be it.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<bool>)]
    pub is_default: Patch<bool>,
    /// Its stages, in order.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Vec<CreateStage>, required, min_items = 3, max_items = 50)]
    pub stages: Patch<Vec<CreateStage>>,
}

/// A new stage.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "Contacto", "kind": "OPEN", "color": "#3B82F6", "probability": 20}))]
pub struct CreateStage {
    /// The name, unique in the pipeline whatever case, accents and separators; no id.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = String, required, min_length = 1, max_length = 60)]
    pub name: Patch<String>,
    /// What standing in it means. It never changes.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = StageKind, required)]
    pub kind: Patch<String>,
    /// Its colour; by default, or with null, the usual one of its kind.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<String>, pattern = "^(#[0-9A-Fa-f]{6})?$")]
    pub color: Patch<String>,
    /// How probable a sale is from here, in percent; by default, or with null, 50 for OPEN, 100 for WON, 0 for
    /// LOST.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<i32>, minimum = 0, maximum = 100)]
    pub probability: Patch<i64>,
    /// Its place, from 1: by default the one in the list, or the end of a pipeline that is there. A place
    /// beyond the end is the end.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<i32>, minimum = 1, maximum = 50)]
    pub order: Patch<i64>,
}

impl From<CreateStage> for StageInput {
    fn from(body: CreateStage) -> Self {
        let CreateStage { name, kind, color, probability, order } = body;
        Self { name, kind, color, probability, order }
    }
}

impl From<CreatePipeline> for NewPipelineInput {
    fn from(body: CreatePipeline) -> Self {
        let CreatePipeline { name, is_default, stages } = body;
        let stages = match stages {
            Patch::Absent => Patch::Absent,
            Patch::Null => Patch::Null,
            Patch::Value(stages) => Patch::Value(stages.into_iter().map(Into::into).collect()),
        };
        Self { name, is_default, stages }
    }
}

/// A merge-patch of a pipeline: what is absent stays, and nothing can be cleared.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "Canal sur", "isDefault": true}))]
pub struct UpdatePipeline {
    /// The name, unique among the company's pipelines whatever case, accents and separators.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 100)]
    pub name: Patch<String>,
    /// `true` makes it the default one, which the other then ceases to be. The default one can't be made
    /// `false`.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = bool, required = false)]
    pub is_default: Patch<bool>,
    /// Known only to be refused with a hint.
    #[serde(default, deserialize_with = "patch")]
    #[schema(ignore)]
    pub stages: Patch<IgnoredAny>,
}

impl TryFrom<UpdatePipeline> for PipelineInput {
    type Error = Violations;

    fn try_from(body: UpdatePipeline) -> Result<Self, Violations> {
        let UpdatePipeline { name, is_default, stages } = body;
        if !stages.is_absent() {
            let hint =
                "use POST /pipelines/{id}/stages, PUT /pipelines/{id}/stages/order and PATCH /stages/{id}";
            return Err(Violation::new("stages", Rule::NotSettable { hint }).into());
        }
        Ok(Self { name, is_default })
    }
}

/// The whole order of a pipeline's stages.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"stageIds": [
    "019a9f2e-0000-7000-8000-00000000e002", "019a9f2e-0000-7000-8000-00000000e001",
    "019a9f2e-0000-7000-8000-00000000e003"
]}))]
pub struct StageOrder {
    /// The id of every stage of the pipeline, once, in the wanted order.
    #[schema(min_items = 3, max_items = 50)]
    pub stage_ids: Vec<Uuid>,
}

/// A merge-patch of a stage: what is absent stays. Its kind never changes.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "Primer contacto", "color": "#0EA5E9"}))]
pub struct UpdateStage {
    /// The name, unique in the pipeline whatever case, accents and separators; no id.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 60)]
    pub name: Patch<String>,
    /// Its colour; with null, the usual one of its kind.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<String>, pattern = "^(#[0-9A-Fa-f]{6})?$")]
    pub color: Patch<String>,
    /// How probable a sale is from here, in percent; with null, the usual one of its kind.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<i32>, minimum = 0, maximum = 100)]
    pub probability: Patch<i64>,
    /// Known only to be refused with a hint.
    #[serde(default, deserialize_with = "patch")]
    #[schema(ignore)]
    pub kind: Patch<IgnoredAny>,
    /// Known only to be refused with a hint.
    #[serde(default, deserialize_with = "patch")]
    #[schema(ignore)]
    pub order: Patch<IgnoredAny>,
}

impl From<UpdateStage> for StageInput {
    fn from(body: UpdateStage) -> Self {
        let UpdateStage { name, color, probability, kind, order } = body;
        // These fields are refused with any value.
        let kind = if kind.is_absent() { Patch::Absent } else { Patch::Null };
        let order = if order.is_absent() { Patch::Absent } else { Patch::Null };
        Self { name, kind, color, probability, order }
    }
}
