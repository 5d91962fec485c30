//! The table `opportunities`.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::entity::prelude::*;

use crate::row::row;

row! {
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "opportunities")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub company_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub number: i64,
        pub title: String,
        pub title_fold: String,
        pub description: Option<String>,
        pub account_id: Option<Uuid>,
        pub contact_id: Option<Uuid>,
        pub owner_id: Option<Uuid>,
        pub amount: i64,
        pub currency: String,
        pub pipeline_id: Uuid,
        pub stage_id: Uuid,
        pub status: String,
        pub closed_at: Option<DateTime<Utc>>,
        pub expected_close_date: Option<NaiveDate>,
        pub tags: Vec<String>,
        pub version: i32,
        pub created_at: DateTime<Utc>,
        pub created_by: Option<Uuid>,
        pub updated_at: DateTime<Utc>,
        pub deleted_at: Option<DateTime<Utc>>,
        pub deletion_id: Option<Uuid>,
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
