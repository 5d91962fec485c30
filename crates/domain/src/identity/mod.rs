//! Users, roles, permissions, sessions and API keys.

mod api_key;
mod handover;
mod password_reset;
mod permissions;
mod roles;
mod session;
mod sign_in_attempts;
#[cfg(test)]
mod tests;
mod user;

pub use api_key::{ApiKey, ApiKeyFields, ApiKeyInput, ApiKeyName, ApiKeyRecord, DEFAULT_SCOPES};
pub use handover::Handover;
pub use password_reset::{PASSWORD_RESET_LIFETIME, PasswordReset, PasswordResetRecord, PasswordResetRefused};
pub use permissions::{Action, Class, Extent, Permission};
pub use roles::Role;
pub use session::{
    ABSOLUTE_LIFETIME, EndReason, IDLE_LIFETIME, MAX_ROTATIONS, MAX_SESSIONS, REUSE_GRACE, RefreshOutcome,
    Session, SessionRecord, Subject,
};
pub use sign_in_attempts::{FAILURE_WINDOW, LOCK_DURATION, MAX_FAILURES, SignInAttempts};
pub use user::{User, UserFields, UserInput, UserName, UserRecord};
