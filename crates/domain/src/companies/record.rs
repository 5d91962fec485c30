//! The stored state of a company.

use chrono::{DateTime, Utc};

use crate::{
    ids::CompanyId,
    values::{Address, Country, Currency, Line, Locale, Slug, Timezone, WebUrl},
};

/// The name of a company.
pub type CompanyName = Line<200>;

/// A company's settings for how Cartera treats its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompanySettings {
    /// Whether an invited user must choose a new password at first login.
    pub force_password_reset_after_invitation: bool,
    /// How many days a deleted record stays in the bin.
    pub trash_days: i32,
    /// How many days messages are kept.
    pub data_retention_days: i32,
}

impl Default for CompanySettings {
    fn default() -> Self {
        Self { force_password_reset_after_invitation: true, trash_days: 30, data_retention_days: 730 }
    }
}

/// The stored state of a company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompanyRecord {
    /// The company's id: the tenant of everything it owns.
    pub id: CompanyId,
    /// Its name.
    pub name: CompanyName,
    /// Its name in URLs, unique across the deployment.
    pub slug: Slug,
    /// Its postal address.
    pub address: Option<Address>,
    /// Its website.
    pub website: Option<WebUrl>,
    /// Where its logo is.
    pub logo_url: Option<WebUrl>,
    /// Its country, the default region of phone numbers.
    pub country: Country,
    /// Its language.
    pub locale: Locale,
    /// Its time zone, in which report days are counted.
    pub timezone: Timezone,
    /// Its currency, the default of amounts.
    pub currency: Currency,
    /// Its settings.
    pub settings: CompanySettings,
    /// When it was suspended, if it is.
    pub suspended_at: Option<DateTime<Utc>>,
    /// Counts the changes, from 1.
    pub version: i32,
    /// When it signed up.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}
