//! The move of everything that stands in a stage, because the stage goes.
//!
//! It decides once what a move means for each of them, so that a store can move a hundred thousand in as many
//! statements as one.

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

/// From one stage to another of the same pipeline: every live opportunity.
#[derive(Debug, Clone)]
pub struct Transfer {
    from: Stage,
    to: Stage,
    reason: Reason,
    changed_by: Option<UserId>,
    at: DateTime<Utc>,
}

/// One opportunity that is moved, as it was before.
#[derive(Debug, Clone, Copy)]
pub struct Transferred {
    /// Which.
    pub id: OpportunityId,
    /// The records it belongs to.
    pub links: Links,
    /// How much it is worth.
    pub amount: Money,
    /// When it was won or lost, if it was.
    pub closed_at: Option<DateTime<Utc>>,
}

impl Transfer {
    /// Decides the move.
    ///
    /// # Errors
    /// [`MoveRefused`] when both are one stage, or of two pipelines.
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

    /// Where they stand afterwards.
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

    /// What happened to one of them.
    pub fn event(&self, moved: &Transferred) -> Event {
        let Transferred { id, links, amount: _, closed_at } = *moved;
        self.event_of(id, links, closed_at)
    }

    /// What happened to one of them, by what of it differs from the others.
    pub fn event_of(&self, id: OpportunityId, links: Links, closed_at: Option<DateTime<Utc>>) -> Event {
        let Stage { id: stage_id, pipeline_id, kind, .. } = self.from;
        let from = Placement { pipeline_id, stage_id, kind, closed_at };
        stage_changed(id, links, from, self.placement(), &self.reason, self.at)
    }

    /// How one of them counted before, and how it counts after.
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

    /// How many of them counted before that counted alike, and how they count after.
    pub fn all_standings(&self, before: Standings) -> (Standings, Standings) {
        let standings = |stage: &Stage| Standings { stage_id: stage.id, kind: stage.kind, ..before };
        (standings(&self.from), standings(&self.to))
    }

    /// Whether it makes wins or takes them away: then it matters whose opportunities they are.
    pub fn counts_wins(&self) -> bool {
        [&self.from, &self.to].into_iter().any(|stage| stage.kind == StageKind::Won)
    }
}
