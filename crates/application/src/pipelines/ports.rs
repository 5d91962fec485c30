//! The pipelines of a company.

use async_trait::async_trait;
use cartera_domain::{
    ids::{PipelineId, StageId},
    pipelines::{Pipeline, Stage},
};

use crate::{error::Result, views::PipelineView};

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

    /// All pipelines, in that order, after locking them against other changes of pipelines and stages until the
    /// transaction ends. Opportunities can still be moved.
    ///
    /// # Errors
    /// Those of the store.
    async fn lock_all(&self) -> Result<Vec<Pipeline>>;

    /// Every stage of the company, including deleted ones, which histories still show.
    ///
    /// # Errors
    /// Those of the store.
    async fn stages_ever(&self) -> Result<Vec<Stage>>;

    /// Returns which of these stages exist, and locks those against deletion until the transaction ends. Moving or
    /// creating an opportunity locks the stages that it leaves and enters, before anything else.
    ///
    /// # Errors
    /// Those of the store.
    async fn hold_stages(&self, ids: &[StageId]) -> Result<Vec<StageId>>;

    /// Locks these stages and counts their live opportunities: none can enter or leave until the transaction ends.
    ///
    /// # Errors
    /// Those of the store.
    async fn lock_stages_and_count_uses(&self, ids: &[StageId]) -> Result<i64>;

    /// Stores a new pipeline with its stages.
    ///
    /// # Errors
    /// `pipeline_name_taken`.
    async fn insert(&self, pipeline: &mut Pipeline) -> Result<()>;

    /// Stores a changed pipeline whose version has grown by one, with its stages: inserts new ones and deletes those
    /// that it no longer has.
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
