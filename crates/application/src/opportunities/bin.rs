//! Opportunities into the bin and out of it.

use cartera_domain::{
    Deletion,
    identity::Permission,
    ids::{Id, OpportunityId, UserId},
    opportunities::{Landing, Opportunity, StageChange, reason_of_landing},
    pipelines::Pipeline,
    values::Locale,
};

use super::OpportunityService;
use crate::{
    error::{Code, Error, Result},
    idempotency::{Once, Outcome},
    ports::{Ports, UnitOfWork},
    security::{Actor, IfMatch},
    views::OpportunityView,
};

impl OpportunityService {
    /// Puts an opportunity into the bin: it leaves every list and report at once.
    ///
    /// # Errors
    /// `not_found`, `forbidden` for another's opportunity when only one's own may be deleted,
    /// `version_mismatch`, `edit_conflict`.
    pub async fn delete(&self, actor: &Actor, id: OpportunityId, if_match: IfMatch) -> Result<()> {
        let grant = actor.authorize(Permission::OpportunitiesDelete)?;
        let tx = self.ports.store.begin(&grant).await?;
        let mut opportunity = tx.opportunities().get(id).await?;
        grant.require_reach(opportunity.record().links.owner_id)?;
        if_match.check(opportunity.record().version)?;
        opportunity.delete(Deletion { id: Id::new(self.ports.randomness.id()), at: self.ports.clock.now() });
        tx.opportunities().update(&mut opportunity).await.map_err(|error| if_match.explain(error))?;
        tx.commit().await
    }

    /// Takes an opportunity out of the bin, back into lists and reports. If its stage was deleted meanwhile
    /// it lands in the first stage of the same kind, by a stage change that says why. It takes the right to
    /// delete it.
    ///
    /// # Errors
    /// `not_found`, `not_deleted`, `forbidden` for another's opportunity when only one's own may be deleted,
    /// `account_deleted` while its account lies in the bin, `contact_deleted` while its only party does,
    /// `pipeline_deleted`, `edit_conflict`.
    pub async fn restore(
        &self,
        actor: &Actor,
        id: OpportunityId,
        once: &Once,
    ) -> Result<Outcome<OpportunityView>> {
        let grant = actor.authorize(Permission::OpportunitiesDelete)?;
        let tx = self.ports.store.begin(&grant).await?;
        once.perform(tx, async |tx| {
            let opportunity = tx.opportunities().deleted(id).await?;
            grant.require_reach(opportunity.record().links.owner_id)?;
            require_party(tx, &opportunity).await?;
            bring_back(&self.ports, tx, grant.user_id(), &mut [opportunity]).await?;
            tx.opportunities().view(id).await
        })
        .await
    }
}

/// Refuses an opportunity whose account lies in the bin, or its contact where it has no account. What it needs
/// is held until the end.
async fn require_party(tx: &dyn UnitOfWork, opportunity: &Opportunity) -> Result<()> {
    let links = opportunity.record().links;
    if let Some(account_id) = links.account_id {
        let is_live = tx.accounts().can_be_referenced(account_id).await?;
        return if is_live { Ok(()) } else { Err(Error::refused(Code::AccountDeleted)) };
    }
    if let Some(contact_id) = links.contact_id
        && tx.contacts().reference(contact_id).await?.is_none()
    {
        return Err(Error::refused(Code::ContactDeleted));
    }
    Ok(())
}

/// Takes opportunities out of the bin, each into a stage that is there.
///
/// # Errors
/// `pipeline_deleted`, `edit_conflict`.
pub(crate) async fn bring_back(
    ports: &Ports,
    tx: &dyn UnitOfWork,
    by: Option<UserId>,
    opportunities: &mut [Opportunity],
) -> Result<()> {
    if opportunities.is_empty() {
        return Ok(());
    }
    let pipelines = tx.pipelines().all().await?;
    let locale = tx.companies().current().await?.record().locale;
    let mut landings: Vec<StageChange> = Vec::new();
    for opportunity in opportunities.iter_mut() {
        let landing = landing(ports, &pipelines, locale, by, opportunity)?;
        landings.extend(opportunity.bring_back(landing, ports.clock.now()));
    }
    tx.opportunities().update_all(opportunities, &landings).await
}

/// Where an opportunity lands whose stage was deleted: in the first stage of the same kind, so that what was
/// won stays won and what was lost stays lost.
fn landing<'a>(
    ports: &Ports,
    pipelines: &'a [Pipeline],
    locale: Locale,
    by: Option<UserId>,
    opportunity: &Opportunity,
) -> Result<Option<Landing<'a>>> {
    let placement = opportunity.record().placement;
    let gone = || Error::refused(Code::PipelineDeleted);
    let pipeline = pipelines.iter().find(|pipeline| pipeline.record().id == placement.pipeline_id);
    let pipeline = pipeline.ok_or_else(gone)?;
    if pipeline.stage(placement.stage_id).is_some() {
        return Ok(None);
    }
    let stages = &pipeline.record().stages;
    let stage = stages.iter().find(|stage| stage.kind == placement.kind).ok_or_else(gone)?;
    Ok(Some(Landing {
        stage,
        stage_change_id: Id::new(ports.randomness.id()),
        reason: reason_of_landing(locale),
        changed_by: by,
    }))
}
