//! Companies on the wire.

use cartera_application::companies::CompanyView;
use cartera_domain::{
    companies::{CompanyInput, CompanySettingsInput},
    input::Patch,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    edge::patch,
    wire::{Reference, Timestamp},
};

/// A business that uses Cartera.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "019a9f2e-0000-7000-8000-00000000b001",
    "version": 1,
    "name": "Acme",
    "slug": "acme",
    "address": null,
    "website": null,
    "logoUrl": null,
    "country": "UY",
    "locale": "es",
    "timezone": "America/Montevideo",
    "currency": "UYU",
    "settings": {
        "forcePasswordResetAfterInvitation": true, "trashDays": 30, "dataRetentionDays": 730
    },
    "suspendedAt": null,
    "createdAt": "2026-01-31T12:00:00.000000Z",
    "createdBy": null,
    "updatedAt": "2026-01-31T12:00:00.000000Z"
}))]
pub struct Company {
    /// The company's id.
    pub id: Uuid,
    /// Counts the changes, from 1; also in `ETag`.
    #[schema(minimum = 1)]
    pub version: i32,
    /// Its name.
    pub name: String,
    /// Its name for addresses, unique in the deployment.
    pub slug: String,
    /// Its postal address.
    #[schema(required)]
    pub address: Option<String>,
    /// Its website.
    #[schema(required, format = "iri")]
    pub website: Option<String>,
    /// Where its logo is.
    #[schema(required, format = "iri")]
    pub logo_url: Option<String>,
    /// Its country (ISO 3166-1 alpha-2), the default region of phone numbers.
    pub country: String,
    /// Its language.
    pub locale: String,
    /// Its time zone (IANA name), in which report days are counted.
    pub timezone: String,
    /// Its currency (ISO 4217), the default of amounts.
    pub currency: String,
    /// What it decides about its data.
    pub settings: Settings,
    /// When it was suspended, if it is.
    #[schema(required)]
    pub suspended_at: Option<Timestamp>,
    /// When it signed up, or was registered.
    pub created_at: Timestamp,
    /// Always null: no user of a company makes one.
    #[schema(required)]
    pub created_by: Option<Reference>,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// What a company decides about how its data is treated.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CompanySettings)]
#[schema(example = json!({
    "forcePasswordResetAfterInvitation": true, "trashDays": 30, "dataRetentionDays": 730
}))]
pub struct Settings {
    /// Whether an invited user must choose a new password at first login.
    pub force_password_reset_after_invitation: bool,
    /// How many days a deleted record stays in the bin.
    pub trash_days: i32,
    /// How many days messages are kept.
    pub data_retention_days: i32,
}

impl From<CompanyView> for Company {
    fn from(view: CompanyView) -> Self {
        let CompanyView {
            id,
            version,
            name,
            slug,
            address,
            website,
            logo_url,
            country,
            locale,
            timezone,
            currency,
            force_password_reset_after_invitation,
            trash_days,
            data_retention_days,
            suspended_at,
            created_at,
            updated_at,
        } = view;
        Self {
            id,
            version,
            name,
            slug,
            address,
            website,
            logo_url,
            country,
            locale,
            timezone,
            currency,
            settings: Settings { force_password_reset_after_invitation, trash_days, data_retention_days },
            suspended_at: suspended_at.map(Into::into),
            created_at: created_at.into(),
            created_by: None,
            updated_at: updated_at.into(),
        }
    }
}

/// A company that a platform administrator registers.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({
    "name": "Acme S.A.", "address": "18 de Julio 1234, Montevideo", "website": "https://acme.example",
    "logoUrl": "https://acme.example/logo.png", "country": "UY"
}))]
pub struct CreateCompany {
    /// Its name.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = String, required, min_length = 1, max_length = 200)]
    pub name: Patch<String>,
    /// Its postal address, on one or several lines.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = String, required, min_length = 1, max_length = 500)]
    pub address: Patch<String>,
    /// Its website, http or https.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = String, required, format = "iri", max_length = 2048)]
    pub website: Patch<String>,
    /// Where its logo is, http or https.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = String, required, format = "iri", max_length = 2048)]
    pub logo_url: Patch<String>,
    /// Its country (ISO 3166-1 alpha-2); by default the deployment's.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<String>, pattern = "^([A-Za-z]{2})?$")]
    pub country: Patch<String>,
    /// Its language: es, en or pt; by default the country's.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<String>, pattern = "^(es|en|pt)?$")]
    pub locale: Patch<String>,
    /// Its time zone (IANA name); by default the country's.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<String>)]
    pub timezone: Patch<String>,
    /// Its currency (ISO 4217); by default the country's.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<String>, pattern = "^([A-Za-z]{3})?$")]
    pub currency: Patch<String>,
}

impl From<CreateCompany> for CompanyInput {
    fn from(body: CreateCompany) -> Self {
        let CreateCompany { name, address, website, logo_url, country, locale, timezone, currency } = body;
        let settings = Patch::Absent;
        Self { name, address, website, logo_url, country, locale, timezone, currency, settings }
    }
}

/// A merge-patch of a company: what is absent stays, null clears (a required field can't be cleared).
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"website": "https://acme.example", "settings": {"trashDays": 60}}))]
pub struct UpdateCompany {
    /// Its name. The slug stays as it is.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 200)]
    pub name: Patch<String>,
    /// Its postal address, on one or several lines.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<String>, max_length = 500)]
    pub address: Patch<String>,
    /// Its website, http or https.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<String>, format = "iri", max_length = 2048)]
    pub website: Patch<String>,
    /// Where its logo is, http or https.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<String>, format = "iri", max_length = 2048)]
    pub logo_url: Patch<String>,
    /// Its country (ISO 3166-1 alpha-2). What follows from it at sign-up stays as it is.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = String, required = false, pattern = "^[A-Za-z]{2}$")]
    pub country: Patch<String>,
    /// Its language: es, en or pt.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = String, required = false, pattern = "^(es|en|pt)$")]
    pub locale: Patch<String>,
    /// Its time zone (IANA name).
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = String, required = false)]
    pub timezone: Patch<String>,
    /// Its currency (ISO 4217), the default of new amounts; amounts that are there keep theirs.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = String, required = false, pattern = "^[A-Za-z]{3}$")]
    pub currency: Patch<String>,
    /// What it decides about its data.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = UpdateSettings, required = false)]
    pub settings: Patch<UpdateSettings>,
}

/// A merge-patch of what a company decides about its data: what is absent stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = UpdateCompanySettings)]
#[schema(example = json!({"trashDays": 60}))]
pub struct UpdateSettings {
    /// Whether an invited user must choose a new password at first login.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = bool, required = false)]
    pub force_password_reset_after_invitation: Patch<bool>,
    /// How many days a deleted record stays in the bin.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = i32, required = false, minimum = 1, maximum = 365)]
    pub trash_days: Patch<i64>,
    /// How many days messages are kept.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = i32, required = false, minimum = 30, maximum = 3650)]
    pub data_retention_days: Patch<i64>,
}

impl From<UpdateSettings> for CompanySettingsInput {
    fn from(body: UpdateSettings) -> Self {
        let UpdateSettings { force_password_reset_after_invitation, trash_days, data_retention_days } = body;
        Self { force_password_reset_after_invitation, trash_days, data_retention_days }
    }
}

impl From<UpdateCompany> for CompanyInput {
    fn from(body: UpdateCompany) -> Self {
        let UpdateCompany { name, address, website, logo_url, country, locale, timezone, currency, settings } =
            body;
        let settings = match settings {
            Patch::Absent => Patch::Absent,
            Patch::Null => Patch::Null,
            Patch::Value(settings) => Patch::Value(settings.into()),
        };
        Self { name, address, website, logo_url, country, locale, timezone, currency, settings }
    }
}
