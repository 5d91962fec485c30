//! Moves all opportunities of a stage that is being deleted.
//!
//! The decisions are made once for all of them, so that a store can move a hundred thousand with as many statements as
//! one.

use chrono::{DateTime, Utc};

use super::{
    Links, MoveRefused, Placement, Reason, Standing, Standings,
    opportunity::{place, stage_changed},
};
use crate::{
    events::Event,
    ids::{OpportunityId, UserId},
    pipelines::{Stage, StageKind},
    values::Money,
};

/// The move of every live opportunity of a stage to another stage of the same pipeline.
#[derive(Debug, Clone)]
pub struct Transfer {
    from: Stage,
    to: Stage,
    reason: Reason,
    changed_by: Option<UserId>,
    at: DateTime<Utc>,
}

/// An opportunity being moved, as it was before.
#[derive(Debug, Clone, Copy)]
pub struct Transferred {
    /// Which.
    pub id: OpportunityId,
    /// The records it belongs to.
    pub links: Links,
    /// How much it is worth.
    pub amount: Money,
    /// When it was won or lost; absent if it was open.
    pub closed_at: Option<DateTime<Utc>>,
}

impl Transfer {
    /// Decides the move.
    ///
    /// # Errors
    /// [`MoveRefused`] if both are the same stage, or belong to different pipelines.
    pub fn new(
        from: Stage,
        to: Stage,
        reason: Reason,
        changed_by: Option<UserId>,
        at: DateTime<Utc>,
    ) -> Result<Self, MoveRefused> {
        if from.pipeline_id != to.pipeline_id {
            return Err(MoveRefused::StageOfAnotherPipeline);
        }
        if from.id == to.id {
            return Err(MoveRefused::AlreadyInStage);
        }
        Ok(Self { from, to, reason, changed_by, at })
    }

    /// The stage that they leave.
    pub fn from(&self) -> &Stage {
        &self.from
    }

    /// Their placement after the move.
    pub fn placement(&self) -> Placement {
        place(&self.to, self.at)
    }

    /// Why.
    pub fn reason(&self) -> &Reason {
        &self.reason
    }

    /// Who moves them.
    pub fn changed_by(&self) -> Option<UserId> {
        self.changed_by
    }

    /// When.
    pub fn at(&self) -> DateTime<Utc> {
        self.at
    }

    /// The event of one moved opportunity.
    pub fn event(&self, moved: &Transferred) -> Event {
        let Transferred { id, links, amount: _, closed_at } = *moved;
        self.event_of(id, links, closed_at)
    }

    /// The event of one moved opportunity, from the values in which it differs from the others.
    pub fn event_of(&self, id: OpportunityId, links: Links, closed_at: Option<DateTime<Utc>>) -> Event {
        let Stage { id: stage_id, pipeline_id, kind, .. } = self.from;
        let from = Placement { pipeline_id, stage_id, kind, closed_at };
        stage_changed(id, links, from, self.placement(), &self.reason, self.at)
    }

    /// The contribution of one to the counters, before and after.
    pub fn standings(&self, moved: &Transferred) -> (Standing, Standing) {
        let Transferred { id: _, links, amount, closed_at: _ } = *moved;
        let standing = |stage: &Stage| Standing {
            account_id: links.account_id,
            stage_id: stage.id,
            kind: stage.kind,
            amount,
        };
        (standing(&self.from), standing(&self.to))
    }

    /// The contribution of many that share it, before and after.
    pub fn all_standings(&self, before: Standings) -> (Standings, Standings) {
        let standings = |stage: &Stage| Standings { stage_id: stage.id, kind: stage.kind, ..before };
        (standings(&self.from), standings(&self.to))
    }

    /// Whether the move changes wins, which are counted by account.
    pub fn counts_wins(&self) -> bool {
        [&self.from, &self.to].into_iter().any(|stage| stage.kind == StageKind::Won)
    }
}
