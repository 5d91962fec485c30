//! The table `sessions`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use crate::row::row;

row! {
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "sessions")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub company_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub subject_id: Uuid,
        pub created_at: DateTime<Utc>,
        pub last_used_at: DateTime<Utc>,
        pub user_agent: Option<String>,
        pub address: Option<String>,
        pub ended_at: Option<DateTime<Utc>>,
        pub end_reason: Option<String>,
        pub generation: i32,
        pub rotations: Vec<DateTime<Utc>>,
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
