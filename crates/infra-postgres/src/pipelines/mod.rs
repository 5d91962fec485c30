//! Pipelines and their stages.

mod entity;
mod locks;
mod stage_entity;

use std::collections::HashMap;

use async_trait::async_trait;
use cartera_application::{Code, Error, Result, ports::Pipelines, views::PipelineView};
use cartera_domain::{
    ids::{Id, PipelineId, StageId},
    pipelines::{Color, Pipeline, PipelineRecord, Stage, StageKind},
    values::{Line, fold_key},
};
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, NotSet, QueryFilter, QueryOrder, Select, Set,
    sea_query::{CaseStatement, Expr, OnConflict},
};
use uuid::Uuid;

use crate::{
    error::explain,
    row::PgRow,
    sql::Sql,
    unit_of_work::{IntoStatement, PgUnitOfWork},
};

impl PgUnitOfWork {
    /// The pipelines that a query finds, with the stages of this one or of all.
    async fn pipelines(
        &self,
        pipelines: Select<entity::Entity>,
        of: Option<PipelineId>,
    ) -> Result<Vec<Pipeline>, DbErr> {
        let mut stages = stage_entity::Entity::find()
            .filter(stage_entity::Column::CompanyId.eq(self.company()))
            .filter(stage_entity::Column::DeletedAt.is_null())
            .order_by_asc(stage_entity::Column::Position);
        if let Some(id) = of {
            stages = stages.filter(stage_entity::Column::PipelineId.eq(id.uuid()));
        }
        let [pipelines, stages] =
            self.look_up_together([pipelines.into_statement(), stages.into_statement()]).await?;
        let mut by_pipeline: HashMap<Uuid, Vec<Stage>> = HashMap::new();
        for row in &stages {
            let stage = stored_stage(row.read()?).map_err(|error| DbErr::Type(error.to_string()))?;
            by_pipeline.entry(stage.pipeline_id.uuid()).or_default().push(stage);
        }
        pipelines.iter().map(|row| Ok(stored(row.read()?, &mut by_pipeline))).collect()
    }
}

#[async_trait]
impl Pipelines for PgUnitOfWork {
    async fn all(&self) -> Result<Vec<Pipeline>> {
        let all = entity::Entity::find()
            .filter(entity::Column::CompanyId.eq(self.company()))
            .filter(entity::Column::DeletedAt.is_null())
            .order_by_desc(entity::Column::IsDefault)
            .order_by_asc(entity::Column::NameFold)
            .order_by_asc(entity::Column::Id);
        self.pipelines(all, None).await.map_err(explain("reading pipelines"))
    }

    async fn get(&self, id: PipelineId) -> Result<Pipeline> {
        let one = entity::Entity::find_by_id((self.company(), id.uuid()))
            .filter(entity::Column::DeletedAt.is_null());
        let found = self.pipelines(one, Some(id)).await.map_err(explain("reading a pipeline"))?;
        found.into_iter().next().ok_or_else(Error::not_found)
    }

    async fn lock_all(&self) -> Result<Vec<Pipeline>> {
        locks::of_structure(self).await.map_err(explain("locking the pipelines"))?;
        Pipelines::all(self).await
    }

    async fn stages_ever(&self) -> Result<Vec<Stage>> {
        let ever = stage_entity::Entity::find().filter(stage_entity::Column::CompanyId.eq(self.company()));
        let rows = self.look_up(ever).await.map_err(explain("reading stages"))?;
        let stage = |row: &PgRow| stored_stage(row.read().map_err(explain("reading stages"))?);
        rows.iter().map(stage).collect()
    }

    async fn hold_stages(&self, ids: &[StageId]) -> Result<Vec<StageId>> {
        locks::held_stages(self, ids).await.map_err(explain("holding stages"))
    }

    async fn lock_stages_and_count_uses(&self, ids: &[StageId]) -> Result<i64> {
        locks::lock_stages(self, ids).await.map_err(explain("locking stages"))?;
        locks::count_uses(self, ids).await.map_err(explain("counting what stands in stages"))
    }

    async fn insert(&self, pipeline: &mut Pipeline) -> Result<()> {
        self.later(entity::Entity::insert(row(self.company(), pipeline.record())));
        self.store_stages(pipeline.record()).await?;
        self.record(pipeline.take_events());
        Ok(())
    }

    async fn update(&self, pipeline: &mut Pipeline) -> Result<()> {
        let record = pipeline.record();
        let renamed = entity::ActiveModel { name_fold: NotSet, ..row(self.company(), record) };
        let done = self
            .run(
                entity::Entity::update_many()
                    .set(renamed)
                    .col_expr(entity::Column::NameFold, fold_if_renamed(record.name.as_str()))
                    .filter(entity::Column::CompanyId.eq(self.company()))
                    .filter(entity::Column::Id.eq(record.id.uuid()))
                    .filter(entity::Column::Version.eq(record.version - 1)),
            )
            .await
            .map_err(explain("storing a pipeline"))?;
        if done == 0 {
            return Err(Error::refused(Code::EditConflict));
        }
        // Deleted stages first, so that their names are free.
        self.delete_other_stages(record).await?;
        self.store_stages(record).await?;
        self.record(pipeline.take_events());
        Ok(())
    }

    async fn view(&self, id: PipelineId) -> Result<PipelineView> {
        let pipeline = Pipelines::get(self, id).await?;
        let names = self.creators().await?;
        Ok(view_of(&pipeline, &names))
    }

    async fn views(&self) -> Result<Vec<PipelineView>> {
        let pipelines = Pipelines::all(self).await?;
        let names = self.creators().await?;
        Ok(pipelines.iter().map(|pipeline| view_of(pipeline, &names)).collect())
    }
}

impl PgUnitOfWork {
    /// Stores the record's stages, new and existing ones, in one statement.
    async fn store_stages(&self, record: &PipelineRecord) -> Result<()> {
        if record.stages.is_empty() {
            return Ok(());
        }
        let stages: Vec<_> = record.stages.iter().map(|stage| stage_row(self.company(), stage)).collect();
        let changed = OnConflict::columns([stage_entity::Column::CompanyId, stage_entity::Column::Id])
            .value(stage_entity::Column::NameFold, Expr::cust(FOLD_IF_RENAMED))
            .update_columns([
                stage_entity::Column::Name,
                stage_entity::Column::Position,
                stage_entity::Column::Color,
                stage_entity::Column::Probability,
            ])
            .to_owned();
        self.run(stage_entity::Entity::insert_many(stages).on_conflict(changed))
            .await
            .map_err(explain("storing stages"))?;
        Ok(())
    }

    async fn delete_other_stages(&self, record: &PipelineRecord) -> Result<()> {
        let kept = record.stages.iter().map(|stage| stage.id.uuid());
        self.run(
            stage_entity::Entity::update_many()
                .col_expr(stage_entity::Column::DeletedAt, Expr::value(record.updated_at))
                .filter(stage_entity::Column::CompanyId.eq(self.company()))
                .filter(stage_entity::Column::PipelineId.eq(record.id.uuid()))
                .filter(stage_entity::Column::DeletedAt.is_null())
                .filter(stage_entity::Column::Id.is_not_in(kept)),
        )
        .await
        .map_err(explain("deleting stages"))?;
        Ok(())
    }

    /// The names of the users who created pipelines.
    async fn creators(&self) -> Result<HashMap<Uuid, String>> {
        let mut sql = Sql::new("select u.id, u.name from users u where u.company_id = ");
        sql.value(self.company());
        sql.push(" and u.id in (select created_by from pipelines where company_id = ");
        sql.value(self.company()).push(" and deleted_at is null)");
        let read = async || -> Result<HashMap<Uuid, String>, DbErr> {
            let rows = self.all(sql).await?;
            rows.iter().map(|row| Ok((row.get("id")?, row.get("name")?))).collect()
        };
        read().await.map_err(explain("naming creators of pipelines"))
    }
}

/// A migration makes two names distinct that have come to one folded form (ADR 26), and only a new name changes that.
const FOLD_IF_RENAMED: &str =
    "case when stages.name = excluded.name then stages.name_fold else excluded.name_fold end";

/// The same of the pipeline itself.
fn fold_if_renamed(name: &str) -> Expr {
    let unchanged = entity::Column::Name.eq(name);
    CaseStatement::new()
        .case(unchanged, Expr::col(entity::Column::NameFold))
        .finally(Expr::value(fold_key(name)))
        .into()
}

fn view_of(pipeline: &Pipeline, names: &HashMap<Uuid, String>) -> PipelineView {
    let creator = pipeline.record().created_by.and_then(|id| names.get(&id.uuid()).cloned());
    PipelineView::of(pipeline, creator)
}

fn row(company_id: Uuid, record: &PipelineRecord) -> entity::ActiveModel {
    let PipelineRecord {
        id,
        name,
        is_default,
        stages: _,
        version,
        created_at,
        created_by,
        updated_at,
        deleted_at,
    } = record;
    entity::ActiveModel {
        company_id: Set(company_id),
        id: Set(id.uuid()),
        name: Set(name.as_str().to_owned()),
        name_fold: Set(fold_key(name.as_str())),
        is_default: Set(*is_default),
        version: Set(*version),
        created_at: Set(*created_at),
        created_by: Set(created_by.map(Id::uuid)),
        updated_at: Set(*updated_at),
        deleted_at: Set(*deleted_at),
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

fn stored(row: entity::Model, stages: &mut HashMap<Uuid, Vec<Stage>>) -> Pipeline {
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
        deleted_at,
    } = row;
    Pipeline::stored(PipelineRecord {
        id: Id::new(id),
        name: Line::trusted(name),
        is_default,
        stages: stages.remove(&id).unwrap_or_default(),
        version,
        created_at,
        created_by: created_by.map(Id::new),
        updated_at,
        deleted_at,
    })
}

fn stored_stage(row: stage_entity::Model) -> Result<Stage> {
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

/// Parses a stored stage kind; the table's CHECK allows no other.
pub(crate) fn stage_kind(name: &str) -> Result<StageKind> {
    StageKind::parse(name).ok_or(Error::Internal { what: "a stored stage kind is unknown", cause: None })
}
