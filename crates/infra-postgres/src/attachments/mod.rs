//! Attachments.

mod entity;
mod queries;
mod rows;

use async_trait::async_trait;
use cartera_application::{
    Code, Error, Result,
    ports::{Attachments, Removable},
    views::AttachmentView,
};
use cartera_domain::{
    attachments::Attachment,
    events::EntityType,
    ids::{AttachmentId, Id},
};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};

use crate::{error::explain, row::PgRow, sql::Sql, unit_of_work::PgUnitOfWork};

/// Which attachments may be removed; the partial index of the same name has this condition.
const REMOVABLE: &str =
    " and (deleted_at is not null or num_nonnulls(account_id, contact_id, opportunity_id) = 0)";

impl PgUnitOfWork {
    /// Runs a query and maps its rows to attachments.
    async fn attachments_by(&self, sql: Sql) -> Result<Vec<Attachment>, DbErr> {
        let rows: Vec<entity::Model> = self.read(sql).await?;
        rows.into_iter().map(|row| rows::record(row).map(Attachment::stored)).collect()
    }
}

#[async_trait]
impl Attachments for PgUnitOfWork {
    async fn get(&self, id: AttachmentId) -> Result<Attachment> {
        let mut sql = Sql::new("select f.* from attachments f where f.company_id = ");
        sql.value(self.company()).push(" and f.id = ").value(id.uuid());
        sql.push(" and f.deleted_at is null").push(queries::OF_LIVE_RECORD);
        let found = self.attachments_by(sql).await.map_err(explain("reading an attachment"))?;
        found.into_iter().next().ok_or_else(Error::not_found)
    }

    async fn insert(&self, attachment: &mut Attachment) -> Result<()> {
        self.later(entity::Entity::insert(rows::row(self.company(), attachment.record())));
        self.record(attachment.take_events());
        Ok(())
    }

    async fn update(&self, attachment: &mut Attachment) -> Result<()> {
        let done = self
            .run(
                entity::Entity::update_many()
                    .set(rows::row(self.company(), attachment.record()))
                    .filter(entity::Column::CompanyId.eq(self.company()))
                    .filter(entity::Column::Id.eq(attachment.record().id.uuid()))
                    .filter(entity::Column::Version.eq(attachment.record().version - 1)),
            )
            .await
            .map_err(explain("storing an attachment"))?;
        if done == 0 {
            return Err(Error::refused(Code::EditConflict));
        }
        self.record(attachment.take_events());
        Ok(())
    }

    async fn view(&self, id: AttachmentId) -> Result<AttachmentView> {
        queries::view(self, id.uuid()).await?.ok_or_else(Error::not_found)
    }

    async fn abandoned(&self, before: DateTime<Utc>, limit: u32) -> Result<Vec<Attachment>> {
        let mut sql = Sql::new("select f.* from attachments f where f.company_id = ");
        sql.value(self.company()).push(" and f.status = 'PENDING' and f.deleted_at is null");
        sql.push(" and num_nonnulls(f.account_id, f.contact_id, f.opportunity_id) = 1");
        sql.push(" and f.created_at < ").value(before).push(" order by f.created_at, f.id limit ");
        sql.value(i64::from(limit));
        self.attachments_by(sql).await.map_err(explain("looking for abandoned uploads"))
    }

    async fn removable(&self, after: Option<AttachmentId>, limit: u32) -> Result<Vec<Removable>> {
        let mut sql = Sql::new("select id, created_at from attachments where company_id = ");
        sql.value(self.company()).push(REMOVABLE);
        if let Some(after) = after {
            sql.push(" and id > ").value(after.uuid());
        }
        sql.push(" order by id limit ").value(i64::from(limit));
        let find = async || -> Result<Vec<Removable>, DbErr> {
            let rows = self.all(sql).await?;
            let removable = |row: &PgRow| {
                Ok(Removable { id: Id::new(row.get("id")?), created_at: row.get("created_at")? })
            };
            rows.iter().map(removable).collect()
        };
        find().await.map_err(explain("looking for files to remove"))
    }

    async fn forget(&self, id: AttachmentId) -> Result<()> {
        let mut sql = Sql::new("delete from attachments where company_id = ");
        sql.value(self.company()).push(" and id = ").value(id.uuid()).push(REMOVABLE);
        let forget = async || -> Result<(), DbErr> {
            if self.run(sql).await? > 0 {
                self.forget_changes(EntityType::Attachment, vec![id.uuid()]).await?;
            }
            Ok(())
        };
        forget().await.map_err(explain("forgetting an attachment"))
    }
}
