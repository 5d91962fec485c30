//! One step of a pipeline.

use super::{Color, StageFields, StageKind, StageName, StageRef};
use crate::{
    ids::{PipelineId, StageId},
    values::fold_key,
};

/// One step of a pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// The stage's id.
    pub id: StageId,
    /// The pipeline it belongs to.
    pub pipeline_id: PipelineId,
    /// Its name.
    pub name: StageName,
    /// Its place in the pipeline, from 1.
    pub order: i32,
    /// What standing in it means.
    pub kind: StageKind,
    /// Its colour on the board.
    pub color: Color,
    /// How probable a sale is from here, in percent (0 to 100).
    pub probability: i32,
}

impl Stage {
    /// What users write on it.
    pub fn fields(&self) -> StageFields {
        StageFields {
            name: self.name.clone(),
            kind: self.kind,
            color: self.color.clone(),
            probability: self.probability,
        }
    }

    /// Whether this is the stage that is meant.
    pub fn is(&self, wanted: &StageRef) -> bool {
        match wanted {
            StageRef::Id(id) => self.id == *id,
            StageRef::Name(folded) => self.name_fold() == *folded,
        }
    }

    /// The form by which names are matched: case, accents and separators don't count.
    pub fn name_fold(&self) -> String {
        fold_key(self.name.as_str())
    }
}
