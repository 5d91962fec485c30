//! Companies as they are read, and how they are listed.

use cartera_domain::{
    companies::{CompanyRecord, CompanySettings},
    values::{Prose, WebUrl},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::lists::list_fields;

list_fields! {
    /// What lists of companies know.
    CompanyList of "companies" {
        /// When it was registered.
        CREATED_AT = "createdAt": Timestamp [filter, sort],
        /// When it last changed.
        UPDATED_AT = "updatedAt": Timestamp [filter, sort],
        /// The name.
        NAME = "name": Text [filter, sort],
        /// The slug.
        SLUG = "slug": Text [filter, sort],
        /// When it was suspended, if it is.
        SUSPENDED_AT = "suspendedAt": Timestamp [filter, sort, nullable],
    }
    default_sort: Self::CREATED_AT,
    in_bin_since: None,
    flags: &[],
    searchable: true,
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
