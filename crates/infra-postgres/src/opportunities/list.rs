//! Read queries for opportunities: rows, and the SQL of their lists.

use std::{collections::BTreeSet, iter};

use cartera_application::{
    Error, Result,
    lists::{ListQuery, Test, Value},
    opportunities::OpportunityList,
    records::Rows,
    views::{MoneyView, OpportunityView},
};
use cartera_domain::{
    accounts::AccountFields,
    contacts::ContactFields,
    ids::Id,
    opportunities::{Links, OpportunityFields, OpportunityRecord, Placement},
    pipelines::StageKind,
    record::Fields,
    values::Money,
};
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::rows::stored_currency;
use crate::{
    error::explain,
    list::{self, Column, Columns, Key, KeyType, ListSql, PageSql, nullable},
    named::reference as named,
    named::{self, Named},
    names::{Names, names_version},
    records::reference,
    row::row,
    sql::Sql,
    unit_of_work::PgUnitOfWork,
};

row! {
    pub(super) struct OpportunityRow {
        id: Uuid,
        version: i32,
        number: i64,
        title: String,
        account_id: Option<Uuid>,
        account_name: Option<String>,
        contact_id: Option<Uuid>,
        contact_name: Option<String>,
        description: Option<String>,
        amount: i64,
        currency: String,
        pipeline_id: Uuid,
        stage_id: Uuid,
        status: String,
        closed_at: Option<DateTime<Utc>>,
        expected_close_date: Option<NaiveDate>,
        owner_id: Option<Uuid>,
        tags: Vec<String>,
        created_at: DateTime<Utc>,
        created_by: Option<Uuid>,
        updated_at: DateTime<Utc>,
        deleted_at: Option<DateTime<Utc>>,
        names_version: i64,
    }
}

impl Named for OpportunityRow {
    type View = OpportunityView;

    fn names_version(&self) -> i64 {
        self.names_version
    }

    fn references(&self) -> Vec<Option<Uuid>> {
        vec![Some(self.stage_id), Some(self.pipeline_id), self.owner_id, self.created_by]
    }

    fn view(self, names: &Names) -> Result<OpportunityView> {
        let OpportunityRow {
            id,
            version,
            number,
            title,
            account_id,
            account_name,
            contact_id,
            contact_name,
            description,
            amount,
            currency,
            pipeline_id,
            stage_id,
            status,
            closed_at,
            expected_close_date,
            owner_id,
            tags,
            created_at,
            created_by,
            updated_at,
            deleted_at,
            names_version: _,
        } = self;
        Ok(OpportunityView {
            id,
            version,
            number,
            title,
            account: named(account_id, account_name),
            contact: named(contact_id, contact_name),
            description,
            amount: MoneyView::from(Money::from_minor(amount, stored_currency(&currency)?)),
            pipeline: names.named(pipeline_id).ok_or_else(named::unknown)?,
            stage: names.stage(stage_id).cloned().ok_or_else(named::unknown)?,
            status,
            closed_at,
            expected_close_date,
            owner: owner_id.and_then(|id| names.named(id)),
            tags,
            created_at,
            created_by: created_by.and_then(|id| names.named(id)),
            updated_at,
            deleted_at,
        })
    }
}

const SELECT: &str = concat!(
    "select o.id, o.version, o.number, o.title, o.account_id, a.name as account_name, t.id as contact_id, \
     concat_ws(' ', t.first_name, t.last_name) as contact_name, o.description, o.amount, o.currency, \
     o.pipeline_id, o.stage_id, o.status, o.closed_at, o.expected_close_date, o.owner_id, o.tags, \
     o.created_at, o.created_by, o.updated_at, o.deleted_at",
    names_version!()
);

/// A live opportunity is shown without a contact that is in the bin. The reference stays, as the contact may be
/// restored.
const JOINS: &str = " from opportunities o \
    left join accounts a on a.company_id = o.company_id and a.id = o.account_id \
    left join contacts t on t.company_id = o.company_id and t.id = o.contact_id \
    and (t.deleted_at is null or o.deleted_at is not null)";

const COLUMNS: Columns = &[
    (OpportunityList::CREATED_AT, Column::sorted("o.created_at", KeyType::Timestamp)),
    (OpportunityList::UPDATED_AT, Column::sorted("o.updated_at", KeyType::Timestamp)),
    (OpportunityList::TITLE, Column::sorted("o.title_fold", KeyType::Text)),
    (OpportunityList::NUMBER, Column::sorted("o.number", KeyType::Integer)),
    (OpportunityList::STAGE, Column::filtered("o.stage_id")),
    (OpportunityList::STATUS, Column::filtered("o.status")),
    (OpportunityList::ACCOUNT_ID, Column::filtered("o.account_id")),
    (OpportunityList::CONTACT_ID, Column::filtered("o.contact_id")),
    (OpportunityList::OWNER_ID, Column::filtered("o.owner_id")),
    (OpportunityList::PIPELINE_ID, Column::filtered("o.pipeline_id")),
    (OpportunityList::AMOUNT, Column::sorted("o.amount", KeyType::Integer)),
    (OpportunityList::CURRENCY, Column::filtered("o.currency")),
    (
        OpportunityList::EXPECTED_CLOSE_DATE,
        nullable!(Date, "o.expected_close_date", "'infinity'::date", "'-infinity'::date"),
    ),
    (
        OpportunityList::CLOSED_AT,
        nullable!(Timestamp, "o.closed_at", "'infinity'::timestamptz", "'-infinity'::timestamptz"),
    ),
    (OpportunityList::DELETED_AT, Column::sorted("o.deleted_at", KeyType::Timestamp)),
];

pub(super) const LIST: ListSql = ListSql {
    page: PageSql {
        table: OpportunityList::TABLE,
        base: " from opportunities o",
        company: "o.company_id",
        always: " and o.deleted_at is null",
        id: "o.id",
        columns: list::complete(OpportunityList::TABLE, COLUMNS),
        search: &search,
    },
    select: SELECT,
    joins: JOINS,
};

/// The same for opportunities in the bin.
pub(super) const BIN: ListSql =
    ListSql { page: PageSql { always: " and o.deleted_at is not null", ..LIST.page }, ..LIST };

/// Adds all statuses to a query that tests neither status nor stage, because the indexes lead with the status.
pub(super) fn of_statuses(query: ListQuery) -> ListQuery {
    let told = [OpportunityList::STATUS, OpportunityList::STAGE];
    if query.tests().any(|(field, _)| told.contains(&field)) {
        return query;
    }
    let all = StageKind::ALL.iter().map(|kind| Value::Text(kind.as_str().to_owned())).collect();
    query.with(OpportunityList::STATUS, Test::AnyOf(all))
}

/// A number matches the opportunity's number, or a title that begins with it.
fn search(q: &str) -> Vec<Key> {
    let title = Key::Begins("o.title_fold", q.to_owned());
    let number = q.parse().ok().map(|number| Key::Is("o.number", number));
    iter::once(title).chain(number).collect()
}

/// Adds the statuses that the query's stages imply, because the indexes of most orders lead with the status. Two orders
/// have an index that leads with the stage.
pub(super) fn status_of_stages(sql: &mut Sql, names: &Names, query: &ListQuery) {
    if [OpportunityList::CREATED_AT, OpportunityList::AMOUNT].contains(&query.sort.field) {
        return;
    }
    let stages = stages(query);
    let kinds: BTreeSet<_> = stages.iter().filter_map(|id| Some(names.stage(*id)?.kind.as_str())).collect();
    if !kinds.is_empty() {
        sql.push(" and o.status in (").values(kinds.into_iter().map(Into::into)).push(")");
    }
}

/// The stages that the query is limited to.
pub(super) fn stages(query: &ListQuery) -> Vec<Uuid> {
    let of_stages = query.tests().filter(|(field, _)| *field == OpportunityList::STAGE);
    of_stages.flat_map(|(_, test)| ids(test)).collect()
}

/// An opportunity that is not stored like this, as it is read. A contact in the bin is not shown, as in lists.
pub(super) async fn shown(tx: &PgUnitOfWork, record: OpportunityRecord) -> Result<OpportunityView> {
    const WHAT: &str = "naming what an opportunity refers to";
    let OpportunityRecord {
        id,
        number,
        fields: OpportunityFields { title, description, amount, expected_close_date, tags },
        links: Links { account_id, contact_id, owner_id },
        placement: Placement { pipeline_id, stage_id, kind, closed_at },
        version,
        created_at,
        created_by,
        updated_at,
        deletion,
    } = record;
    let mut row = OpportunityRow {
        id: id.uuid(),
        version,
        number: number.ok_or(Error::Internal { what: "an opportunity without number", cause: None })?,
        title: title.into_string(),
        account_id: account_id.map(Id::uuid),
        account_name: None,
        contact_id: None,
        contact_name: None,
        description: description.map(|text| text.as_str().to_owned()),
        amount: amount.minor_units(),
        currency: amount.currency().code().to_owned(),
        pipeline_id: pipeline_id.uuid(),
        stage_id: stage_id.uuid(),
        status: kind.as_str().to_owned(),
        closed_at,
        expected_close_date,
        owner_id: owner_id.map(Id::uuid),
        tags: tags.as_strings(),
        created_at,
        created_by: created_by.map(Id::uuid),
        updated_at,
        deleted_at: deletion.map(|deletion| deletion.at),
        names_version: 0,
    };
    if let Some(id) = account_id {
        let account = reference(tx, AccountFields::TABLE, id.uuid()).await.map_err(explain(WHAT))?;
        row.account_name = account.map(|account| account.name);
    }
    if let Some(id) = contact_id
        && Rows::find(tx, ContactFields::TABLE, id.uuid()).await?.is_some_and(|row| row.deletion.is_none())
    {
        let contact = reference(tx, ContactFields::TABLE, id.uuid()).await.map_err(explain(WHAT))?;
        (row.contact_id, row.contact_name) = (Some(id.uuid()), contact.map(|contact| contact.name));
    }
    let names = tx.names_now(|names| names.know(row.references())).await.map_err(explain(WHAT))?;
    row.view(&names)
}

/// Reads one live opportunity.
pub(super) async fn view(tx: &PgUnitOfWork, id: Uuid) -> Result<Option<OpportunityView>> {
    list::show_one::<OpportunityRow>(tx, &LIST, id, "reading an opportunity").await
}

/// The ids of an "any of" test.
pub(super) fn ids(test: &Test) -> Vec<Uuid> {
    let Test::AnyOf(values) = test else { return Vec::new() };
    let id = |value: &Value| if let Value::Id(id) = value { Some(*id) } else { None };
    values.iter().filter_map(id).collect()
}
