//! Reassigns the records of a removed user: one statement per table, however many there are, without loading rows.

use cartera_application::{Result, events::payload, records::RESOURCES};
use cartera_domain::{
    events::{EntityRef, EntityType},
    identity::Handover,
    ids::Id,
};
use uuid::Uuid;

use crate::{drafts::into_drafts, sql::Sql, unit_of_work::PgUnitOfWork};

/// Reassigns all records, table by table in the usual lock order, those in the bin too, and drafts their events.
pub(super) async fn all(tx: &PgUnitOfWork, handover: Handover) -> Result<()> {
    tx.begin_bulk().await?;
    for resource in RESOURCES.iter().filter(|resource| resource.table.owner().is_some()) {
        table(tx, resource.table.plural, handover, resource.table.entity).await?;
    }
    table(tx, "opportunities", handover, EntityType::Opportunity).await
}

/// Reassigns the rows of one table and drafts an event for each. Rows are locked in the order of their ids, as
/// everywhere: an update alone would lock them in physical order.
async fn table(
    tx: &PgUnitOfWork,
    table: &'static str,
    handover: Handover,
    entity_type: EntityType,
) -> Result<()> {
    let Handover { from, to, at } = handover;
    // The part that all events of a table share; each row adds its own id.
    let event = &handover.of(EntityRef { entity_type, id: Uuid::nil() });
    let mut sql = Sql::new("with theirs as materialized (select id from ");
    sql.push(table).push(" where company_id = ").value(tx.company());
    sql.push(" and owner_id = ").value(from.uuid());
    sql.push(" order by id for no key update), gone as (update ");
    sql.push(table).push(" r set owner_id = ").value(to.map(Id::uuid));
    sql.push(", updated_at = ").value(at).push(", version = r.version + 1 from theirs where r.company_id = ");
    sql.value(tx.company()).push(" and r.id = theirs.id returning r.id, r.version) ");
    sql.push(into_drafts!()).push("select ").value(tx.last_position());
    sql.push("::bigint + row_number() over (order by id), ").value(event.kind.as_str());
    sql.push(", ").value(event.entity.entity_type.as_str()).push(", id, ").value(at);
    sql.push("::timestamptz, ").value(payload(event)).push("::jsonb, version from gone");
    tx.draft_quietly(sql, "handing records over").await
}
