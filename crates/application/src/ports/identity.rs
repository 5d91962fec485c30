//! Companies, people, sessions and keys.

use async_trait::async_trait;
use cartera_domain::{
    companies::Company,
    identity::{ApiKey, Handover, Session, Subject, User, UserName},
    ids::{ApiKeyId, CompanyId, SessionId, UserId},
    values::{Email, Slug},
};
use chrono::{DateTime, Utc};

use crate::{
    error::Result,
    security::{KeyAuthority, PersonAuthority},
    users::UserView,
};

/// The person that a sign-in e-mail belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The company, or the platform's realm.
    pub company_id: CompanyId,
    /// The person.
    pub subject: Subject,
    /// PHC string of the password's hash.
    pub password_hash: String,
    /// Whether they may sign in: active, and of a company that is not suspended.
    pub may_sign_in: bool,
}

/// The little that is known across companies: which person has an e-mail, and which slugs are taken.
#[async_trait]
pub trait Directory: Send + Sync {
    /// The person that the e-mail belongs to.
    ///
    /// # Errors
    /// Those of the store.
    async fn find(&self, email: &Email) -> Result<Option<Identity>>;

    /// The slug itself, or with the first free suffix. Another transaction may take it meanwhile: the insert decides.
    ///
    /// # Errors
    /// Those of the store.
    async fn free_slug(&self, wanted: &Slug) -> Result<Slug>;
}

/// The company of the unit of work.
#[async_trait]
pub trait Companies: Send + Sync {
    /// The company.
    ///
    /// # Errors
    /// `not_found` when it does not exist (yet).
    async fn current(&self) -> Result<Company>;

    /// Stores the new company; returns false, storing nothing, when its slug was taken meanwhile.
    ///
    /// # Errors
    /// `idempotency_key_reused` when there is a company with this id, which only a reused key can cause.
    async fn insert(&self, company: &mut Company) -> Result<bool>;

    /// The company, locked until the transaction ends, so that changes to an invariant over all its users (that an
    /// OWNER stays) are serialised. It comes before every other lock.
    ///
    /// # Errors
    /// `not_found`.
    async fn current_locked(&self) -> Result<Company>;

    /// Stores a changed company whose version has grown by one.
    ///
    /// # Errors
    /// `edit_conflict` when the stored version is another.
    async fn update(&self, company: &mut Company) -> Result<()>;
}

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

/// A person without a company, who registers and suspends companies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Administrator {
    /// Their id.
    pub id: UserId,
    /// Their name.
    pub name: UserName,
    /// Their sign-in e-mail.
    pub email: Email,
    /// PHC string of the password's hash.
    pub password_hash: String,
    /// An inactive administrator can't sign in.
    pub active: bool,
}

/// The platform's administrators.
#[async_trait]
pub trait Administrators: Send + Sync {
    /// One administrator.
    ///
    /// # Errors
    /// `not_found`.
    async fn get(&self, id: UserId) -> Result<Administrator>;

    /// One administrator, locked until the end.
    ///
    /// # Errors
    /// `not_found`.
    async fn get_locked(&self, id: UserId) -> Result<Administrator>;

    /// Stores a new administrator and claims the e-mail.
    ///
    /// # Errors
    /// `email_taken`.
    async fn insert(&self, administrator: &Administrator, now: DateTime<Utc>) -> Result<()>;

    /// Stores a new password hash.
    ///
    /// # Errors
    /// `not_found`.
    async fn change_password(&self, id: UserId, password_hash: &str, now: DateTime<Utc>) -> Result<()>;

    /// Records that too many wrong passwords locked the sign-in.
    ///
    /// # Errors
    /// `not_found`.
    async fn note_locked(&self, id: UserId, until: DateTime<Utc>, now: DateTime<Utc>) -> Result<()>;
}

/// Sessions.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// The person's permissions by the session row; none when the session is over, the person inactive or the company
    /// suspended.
    ///
    /// # Errors
    /// Those of the store.
    async fn authority(&self, id: SessionId, now: DateTime<Utc>) -> Result<Option<PersonAuthority>>;

    /// One session.
    ///
    /// # Errors
    /// `not_found`.
    async fn get(&self, id: SessionId) -> Result<Session>;

    /// One session, locked until the end.
    ///
    /// # Errors
    /// `not_found`.
    async fn get_locked(&self, id: SessionId) -> Result<Session>;

    /// The sessions of a person that have not ended, the oldest first.
    ///
    /// # Errors
    /// Those of the store.
    async fn open_of(&self, subject: Subject, now: DateTime<Utc>) -> Result<Vec<Session>>;

    /// The same, locked until the transaction ends, for ending them.
    ///
    /// # Errors
    /// Those of the store.
    async fn open_of_locked(&self, subject: Subject, now: DateTime<Utc>) -> Result<Vec<Session>>;

    /// Stores a new session.
    ///
    /// # Errors
    /// Those of the store.
    async fn insert(&self, session: &mut Session) -> Result<()>;

    /// Stores a changed session.
    ///
    /// # Errors
    /// Those of the store.
    async fn update(&self, session: &mut Session) -> Result<()>;

    /// A refresh token of the former kind, by its hash. They are read as long as their sessions last, and none are written
    /// any more.
    ///
    /// # Errors
    /// Those of the store.
    async fn former_token(&self, hash: &[u8; 32]) -> Result<Option<FormerToken>>;
}

/// A refresh token of the former kind: with a random secret, of which the hash is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FormerToken {
    /// The session it belongs to.
    pub session_id: SessionId,
    /// When it was rotated.
    pub rotated_at: Option<DateTime<Utc>>,
}

/// The company's API keys.
#[async_trait]
pub trait ApiKeys: Send + Sync {
    /// The key's permissions by its own row and its creator's; none when it is unknown, revoked or expired, its creator
    /// inactive or the company suspended.
    ///
    /// # Errors
    /// Those of the store.
    async fn authority(&self, secret_hash: &[u8; 32], now: DateTime<Utc>) -> Result<Option<KeyAuthority>>;

    /// One key.
    ///
    /// # Errors
    /// `not_found`.
    async fn get(&self, id: ApiKeyId) -> Result<ApiKey>;

    /// Stores a new key.
    ///
    /// # Errors
    /// `api_key_name_taken`.
    async fn insert(&self, key: &mut ApiKey) -> Result<()>;

    /// Stores a changed key.
    ///
    /// # Errors
    /// Those of the store.
    async fn update(&self, key: &mut ApiKey) -> Result<()>;

    /// Revokes every key of this creator, in a single statement however many there are.
    ///
    /// # Errors
    /// Those of the store.
    async fn revoke_all_of(&self, creator: UserId, now: DateTime<Utc>) -> Result<()>;

    /// Stores when keys were last used, many at once; a later time already stored stays.
    ///
    /// # Errors
    /// Those of the store.
    async fn note_use(&self, uses: &[(ApiKeyId, DateTime<Utc>)]) -> Result<()>;
}
