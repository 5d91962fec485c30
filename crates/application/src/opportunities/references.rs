//! From the ids that a caller gives to records of the company: unknown, deleted and another company's are
//! refused all alike.

use cartera_domain::{
    identity::Permission,
    ids::{AccountId, ContactId, Id},
    input::{Patch, Rule},
    opportunities::Links,
};
use uuid::Uuid;

use super::WantedLinks;
use crate::{
    accounts::check_owner,
    error::{Error, Result},
    ports::UnitOfWork,
    security::{Actor, Grant},
};

/// The links of a new opportunity.
pub(super) async fn for_new(
    actor: &Actor,
    tx: &dyn UnitOfWork,
    grant: &Grant,
    wanted: WantedLinks,
) -> Result<Links> {
    let WantedLinks { account_id, contact_id, owner_id } = wanted;
    let (account_id, contact_id) =
        parties(tx, account_id.into_value().map(Id::new), contact_id.into_value().map(Id::new)).await?;
    let wanted_owner = match owner_id {
        Patch::Absent => grant.user_id(),
        Patch::Null => None,
        Patch::Value(id) => Some(Id::new(id)),
    };
    let owner_id =
        check_owner(actor, Permission::OpportunitiesAssign, tx, grant.user_id(), wanted_owner).await?;
    Ok(Links { account_id, contact_id, owner_id })
}

/// The links of a changed opportunity: what was not given stays, and is not looked up again.
pub(super) async fn for_update(
    actor: &Actor,
    tx: &dyn UnitOfWork,
    current: Links,
    wanted: WantedLinks,
) -> Result<Links> {
    let WantedLinks { account_id, contact_id, owner_id } = wanted;
    let mut links = current;
    if !(account_id.is_absent() && contact_id.is_absent()) {
        let account_id = keep_or_take(&account_id, current.account_id);
        let contact_id = keep_or_take(&contact_id, current.contact_id);
        (links.account_id, links.contact_id) = parties(tx, account_id, contact_id).await?;
    }
    if !owner_id.is_absent() {
        let wanted = owner_id.into_value().map(Id::new);
        links.owner_id =
            check_owner(actor, Permission::OpportunitiesAssign, tx, current.owner_id, wanted).await?;
    }
    Ok(links)
}

fn keep_or_take<K>(wanted: &Patch<Uuid>, current: Option<Id<K>>) -> Option<Id<K>> {
    match wanted {
        Patch::Absent => current,
        Patch::Null => None,
        Patch::Value(id) => Some(Id::new(*id)),
    }
}

/// Looks account and contact up and holds them until the end, so that neither can be deleted meanwhile.
/// With only a contact, the opportunity takes that contact's account.
async fn parties(
    tx: &dyn UnitOfWork,
    account_id: Option<AccountId>,
    contact_id: Option<ContactId>,
) -> Result<(Option<AccountId>, Option<ContactId>)> {
    if account_id.is_none() && contact_id.is_none() {
        return Err(Error::invalid(
            "accountId",
            Rule::Inconsistent { explanation: "an opportunity needs an account or a contact" },
        ));
    }
    if let Some(id) = account_id
        && !tx.accounts().can_be_referenced(id).await?
    {
        return Err(Error::invalid_reference("accountId"));
    }
    let Some(id) = contact_id else { return Ok((account_id, None)) };
    let at = tx.contacts().reference(id).await?.ok_or_else(|| Error::invalid_reference("contactId"))?;
    Ok((account_id.or(at), contact_id))
}
