//! What a removed user owned, table by table: one statement each, whatever there is.

use cartera_domain::{events::Event, identity::Handover, ids::Id};
use sea_orm::{ConnectionTrait, DbErr};
use uuid::Uuid;

use crate::{sql::Sql, unit_of_work::PgUnitOfWork};

/// Gives everything over, in the order in which others lock these tables, and answers what is to be told: of
/// what lies in the bin, nothing.
pub(super) async fn all(tx: &PgUnitOfWork, handover: Handover) -> Result<Vec<Event>, DbErr> {
    let accounts = table(tx, "accounts", handover).await?;
    let contacts = table(tx, "contacts", handover).await?;
    let opportunities = table(tx, "opportunities", handover).await?;
    let accounts = accounts.into_iter().map(|id| handover.account(Id::new(id)));
    let contacts = contacts.into_iter().map(|id| handover.contact(Id::new(id)));
    let opportunities = opportunities.into_iter().map(|id| handover.opportunity(Id::new(id)));
    Ok(accounts.chain(contacts).chain(opportunities).collect())
}

/// Gives the rows of one table over; answers the live ones. They are locked in the order of ids, as everybody
/// does who takes several: an update alone takes them as they lie.
async fn table(tx: &PgUnitOfWork, table: &'static str, handover: Handover) -> Result<Vec<Uuid>, DbErr> {
    let Handover { from, to, at } = handover;
    let mut sql = Sql::new("with theirs as materialized (select id from ");
    sql.push(table).push(" where company_id = ").value(tx.company());
    sql.push(" and owner_id = ").value(from.uuid()).push(" order by id for no key update) update ");
    sql.push(table).push(" r set owner_id = ").value(to.map(Id::uuid));
    sql.push(", updated_at = ").value(at).push(", version = r.version + 1 from theirs where r.company_id = ");
    sql.value(tx.company()).push(" and r.id = theirs.id");
    sql.push(" returning r.id, r.deleted_at is null as live");
    let mut live = Vec::new();
    for row in tx.query_all_raw(sql.build()).await? {
        if row.try_get("", "live")? {
            live.push(row.try_get("", "id")?);
        }
    }
    Ok(live)
}
