//! Restores everything that one deletion moved to the bin.
//!
//! The decisions are made once for all records, so that a store can restore a hundred thousand with as many statements
//! as one.

use chrono::{DateTime, Utc};

use super::{Reason, Standings};
use crate::{
    ids::{DeletionId, PipelineId, StageChangeId, StageId, UserId},
    pipelines::{Stage, StageKind},
};

/// The former stage of opportunities in the bin. It may have been deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The pipeline.
    pub pipeline_id: PipelineId,
    /// The stage.
    pub stage_id: StageId,
    /// The stage's kind.
    pub kind: StageKind,
}

/// Where the opportunities of a deleted stage go.
#[derive(Debug, Clone)]
pub struct Detour {
    /// Their former stage.
    pub from: StageId,
    /// Their new stage, of the same pipeline.
    pub to: Stage,
}

/// The restoration of all records of one deletion.
#[derive(Debug, Clone)]
pub struct Return {
    /// The deletion.
    pub deletion_id: DeletionId,
    /// Where the opportunities of deleted stages go; the others return to their former stage.
    pub detours: Vec<Detour>,
    /// The ids of the stage changes of those that go to another stage: the first gets the first id of this series, and
    /// so on.
    pub series: StageChangeId,
    /// The reason of those stage changes.
    pub reason: Reason,
    /// Who restores them.
    pub changed_by: Option<UserId>,
    /// When.
    pub at: DateTime<Utc>,
}

impl Return {
    /// Where the opportunities of a stage go, if it was deleted.
    pub fn landing(&self, from: StageId) -> Option<&Stage> {
        self.detours.iter().find(|detour| detour.from == from).map(|detour| &detour.to)
    }

    /// The contribution to the counters after restoring, for opportunities with the same contribution before the
    /// deletion.
    pub fn standings(&self, before: Standings) -> Standings {
        match self.landing(before.stage_id) {
            Some(Stage { id, kind, .. }) => Standings { stage_id: *id, kind: *kind, ..before },
            None => before,
        }
    }
}
