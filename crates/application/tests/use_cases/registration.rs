//! Signing a company up.

use cartera_application::{
    Code, Result,
    identity::{Device, SessionOpened},
    testing::{PASSWORD, TestEnvironment, provenance},
};
use cartera_domain::{companies::RegistrationInput, input::Patch};

use super::{refusal, violations};

async fn register(env: &TestEnvironment, input: RegistrationInput) -> Result<SessionOpened> {
    env.app.identity.register(input, Device::default(), provenance()).await
}

fn text(text: &str) -> Patch<String> {
    Patch::Value(text.to_owned())
}

#[tokio::test]
async fn a_company_starts_with_an_owner_a_session_and_a_pipeline_in_its_language() {
    let env = TestEnvironment::new();
    let input = RegistrationInput { country: text("BR"), ..env.registration("Padaria São João") };
    let opened = register(&env, input).await.expect("it signs up");
    assert_eq!(opened.user.role, "OWNER");
    assert!(!opened.force_password_reset);
    let brief = opened.company.clone().expect("a company");
    assert_eq!(brief.slug, "padaria-sao-joao");
    let owner = env.actor_of(&opened).await;
    let company = env.app.companies.current(&owner).await.expect("it is there");
    assert_eq!(company.id, brief.id);
    let region = (company.locale.as_str(), company.currency.as_str(), company.timezone.as_str());
    assert_eq!(region, ("pt", "BRL", "America/Sao_Paulo"));
    let pipelines = env.app.pipelines.list(&owner).await.expect("they are there");
    let names: Vec<_> = pipelines[0].stages.iter().map(|stage| stage.name.as_str()).collect();
    assert_eq!(names, ["Preparação", "Apresentação", "Negociação", "Ganho", "Perdido"]);
    let sale = env.opportunity(&owner, env.account(&owner, "Cliente").await).await;
    assert_eq!(sale.amount.currency, "BRL");
}

#[tokio::test]
async fn a_deployment_may_take_no_sign_ups() {
    let env = TestEnvironment::with_registration(false);
    let input = env.registration("Acme");
    assert_eq!(refusal(register(&env, input).await), Code::RegistrationClosed);
    // Then the input is not even validated.
    assert_eq!(refusal(register(&env, RegistrationInput::default()).await), Code::RegistrationClosed);
    assert_eq!(env.hasher.calls(), 0);
}

#[tokio::test]
async fn every_violation_is_named_at_once() {
    let env = TestEnvironment::new();
    let input = RegistrationInput {
        company_name: text("  "),
        name: Patch::Null,
        email: text("nobody"),
        password: text("short"),
        country: text("ZZ"),
        locale: text("fr"),
        timezone: text("Mars/Olympus"),
        currency: text("PESOS"),
    };
    let found = violations(register(&env, input).await);
    let fields: Vec<_> = found.iter().map(|(field, code)| (field.as_str(), *code)).collect();
    for expected in [
        ("companyName", "blank"),
        ("name", "required"),
        ("email", "malformed"),
        ("password", "too_short"),
        ("password", "no_upper_case"),
        ("password", "no_digit"),
    ] {
        assert!(fields.contains(&expected), "{expected:?} is missing in {fields:?}");
    }
    for field in ["country", "locale", "timezone", "currency"] {
        assert!(fields.iter().any(|(named, _)| *named == field), "{field} is missing in {fields:?}");
    }
    assert!(env.store.look(|tables| tables.companies.is_empty()));
}

#[tokio::test]
async fn an_email_signs_up_once_whatever_its_case() {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    let shouted = acme.email.to_uppercase();
    let input = RegistrationInput { email: text(&shouted), ..env.registration("Other") };
    assert_eq!(refusal(register(&env, input).await), Code::EmailTaken);
    let administrator = env.administrator().await;
    let input = RegistrationInput { email: text(&administrator.email), ..env.registration("Other") };
    assert_eq!(refusal(register(&env, input).await), Code::EmailTaken);
    assert_eq!(env.store.look(|tables| tables.companies.len()), 1);
}

#[tokio::test]
async fn a_slug_that_is_taken_gets_a_number() {
    let env = TestEnvironment::new();
    let mut slugs = Vec::new();
    for name in ["Ácme S.A.", "ACME SA", "acme sa"] {
        let company = env.company(name).await;
        slugs.push(company.session.company.expect("a company").slug);
    }
    assert_eq!(slugs, ["acme-sa", "acme-sa-2", "acme-sa-3"]);
}

#[tokio::test]
async fn two_who_sign_up_at_once_both_get_a_company() {
    let env = TestEnvironment::new();
    let (one, other) = (env.registration("Acme"), env.registration("Acme"));
    let (one, other) = tokio::join!(register(&env, one), register(&env, other));
    let slug = |opened: Result<SessionOpened>| opened.expect("it signs up").company.expect("a company").slug;
    let mut slugs = [slug(one), slug(other)];
    slugs.sort();
    assert_eq!(slugs, ["acme", "acme-2"]);
}

#[tokio::test]
async fn the_owner_can_sign_in_again() {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    let opened = env.login(&acme.email, PASSWORD).await.expect("they sign in");
    assert_eq!(opened.user, acme.session.user);
    assert_eq!(opened.company, acme.session.company);
}
