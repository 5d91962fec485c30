//! The return of everything that one deletion put into the bin.
//!
//! It decides once what coming back means for each of them, so that a store can bring a hundred thousand back in as many
//! statements as one.

use chrono::{DateTime, Utc};

use super::{Reason, Standings};
use crate::{
    ids::{DeletionId, PipelineId, StageChangeId, StageId, UserId},
    pipelines::{Stage, StageKind},
};

/// A stage in which opportunities stood that lie in the bin. It may be gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The pipeline.
    pub pipeline_id: PipelineId,
    /// The stage.
    pub stage_id: StageId,
    /// The stage's kind.
    pub kind: StageKind,
}

/// Where opportunities land whose stage is gone.
#[derive(Debug, Clone)]
pub struct Detour {
    /// The stage in which they stood.
    pub from: StageId,
    /// The stage of the same pipeline in which they stand now.
    pub to: Stage,
}

/// Everything of one deletion, out of the bin.
#[derive(Debug, Clone)]
pub struct Return {
    /// The deletion.
    pub deletion_id: DeletionId,
    /// Where those land whose stage is gone; the others stand where they stood.
    pub detours: Vec<Detour>,
    /// The stage change of the first that lands elsewhere has the first id of this series, and so on.
    pub series: StageChangeId,
    /// Why they land elsewhere.
    pub reason: Reason,
    /// Who brings them back.
    pub changed_by: Option<UserId>,
    /// When.
    pub at: DateTime<Utc>,
}

impl Return {
    /// Where those land that stood in a stage, if it is gone.
    pub fn landing(&self, from: StageId) -> Option<&Stage> {
        self.detours.iter().find(|detour| detour.from == from).map(|detour| &detour.to)
    }

    /// How some of them count again that counted alike before they were deleted.
    pub fn standings(&self, before: Standings) -> Standings {
        match self.landing(before.stage_id) {
            Some(Stage { id, kind, .. }) => Standings { stage_id: *id, kind: *kind, ..before },
            None => before,
        }
    }
}
