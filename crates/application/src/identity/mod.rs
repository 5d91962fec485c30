//! Sign-up, sign-in, sessions and API keys.

mod api_key_view;
mod api_keys;
mod authenticator;
mod lockout;
mod login;
mod opaque_token;
mod own_sessions;
mod password_resets;
mod passwords;
mod person;
mod ports;
mod provisioning;
mod refresh_token;
mod registration;
mod secrets;
mod sessions;
mod token_kind;

use std::sync::Arc;

use cartera_domain::values::{Country, PasswordPolicy};
use chrono::{DateTime, TimeDelta, Utc};

pub use api_key_view::{ApiKeyList, ApiKeyView};
pub use api_keys::{ApiKeyService, CreatedApiKey, CurrentApiKey};
pub use authenticator::Authenticator;
pub use login::LoginCommand;
pub use opaque_token::OpaqueToken;
pub use own_sessions::OpenSession;
pub use password_resets::{PasswordResetPreview, ResetPasswordCommand};
pub use passwords::ChangePasswordCommand;
pub(crate) use person::Person;
pub use person::UserBrief;
pub use ports::{
    Administrator, Administrators, ApiKeyQueries, ApiKeys, Directory, FormerToken, Identity, PasswordResets,
    Sessions, SignInCounts,
};
pub use provisioning::NewPerson;
pub use refresh_token::RefreshToken;
pub use secrets::{AccessClaims, AccessTokens, DerivedSecrets, PasswordHasher};
pub use sessions::{CompanyBrief, Device, Profile, SessionOpened};
pub use token_kind::TokenKind;

use crate::ports::Ports;

/// How long an access token lives.
pub const ACCESS_TOKEN_LIFETIME: TimeDelta = TimeDelta::minutes(15);

/// The deployment's rules for sign-up and sign-in.
#[derive(Debug, Clone)]
pub struct IdentitySettings {
    /// Whether anybody may sign a company up.
    pub registration_open: bool,
    /// The country of a company that names none.
    pub default_country: Country,
    /// Requirements on passwords besides the built-in rule.
    pub password_policy: PasswordPolicy,
}

/// Sign-up, sign-in and sessions.
#[derive(Clone)]
pub struct IdentityService {
    ports: Arc<Ports>,
    authenticator: Authenticator,
    settings: IdentitySettings,
}

impl IdentityService {
    /// Wires the use cases to their ports.
    pub fn new(ports: Arc<Ports>, authenticator: Authenticator, settings: IdentitySettings) -> Self {
        Self { ports, authenticator, settings }
    }

    /// Requirements on passwords besides the built-in rule.
    pub(crate) fn password_policy(&self) -> PasswordPolicy {
        self.settings.password_policy
    }

    fn now(&self) -> DateTime<Utc> {
        self.ports.clock.now()
    }
}
