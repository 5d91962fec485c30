//! Who may sign in, and what they sign in with.

use async_trait::async_trait;
use cartera_domain::{
    identity::{ApiKey, PasswordReset, Session, SignInAttempts, Subject, UserName},
    ids::{ApiKeyId, CompanyId, PasswordResetId, SessionId, UserId},
    values::{Email, Slug},
};
use chrono::{DateTime, Utc};

use super::ApiKeyView;
use crate::{
    error::Result,
    lists::{ListQuery, Listing},
    security::{Grant, KeyAuthority, PersonAuthority},
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

/// Lists of API keys.
#[async_trait]
pub trait ApiKeyQueries: Send + Sync {
    /// The keys that match the query; a grant that reaches only the actor's own shows only those.
    ///
    /// # Errors
    /// Those of the store.
    async fn list(&self, grant: &Grant, query: &ListQuery) -> Result<Listing<ApiKeyView>>;
}

/// Password resets. A request for an unknown e-mail stores one too, in the platform's realm and for nobody, so that it
/// takes the same work.
#[async_trait]
pub trait PasswordResets: Send + Sync {
    /// One reset.
    ///
    /// # Errors
    /// `not_found`.
    async fn get(&self, id: PasswordResetId) -> Result<PasswordReset>;

    /// The reset whose link has a token with this hash.
    ///
    /// # Errors
    /// Those of the store.
    async fn find_by_token(&self, hash: &[u8; 32]) -> Result<Option<PasswordReset>>;

    /// Stores a new reset.
    ///
    /// # Errors
    /// Those of the store.
    async fn insert(&self, reset: &mut PasswordReset) -> Result<()>;

    /// Marks every unused reset of a person as used, because a password was chosen.
    ///
    /// # Errors
    /// Those of the store.
    async fn use_all_of(&self, subject: Subject, now: DateTime<Utc>) -> Result<()>;
}

/// Failed sign-ins by e-mail, in the platform's realm: e-mails are unique across the deployment, and failures are
/// counted whether or not somebody has the e-mail. Only a digest of it is stored.
#[async_trait]
pub trait SignInCounts: Send + Sync {
    /// The failures stored for an e-mail, locked until the transaction ends, if there are any.
    ///
    /// # Errors
    /// Those of the store.
    async fn find_locked(&self, email: &[u8; 32]) -> Result<Option<SignInAttempts>>;

    /// The same for a sign-in that will be counted: concurrent ones wait for one another.
    ///
    /// # Errors
    /// Those of the store.
    async fn open_locked(&self, email: &[u8; 32], now: DateTime<Utc>) -> Result<SignInAttempts>;

    /// Stores the failures of an e-mail.
    ///
    /// # Errors
    /// Those of the store.
    async fn save(&self, email: &[u8; 32], attempts: &SignInAttempts, now: DateTime<Utc>) -> Result<()>;
}
