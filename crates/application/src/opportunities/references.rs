//! Resolves the ids that a caller gives to records of the company. Unknown, deleted and other companies' ids get the
//! same error.

use cartera_domain::{
    identity::Permission,
    ids::{AccountId, ContactId, Id, kinds},
    input::{Patch, Rule},
    opportunities::Links,
};
use uuid::Uuid;

use super::WantedLinks;
use crate::{
    error::{Code, Error, Result},
    ports::UnitOfWork,
    records::check_owner,
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
        parties(tx, Party::wanted(&account_id, None), Party::wanted(&contact_id, None)).await?;
    let wanted_owner = match owner_id {
        Patch::Absent => grant.user_id(),
        Patch::Null => None,
        Patch::Value(id) => Some(Id::new(id)),
    };
    let owner_id =
        check_owner(actor, Permission::OpportunitiesAssign, tx, grant.user_id(), wanted_owner).await?;
    Ok(Links { account_id, contact_id, owner_id })
}

/// The links of a changed opportunity: links that were not given stay, and are not looked up again.
pub(super) async fn for_update(
    actor: &Actor,
    tx: &dyn UnitOfWork,
    current: Links,
    wanted: WantedLinks,
) -> Result<Links> {
    let WantedLinks { account_id, contact_id, owner_id } = wanted;
    let mut links = current;
    if !(account_id.is_absent() && contact_id.is_absent()) {
        let account = Party::wanted(&account_id, current.account_id);
        let contact = Party::wanted(&contact_id, current.contact_id);
        (links.account_id, links.contact_id) = parties(tx, account, contact).await?;
    }
    if !owner_id.is_absent() {
        let wanted = owner_id.into_value().map(Id::new);
        links.owner_id =
            check_owner(actor, Permission::OpportunitiesAssign, tx, current.owner_id, wanted).await?;
    }
    Ok(links)
}

/// A party of the opportunity: newly given, or kept.
struct Party<K> {
    id: Id<K>,
    is_given: bool,
}

impl<K> Party<K> {
    fn wanted(wanted: &Patch<Uuid>, current: Option<Id<K>>) -> Option<Self> {
        match wanted {
            Patch::Absent => current.map(|id| Self { id, is_given: false }),
            Patch::Null => None,
            Patch::Value(id) => Some(Self { id: Id::new(*id), is_given: true }),
        }
    }
}

/// The violation of an opportunity without a party.
pub(super) const NO_PARTY: Rule =
    Rule::Inconsistent { explanation: "an opportunity needs an account or a contact" };

fn no_party() -> Error {
    Error::invalid("accountId", NO_PARTY)
}

/// Looks up the parties that are given, and a contact that will be the only party, and locks them against deletion
/// until the transaction ends. Parties that are kept are not looked up: a contact may be in the bin as long as there
/// is an account besides. With only a contact, the opportunity takes that contact's account.
///
/// The account is locked before the contact, in the same order as when an account is deleted with its contacts.
async fn parties(
    tx: &dyn UnitOfWork,
    account: Option<Party<kinds::Account>>,
    contact: Option<Party<kinds::Contact>>,
) -> Result<(Option<AccountId>, Option<ContactId>)> {
    if let Some(Party { id, is_given: true }) = account
        && !tx.accounts().can_be_referenced(id).await?
    {
        return Err(Error::invalid_reference("accountId"));
    }
    let account_id = account.map(|account| account.id);
    let Some(Party { id, is_given }) = contact else {
        return if account_id.is_some() { Ok((account_id, None)) } else { Err(no_party()) };
    };
    if account_id.is_some() && !is_given {
        return Ok((account_id, Some(id)));
    }
    let missing = || if is_given { Error::invalid_reference("contactId") } else { no_party() };
    let is_absent = |error: Error| if error.is(Code::NotFound) { missing() } else { error };
    let expected = match account_id {
        Some(_) => None,
        None => tx.contacts().get(id).await.map_err(is_absent)?.record().account_id,
    };
    if let Some(at) = expected
        && !tx.accounts().can_be_referenced(at).await?
    {
        return Err(missing());
    }
    let at = tx.contact_uses().reference(id).await?.ok_or_else(missing)?;
    if account_id.is_none() && at != expected {
        // The contact was moved to another account just now.
        return Err(Error::refused(Code::EditConflict));
    }
    Ok((account_id.or(at), Some(id)))
}
