//! Companies: the caller's own, and the platform's view of all.

use cartera_application::{
    Code,
    companies::CompanyView,
    idempotency::Once,
    security::{Actor, ActorRef, IfMatch, PLATFORM},
    testing::{TestEnvironment, once, provenance},
};
use cartera_domain::{
    companies::{CompanyInput, CompanySettingsInput},
    identity::{Permission, Role},
    ids::{CompanyId, Id},
    input::Patch,
};

use super::{refusal, violations};

fn text(text: &str) -> Patch<String> {
    Patch::Value(text.to_owned())
}

fn whole(name: &str) -> CompanyInput {
    CompanyInput {
        name: text(name),
        address: text("18 de Julio 1234"),
        website: text("https://acme.example"),
        logo_url: text("https://acme.example/logo.png"),
        ..CompanyInput::default()
    }
}

fn named(name: &str) -> CompanyInput {
    CompanyInput { name: text(name), ..CompanyInput::default() }
}

fn id_of(company: &CompanyView) -> CompanyId {
    Id::new(company.id)
}

async fn registered(env: &TestEnvironment, actor: &Actor, input: CompanyInput) -> CompanyView {
    let made = env.app.companies.register(actor, input, &Once::default()).await;
    made.expect("it is registered").output
}

#[tokio::test]
async fn the_platform_registers_a_company_with_a_pipeline_and_without_an_owner() {
    let env = TestEnvironment::new();
    let platform = env.administrator().await;
    let input = CompanyInput { country: text("BR"), ..whole("Padaria São João") };
    let made = registered(&env, &platform.actor, input).await;
    assert_eq!(
        (made.slug.as_str(), made.locale.as_str(), made.currency.as_str()),
        ("padaria-sao-joao", "pt", "BRL")
    );
    assert_eq!(made.logo_url.as_deref(), Some("https://acme.example/logo.png"));
    assert_eq!(env.events(id_of(&made)), ["company.created", "pipeline.created"]);
    for event in env.store.events(id_of(&made)) {
        assert_eq!(event.actor, ActorRef::PlatformAdministrator(platform.id));
    }
    let users = env.store.look(|tables| tables.users.keys().filter(|(id, _)| *id == id_of(&made)).count());
    assert_eq!(users, 0);
    // A taken slug gets the next number.
    let again = registered(&env, &platform.actor, whole("Padaria Sao Joao")).await;
    assert_eq!(again.slug, "padaria-sao-joao-2");
    let read = env.app.companies.get(&platform.actor, id_of(&made)).await.expect("it is there");
    assert_eq!(read, made);
    let nothing =
        env.app.companies.register(&platform.actor, CompanyInput::default(), &Once::default()).await;
    let missing = ["name", "address", "website", "logoUrl"].map(|field| (field.to_owned(), "required"));
    assert_eq!(violations(nothing), missing);
}

#[tokio::test]
async fn a_repeated_registration_makes_one_company() {
    let env = TestEnvironment::new();
    let (one, other) = (env.administrator().await, env.administrator().await);
    let register = async |actor: &Actor, name: &str, once: &Once| {
        env.app.companies.register(actor, whole(name), once).await
    };
    let first = register(&one.actor, "Acme", &once("key", 1)).await.expect("it is registered");
    let again = register(&one.actor, "Acme", &once("key", 1)).await.expect("it was registered");
    assert_eq!((first.replayed, again.replayed), (false, true));
    assert_eq!(again.output, first.output);
    let misused = register(&one.actor, "Other", &once("key", 2)).await;
    assert_eq!(refusal(misused), Code::IdempotencyKeyReused);
    // The same key from another person, or another key, makes another company.
    for (actor, once) in [(&other.actor, once("key", 1)), (&one.actor, once("next", 1))] {
        let made = register(actor, "Acme", &once).await.expect("it is registered");
        assert_ne!(made.output.id, first.output.id);
    }
    // A day later the stored response has expired, but the key still can't create the company twice.
    env.clock.advance(chrono::TimeDelta::hours(25));
    let late = register(&one.actor, "Acme", &once("key", 1)).await;
    assert_eq!(refusal(late), Code::IdempotencyKeyReused);
}

#[tokio::test]
async fn nobody_but_the_platform_gets_at_other_companies() {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    let admin = env.person(acme.id, Role::Admin).await;
    let key = env.key(&acme.owner, &[Permission::AccountsRead]).await;
    let companies = &env.app.companies;
    for (actor, code) in [
        (&acme.owner, Code::Forbidden),
        (&admin.actor, Code::Forbidden),
        (&key.actor, Code::ApiKeyNotAllowed),
        (&Actor::system(PLATFORM, provenance()), Code::Forbidden),
    ] {
        let once = Once::default();
        assert_eq!(refusal(companies.register(actor, whole("x"), &once).await), code);
        assert_eq!(refusal(companies.get(actor, acme.id).await), code);
        assert_eq!(refusal(companies.update(actor, acme.id, named("x"), IfMatch::default()).await), code);
        assert_eq!(refusal(companies.suspend(actor, acme.id, &once).await), code);
        assert_eq!(refusal(companies.reactivate(actor, acme.id, &once).await), code);
    }
    let platform = env.administrator().await;
    for nowhere in [PLATFORM, Id::new(uuid::Uuid::from_u128(9))] {
        let once = Once::default();
        let update = companies.update(&platform.actor, nowhere, named("x"), IfMatch::default()).await;
        assert_eq!(refusal(update), Code::NotFound);
        assert_eq!(refusal(companies.get(&platform.actor, nowhere).await), Code::NotFound);
        assert_eq!(refusal(companies.suspend(&platform.actor, nowhere, &once).await), Code::NotFound);
    }
    // And the platform has no company of its own to use.
    assert_eq!(refusal(companies.current(&platform.actor).await), Code::CompanyRequired);
    let update = companies.update_current(&platform.actor, named("x"), IfMatch::default()).await;
    assert_eq!(refusal(update), Code::CompanyRequired);
}

#[tokio::test]
async fn a_company_is_changed_by_its_administrators_and_by_the_platform() {
    let env = TestEnvironment::new();
    let (acme, other) = (env.company("Acme").await, env.company("Other").await);
    let admin = env.person(acme.id, Role::Admin).await;
    let companies = &env.app.companies;
    let settings = CompanySettingsInput { trash_days: Patch::Value(60), ..CompanySettingsInput::default() };
    let input = CompanyInput { settings: Patch::Value(settings), ..named("Acme II") };
    let changed = companies.update_current(&admin.actor, input.clone(), IfMatch::new(Some(1))).await;
    let changed = changed.expect("an administrator may").output;
    assert_eq!((changed.name.as_str(), changed.slug.as_str(), changed.version), ("Acme II", "acme", 2));
    assert_eq!((changed.trash_days, changed.data_retention_days), (60, 730));
    // The same patch again changes nothing.
    let same = companies.update_current(&admin.actor, input, IfMatch::default()).await.expect("they may");
    assert_eq!(same.output.version, 2);
    let stale = companies.update_current(&acme.owner, named("x"), IfMatch::new(Some(1))).await;
    assert_eq!(refusal(stale), Code::VersionMismatch);
    let bad = companies.update_current(
        &acme.owner,
        CompanyInput { name: Patch::Null, ..named("x") },
        IfMatch::default(),
    );
    assert_eq!(violations(bad.await), [("name".to_owned(), "required")]);
    for role in [Role::Manager, Role::Member, Role::Viewer] {
        let person = env.person(acme.id, role).await;
        let refused = companies.update_current(&person.actor, named("x"), IfMatch::default()).await;
        assert_eq!(refusal(refused), Code::Forbidden, "{role}");
    }
    let platform = env.administrator().await;
    let done = companies.update(&platform.actor, acme.id, named("Acme III"), IfMatch::new(Some(2))).await;
    assert_eq!(done.expect("the platform may").output.name, "Acme III");
    let updates =
        env.store.events(acme.id).into_iter().filter(|e| e.event.kind.as_str() == "company.updated");
    let actors: Vec<_> = updates.map(|published| published.actor).collect();
    assert_eq!(actors, [ActorRef::User(admin.id), ActorRef::PlatformAdministrator(platform.id)]);
    assert_eq!(companies.current(&other.owner).await.expect("it is there").version, 1);
}

#[tokio::test]
async fn a_suspended_company_is_shut_at_once_and_opens_as_it_was() {
    let env = TestEnvironment::new();
    let (acme, other) = (env.company("Acme").await, env.company("Other").await);
    let key = env.key(&acme.owner, &[Permission::AccountsRead]).await;
    let platform = env.administrator().await;
    let companies = &env.app.companies;
    // Everybody is in the authorization cache, which must not let them in.
    env.actor_of(&acme.session).await;
    let suspended = companies.suspend(&platform.actor, acme.id, &Once::default()).await;
    let suspended = suspended.expect("the platform may").output;
    assert!(suspended.suspended_at.is_some());
    let token = &acme.session.access_token;
    let authenticator = &env.app.authenticator;
    assert_eq!(refusal(authenticator.person(token, provenance()).await), Code::Unauthenticated);
    assert_eq!(refusal(authenticator.key(&key.value, provenance()).await), Code::Unauthenticated);
    let login = env.login(&acme.email, cartera_application::testing::PASSWORD).await;
    assert_eq!(refusal(login), Code::InvalidCredentials);
    env.actor_of(&other.session).await;
    // Suspending twice has no further effect.
    let again = companies.suspend(&platform.actor, acme.id, &Once::default()).await.expect("it stays").output;
    assert_eq!(again, suspended);
    let open =
        companies.reactivate(&platform.actor, acme.id, &Once::default()).await.expect("they may").output;
    assert_eq!((open.suspended_at, open.version), (None, 3));
    let again =
        companies.reactivate(&platform.actor, acme.id, &Once::default()).await.expect("it stays").output;
    assert_eq!(again, open);
    env.actor_of(&acme.session).await;
    authenticator.key(&key.value, provenance()).await.expect("the key works again");
    let told: Vec<_> = env.events(acme.id).into_iter().filter(|name| name.starts_with("company.")).collect();
    assert_eq!(told, ["company.created", "company.suspended", "company.reactivated"]);
}

#[tokio::test]
async fn a_repeated_suspension_answers_as_the_first_did() {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    let platform = env.administrator().await;
    let companies = &env.app.companies;
    let first = companies.suspend(&platform.actor, acme.id, &once("key", 1)).await.expect("they may");
    companies.reactivate(&platform.actor, acme.id, &Once::default()).await.expect("they may");
    let again = companies.suspend(&platform.actor, acme.id, &once("key", 1)).await.expect("they did");
    assert!(again.replayed);
    assert_eq!(again.output, first.output);
    let now = companies.get(&platform.actor, acme.id).await.expect("it is there");
    assert_eq!(now.suspended_at, None, "a replay does nothing");
}
