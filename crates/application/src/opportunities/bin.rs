//! Moving opportunities to the bin and back.

use std::collections::BTreeSet;

use cartera_domain::{
    Deletion,
    identity::Permission,
    ids::{DeletionId, Id, OpportunityId, UserId},
    opportunities::{Detour, Landing, Opportunity, Place, Placement, Reason, Return, reason_of_landing},
    pipelines::{Pipeline, Stage},
};
use chrono::{DateTime, Utc};

use super::OpportunityService;
use crate::{
    error::{Code, Error, Result},
    idempotency::{Once, Outcome, Terms},
    ports::{Ports, UnitOfWork},
    security::Actor,
    views::OpportunityView,
};

impl OpportunityService {
    /// Moves an opportunity to the bin: it leaves every list and report at once.
    ///
    /// # Errors
    /// `not_found`, `forbidden` for another's opportunity when only one's own may be deleted,
    /// `version_mismatch`, `edit_conflict`.
    pub async fn delete(
        &self,
        actor: &Actor,
        id: OpportunityId,
        terms: impl Into<Terms>,
    ) -> Result<Outcome<()>> {
        let Terms { if_match, once } = terms.into();
        let grant = actor.authorize(Permission::OpportunitiesDelete)?;
        let tx = self.ports.store.begin(&grant).await?;
        let work = async |tx: &dyn UnitOfWork| {
            let mut opportunity = tx.opportunities().get(id).await?;
            grant.require_reach(opportunity.record().links.owner_id)?;
            if_match.check(opportunity.record().version)?;
            let (id, at) = (Id::new(self.ports.randomness.id()), self.ports.clock.now());
            opportunity.delete(Deletion { id, at });
            tx.opportunities().update(&mut opportunity).await
        };
        once.perform(tx, work).await.map_err(|error| if_match.explain(error))
    }

    /// Restores an opportunity to lists and reports. If its stage was deleted meanwhile it goes to the first stage of
    /// the same kind, with a stage change that gives the reason. The caller needs the right to delete it.
    ///
    /// # Errors
    /// `not_found`, `not_deleted`, `forbidden` for another's opportunity when only one's own may be deleted,
    /// `account_deleted` while its account is in the bin, `contact_deleted` while its only party is,
    /// `pipeline_deleted`, `edit_conflict`.
    pub async fn restore(
        &self,
        actor: &Actor,
        id: OpportunityId,
        once: &Once,
    ) -> Result<Outcome<OpportunityView>> {
        let grant = actor.authorize(Permission::OpportunitiesDelete)?;
        let tx = self.ports.store.begin(&grant).await?;
        let work = async |tx: &dyn UnitOfWork| {
            let opportunity = tx.opportunities().deleted(id).await?;
            grant.require_reach(opportunity.record().links.owner_id)?;
            require_party(tx, &opportunity).await?;
            bring_back(&self.ports, tx, grant.user_id(), opportunity).await?;
            Ok(())
        };
        once.perform_and_read(tx, work, async |tx, ()| tx.opportunities().view(id).await).await
    }
}

/// Refuses an opportunity whose account is in the bin, or whose contact is if it has no account. Locks the account or
/// contact until the transaction ends.
async fn require_party(tx: &dyn UnitOfWork, opportunity: &Opportunity) -> Result<()> {
    let links = opportunity.record().links;
    if let Some(account_id) = links.account_id {
        let is_live = tx.accounts().can_be_referenced(account_id).await?;
        return if is_live { Ok(()) } else { Err(Error::refused(Code::AccountDeleted)) };
    }
    if let Some(contact_id) = links.contact_id
        && tx.contact_uses().reference(contact_id).await?.is_none()
    {
        return Err(Error::refused(Code::ContactDeleted));
    }
    Ok(())
}

/// Restores an opportunity into an existing stage.
///
/// # Errors
/// `pipeline_deleted`, `edit_conflict`.
async fn bring_back(
    ports: &Ports,
    tx: &dyn UnitOfWork,
    by: Option<UserId>,
    mut opportunity: Opportunity,
) -> Result<()> {
    let Placement { pipeline_id, stage_id, kind, closed_at: _ } = opportunity.record().placement;
    let places = [Place { pipeline_id, stage_id, kind }];
    let (detours, reason) = hold_landings(tx, &places).await?;
    let landing = detours.first().map(|detour| Landing {
        stage: &detour.to,
        stage_change_id: Id::new(ports.randomness.id()),
        reason,
        changed_by: by,
    });
    match opportunity.bring_back(landing, ports.clock.now()) {
        Some(change) => tx.opportunities().record_move(&mut opportunity, &change).await,
        None => tx.opportunities().update(&mut opportunity).await,
    }
}

/// Restores all opportunities of a deletion, each into an existing stage.
///
/// # Errors
/// `pipeline_deleted`, `edit_conflict`.
pub(crate) async fn bring_back_deletion(
    ports: &Ports,
    tx: &dyn UnitOfWork,
    by: Option<UserId>,
    deletion_id: DeletionId,
    at: DateTime<Utc>,
) -> Result<()> {
    let places = tx.opportunities().places_of_deletion(deletion_id).await?;
    let (detours, reason) = hold_landings(tx, &places).await?;
    let series = Id::new(ports.randomness.id());
    let back = Return { deletion_id, detours, series, reason, changed_by: by, at };
    tx.opportunities().bring_back_deletion(&back).await
}

/// The replacement stages for opportunities at these places whose stage is gone, with the reason. Locks the stages in
/// which they will be against deletion, as any change of stage does.
async fn hold_landings(tx: &dyn UnitOfWork, places: &[Place]) -> Result<(Vec<Detour>, Reason)> {
    let pipelines = tx.pipelines().all().await?;
    let locale = tx.companies().current().await?.record().locale;
    let mut detours = Vec::new();
    let mut stages = BTreeSet::new();
    for place in places {
        let landing = landing(&pipelines, *place)?;
        stages.insert(landing.map_or(place.stage_id, |stage| stage.id));
        detours.extend(landing.map(|to| Detour { from: place.stage_id, to: to.clone() }));
    }
    let stages: Vec<_> = stages.into_iter().collect();
    if tx.pipelines().hold_stages(&stages).await?.len() < stages.len() {
        return Err(Error::refused(Code::EditConflict));
    }
    Ok((detours, reason_of_landing(locale)))
}

/// The replacement for a deleted stage: the first stage of the same kind, so that won opportunities stay won and lost
/// ones lost.
fn landing(pipelines: &[Pipeline], place: Place) -> Result<Option<&Stage>> {
    let Place { pipeline_id, stage_id, kind } = place;
    let gone = || Error::refused(Code::PipelineDeleted);
    let pipeline = pipelines.iter().find(|pipeline| pipeline.record().id == pipeline_id).ok_or_else(gone)?;
    if pipeline.stage(stage_id).is_some() {
        return Ok(None);
    }
    let same_kind = pipeline.record().stages.iter().find(|stage| stage.kind == kind);
    same_kind.map(Some).ok_or_else(gone)
}
