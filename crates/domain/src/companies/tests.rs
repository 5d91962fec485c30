//! The rules of companies.

use chrono::DateTime;
use uuid::Uuid;

use super::{Company, CompanyRecord, CompanySettings, Registration, RegistrationInput};
use crate::{
    events::{EntityRef, EventKind},
    ids::Id,
    input::{Patch, Violations},
    values::{Country, Currency, Line, Locale, Slug, Timezone},
};

fn text(text: &str) -> Patch<String> {
    Patch::Value(text.to_owned())
}

fn input() -> RegistrationInput {
    RegistrationInput {
        company_name: text("Acme"),
        name: text("Ana"),
        email: text("ana@example.com"),
        password: text("Password1"),
        ..RegistrationInput::default()
    }
}

fn read(input: RegistrationInput) -> Result<Registration, Violations> {
    Registration::read(input, &Country::parse("UY").expect("a country"))
}

fn region(registration: &Registration) -> (&'static str, &'static str, &'static str, &'static str) {
    let Registration { country, locale, timezone, currency, .. } = registration;
    (country.as_str(), locale.as_str(), timezone.name(), currency.code())
}

#[test]
fn the_country_decides_what_was_not_said() {
    for (country, expected) in [
        (Patch::Absent, ("UY", "es", "America/Montevideo", "UYU")),
        (Patch::Null, ("UY", "es", "America/Montevideo", "UYU")),
        (text("BR"), ("BR", "pt", "America/Sao_Paulo", "BRL")),
        (text("US"), ("US", "en", "UTC", "USD")),
        (text("JP"), ("JP", "en", "UTC", "JPY")),
    ] {
        let registration = read(RegistrationInput { country, ..input() }).expect("it is in order");
        assert_eq!(region(&registration), expected);
    }
}

#[test]
fn what_was_said_goes_before_the_country() {
    let said = RegistrationInput {
        country: text("BR"),
        locale: text("en"),
        timezone: text("Europe/Lisbon"),
        currency: text("EUR"),
        ..input()
    };
    let registration = read(said).expect("it is in order");
    assert_eq!(region(&registration), ("BR", "en", "Europe/Lisbon", "EUR"));
    let part = RegistrationInput { currency: text("USD"), ..input() };
    let registration = read(part).expect("it is in order");
    assert_eq!(region(&registration), ("UY", "es", "America/Montevideo", "USD"));
}

#[test]
fn every_violation_is_named_at_once() {
    let nothing = read(RegistrationInput::default()).expect_err("four fields are mandatory");
    let fields: Vec<_> = nothing.0.iter().map(|v| (v.field.as_str(), v.rule.code())).collect();
    let mandatory = ["companyName", "name", "email", "password"];
    assert_eq!(fields, mandatory.map(|field| (field, "required")));
    let wrong = RegistrationInput {
        company_name: text(&"x".repeat(201)),
        name: text(&"x".repeat(121)),
        email: text("ana@localhost"),
        password: text("a"),
        country: text("XX"),
        locale: text("ES"),
        timezone: text("UTC+3"),
        currency: text("uyu"),
    };
    let mut fields: Vec<_> =
        read(wrong).expect_err("everything is wrong").0.into_iter().map(|v| v.field).collect();
    fields.dedup();
    assert_eq!(fields[..4], mandatory);
    for field in ["country", "timezone"] {
        assert!(fields.iter().any(|named| named == field), "{field} is missing in {fields:?}");
    }
}

#[test]
fn a_password_shows_nowhere() {
    let registration = read(input()).expect("it is in order");
    assert!(!format!("{registration:?}").contains("Password1"));
}

#[test]
fn a_new_company_says_its_name_and_slug() {
    let mut company = Company::create(CompanyRecord {
        id: Id::new(Uuid::from_u128(1)),
        name: Line::trusted("Acme".to_owned()),
        slug: Slug::from_name("Acme"),
        address: None,
        website: None,
        logo_url: None,
        country: Country::parse("UY").expect("a country"),
        locale: Locale::Es,
        timezone: Timezone::UTC,
        currency: Currency::parse("UYU").expect("a currency"),
        settings: CompanySettings::default(),
        suspended_at: None,
        version: 1,
        created_at: DateTime::UNIX_EPOCH,
        updated_at: DateTime::UNIX_EPOCH,
    });
    let events = company.take_events();
    assert_eq!((events.len(), events[0].kind), (1, EventKind::CompanyCreated));
    assert_eq!(events[0].entity, EntityRef::company(company.record().id));
    let fields: Vec<_> = events[0].changes.iter().map(|change| change.field).collect();
    assert_eq!(fields, ["name", "slug"]);
    assert!(Company::restore(company.record().clone()).take_events().is_empty());
}

#[test]
fn a_company_starts_with_careful_settings() {
    let CompanySettings { force_password_reset_after_invitation, trash_days, data_retention_days } =
        CompanySettings::default();
    assert!(force_password_reset_after_invitation);
    assert_eq!((trash_days, data_retention_days), (30, 730));
}
