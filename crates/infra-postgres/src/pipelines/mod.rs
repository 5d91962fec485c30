//! Pipelines and their stages.

mod entity;
mod stage_entity;

use std::collections::HashMap;

use async_trait::async_trait;
use cartera_application::{Error, Result, ports::Pipelines};
use cartera_domain::{
    ids::{Id, PipelineId},
    pipelines::{Color, Pipeline, PipelineRecord, Stage, StageKind},
    values::{Line, fold_key},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Set};
use uuid::Uuid;

use crate::{error::explain, unit_of_work::PgUnitOfWork};

impl PgUnitOfWork {
    async fn stages(&self, pipeline: Option<Uuid>) -> Result<HashMap<Uuid, Vec<Stage>>> {
        let mut find = stage_entity::Entity::find()
            .filter(stage_entity::Column::CompanyId.eq(self.company()))
            .filter(stage_entity::Column::DeletedAt.is_null())
            .order_by_asc(stage_entity::Column::Position);
        if let Some(id) = pipeline {
            find = find.filter(stage_entity::Column::PipelineId.eq(id));
        }
        let mut by_pipeline: HashMap<Uuid, Vec<Stage>> = HashMap::new();
        for row in find.all(self).await.map_err(explain("reading stages"))? {
            let stage = restore_stage(row)?;
            by_pipeline.entry(stage.pipeline_id.uuid()).or_default().push(stage);
        }
        Ok(by_pipeline)
    }
}

#[async_trait]
impl Pipelines for PgUnitOfWork {
    async fn all(&self) -> Result<Vec<Pipeline>> {
        let rows = entity::Entity::find()
            .filter(entity::Column::CompanyId.eq(self.company()))
            .filter(entity::Column::DeletedAt.is_null())
            .order_by_desc(entity::Column::IsDefault)
            .order_by_asc(entity::Column::NameFold)
            .order_by_asc(entity::Column::Id)
            .all(self)
            .await
            .map_err(explain("reading pipelines"))?;
        let mut stages = self.stages(None).await?;
        Ok(rows.into_iter().map(|row| restore(row, &mut stages)).collect())
    }

    async fn get(&self, id: PipelineId) -> Result<Pipeline> {
        let row = entity::Entity::find_by_id((self.company(), id.uuid()))
            .filter(entity::Column::DeletedAt.is_null())
            .one(self)
            .await
            .map_err(explain("reading a pipeline"))?
            .ok_or_else(Error::not_found)?;
        let mut stages = self.stages(Some(id.uuid())).await?;
        Ok(restore(row, &mut stages))
    }

    async fn insert(&self, pipeline: &mut Pipeline) -> Result<()> {
        let PipelineRecord { id, name, is_default, stages, version, created_at, created_by, updated_at } =
            pipeline.record();
        let row = entity::ActiveModel {
            company_id: Set(self.company()),
            id: Set(id.uuid()),
            name: Set(name.as_str().to_owned()),
            name_fold: Set(fold_key(name.as_str())),
            is_default: Set(*is_default),
            version: Set(*version),
            created_at: Set(*created_at),
            created_by: Set(created_by.map(Id::uuid)),
            updated_at: Set(*updated_at),
            deleted_at: Set(None),
        };
        let stages: Vec<_> = stages.iter().map(|stage| stage_row(self.company(), stage)).collect();
        entity::Entity::insert(row)
            .exec_without_returning(self)
            .await
            .map_err(explain("storing a pipeline"))?;
        stage_entity::Entity::insert_many(stages)
            .exec_without_returning(self)
            .await
            .map_err(explain("storing stages"))?;
        self.record(pipeline.take_events());
        Ok(())
    }
}

fn stage_row(company_id: Uuid, stage: &Stage) -> stage_entity::ActiveModel {
    let Stage { id, pipeline_id, name, order, kind, color, probability } = stage;
    stage_entity::ActiveModel {
        company_id: Set(company_id),
        id: Set(id.uuid()),
        pipeline_id: Set(pipeline_id.uuid()),
        name: Set(name.as_str().to_owned()),
        name_fold: Set(stage.name_fold()),
        position: Set(*order),
        kind: Set(kind.as_str().to_owned()),
        color: Set(color.as_str().to_owned()),
        probability: Set(*probability),
        deleted_at: Set(None),
    }
}

fn restore(row: entity::Model, stages: &mut HashMap<Uuid, Vec<Stage>>) -> Pipeline {
    let entity::Model {
        company_id: _,
        id,
        name,
        name_fold: _,
        is_default,
        version,
        created_at,
        created_by,
        updated_at,
        deleted_at: _,
    } = row;
    Pipeline::restore(PipelineRecord {
        id: Id::new(id),
        name: Line::trusted(name),
        is_default,
        stages: stages.remove(&id).unwrap_or_default(),
        version,
        created_at,
        created_by: created_by.map(Id::new),
        updated_at,
    })
}

fn restore_stage(row: stage_entity::Model) -> Result<Stage> {
    let stage_entity::Model {
        company_id: _,
        id,
        pipeline_id,
        name,
        name_fold: _,
        position,
        kind,
        color,
        probability,
        deleted_at: _,
    } = row;
    Ok(Stage {
        id: Id::new(id),
        pipeline_id: Id::new(pipeline_id),
        name: Line::trusted(name),
        order: position,
        kind: stage_kind(&kind)?,
        color: Color::trusted(color),
        probability,
    })
}

/// Reads a stored stage kind; the table's CHECK allows no other.
pub(crate) fn stage_kind(name: &str) -> Result<StageKind> {
    StageKind::parse(name).ok_or(Error::Internal { what: "a stored stage kind is unknown", cause: None })
}
