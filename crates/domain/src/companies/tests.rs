//! The rules of companies.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{
    Company, CompanyInput, CompanyRecord, CompanySettings, CompanySettingsInput, NewCompany, Region,
    Registration, RegistrationInput,
};
use crate::{
    events::{EntityRef, EventKind},
    ids::Id,
    input::{Patch, Violations},
    values::{Country, Currency, Line, Locale, Slug, Timezone},
};

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
}

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
    Registration::read(
        input,
        &Country::parse("UY").expect("a country"),
        crate::values::PasswordPolicy::default(),
    )
}

fn region(registration: &Registration) -> (&'static str, &'static str, &'static str, &'static str) {
    let Region { country, locale, timezone, currency } = registration.region;
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

fn company() -> Company {
    Company::create(CompanyRecord {
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
    })
}

#[test]
fn a_new_company_says_its_name_and_slug() {
    let mut company = company();
    let events = company.take_events();
    assert_eq!((events.len(), events[0].kind), (1, EventKind::CompanyCreated));
    assert_eq!(events[0].entity, EntityRef::company(company.record().id));
    let fields: Vec<_> = events[0].changes.iter().map(|change| change.field).collect();
    assert_eq!(fields, ["name", "slug"]);
    assert!(Company::stored(company.record().clone()).take_events().is_empty());
}

fn whole() -> CompanyInput {
    CompanyInput {
        name: text("Acme"),
        address: text("18 de Julio 1234"),
        website: text("https://acme.example"),
        logo_url: text("https://acme.example/logo.png"),
        ..CompanyInput::default()
    }
}

fn named(violations: Violations) -> Vec<(String, &'static str)> {
    violations.0.into_iter().map(|violation| (violation.field, violation.rule.code())).collect()
}

#[test]
fn the_platform_registers_a_whole_company_and_is_told_of_each_missing_field() {
    let uruguay = Country::parse("UY").expect("a country");
    let company = NewCompany::read(whole(), &uruguay).expect("it is in order");
    assert_eq!(company.region.country, uruguay);
    assert_eq!(company.region.currency.code(), "UYU");
    let brazil = CompanyInput { country: text("BR"), ..whole() };
    let company = NewCompany::read(brazil, &uruguay).expect("it is in order");
    assert_eq!((company.region.locale, company.region.currency.code()), (Locale::Pt, "BRL"));
    let nothing = NewCompany::read(CompanyInput::default(), &uruguay).expect_err("four fields are mandatory");
    let mandatory = ["name", "address", "website", "logoUrl"];
    assert_eq!(named(nothing), mandatory.map(|field| (field.to_owned(), "required")));
    let missing: [fn(&mut CompanyInput); 4] = [
        |input| input.name = Patch::Absent,
        |input| input.address = Patch::Null,
        |input| input.website = Patch::Absent,
        |input| input.logo_url = Patch::Null,
    ];
    for (field, forget) in mandatory.into_iter().zip(missing) {
        let mut input = whole();
        forget(&mut input);
        let refused = NewCompany::read(input, &uruguay).expect_err("it is mandatory");
        assert_eq!(named(refused), [(field.to_owned(), "required")]);
    }
    let settings = Patch::Value(CompanySettingsInput::default());
    let refused = NewCompany::read(CompanyInput { settings, ..whole() }, &uruguay).expect_err("too early");
    assert_eq!(named(refused), [("settings".to_owned(), "not_settable")]);
}

#[test]
fn a_merge_patch_changes_what_it_names_and_tells_old_and_new() {
    let mut company = company();
    company.take_events();
    let input = CompanyInput {
        name: text("Acme II"),
        website: text("https://acme.example"),
        country: text("BR"),
        settings: Patch::Value(CompanySettingsInput {
            trash_days: Patch::Value(7),
            ..CompanySettingsInput::default()
        }),
        ..CompanyInput::default()
    };
    assert_eq!(company.edit(input.clone(), at(5)), Ok(true));
    let CompanyRecord { slug, country, currency, settings, version, updated_at, .. } = company.record();
    assert_eq!((slug.as_str(), country.as_str(), currency.code()), ("acme", "BR", "UYU"));
    assert_eq!(*settings, CompanySettings { trash_days: 7, ..CompanySettings::default() });
    assert_eq!((*version, *updated_at), (2, at(5)));
    let events = company.take_events();
    assert_eq!((events.len(), events[0].kind), (1, EventKind::CompanyUpdated));
    let fields: Vec<_> = events[0].changes.iter().map(|change| change.field).collect();
    assert_eq!(fields, ["name", "website", "country", "settings.trashDays"]);
    // Applying the same patch again changes nothing.
    assert_eq!(company.edit(input, at(6)), Ok(false));
    assert_eq!((company.record().version, company.take_events().len()), (2, 0));
    let cleared = CompanyInput { website: Patch::Null, ..CompanyInput::default() };
    assert_eq!(company.edit(cleared, at(7)), Ok(true));
    assert_eq!(company.record().website, None);
}

#[test]
fn what_a_company_cannot_be_without_is_not_cleared_and_days_have_bounds() {
    let mut company = company();
    let before = company.record().clone();
    let nothing = CompanyInput {
        name: Patch::Null,
        country: Patch::Null,
        locale: text("fr"),
        timezone: Patch::Null,
        currency: text("XXX"),
        settings: Patch::Null,
        ..CompanyInput::default()
    };
    let refused = named(company.edit(nothing, at(5)).expect_err("none of it may be missing"));
    let fields: Vec<_> = refused.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(fields, ["name", "country", "locale", "timezone", "currency", "settings"]);
    for (days, retention, expected) in [
        (0, 29, vec!["settings.trashDays", "settings.dataRetentionDays"]),
        (366, 3651, vec!["settings.trashDays", "settings.dataRetentionDays"]),
        (i64::MAX, 30, vec!["settings.trashDays"]),
    ] {
        let settings = CompanySettingsInput {
            trash_days: Patch::Value(days),
            data_retention_days: Patch::Value(retention),
            ..CompanySettingsInput::default()
        };
        let input = CompanyInput { settings: Patch::Value(settings), ..CompanyInput::default() };
        let refused = named(company.edit(input, at(5)).expect_err("out of bounds"));
        let expected: Vec<_> = expected.into_iter().map(|field| (field.to_owned(), "out_of_range")).collect();
        assert_eq!(refused, expected);
    }
    assert_eq!(*company.record(), before);
}

#[test]
fn suspending_and_reactivating_happen_once() {
    let mut company = company();
    company.take_events();
    assert!(!company.reactivate(at(1)), "it works already");
    assert!(company.suspend(at(2)));
    assert!(!company.suspend(at(3)), "it is suspended already");
    assert_eq!((company.record().suspended_at, company.record().version), (Some(at(2)), 2));
    assert!(company.reactivate(at(4)));
    assert_eq!((company.record().suspended_at, company.record().version), (None, 3));
    let kinds: Vec<_> = company.take_events().into_iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [EventKind::CompanySuspended, EventKind::CompanyReactivated]);
}

#[test]
fn a_company_starts_with_careful_settings() {
    let CompanySettings { force_password_reset_after_invitation, trash_days, data_retention_days } =
        CompanySettings::default();
    assert!(force_password_reset_after_invitation);
    assert_eq!((trash_days, data_retention_days), (30, 730));
}
