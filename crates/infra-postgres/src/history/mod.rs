//! Operations and events, out of the outbox.

mod events;
mod operations;

use async_trait::async_trait;
use cartera_application::{
    Result,
    history::{ActorView, EventView, History, HistoryQueries, OperationView},
    lists::{ListQuery, Listing},
    security::Grant,
};
use cartera_domain::{events::EntityRef, ids::OperationId};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{names::Names, store::PgStore, unit_of_work::PgUnitOfWork};

/// The columns of whoever did something, and their joins: the names of users are known, those of keys are read.
macro_rules! actor_columns {
    () => {
        "o.actor_type, o.actor_id, k.name as key_name, o.request_id"
    };
}

macro_rules! actor_joins {
    () => {
        " left join api_keys k on k.company_id = o.company_id and k.id = o.actor_id"
    };
}

use {actor_columns, actor_joins};

/// The id of an actor, if it is a user.
fn user(kind: &str, id: Option<Uuid>) -> Option<Uuid> {
    id.filter(|_| kind == "USER")
}

fn actor(kind: String, id: Option<Uuid>, key_name: Option<String>, names: &Names) -> ActorView {
    let user = user(&kind, id).and_then(|id| names.named(id)).map(|user| user.name);
    ActorView { kind, id, name: user.or(key_name) }
}

#[async_trait]
impl History for PgUnitOfWork {
    async fn since(&self, record: EntityRef, at: DateTime<Utc>) -> Result<Vec<EventView>> {
        events::since(self, record, at).await
    }
}

#[async_trait]
impl HistoryQueries for PgStore {
    async fn operations(&self, grant: &Grant, query: &ListQuery) -> Result<Listing<OperationView>> {
        let tx = self.choosing(grant).await?;
        let found = operations::list(&tx, query).await?;
        tx.finish().await?;
        Ok(found)
    }

    async fn operation(&self, grant: &Grant, id: OperationId) -> Result<Option<OperationView>> {
        let tx = self.reading(grant).await?;
        let found = operations::one(&tx, id.uuid()).await?;
        tx.finish().await?;
        Ok(found)
    }

    async fn events(&self, grant: &Grant, query: &ListQuery) -> Result<Listing<EventView>> {
        let tx = self.choosing(grant).await?;
        let found = events::list(&tx, query).await?;
        tx.finish().await?;
        Ok(found)
    }
}
