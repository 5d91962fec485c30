//! Companies on the wire.

use cartera_domain::companies::{Company as DomainCompany, CompanyRecord, CompanySettings};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::wire::{Reference, Timestamp};

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
    #[schema(required, format = "uri")]
    pub website: Option<String>,
    /// Where its logo is.
    #[schema(required, format = "uri")]
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
    /// When it signed up.
    pub created_at: Timestamp,
    /// Always null: a company signs itself up.
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

impl From<CompanySettings> for Settings {
    fn from(settings: CompanySettings) -> Self {
        let CompanySettings { force_password_reset_after_invitation, trash_days, data_retention_days } =
            settings;
        Self { force_password_reset_after_invitation, trash_days, data_retention_days }
    }
}

impl From<&DomainCompany> for Company {
    fn from(company: &DomainCompany) -> Self {
        let CompanyRecord {
            id,
            name,
            slug,
            address,
            website,
            logo_url,
            country,
            locale,
            timezone,
            currency,
            settings,
            suspended_at,
            version,
            created_at,
            updated_at,
        } = company.record();
        Self {
            id: id.uuid(),
            version: *version,
            name: name.as_str().to_owned(),
            slug: slug.as_str().to_owned(),
            address: address.as_ref().map(|address| address.as_str().to_owned()),
            website: website.as_ref().map(|url| url.as_str().to_owned()),
            logo_url: logo_url.as_ref().map(|url| url.as_str().to_owned()),
            country: country.as_str().to_owned(),
            locale: locale.as_str().to_owned(),
            timezone: timezone.name().to_owned(),
            currency: currency.code().to_owned(),
            settings: (*settings).into(),
            suspended_at: suspended_at.map(Into::into),
            created_at: (*created_at).into(),
            created_by: None,
            updated_at: (*updated_at).into(),
        }
    }
}
