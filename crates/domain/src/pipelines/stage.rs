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
    /// Its position in the pipeline, from 1.
    pub order: i32,
    /// Its kind.
    pub kind: StageKind,
    /// Its colour on the board.
    pub color: Color,
    /// The probability of a sale from here, in percent (0 to 100).
    pub probability: i32,
}

impl Stage {
    /// The fields that users write.
    pub fn fields(&self) -> StageFields {
        StageFields {
            name: self.name.clone(),
            kind: self.kind,
            color: self.color.clone(),
            probability: self.probability,
        }
    }

    /// Whether `wanted` refers to this stage.
    pub fn is(&self, wanted: &StageRef) -> bool {
        match wanted {
            StageRef::Id(id) => self.id == *id,
            StageRef::Name(folded) => self.name_fold() == *folded,
        }
    }

    /// The form of the name for matching, which ignores case, accents and separators.
    pub fn name_fold(&self) -> String {
        fold_key(self.name.as_str())
    }
}
