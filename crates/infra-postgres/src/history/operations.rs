//! Operations: the first event of each tells it.

use cartera_application::{
    Result,
    history::{OperationList, OperationView},
    lists::{ListQuery, Listing},
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{actor, actor_columns, actor_joins, user};
use crate::{
    list::{self, Column, Columns, KeyType, ListSql, PageSql},
    named::Named,
    names::{Names, names_version},
    row::row,
    unit_of_work::PgUnitOfWork,
};

row! {
    struct OperationRow {
        operation_id: Uuid,
        operation_kind: String,
        operation_size: i64,
        sequence: i64,
        occurred_at: DateTime<Utc>,
        actor_type: String,
        actor_id: Option<Uuid>,
        key_name: Option<String>,
        request_id: String,
        names_version: i64,
    }
}

impl Named for OperationRow {
    type View = OperationView;

    fn names_version(&self) -> i64 {
        self.names_version
    }

    fn references(&self) -> Vec<Option<Uuid>> {
        vec![user(&self.actor_type, self.actor_id)]
    }

    fn view(self, names: &Names) -> Result<OperationView> {
        let Self { operation_id, operation_kind, operation_size, sequence, occurred_at, request_id, .. } =
            self;
        Ok(OperationView {
            id: operation_id,
            kind: operation_kind,
            actor: actor(self.actor_type, self.actor_id, self.key_name, names),
            request_id,
            occurred_at,
            first_sequence: sequence,
            event_count: operation_size,
        })
    }
}

const COLUMNS: Columns = &[
    (OperationList::OCCURRED_AT, Column::sorted("o.occurred_at", KeyType::Timestamp)),
    (OperationList::KIND, Column::filtered("o.operation_kind")),
    (OperationList::ACTOR_ID, Column::filtered("o.actor_id")),
];

const LIST: ListSql = ListSql {
    page: PageSql {
        table: OperationList::TABLE,
        base: " from outbox o",
        company: "o.company_id",
        always: " and o.operation_size is not null",
        id: "o.operation_id",
        columns: list::complete(OperationList::TABLE, COLUMNS),
        search: &|_| Vec::new(),
    },
    select: concat!(
        "select o.operation_id as id, o.operation_id, o.operation_kind, o.operation_size, o.sequence, o.occurred_at, ",
        actor_columns!(),
        names_version!()
    ),
    joins: concat!(" from (select * from outbox where operation_size is not null) o", actor_joins!()),
};

/// The operations that the query asks for.
pub(super) async fn list(tx: &PgUnitOfWork, query: &ListQuery) -> Result<Listing<OperationView>> {
    list::show::<OperationRow>(tx, &LIST, query, "listing operations", |_, _| {}).await
}

/// One operation.
pub(super) async fn one(tx: &PgUnitOfWork, id: Uuid) -> Result<Option<OperationView>> {
    list::show_one::<OperationRow>(tx, &LIST, id, "reading an operation").await
}
