//! The writable fields of a company, at registration and on change.

use super::{CompanyName, CompanyRecord, CompanySettings};
use crate::{
    events::FieldChange,
    input::{Form, Patch, Rule, Violations},
    values::{Address, Country, Currency, Locale, Prose, Timezone, WebUrl},
};

/// The fewest and the most days that a deleted record may stay in the bin.
pub const TRASH_DAYS: (i32, i32) = (1, 365);
/// The fewest and the most days that messages may be kept.
pub const DATA_RETENTION_DAYS: (i32, i32) = (30, 3650);

/// The requested fields of a company, unchecked: of a new one, or as a merge-patch.
#[derive(Debug, Clone, Default)]
pub struct CompanyInput {
    /// The name.
    pub name: Patch<String>,
    /// The postal address.
    pub address: Patch<String>,
    /// The website, http or https.
    pub website: Patch<String>,
    /// Where the logo is, http or https.
    pub logo_url: Patch<String>,
    /// The country.
    pub country: Patch<String>,
    /// The language.
    pub locale: Patch<String>,
    /// The time zone.
    pub timezone: Patch<String>,
    /// The currency.
    pub currency: Patch<String>,
    /// Its settings; a new company starts with the defaults.
    pub settings: Patch<CompanySettingsInput>,
}

/// The requested settings, unchecked: an absent one keeps its value.
#[derive(Debug, Clone, Default)]
pub struct CompanySettingsInput {
    /// Whether an invited user must choose a new password at first login.
    pub force_password_reset_after_invitation: Patch<bool>,
    /// How many days a deleted record stays in the bin.
    pub trash_days: Patch<i64>,
    /// How many days messages are kept.
    pub data_retention_days: Patch<i64>,
}

/// The country of a company, and the settings that default to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region {
    /// Its country.
    pub country: Country,
    /// Its language.
    pub locale: Locale,
    /// Its time zone.
    pub timezone: Timezone,
    /// Its currency.
    pub currency: Currency,
}

impl Region {
    /// Parses a new company's region: missing fields default to those of the country, and a missing country to
    /// `default_country`.
    pub(super) fn read(
        form: &mut Form,
        country: Patch<String>,
        locale: Patch<String>,
        timezone: Patch<String>,
        currency: Patch<String>,
        default_country: &Country,
    ) -> Self {
        let country = form.optional("country", country, None, parse_country).unwrap_or(*default_country);
        let defaults = country.defaults();
        let locale = form.optional("locale", locale, None, parse_locale);
        let timezone = form.optional("timezone", timezone, None, parse_timezone);
        let currency = form.optional("currency", currency, None, parse_currency);
        Self {
            country,
            locale: locale.unwrap_or(defaults.locale),
            timezone: timezone.unwrap_or(defaults.timezone),
            currency: currency.unwrap_or(defaults.currency),
        }
    }
}

/// A checked new company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCompany {
    /// Its name.
    pub name: CompanyName,
    /// Its postal address.
    pub address: Option<Address>,
    /// Its website.
    pub website: Option<WebUrl>,
    /// Where its logo is.
    pub logo_url: Option<WebUrl>,
    /// Where it is.
    pub region: Region,
}

impl NewCompany {
    /// Checks the input of a platform administrator: name, address, website and logo are mandatory.
    ///
    /// # Errors
    /// Every violation found.
    pub fn read(input: CompanyInput, default_country: &Country) -> Result<Self, Violations> {
        let CompanyInput { name, address, website, logo_url, country, locale, timezone, currency, settings } =
            input;
        let mut form = Form::default();
        let name = form.required("name", name, None, CompanyName::parse);
        let address = form.required("address", address, None, Address::parse);
        let website = form.required("website", website, None, WebUrl::parse);
        let logo_url = form.required("logoUrl", logo_url, None, WebUrl::parse);
        let region = Region::read(&mut form, country, locale, timezone, currency, default_country);
        if !settings.is_absent() {
            form.reject("settings", Rule::NotSettable { hint: "change them once the company is there" });
        }
        let complete = address.is_some() && website.is_some() && logo_url.is_some();
        let checked = name.filter(|_| complete).map(|name| Self { name, address, website, logo_url, region });
        form.finish(checked)
    }
}

/// The record with a merge-patch applied.
pub(super) fn patched(now: &CompanyRecord, input: CompanyInput) -> Result<CompanyRecord, Violations> {
    let CompanyInput { name, address, website, logo_url, country, locale, timezone, currency, settings } =
        input;
    let mut form = Form::default();
    let name = form.required("name", name, Some(now.name.clone()), CompanyName::parse);
    let address = form.optional("address", address, now.address.clone(), Address::parse);
    let website = form.optional("website", website, now.website.clone(), WebUrl::parse);
    let logo_url = form.optional("logoUrl", logo_url, now.logo_url.clone(), WebUrl::parse);
    let country = form.required("country", country, Some(now.country), parse_country);
    let locale = form.required("locale", locale, Some(now.locale), parse_locale);
    let timezone = form.required("timezone", timezone, Some(now.timezone), parse_timezone);
    let currency = form.required("currency", currency, Some(now.currency), parse_currency);
    let settings = patched_settings(&mut form, now.settings, settings);
    let region = match (country, locale, timezone, currency) {
        (Some(country), Some(locale), Some(timezone), Some(currency)) => {
            Some(Region { country, locale, timezone, currency })
        }
        _ => None,
    };
    let patched = name.zip(region).map(|(name, region)| CompanyRecord {
        name,
        address,
        website,
        logo_url,
        country: region.country,
        locale: region.locale,
        timezone: region.timezone,
        currency: region.currency,
        settings,
        ..now.clone()
    });
    form.finish(patched)
}

fn patched_settings(
    form: &mut Form,
    now: CompanySettings,
    input: Patch<CompanySettingsInput>,
) -> CompanySettings {
    let input = match input {
        Patch::Absent => return now,
        Patch::Null => {
            form.reject("settings", Rule::Required);
            return now;
        }
        Patch::Value(input) => input,
    };
    let CompanySettingsInput { force_password_reset_after_invitation, trash_days, data_retention_days } =
        input;
    let forced = form.required(
        "settings.forcePasswordResetAfterInvitation",
        force_password_reset_after_invitation,
        Some(now.force_password_reset_after_invitation),
        Ok::<_, Rule>,
    );
    let trash_days =
        form.required("settings.trashDays", trash_days, Some(now.trash_days), within(TRASH_DAYS));
    let data_retention_days = form.required(
        "settings.dataRetentionDays",
        data_retention_days,
        Some(now.data_retention_days),
        within(DATA_RETENTION_DAYS),
    );
    CompanySettings {
        force_password_reset_after_invitation: forced.unwrap_or_default(),
        trash_days: trash_days.unwrap_or_default(),
        data_retention_days: data_retention_days.unwrap_or_default(),
    }
}

/// The differences between two states of a company in the fields that people write.
pub(super) fn changes(old: &CompanyRecord, new: &CompanyRecord) -> Vec<FieldChange> {
    let text = |value: Option<&str>| value.map(str::to_owned).into();
    let address = |record: &CompanyRecord| text(record.address.as_ref().map(Prose::as_str));
    let website = |record: &CompanyRecord| text(record.website.as_ref().map(WebUrl::as_str));
    let logo = |record: &CompanyRecord| text(record.logo_url.as_ref().map(WebUrl::as_str));
    let (before, after) = (old.settings, new.settings);
    FieldChange::only_changed([
        ("name", old.name.as_str().into(), new.name.as_str().into()),
        ("address", address(old), address(new)),
        ("website", website(old), website(new)),
        ("logoUrl", logo(old), logo(new)),
        ("country", old.country.as_str().into(), new.country.as_str().into()),
        ("locale", old.locale.as_str().into(), new.locale.as_str().into()),
        ("timezone", old.timezone.name().into(), new.timezone.name().into()),
        ("currency", old.currency.code().into(), new.currency.code().into()),
        (
            "settings.forcePasswordResetAfterInvitation",
            before.force_password_reset_after_invitation.into(),
            after.force_password_reset_after_invitation.into(),
        ),
        ("settings.trashDays", i64::from(before.trash_days).into(), i64::from(after.trash_days).into()),
        (
            "settings.dataRetentionDays",
            i64::from(before.data_retention_days).into(),
            i64::from(after.data_retention_days).into(),
        ),
    ])
}

fn within((min, max): (i32, i32)) -> impl Fn(i64) -> Result<i32, Rule> {
    move |raw| {
        i32::try_from(raw)
            .ok()
            .filter(|days| (min..=max).contains(days))
            .ok_or_else(|| Rule::OutOfRange { min: min.to_string(), max: max.to_string() })
    }
}

#[expect(clippy::needless_pass_by_value, reason = "parsers of raw fields take what the form owns")]
fn parse_country(raw: String) -> Result<Country, Rule> {
    Country::parse(&raw)
}

#[expect(clippy::needless_pass_by_value, reason = "parsers of raw fields take what the form owns")]
fn parse_locale(raw: String) -> Result<Locale, Rule> {
    Locale::parse(&raw)
}

#[expect(clippy::needless_pass_by_value, reason = "parsers of raw fields take what the form owns")]
fn parse_timezone(raw: String) -> Result<Timezone, Rule> {
    Timezone::parse(&raw)
}

#[expect(clippy::needless_pass_by_value, reason = "parsers of raw fields take what the form owns")]
fn parse_currency(raw: String) -> Result<Currency, Rule> {
    Currency::parse(&raw)
}
