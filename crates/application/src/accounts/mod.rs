//! The use cases of accounts.

mod bin;

use std::sync::Arc;

use cartera_domain::{
    accounts::{Account, AccountFields, AccountInput},
    identity::Permission,
    ids::{AccountId, Id, UserId},
    input::Patch,
    values::Country,
};
use uuid::Uuid;

use crate::{
    error::{Code, Error, Result},
    idempotency::{Once, Outcome},
    lists::{DELETED, FieldKind, FieldSpec, ListField, ListQuery, Page},
    ports::{Ports, UnitOfWork},
    security::{Actor, IfMatch},
    trash,
    views::AccountView,
};

/// The list fields of accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AccountField {
    /// When it was created.
    CreatedAt,
    /// When it last changed.
    UpdatedAt,
    /// The name.
    Name,
    /// The line of business.
    Industry,
    /// Whose account it is.
    OwnerId,
    /// When it went to the bin.
    DeletedAt,
}

impl ListField for AccountField {
    const ALL: &'static [Self] =
        &[Self::CreatedAt, Self::UpdatedAt, Self::Name, Self::Industry, Self::OwnerId, Self::DeletedAt];
    const FLAGS: &'static [&'static str] = &[DELETED];
    const DEFAULT_SORT: Self = Self::CreatedAt;
    const IN_BIN_SINCE: Option<Self> = Some(Self::DeletedAt);
    const SEARCHABLE: bool = true;

    fn spec(self) -> FieldSpec {
        let (name, kind, sort, nullable) = match self {
            Self::CreatedAt => ("createdAt", FieldKind::Timestamp, true, false),
            Self::UpdatedAt => ("updatedAt", FieldKind::Timestamp, true, false),
            Self::Name => ("name", FieldKind::Text, true, false),
            Self::Industry => ("industry", FieldKind::Text, false, true),
            Self::OwnerId => ("ownerId", FieldKind::Person, false, true),
            Self::DeletedAt => ("deletedAt", FieldKind::Timestamp, true, false),
        };
        FieldSpec { name, kind, filter: true, sort, nullable }
    }
}

/// What a caller gives to create or change an account.
#[derive(Debug, Clone, Default)]
pub struct AccountCommand {
    /// The fields.
    pub input: AccountInput,
    /// Whose account it shall be; on creation the creator's when nothing was said.
    pub owner_id: Patch<Uuid>,
}

/// The use cases of accounts.
#[derive(Clone)]
pub struct AccountService {
    ports: Arc<Ports>,
}

impl AccountService {
    /// Wires the use cases to their ports.
    pub fn new(ports: Arc<Ports>) -> Self {
        Self { ports }
    }

    /// Creates an account.
    ///
    /// # Errors
    /// `validation_failed`, `invalid_reference`, `forbidden` to assign to somebody else,
    /// `account_name_taken`.
    pub async fn create(
        &self,
        actor: &Actor,
        command: AccountCommand,
        once: &Once,
    ) -> Result<Outcome<AccountView>> {
        let grant = actor.authorize(Permission::AccountsWrite)?;
        let tx = self.ports.store.begin(&grant).await?;
        once.perform(tx, async |tx| {
            let fields = AccountFields::read(command.input, &company_country(tx).await?)?;
            let wanted = match command.owner_id {
                Patch::Absent => grant.user_id(),
                Patch::Null => None,
                Patch::Value(id) => Some(Id::new(id)),
            };
            let assign = Permission::AccountsAssign;
            let owner_id = check_owner(actor, assign, tx, grant.user_id(), wanted).await?;
            let id = Id::new(self.ports.randomness.id());
            let mut account = Account::create(id, fields, owner_id, grant.user_id(), self.ports.clock.now());
            tx.accounts().insert(&mut account).await?;
            tx.accounts().view(id).await
        })
        .await
    }

    /// Lists accounts, or with the flag `deleted` those in the bin.
    ///
    /// # Errors
    /// `forbidden`.
    pub async fn list(&self, actor: &Actor, query: ListQuery<AccountField>) -> Result<Page<AccountView>> {
        let (grant, query) = trash::authorize_list(
            actor,
            (Permission::AccountsRead, Permission::AccountsDelete),
            AccountField::OwnerId,
            query,
        )?;
        Ok(query.page(self.ports.account_queries.list(&grant, &query).await?))
    }

    /// Reads an account.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn get(&self, actor: &Actor, id: AccountId) -> Result<AccountView> {
        let grant = actor.authorize(Permission::AccountsRead)?;
        let tx = self.ports.store.read(&grant).await?;
        let view = tx.accounts().view(id).await?;
        tx.commit().await?;
        Ok(view)
    }

    /// Changes an account.
    ///
    /// # Errors
    /// `not_found`, `version_mismatch`, `validation_failed`, `invalid_reference`, `forbidden` to assign to
    /// somebody else, `account_name_taken`, `edit_conflict`.
    pub async fn update(
        &self,
        actor: &Actor,
        id: AccountId,
        command: AccountCommand,
        if_match: IfMatch,
    ) -> Result<AccountView> {
        let grant = actor.authorize(Permission::AccountsWrite)?;
        let tx = self.ports.store.begin(&grant).await?;
        let mut account = tx.accounts().get(id).await?;
        if_match.check(account.record().version)?;
        let country = company_country(&*tx).await?;
        let fields = account.record().fields.patched(command.input, &country)?;
        let current = account.record().owner_id;
        let owner_id = match command.owner_id {
            Patch::Absent => current,
            wanted => {
                let wanted = wanted.into_value().map(Id::new);
                check_owner(actor, Permission::AccountsAssign, &*tx, current, wanted).await?
            }
        };
        if account.edit(fields, owner_id, self.ports.clock.now()) {
            tx.accounts().update(&mut account).await.map_err(|error| if_match.explain(error))?;
        }
        let view = tx.accounts().view(id).await?;
        tx.commit().await?;
        Ok(view)
    }
}

/// The company's country, in which phones without a country code are dialled.
pub(crate) async fn company_country(tx: &dyn UnitOfWork) -> Result<Country> {
    Ok(tx.companies().current().await?.record().country)
}

/// Decides whether `wanted` may own a record that is now `current`'s: it must be an active user of the
/// company. Whoever may not assign can still take what is nobody's, but not what is somebody else's: else
/// "delete only what you own" would be one request away from "delete everything".
///
/// # Errors
/// `invalid_reference` on `ownerId`, `forbidden`.
pub(crate) async fn check_owner(
    actor: &Actor,
    assign: Permission,
    tx: &dyn UnitOfWork,
    current: Option<UserId>,
    wanted: Option<UserId>,
) -> Result<Option<UserId>> {
    if wanted == current {
        return Ok(wanted);
    }
    if let Some(id) = wanted
        && !tx.users().is_active(id).await?
    {
        return Err(Error::invalid_reference("ownerId"));
    }
    let takes_what_is_nobodys = current.is_none() && wanted == actor.as_ref().user_id();
    if !takes_what_is_nobodys && actor.extent(assign).is_none() {
        return Err(Error::refused(Code::Forbidden));
    }
    Ok(wanted)
}
