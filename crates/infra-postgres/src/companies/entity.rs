//! The table `companies`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use crate::row::row;

row! {
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "companies")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub name: String,
        pub name_fold: String,
        pub slug: String,
        pub address: Option<String>,
        pub website: Option<String>,
        pub logo_url: Option<String>,
        pub country: String,
        pub locale: String,
        pub timezone: String,
        pub currency: String,
        pub force_password_reset_after_invitation: bool,
        pub trash_days: i32,
        pub data_retention_days: i32,
        pub suspended_at: Option<DateTime<Utc>>,
        pub version: i32,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
