//! The users of a company: their rows and lists.

use async_trait::async_trait;
use cartera_domain::{
    identity::{Handover, User},
    ids::UserId,
};

use super::UserView;
use crate::{
    error::Result,
    lists::{ListQuery, Listing},
    security::Grant,
};

/// The users of the company; removed ones are absent.
#[async_trait]
pub trait Users: Send + Sync {
    /// One user, locked until the transaction ends, so that sign-ins of one user are serialised.
    ///
    /// # Errors
    /// `not_found`.
    async fn get_locked(&self, id: UserId) -> Result<User>;

    /// One user.
    ///
    /// # Errors
    /// `not_found`.
    async fn get(&self, id: UserId) -> Result<User>;

    /// Whether this is an active user of the company, as an owner must be. They can't be deactivated until the
    /// transaction ends.
    ///
    /// # Errors
    /// Those of the store.
    async fn is_active(&self, id: UserId) -> Result<bool>;

    /// Whether the company has an OWNER who can sign in, besides this user. Reliable only while the company is locked
    /// ([`Companies::current_locked`]).
    ///
    /// # Errors
    /// Those of the store.
    async fn has_active_owner_besides(&self, id: UserId) -> Result<bool>;

    /// Stores a new user and claims the e-mail for them.
    ///
    /// # Errors
    /// `email_taken` when it belongs to anybody in the whole deployment.
    async fn insert(&self, user: &mut User) -> Result<()>;

    /// Publishes the events of a user whose row does not change.
    ///
    /// # Errors
    /// Those of the store.
    async fn note(&self, user: &mut User) -> Result<()>;

    /// Stores a changed user.
    ///
    /// # Errors
    /// `not_found`.
    async fn update(&self, user: &mut User) -> Result<()>;

    /// Stores a removed user and releases their e-mail, which may then be used to sign up or be invited.
    ///
    /// # Errors
    /// `not_found`.
    async fn remove(&self, user: &mut User) -> Result<()>;

    /// Reassigns everything that a user owns to another, or to nobody, in a fixed number of statements. Records in the
    /// trash are reassigned without an event.
    ///
    /// # Errors
    /// Those of the store.
    async fn hand_over(&self, handover: Handover) -> Result<()>;

    /// The user as they are read.
    ///
    /// # Errors
    /// `not_found`.
    async fn view(&self, id: UserId) -> Result<UserView>;
}

/// Lists of users.
#[async_trait]
pub trait UserQueries: Send + Sync {
    /// The users that match the query; removed ones are absent. `q` searches e-mails too if `emails` is set.
    ///
    /// # Errors
    /// Those of the store.
    async fn list(&self, grant: &Grant, query: &ListQuery, emails: bool) -> Result<Listing<UserView>>;
}
