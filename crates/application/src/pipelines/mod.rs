//! The use cases of pipelines: reading them. A company starts with one in its language.

use std::sync::Arc;

use cartera_domain::{
    identity::Permission,
    ids::{PipelineId, StageId},
    pipelines::{Pipeline, StageRef},
};

use crate::{error::Result, ports::Ports, security::Actor};

/// The use cases of pipelines.
#[derive(Clone)]
pub struct PipelineService {
    ports: Arc<Ports>,
}

impl PipelineService {
    /// Wires the use cases to their ports.
    pub fn new(ports: Arc<Ports>) -> Self {
        Self { ports }
    }

    /// All pipelines with their stages, the default first, then by name.
    ///
    /// # Errors
    /// `forbidden`.
    pub async fn list(&self, actor: &Actor) -> Result<Vec<Pipeline>> {
        let grant = actor.authorize(Permission::PipelinesRead)?;
        let tx = self.ports.store.begin(&grant).await?;
        let pipelines = tx.pipelines().all().await?;
        tx.commit().await?;
        Ok(pipelines)
    }

    /// One pipeline with its stages.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn get(&self, actor: &Actor, id: PipelineId) -> Result<Pipeline> {
        let grant = actor.authorize(Permission::PipelinesRead)?;
        let tx = self.ports.store.begin(&grant).await?;
        let pipeline = tx.pipelines().get(id).await?;
        tx.commit().await?;
        Ok(pipeline)
    }
}

/// Every stage of the company that `wanted` means: a name means all stages so named, in whatever pipeline.
pub(crate) fn stages_meant(pipelines: &[Pipeline], wanted: &StageRef) -> Vec<StageId> {
    pipelines.iter().filter_map(|pipeline| pipeline.find_stage(wanted)).map(|stage| stage.id).collect()
}
