//! What a removed user owned, table by table: one statement each, whatever there is.

use cartera_domain::{events::Event, identity::Handover, ids::Id};
use sea_orm::{ConnectionTrait, DbErr};
use uuid::Uuid;

use crate::{sql::Sql, unit_of_work::PgUnitOfWork};

/// Gives everything over, in the order in which others lock these tables, and answers what is to be told: of
/// what lies in the bin, nothing.
pub(super) async fn all(tx: &PgUnitOfWork, handover: Handover) -> Result<Vec<Event>, DbErr> {
    let accounts = table(tx, "update accounts", handover).await?;
    let contacts = table(tx, "update contacts", handover).await?;
    let opportunities = table(tx, "update opportunities", handover).await?;
    let accounts = accounts.into_iter().map(|id| handover.account(Id::new(id)));
    let contacts = contacts.into_iter().map(|id| handover.contact(Id::new(id)));
    let opportunities = opportunities.into_iter().map(|id| handover.opportunity(Id::new(id)));
    Ok(accounts.chain(contacts).chain(opportunities).collect())
}

/// Gives the rows of one table over; answers the live ones.
async fn table(tx: &PgUnitOfWork, update: &'static str, handover: Handover) -> Result<Vec<Uuid>, DbErr> {
    let Handover { from, to, at } = handover;
    let mut sql = Sql::new(update);
    sql.push(" set owner_id = ").value(to.map(Id::uuid));
    sql.push(", updated_at = ").value(at).push(", version = version + 1 where company_id = ");
    sql.value(tx.company()).push(" and owner_id = ").value(from.uuid());
    sql.push(" returning id, deleted_at is null as live");
    let mut live = Vec::new();
    for row in tx.query_all_raw(sql.build()).await? {
        if row.try_get("", "live")? {
            live.push(row.try_get("", "id")?);
        }
    }
    Ok(live)
}
