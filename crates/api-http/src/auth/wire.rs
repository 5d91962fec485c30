//! Sign-up, sign-in and sessions on the wire.

use cartera_application::identity::{
    ChangePasswordCommand, CompanyBrief, LoginCommand, Profile, SessionOpened, UserBrief,
};
use cartera_domain::{companies::RegistrationInput, input::Patch, values::Password};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    edge::patch,
    wire::{PermissionKey, UserRole},
};

/// A sign-up: a company and its owner.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({
    "companyName": "Acme", "name": "Ana Paz", "email": "ana@acme.example", "password": "Password1",
    "country": "UY"
}))]
pub struct Register {
    /// The company's name.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = String, required, min_length = 1, max_length = 200)]
    pub company_name: Patch<String>,
    /// The owner's name.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = String, required, min_length = 1, max_length = 120)]
    pub name: Patch<String>,
    /// The owner's e-mail, unique in the whole deployment whatever the case.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = String, required, format = "idn-email", max_length = 254)]
    pub email: Patch<String>,
    /// The owner's password: with an upper-case letter, a lower-case letter and a digit.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = String, required, format = Password, min_length = 8, max_length = 128)]
    pub password: Patch<String>,
    /// The company's country (ISO 3166-1 alpha-2). It decides the other three, unless they are given.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<String>, pattern = "^([A-Za-z]{2})?$")]
    pub country: Patch<String>,
    /// The company's language: es, en or pt.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<String>)]
    pub locale: Patch<String>,
    /// The company's time zone (IANA name), in which report days are counted.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<String>)]
    pub timezone: Patch<String>,
    /// The company's currency (ISO 4217).
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<String>, pattern = "^([A-Za-z]{3})?$")]
    pub currency: Patch<String>,
}

impl From<Register> for RegistrationInput {
    fn from(body: Register) -> Self {
        let Register { company_name, name, email, password, country, locale, timezone, currency } = body;
        Self { company_name, name, email, password, country, locale, timezone, currency }
    }
}

/// A sign-in.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"email": "ana@acme.example", "password": "Password1"}))]
pub struct Login {
    /// The e-mail, whatever its case.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = String, required)]
    pub email: Patch<String>,
    /// The password.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = String, required, format = Password)]
    pub password: Patch<String>,
    /// The company; a user of another one is refused.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<Uuid>)]
    pub company_id: Patch<String>,
}

impl From<Login> for LoginCommand {
    fn from(body: Login) -> Self {
        let Login { email, password, company_id } = body;
        Self { email, password: attempt(password), company_id }
    }
}

/// A change of one's own password.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"currentPassword": "Password1", "newPassword": "Password2"}))]
pub struct ChangePassword {
    /// The password one has.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = String, required, format = Password)]
    pub current_password: Patch<String>,
    /// The password one wants: with an upper-case letter, a lower-case letter and a digit.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = String, required, format = Password, min_length = 8, max_length = 128)]
    pub new_password: Patch<String>,
}

impl From<ChangePassword> for ChangePasswordCommand {
    fn from(body: ChangePassword) -> Self {
        let ChangePassword { current_password, new_password } = body;
        Self { current_password: attempt(current_password), new_password }
    }
}

fn attempt(raw: Patch<String>) -> Patch<Password> {
    match raw {
        Patch::Absent => Patch::Absent,
        Patch::Null => Patch::Null,
        Patch::Value(raw) => Patch::Value(Password::attempt(raw)),
    }
}

/// The person who is signed in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a9f2e-0000-7000-8000-00000000a001", "name": "Ana Paz", "email": "ana@acme.example",
    "role": "OWNER"
}))]
pub struct SessionUser {
    /// Their id.
    pub id: Uuid,
    /// Their name.
    pub name: String,
    /// Their sign-in e-mail.
    #[schema(format = Email)]
    pub email: String,
    /// Their role.
    #[schema(value_type = UserRole)]
    pub role: &'static str,
}

impl From<UserBrief> for SessionUser {
    fn from(UserBrief { id, name, email, role }: UserBrief) -> Self {
        Self { id, name, email, role }
    }
}

/// The company of a session or key.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"id": "019a9f2e-0000-7000-8000-00000000b001", "name": "Acme", "slug": "acme"}))]
pub struct SessionCompany {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its name for addresses.
    pub slug: String,
}

impl From<CompanyBrief> for SessionCompany {
    fn from(CompanyBrief { id, name, slug }: CompanyBrief) -> Self {
        Self { id, name, slug }
    }
}

/// An open session. The refresh token is not here but in an `HttpOnly` cookie.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "accessToken": "eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl",
    "tokenType": "Bearer",
    "expiresIn": 900,
    "forcePasswordReset": false,
    "user": {
        "id": "019a9f2e-0000-7000-8000-00000000a001", "name": "Ana Paz", "email": "ana@acme.example",
        "role": "OWNER"
    },
    "company": {"id": "019a9f2e-0000-7000-8000-00000000b001", "name": "Acme", "slug": "acme"}
}))]
pub struct Session {
    /// The access token (JWT), for `Authorization: Bearer`.
    pub access_token: String,
    /// Always `Bearer`.
    #[schema(pattern = "^Bearer$")]
    pub token_type: &'static str,
    /// How many seconds the access token lives.
    #[schema(minimum = 1)]
    pub expires_in: i64,
    /// Whether a new password must be chosen before anything else.
    pub force_password_reset: bool,
    /// Who signed in.
    pub user: SessionUser,
    /// Their company; null for a platform administrator.
    #[schema(required)]
    pub company: Option<SessionCompany>,
}

impl From<SessionOpened> for Session {
    fn from(opened: SessionOpened) -> Self {
        let SessionOpened {
            access_token,
            expires_in,
            refresh_token: _,
            session_expires_at: _,
            force_password_reset,
            user,
            company,
        } = opened;
        Self {
            access_token,
            token_type: "Bearer",
            expires_in: expires_in.num_seconds(),
            force_password_reset,
            user: user.into(),
            company: company.map(Into::into),
        }
    }
}

/// Who is signed in, and what they may do.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "user": {
        "id": "019a9f2e-0000-7000-8000-00000000a001", "name": "Ana Paz", "email": "ana@acme.example",
        "role": "VIEWER"
    },
    "company": {"id": "019a9f2e-0000-7000-8000-00000000b001", "name": "Acme", "slug": "acme"},
    "forcePasswordReset": false,
    "permissions": ["accounts:read", "opportunities:read", "pipelines:read", "reports:read"]
}))]
pub struct Me {
    /// Who is signed in.
    pub user: SessionUser,
    /// Their company; null for a platform administrator.
    #[schema(required)]
    pub company: Option<SessionCompany>,
    /// Whether a new password must be chosen before anything else.
    pub force_password_reset: bool,
    /// The keys of what they may do; `GET /roles` says how far each reaches.
    #[schema(value_type = Vec<PermissionKey>)]
    pub permissions: Vec<&'static str>,
}

impl From<Profile> for Me {
    fn from(Profile { user, company, force_password_reset, permissions }: Profile) -> Self {
        Self { user: user.into(), company: company.map(Into::into), force_password_reset, permissions }
    }
}
