//! The use cases of users: who belongs to the company, and what they may do in it.
//!
//! Nobody changes or removes a user above their own role, nor grants a role above it. Nobody changes their own role or
//! deactivates themselves either, except an OWNER, who may step down or leave as long as another OWNER stays.
//! Operations that could remove the last OWNER lock the company's row first, so that they are serialised.

mod ports;
mod removal;
mod view;

use std::sync::Arc;

use cartera_domain::{
    identity::{EndReason, Permission, Role, Subject, User, UserFields, UserInput},
    ids::UserId,
    input::Patch,
};
use chrono::{DateTime, Utc};

pub use ports::{UserQueries, Users};
pub use view::{UserDetails, UserList, UserView};

use crate::{
    error::{Code, Error, Lack, Result},
    idempotency::{Outcome, Terms},
    identity::Authenticator,
    lists::{ListQuery, Page},
    ports::{Ports, UnitOfWork},
    security::Actor,
};

/// The use cases of users.
#[derive(Clone)]
pub struct UserService {
    ports: Arc<Ports>,
    authenticator: Authenticator,
}

impl UserService {
    /// Wires the use cases to their ports.
    pub fn new(ports: Arc<Ports>, authenticator: Authenticator) -> Self {
        Self { ports, authenticator }
    }

    /// Lists the users. Without `users:read` only their ids, names and whether they are active.
    ///
    /// # Errors
    /// `api_key_not_allowed`, `forbidden` to filter or sort by what one may not see.
    pub async fn list(&self, actor: &Actor, query: &ListQuery) -> Result<Page<UserView>> {
        let grant = actor.authorize_member()?;
        let sees_all = sees_all(actor);
        let mut asked = query.predicate.fields().into_iter().chain([query.sort.field]);
        if !sees_all && asked.any(UserList::is_confidential) {
            return Err(Error::lacking(Lack::Permission(Permission::UsersRead)));
        }
        let found = self.ports.user_queries.list(&grant, query, sees_all).await?;
        Ok(query.page(found.map(|user| if sees_all { user } else { user.in_brief() })))
    }

    /// Reads a user: in full oneself and, with `users:read`, anybody.
    ///
    /// # Errors
    /// `api_key_not_allowed`, `not_found`.
    pub async fn get(&self, actor: &Actor, id: UserId) -> Result<UserView> {
        let grant = actor.authorize_member()?;
        let tx = self.ports.store.read(&grant).await?;
        let user = tx.users().view(id).await?;
        tx.commit().await?;
        let whole = sees_all(actor) || grant.user_id() == Some(id);
        Ok(if whole { user } else { user.in_brief() })
    }

    /// Changes a user's name or role, or deactivates or reactivates them. Deactivation ends their sessions and API
    /// keys, at once on this process and within two seconds on others.
    ///
    /// # Errors
    /// `not_found`, `version_mismatch`, `validation_failed`, `forbidden` for a user or a role above one's own,
    /// and to change one's own role, `last_owner`.
    pub async fn update(
        &self,
        actor: &Actor,
        id: UserId,
        input: UserInput,
        terms: impl Into<Terms>,
    ) -> Result<Outcome<UserView>> {
        let Terms { if_match, once } = terms.into();
        let grant = actor.authorize(Permission::UsersWrite)?;
        let tx = self.ports.store.begin(&grant).await?;
        let mut concerns_authority = false;
        let work = async |tx: &dyn UnitOfWork| {
            tx.companies().current_locked().await?;
            let mut user = tx.users().get_locked(id).await?;
            if_match.check(user.record().version)?;
            let fields = user.patched(input)?;
            check_rules(actor, &user, &fields)?;
            let (was_active, role) = (user.record().active, user.record().role);
            require_another_owner(tx, &user, &fields).await?;
            let now = self.ports.clock.now();
            let loses_access = was_active && !fields.active;
            concerns_authority = fields.active != was_active || fields.role != role;
            if user.edit(fields, now) {
                if loses_access {
                    shut_out(tx, id, now).await?;
                }
                tx.users().update(&mut user).await?;
            }
            Ok(())
        };
        let read = async |tx: &dyn UnitOfWork, ()| tx.users().view(id).await;
        let done = once.perform_and_read(tx, work, read).await?;
        if concerns_authority {
            self.forget();
        }
        Ok(done)
    }

    /// Changes the caller's own name.
    ///
    /// # Errors
    /// `api_key_not_allowed`, `version_mismatch`, `validation_failed`.
    pub async fn update_own(
        &self,
        actor: &Actor,
        name: Patch<String>,
        terms: impl Into<Terms>,
    ) -> Result<Outcome<UserView>> {
        let Terms { if_match, once } = terms.into();
        let grant = actor.authorize_member()?;
        let id = grant.user_id().ok_or_else(|| Error::refused(Code::Forbidden))?;
        let tx = self.ports.store.begin(&grant).await?;
        let work = async |tx: &dyn UnitOfWork| {
            let mut user = tx.users().get_locked(id).await?;
            if_match.check(user.record().version)?;
            let fields = user.patched(UserInput { name, ..UserInput::default() })?;
            if user.edit(fields, self.ports.clock.now()) {
                tx.users().update(&mut user).await?;
            }
            Ok(())
        };
        once.perform_and_read(tx, work, async |tx, ()| tx.users().view(id).await).await
    }

    fn forget(&self) {
        self.authenticator.forget_sessions();
        self.authenticator.forget_keys();
    }
}

fn sees_all(actor: &Actor) -> bool {
    actor.extent(Permission::UsersRead).is_some()
}

/// The rules on who may change what of whom.
fn check_rules(actor: &Actor, user: &User, wanted: &UserFields) -> Result<()> {
    let record = user.record();
    actor.require_to_manage(record.role)?;
    actor.require_to_manage(wanted.role)?;
    let is_oneself = actor.as_ref().user_id() == Some(record.id);
    let gives_up = wanted.role != record.role || !wanted.active;
    if is_oneself && gives_up && record.role != Role::Owner {
        return Err(Error::lacking(Lack::AnotherPerson));
    }
    Ok(())
}

/// Refuses a change that would leave the company without an active OWNER.
async fn require_another_owner(tx: &dyn UnitOfWork, user: &User, wanted: &UserFields) -> Result<()> {
    let stays = wanted.active && wanted.role == Role::Owner;
    if user.is_active_owner() && !stays && !tx.users().has_active_owner_besides(user.record().id).await? {
        return Err(Error::refused(Code::LastOwner));
    }
    Ok(())
}

/// Ends every session of a user and revokes every key that they made.
async fn shut_out(tx: &dyn UnitOfWork, id: UserId, now: DateTime<Utc>) -> Result<()> {
    for mut session in tx.sessions().open_of_locked(Subject::User(id), now).await? {
        session.end(EndReason::UserDeactivated, now);
        tx.sessions().update(&mut session).await?;
    }
    tx.api_keys().revoke_all_of(id, now).await
}
