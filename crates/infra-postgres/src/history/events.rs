//! Events, by their numbers.

use cartera_application::{
    Result,
    history::{EventList, EventView, MOST_SINCE},
    lists::{Cursor, CursorKey, ListQuery, Listing},
};
use cartera_domain::events::EntityRef;
use chrono::{DateTime, Utc};
use sea_orm::DbErr;
use serde_json::Value;
use uuid::Uuid;

use super::{actor, actor_columns, actor_joins, user};
use crate::{
    error::explain,
    list::{self, Column, Columns, KeyType, PageSql},
    named::{self, Named},
    names::{Names, names_version},
    row::{PgRow, row},
    sql::Sql,
    unit_of_work::PgUnitOfWork,
};

row! {
    struct EventRow {
        sequence: i64,
        kind: String,
        operation_id: Option<Uuid>,
        operation_kind: Option<String>,
        occurred_at: DateTime<Utc>,
        entity_type: String,
        entity_id: Uuid,
        version: Option<i32>,
        payload: Value,
        actor_type: String,
        actor_id: Option<Uuid>,
        key_name: Option<String>,
        request_id: String,
        names_version: i64,
    }
}

impl Named for EventRow {
    type View = EventView;

    fn names_version(&self) -> i64 {
        self.names_version
    }

    fn references(&self) -> Vec<Option<Uuid>> {
        vec![user(&self.actor_type, self.actor_id)]
    }

    fn view(self, names: &Names) -> Result<EventView> {
        let (related, changes) = EventView::told(&self.payload);
        Ok(EventView {
            sequence: self.sequence,
            kind: self.kind,
            operation_id: self.operation_id,
            operation_kind: self.operation_kind,
            occurred_at: self.occurred_at,
            actor: actor(self.actor_type, self.actor_id, self.key_name, names),
            request_id: self.request_id,
            entity_type: self.entity_type,
            entity_id: self.entity_id,
            version: self.version,
            related,
            changes,
        })
    }
}

const COLUMNS: Columns = &[
    (EventList::SEQUENCE, Column::sorted("o.sequence", KeyType::Integer)),
    (EventList::OCCURRED_AT, Column::filtered("o.occurred_at")),
    (EventList::TYPE, Column::filtered("o.type")),
    (EventList::ACTOR_ID, Column::filtered("o.actor_id")),
    (EventList::ENTITY_ID, Column::filtered("o.entity_id")),
];

/// Numbers are unique in a company, so what breaks ties decides nothing. Within the events of one record it is constant,
/// and the index by record and number gives the order.
const PAGE: PageSql = PageSql {
    table: EventList::TABLE,
    base: " from outbox o",
    company: "o.company_id",
    always: "",
    id: "o.entity_id",
    columns: list::complete(EventList::TABLE, COLUMNS),
    search: &|_| Vec::new(),
};

/// The company is the first value that is bound.
const SELECT: &str = concat!(
    "select o.sequence, o.type as kind, o.operation_id, o.operation_kind, o.occurred_at, o.entity_type, \
     o.entity_id, o.version, o.payload, ",
    actor_columns!(),
    names_version!(),
    " from outbox o",
    actor_joins!(),
    " where o.company_id = $1"
);

async fn rows(tx: &PgUnitOfWork, more: impl FnOnce(&mut Sql)) -> Result<Vec<EventRow>, DbErr> {
    let mut sql = Sql::new(SELECT);
    sql.bind(tx.company());
    more(&mut sql);
    tx.look_up(sql).await?.iter().map(PgRow::read).collect()
}

/// The events that the query asks for.
pub(super) async fn list(tx: &PgUnitOfWork, query: &ListQuery) -> Result<Listing<EventView>> {
    const WHAT: &str = "listing events";
    let places = list::places(tx, &PAGE, query, |_, _| {}).await.map_err(explain(WHAT))?;
    let Listing { items, next, total } = places;
    let sequence = |place: Cursor| match place.key {
        CursorKey::Integer(sequence) => Some(sequence),
        _ => None,
    };
    let sequences: Vec<i64> = items.into_iter().filter_map(sequence).collect();
    let mut found = if sequences.is_empty() {
        Vec::new()
    } else {
        let by_number = |sql: &mut Sql| {
            sql.push(" and o.sequence = any(").value(sequences).push(") order by o.sequence");
        };
        rows(tx, by_number).await.map_err(explain(WHAT))?
    };
    if query.sort.descending {
        found.reverse();
    }
    Ok(Listing { items: named::name_all(tx, found).await?, next, total })
}

/// A record's events after a moment, newest first, and the last one before it.
pub(super) async fn since(tx: &PgUnitOfWork, record: EntityRef, at: DateTime<Utc>) -> Result<Vec<EventView>> {
    let EntityRef { entity_type, id } = record;
    let of_record = |sql: &mut Sql| {
        sql.push(" and o.entity_id = ").value(id).push(" and o.entity_type = ").value(entity_type.as_str());
        sql.push(" and o.sequence >= coalesce((select b.sequence from outbox b where b.company_id = $1");
        sql.push(" and b.entity_id = ").value(id).push(" and b.entity_type = ").value(entity_type.as_str());
        sql.push(" and b.occurred_at <= ").value(at);
        sql.push(" order by b.sequence desc limit 1), 0) order by o.sequence desc limit ");
        sql.value(i64::from(MOST_SINCE));
    };
    let found = rows(tx, of_record).await.map_err(explain("reading what happened to a record"))?;
    named::name_all(tx, found).await
}
