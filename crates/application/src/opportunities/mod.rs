//! The use cases of opportunities and their stage changes.

mod bin;
mod fields;
mod history;
mod ports;
mod references;
mod stage_changes;

use std::sync::Arc;

use cartera_domain::{
    identity::Permission,
    ids::{AccountId, ContactId, Id, OpportunityId, StageId},
    input::{Form, Patch, Rule, Violations},
    opportunities::{NewOpportunity, Opportunity, OpportunityFields, OpportunityInput},
    pipelines::{Pipeline, Stage, StageKind},
    values::Currency,
};
use uuid::Uuid;

pub(crate) use bin::bring_back_deletion;
pub use fields::{OpportunityList, StageChangeList};
pub use ports::{Board, BoardColumn, Opportunities, OpportunityQueries};
pub use stage_changes::MoveCommand;

use crate::{
    error::{Error, Result},
    idempotency::{Once, Outcome, Terms},
    lists::{DELETED, ListQuery, Page, Test, Value},
    pipelines::{no_stage, stages_meant},
    ports::{Ports, UnitOfWork, at_once},
    security::{Actor, Grant},
    trash,
    views::OpportunityView,
};

/// The records to which an opportunity shall belong, as given by the caller.
#[derive(Debug, Clone, Default)]
pub struct WantedLinks {
    /// The account it is a sale to.
    pub account_id: Patch<Uuid>,
    /// The contact it is a sale to.
    pub contact_id: Patch<Uuid>,
    /// The owner; on creation, the creator by default.
    pub owner_id: Patch<Uuid>,
}

/// What a caller gives to create an opportunity.
#[derive(Debug, Clone, Default)]
pub struct CreateOpportunity {
    /// The fields.
    pub input: OpportunityInput,
    /// The records it shall belong to.
    pub links: WantedLinks,
    /// The pipeline; by default, the company's default pipeline.
    pub pipeline_id: Patch<Uuid>,
    /// The stage; by default, the first open one.
    pub stage_id: Patch<Uuid>,
}

/// What a caller gives to change an opportunity.
#[derive(Debug, Clone, Default)]
pub struct UpdateOpportunity {
    /// The fields.
    pub input: OpportunityInput,
    /// The records it shall belong to.
    pub links: WantedLinks,
}

/// The use cases of opportunities.
#[derive(Clone)]
pub struct OpportunityService {
    ports: Arc<Ports>,
}

impl OpportunityService {
    /// Wires the use cases to their ports.
    pub fn new(ports: Arc<Ports>) -> Self {
        Self { ports }
    }

    /// Creates an opportunity with its number and its first stage change.
    ///
    /// # Errors
    /// `validation_failed`, `invalid_reference`, `forbidden` to assign to somebody else.
    pub async fn create(
        &self,
        actor: &Actor,
        command: CreateOpportunity,
        once: &Once,
    ) -> Result<Outcome<OpportunityView>> {
        let grant = actor.authorize(Permission::OpportunitiesWrite)?;
        let tx = self.ports.store.begin(&grant).await?;
        let work = async |tx: &dyn UnitOfWork| {
            let CreateOpportunity { input, links, pipeline_id, stage_id } = command;
            let (fields, links, pipeline) = at_once!(
                tx,
                async { Ok(read_new(input, &links, company_currency(tx).await?)?) },
                references::for_new(actor, tx, &grant, links.clone()),
                wanted_pipeline(tx, pipeline_id),
            )?;
            let names_stage = matches!(stage_id, Patch::Value(_));
            let stage = match stage_id.into_value() {
                Some(id) => {
                    pipeline.stage(StageId::new(id)).ok_or_else(|| Error::invalid_reference("stageId"))?
                }
                None => pipeline.first_open_stage().ok_or_else(|| Error::invalid_reference("pipelineId"))?,
            };
            let id = Id::new(self.ports.randomness.id());
            let (mut opportunity, first) = Opportunity::create(
                NewOpportunity {
                    id,
                    stage_change_id: Id::new(self.ports.randomness.id()),
                    fields,
                    links,
                    stage,
                    created_by: grant.user_id(),
                },
                self.ports.clock.now(),
            );
            // The stage may have been deleted just before, and not from here on.
            let in_stage = [first.record().to_stage];
            let stage_stays = async {
                let named = if names_stage { "stageId" } else { "pipelineId" };
                let held = tx.pipelines().hold_stages(&in_stage).await?;
                if held.is_empty() { Err(Error::invalid_reference(named)) } else { Ok(()) }
            };
            at_once!(tx, stage_stays, tx.opportunities().insert(&mut opportunity, &first))?;
            Ok(id)
        };
        once.perform_and_read(tx, work, async |tx, id| tx.opportunities().view(id).await).await
    }

    /// Lists opportunities: the open ones unless `status` or `stage` is given, with the board's totals if the flag
    /// `board` is set. The flag `deleted` lists those in the bin, whatever their status.
    ///
    /// # Errors
    /// `validation_failed` for a stage that the company doesn't have, or for a board of the bin.
    pub async fn list(
        &self,
        actor: &Actor,
        query: ListQuery,
    ) -> Result<(Page<OpportunityView>, Option<Board>)> {
        let all_statuses = query.filters_by(OpportunityList::STATUS)
            || query.filters_by(OpportunityList::STAGE)
            || query.flag(DELETED);
        let query = if all_statuses {
            query
        } else {
            let open = Value::Text(StageKind::Open.as_str().to_owned());
            query.with(OpportunityList::STATUS, Test::AnyOf(vec![open]))
        };
        self.find(actor, query).await
    }

    /// The opportunities of one account, whatever their status.
    ///
    /// # Errors
    /// `not_found` for the account, and as [`Self::list`].
    pub async fn list_of_account(
        &self,
        actor: &Actor,
        account_id: AccountId,
        query: ListQuery,
    ) -> Result<(Page<OpportunityView>, Option<Board>)> {
        let grant = actor.authorize(Permission::OpportunitiesRead)?;
        actor.authorize(Permission::AccountsRead)?;
        {
            let tx = self.ports.store.read(&grant).await?;
            tx.accounts().get(account_id).await?;
            tx.commit().await?;
        }
        let parent = Test::AnyOf(vec![Value::Id(account_id.uuid())]);
        self.find(actor, query.with(OpportunityList::ACCOUNT_ID, parent)).await
    }

    /// The opportunities of one contact, whatever their status.
    ///
    /// # Errors
    /// `not_found` for the contact, and as [`Self::list`].
    pub async fn list_of_contact(
        &self,
        actor: &Actor,
        contact_id: ContactId,
        query: ListQuery,
    ) -> Result<(Page<OpportunityView>, Option<Board>)> {
        let grant = actor.authorize(Permission::OpportunitiesRead)?;
        actor.authorize(Permission::ContactsRead)?;
        {
            let tx = self.ports.store.read(&grant).await?;
            tx.contacts().get(contact_id).await?;
            tx.commit().await?;
        }
        let parent = Test::AnyOf(vec![Value::Id(contact_id.uuid())]);
        self.find(actor, query.with(OpportunityList::CONTACT_ID, parent)).await
    }

    async fn find(&self, actor: &Actor, query: ListQuery) -> Result<(Page<OpportunityView>, Option<Board>)> {
        let (grant, mut query) = trash::authorize_list(
            actor,
            (Permission::OpportunitiesRead, Permission::OpportunitiesDelete),
            OpportunityList::OWNER_ID,
            query,
        )?;
        if query.flag("board") && query.flag(DELETED) {
            let explanation = "counts only what is live: it can't be used together with deleted";
            return Err(Error::invalid("board", Rule::Inconsistent { explanation }));
        }
        self.resolve_stages(&grant, &mut query).await?;
        let listing = self.ports.opportunity_queries.list(&grant, &query).await?;
        let board = if query.flag("board") {
            Some(self.ports.opportunity_queries.board(&grant, &query).await?)
        } else {
            None
        };
        Ok((query.page(listing), board))
    }

    /// Replaces stage names by the ids of all stages with that name, including deleted ones. A company has few stages.
    async fn resolve_stages(&self, grant: &Grant, query: &mut ListQuery) -> Result<()> {
        if !query.filters_by(OpportunityList::STAGE) {
            return Ok(());
        }
        let stages = {
            let tx = self.ports.store.read(grant).await?;
            let stages = tx.pipelines().stages_ever().await?;
            tx.commit().await?;
            stages
        };
        query.predicate.change(OpportunityList::STAGE, &|test| {
            if let Test::AnyOf(values) = test {
                *values = stage_ids(&stages, values)?;
            }
            Ok(())
        })
    }

    /// Reads an opportunity.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn get(&self, actor: &Actor, id: OpportunityId) -> Result<OpportunityView> {
        let grant = actor.authorize(Permission::OpportunitiesRead)?;
        let tx = self.ports.store.read(&grant).await?;
        let view = tx.opportunities().view(id).await?;
        tx.commit().await?;
        Ok(view)
    }

    /// Changes an opportunity; its pipeline stays, and its stage changes only by a move.
    ///
    /// # Errors
    /// `not_found`, `version_mismatch`, `validation_failed`, `invalid_reference`, `forbidden` to assign to
    /// somebody else, `edit_conflict`.
    pub async fn update(
        &self,
        actor: &Actor,
        id: OpportunityId,
        command: UpdateOpportunity,
        terms: impl Into<Terms>,
    ) -> Result<Outcome<OpportunityView>> {
        let Terms { if_match, once } = terms.into();
        let grant = actor.authorize(Permission::OpportunitiesWrite)?;
        let tx = self.ports.store.begin(&grant).await?;
        let work = async |tx: &dyn UnitOfWork| {
            let mut opportunity = tx.opportunities().get(id).await?;
            if_match.check(opportunity.record().version)?;
            let fields = opportunity.record().fields.patched(command.input)?;
            let links = opportunity.record().links;
            let links = references::for_update(actor, tx, links, command.links).await?;
            if opportunity.edit(fields, links, self.ports.clock.now()) {
                tx.opportunities().update(&mut opportunity).await?;
            }
            Ok(())
        };
        let read = async |tx: &dyn UnitOfWork, ()| tx.opportunities().view(id).await;
        once.perform_and_read(tx, work, read).await.map_err(|error| if_match.explain(error))
    }
}

async fn company_currency(tx: &dyn UnitOfWork) -> Result<Currency> {
    Ok(tx.companies().current().await?.record().currency)
}

async fn wanted_pipeline(tx: &dyn UnitOfWork, wanted: Patch<Uuid>) -> Result<Pipeline> {
    let pipelines = tx.pipelines().all().await?;
    let found = match wanted.into_value() {
        Some(id) => pipelines.into_iter().find(|pipeline| pipeline.record().id.uuid() == id),
        None => pipelines.into_iter().find(|pipeline| pipeline.record().is_default),
    };
    found.ok_or_else(|| Error::invalid_reference("pipelineId"))
}

fn stage_ids(stages: &[Stage], wanted: &[Value]) -> Result<Vec<Value>> {
    let mut ids = Vec::new();
    for value in wanted {
        let Value::Stage(stage) = value else { continue };
        let meant = stages_meant(stages, stage);
        if meant.is_empty() {
            return Err(Error::invalid("stage", no_stage(stages, stage)));
        }
        ids.extend(meant.into_iter().map(|id| Value::Id(id.uuid())));
    }
    Ok(ids)
}

/// Parses the fields of a new opportunity and requires a party; reports all violations at once.
fn read_new(
    input: OpportunityInput,
    links: &WantedLinks,
    currency: Currency,
) -> Result<OpportunityFields, Violations> {
    let mut form = Form::default();
    let fields = OpportunityFields::read(input, currency).map_err(|violations| form.absorb(violations)).ok();
    let names_somebody = |id: &Patch<Uuid>| matches!(id, Patch::Value(_));
    if !names_somebody(&links.account_id) && !names_somebody(&links.contact_id) {
        form.reject("accountId", references::NO_PARTY);
    }
    form.finish(fields)
}
