//! Pipelines and opportunities.

use async_trait::async_trait;
use cartera_domain::{
    Deletion,
    ids::{AccountId, ContactId, DeletionId, OpportunityId, PipelineId, StageChangeId, StageId},
    opportunities::{Opportunity, Place, Return, StageChange, Transfer},
    pipelines::{Pipeline, Stage},
};

use chrono::{DateTime, Utc};

use crate::{
    error::Result,
    records::Owners,
    views::{OpportunityView, PipelineView, StageChangeView},
};

/// The company's pipelines with their stages.
#[async_trait]
pub trait Pipelines: Send + Sync {
    /// All pipelines, the default first, then by name.
    ///
    /// # Errors
    /// Those of the store.
    async fn all(&self) -> Result<Vec<Pipeline>>;

    /// One pipeline.
    ///
    /// # Errors
    /// `not_found`.
    async fn get(&self, id: PipelineId) -> Result<Pipeline>;

    /// All pipelines, in that order, after locking them against every other change of a pipeline or stage
    /// until the end. Moving opportunities goes on meanwhile.
    ///
    /// # Errors
    /// Those of the store.
    async fn lock_all(&self) -> Result<Vec<Pipeline>>;

    /// Every stage that the company has, and those it had: histories go on naming them.
    ///
    /// # Errors
    /// Those of the store.
    async fn stages_ever(&self) -> Result<Vec<Stage>>;

    /// Which of these stages are there to be stood in. None of those can be deleted until the end. Whoever
    /// moves or makes an opportunity holds the stages that it leaves and reaches, before anything else.
    ///
    /// # Errors
    /// Those of the store.
    async fn hold_stages(&self, ids: &[StageId]) -> Result<Vec<StageId>>;

    /// Counts the live opportunities that stand in these stages, after locking the stages against new ones
    /// until the end: no opportunity comes in or leaves meanwhile.
    ///
    /// # Errors
    /// Those of the store.
    async fn lock_stages_and_count_uses(&self, ids: &[StageId]) -> Result<i64>;

    /// Stores a new pipeline with its stages.
    ///
    /// # Errors
    /// `pipeline_name_taken`.
    async fn insert(&self, pipeline: &mut Pipeline) -> Result<()>;

    /// Stores a changed pipeline whose version has grown by one, with its stages: new ones come, those that
    /// it has no more are deleted.
    ///
    /// # Errors
    /// `edit_conflict` when the stored version is another, `pipeline_name_taken`, `stage_name_taken`.
    async fn update(&self, pipeline: &mut Pipeline) -> Result<()>;

    /// The pipeline as it is read.
    ///
    /// # Errors
    /// `not_found`.
    async fn view(&self, id: PipelineId) -> Result<PipelineView>;

    /// All pipelines as they are read, the default first, then by name.
    ///
    /// # Errors
    /// Those of the store.
    async fn views(&self) -> Result<Vec<PipelineView>>;
}

/// The company's opportunities and their stage changes. Deleted ones are absent, but for the methods that speak
/// of the bin.
#[async_trait]
pub trait Opportunities: Send + Sync {
    /// One opportunity. It is not locked: `update` notices when somebody else was faster.
    ///
    /// # Errors
    /// `not_found`.
    async fn get(&self, id: OpportunityId) -> Result<Opportunity>;

    /// Gives the opportunity the company's next number and stores it with its first stage change.
    ///
    /// # Errors
    /// Those of the store.
    async fn insert(&self, opportunity: &mut Opportunity, first: &StageChange) -> Result<()>;

    /// Stores a changed opportunity whose version has grown by one.
    ///
    /// # Errors
    /// `edit_conflict` when the stored version is another.
    async fn update(&self, opportunity: &mut Opportunity) -> Result<()>;

    /// Stores a move: the opportunity and the record of it, both or neither.
    ///
    /// # Errors
    /// `edit_conflict` when the stored version is another.
    async fn record_move(&self, opportunity: &mut Opportunity, change: &StageChange) -> Result<()>;

    /// Moves everything that stands in a stage, in the order of ids: each opportunity with its event and its stage
    /// change, the first of which has the first id of a series ([`Id::nth`]), the second the next. It takes as many
    /// statements for a hundred thousand as for one, and no more memory. The stage is locked by
    /// `lock_stages_and_count_uses`. Answers how many moved.
    ///
    /// [`Id::nth`]: cartera_domain::ids::Id::nth
    ///
    /// # Errors
    /// Those of the store.
    async fn transfer(&self, transfer: &Transfer, series: StageChangeId) -> Result<i64>;

    /// Locks every live opportunity with an account, or with nobody but a contact at it, in the order of their ids,
    /// until the end. Answers whose they are.
    ///
    /// # Errors
    /// Those of the store.
    async fn lock_of_account(&self, id: AccountId) -> Result<Owners>;

    /// Puts what `lock_of_account` has locked into the bin, each with its event, after the contacts that went by the
    /// same deletion; in as many statements for a hundred thousand as for one.
    ///
    /// # Errors
    /// Those of the store.
    async fn delete_of_account(&self, id: AccountId, deletion: Deletion) -> Result<()>;

    /// At most `limit` opportunities with one of these contacts, live or not, in the order of their ids, locked.
    ///
    /// # Errors
    /// Those of the store.
    async fn lock_of_contacts(&self, ids: &[ContactId], limit: u32) -> Result<Vec<Opportunity>>;

    /// One opportunity that lies in the bin. It is not locked.
    ///
    /// # Errors
    /// `not_found`, `not_deleted` for a live one.
    async fn deleted(&self, id: OpportunityId) -> Result<Opportunity>;

    /// Locks everything of one deletion, in the order of their ids. Answers whose it is.
    ///
    /// # Errors
    /// Those of the store.
    async fn lock_deletion(&self, id: DeletionId) -> Result<Owners>;

    /// The stages in which the opportunities of a deletion stood, each once, in the order of their ids.
    ///
    /// # Errors
    /// Those of the store.
    async fn places_of_deletion(&self, id: DeletionId) -> Result<Vec<Place>>;

    /// Takes what `lock_deletion` has locked out of the bin, each with its event, and with a stage change and its event
    /// where its stage is gone; in as many statements for a hundred thousand as for one.
    ///
    /// # Errors
    /// Those of the store.
    async fn bring_back_deletion(&self, back: &Return) -> Result<()>;

    /// Stores opportunities that forgot their contact, all at once: no more than fit into memory.
    ///
    /// # Errors
    /// `edit_conflict` when a stored version is another.
    async fn update_all(&self, opportunities: &mut [Opportunity]) -> Result<()>;

    /// At most `limit` opportunities that went to the bin before a moment, locked; those that somebody else
    /// holds are left out.
    ///
    /// # Errors
    /// Those of the store.
    async fn lock_expired(&self, before: DateTime<Utc>, limit: u32) -> Result<Vec<Opportunity>>;

    /// Removes opportunities for good, with their stage changes.
    ///
    /// # Errors
    /// Those of the store.
    async fn remove(&self, opportunities: &mut [Opportunity]) -> Result<()>;

    /// The opportunity as it is read.
    ///
    /// # Errors
    /// `not_found`.
    async fn view(&self, id: OpportunityId) -> Result<OpportunityView>;

    /// A stage change as it is read.
    ///
    /// # Errors
    /// `not_found`.
    async fn view_stage_change(&self, id: StageChangeId) -> Result<StageChangeView>;
}
