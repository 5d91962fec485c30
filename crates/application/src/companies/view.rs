//! Companies as they are read, and how they are listed.

use cartera_domain::{
    companies::{CompanyRecord, CompanySettings},
    values::{Prose, WebUrl},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::lists::{FieldKind, FieldSpec, ListField};

/// The list fields of companies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CompanyField {
    /// When it was registered.
    CreatedAt,
    /// When it last changed.
    UpdatedAt,
    /// The name.
    Name,
    /// The slug.
    Slug,
    /// When it was suspended, if it is.
    SuspendedAt,
}

impl ListField for CompanyField {
    const ALL: &'static [Self] =
        &[Self::CreatedAt, Self::UpdatedAt, Self::Name, Self::Slug, Self::SuspendedAt];
    const FLAGS: &'static [&'static str] = &[];
    const DEFAULT_SORT: Self = Self::CreatedAt;
    const SEARCHABLE: bool = true;

    fn spec(self) -> FieldSpec {
        let (name, kind, nullable) = match self {
            Self::CreatedAt => ("createdAt", FieldKind::Timestamp, false),
            Self::UpdatedAt => ("updatedAt", FieldKind::Timestamp, false),
            Self::Name => ("name", FieldKind::Text, false),
            Self::Slug => ("slug", FieldKind::Text, false),
            Self::SuspendedAt => ("suspendedAt", FieldKind::Timestamp, true),
        };
        FieldSpec { name, kind, filter: true, sort: true, nullable }
    }
}

/// A company as it is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompanyView {
    /// The company's id.
    pub id: Uuid,
    /// Counts the changes, from 1.
    pub version: i32,
    /// Its name.
    pub name: String,
    /// Its name for addresses.
    pub slug: String,
    /// Its postal address.
    pub address: Option<String>,
    /// Its website.
    pub website: Option<String>,
    /// Where its logo is.
    pub logo_url: Option<String>,
    /// Its country.
    pub country: String,
    /// Its language.
    pub locale: String,
    /// Its time zone.
    pub timezone: String,
    /// Its currency.
    pub currency: String,
    /// Whether an invited user must choose a new password at first login.
    pub force_password_reset_after_invitation: bool,
    /// How many days a deleted record stays in the bin.
    pub trash_days: i32,
    /// How many days messages are kept.
    pub data_retention_days: i32,
    /// When it was suspended, if it is.
    pub suspended_at: Option<DateTime<Utc>>,
    /// When it was registered.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

impl From<&CompanyRecord> for CompanyView {
    fn from(record: &CompanyRecord) -> Self {
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
        } = record;
        let CompanySettings { force_password_reset_after_invitation, trash_days, data_retention_days } =
            *settings;
        Self {
            id: id.uuid(),
            version: *version,
            name: name.as_str().to_owned(),
            slug: slug.as_str().to_owned(),
            address: address.as_ref().map(Prose::as_str).map(str::to_owned),
            website: website.as_ref().map(WebUrl::as_str).map(str::to_owned),
            logo_url: logo_url.as_ref().map(WebUrl::as_str).map(str::to_owned),
            country: country.as_str().to_owned(),
            locale: locale.as_str().to_owned(),
            timezone: timezone.name().to_owned(),
            currency: currency.code().to_owned(),
            force_password_reset_after_invitation,
            trash_days,
            data_retention_days,
            suspended_at: *suspended_at,
            created_at: *created_at,
            updated_at: *updated_at,
        }
    }
}
