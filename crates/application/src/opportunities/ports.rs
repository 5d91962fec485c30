//! Opportunities and their stage changes: rows, lists and the board.

use async_trait::async_trait;
use cartera_domain::{
    Deletion,
    ids::{AccountId, ContactId, DeletionId, OpportunityId, StageChangeId},
    opportunities::{Opportunity, OpportunityRecord, Place, Return, StageChange, Transfer},
};
use chrono::{DateTime, Utc};

use crate::{
    error::Result,
    lists::{ListQuery, Listing},
    records::Owners,
    security::Grant,
    views::{MoneyView, OpportunityView, StageChangeView, StageRefView},
};

/// The company's opportunities and their stage changes. Deleted ones are absent, except in the methods about the trash.
#[async_trait]
pub trait Opportunities: Send + Sync {
    /// One opportunity, not locked: `update` detects a concurrent change (optimistic locking).
    ///
    /// # Errors
    /// `not_found`.
    async fn get(&self, id: OpportunityId) -> Result<Opportunity>;

    /// One opportunity, live or in the trash, not locked; none when there is no such one.
    ///
    /// # Errors
    /// Those of the store.
    async fn find(&self, id: OpportunityId) -> Result<Option<OpportunityRecord>>;

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

    /// Stores a move: the opportunity and its stage change together.
    ///
    /// # Errors
    /// `edit_conflict` when the stored version is another.
    async fn record_move(&self, opportunity: &mut Opportunity, change: &StageChange) -> Result<()>;

    /// Moves all opportunities of a stage, in the order of their ids. Each gets an event and a stage change, whose ids
    /// are consecutive members of a series ([`Id::nth`]). Statements and memory are the same for a hundred thousand as
    /// for one. `lock_stages_and_count_uses` must have locked the stage. Returns how many moved.
    ///
    /// [`Id::nth`]: cartera_domain::ids::Id::nth
    ///
    /// # Errors
    /// Those of the store.
    async fn transfer(&self, transfer: &Transfer, series: StageChangeId) -> Result<i64>;

    /// Locks every live opportunity with an account, or only with a contact of it, in the order of their ids, until the
    /// transaction ends. Returns their owners.
    ///
    /// # Errors
    /// Those of the store.
    async fn lock_of_account(&self, id: AccountId) -> Result<Owners>;

    /// Moves what `lock_of_account` has locked to the trash, each with its event, after the contacts of the same
    /// deletion. The number of statements is the same for a hundred thousand as for one.
    ///
    /// # Errors
    /// Those of the store.
    async fn delete_of_account(&self, id: AccountId, deletion: Deletion) -> Result<()>;

    /// At most `limit` opportunities with one of these contacts, live or not, in the order of their ids, locked.
    ///
    /// # Errors
    /// Those of the store.
    async fn lock_of_contacts(&self, ids: &[ContactId], limit: u32) -> Result<Vec<Opportunity>>;

    /// One opportunity in the trash, not locked.
    ///
    /// # Errors
    /// `not_found`, `not_deleted` for a live one.
    async fn deleted(&self, id: OpportunityId) -> Result<Opportunity>;

    /// Locks the opportunities of one deletion, in the order of their ids. Returns their owners.
    ///
    /// # Errors
    /// Those of the store.
    async fn lock_deletion(&self, id: DeletionId) -> Result<Owners>;

    /// The stages of a deletion's opportunities, each once, in the order of their ids.
    ///
    /// # Errors
    /// Those of the store.
    async fn places_of_deletion(&self, id: DeletionId) -> Result<Vec<Place>>;

    /// Restores what `lock_deletion` has locked, each with its event, and with a stage change and its event where its
    /// stage is gone. The number of statements is the same for a hundred thousand as for one.
    ///
    /// # Errors
    /// Those of the store.
    async fn bring_back_deletion(&self, back: &Return) -> Result<()>;

    /// Stores opportunities whose contact was cleared, all at once: no more than fit into memory.
    ///
    /// # Errors
    /// `edit_conflict` when a stored version is another.
    async fn update_all(&self, opportunities: &mut [Opportunity]) -> Result<()>;

    /// Locks and returns at most `limit` opportunities that were deleted before a time, skipping those that another
    /// transaction has locked.
    ///
    /// # Errors
    /// Those of the store.
    async fn lock_expired(&self, before: DateTime<Utc>, limit: u32) -> Result<Vec<Opportunity>>;

    /// Deletes opportunities permanently, with their stage changes.
    ///
    /// # Errors
    /// Those of the store.
    async fn remove(&self, opportunities: &mut [Opportunity]) -> Result<()>;

    /// The opportunity as it is read.
    ///
    /// # Errors
    /// `not_found`.
    async fn view(&self, id: OpportunityId) -> Result<OpportunityView>;

    /// An opportunity that is not stored like this, as it is read: with the names of what it refers to as they are now.
    ///
    /// # Errors
    /// Those of the store.
    async fn shown(&self, record: OpportunityRecord) -> Result<OpportunityView>;

    /// A stage change as it is read.
    ///
    /// # Errors
    /// `not_found`.
    async fn view_stage_change(&self, id: StageChangeId) -> Result<StageChangeView>;
}

/// One column of the board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoardColumn {
    /// The stage.
    pub stage: StageRefView,
    /// How many opportunities stand in it; at least so many when the count is capped.
    pub count: i64,
    /// Whether more rows meet the board's conditions than were counted.
    pub count_capped: bool,
    /// How much they are worth, by currency; unknown when the count is capped.
    pub amounts: Option<Vec<MoneyView>>,
}

/// Count and amounts by stage, in the order of pipelines and stages.
pub type Board = Vec<BoardColumn>;

/// Lists of opportunities.
#[async_trait]
pub trait OpportunityQueries: Send + Sync {
    /// The opportunities that match the query: live ones, or those in the trash. Stages must have been resolved to ids.
    ///
    /// # Errors
    /// Those of the store.
    async fn list(&self, grant: &Grant, query: &ListQuery) -> Result<Listing<OpportunityView>>;

    /// Count and amounts by stage under the query's conditions, except those on stage and status.
    ///
    /// # Errors
    /// Those of the store.
    async fn board(&self, grant: &Grant, query: &ListQuery) -> Result<Board>;

    /// The stage changes of one live opportunity; the query already filters by it.
    ///
    /// # Errors
    /// Those of the store.
    async fn stage_changes(&self, grant: &Grant, query: &ListQuery) -> Result<Listing<StageChangeView>>;
}
