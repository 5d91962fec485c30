//! Contacts.

use cartera_application::{
    Code, Result,
    idempotency::Once,
    opportunities::{CreateOpportunity, UpdateOpportunity, WantedLinks},
    records::RecordView,
    security::{Actor, IfMatch},
    testing::{TestCompany, TestEnvironment, once},
    views::OpportunityView,
};
use cartera_domain::{
    contacts::{ContactInput, SocialLinksInput},
    identity::{Permission, Role},
    ids::{ContactId, Id},
    input::Patch,
};
use uuid::Uuid;

use super::{bad_reference, refusal, violations};

fn text(text: &str) -> Patch<String> {
    Patch::Value(text.to_owned())
}

fn named(name: &str) -> ContactInput {
    ContactInput { first_name: text(name), ..ContactInput::default() }
}

fn with_email(email: &str) -> ContactInput {
    ContactInput { email: text(email), ..named("Carla") }
}

async fn create(env: &TestEnvironment, actor: &Actor, command: ContactInput) -> Result<RecordView> {
    Ok(env.app.contacts.create(actor, command, &Once::default()).await?.output)
}

async fn update(
    env: &TestEnvironment,
    actor: &Actor,
    id: ContactId,
    command: ContactInput,
) -> Result<RecordView> {
    env.app.contacts.update(actor, id, command, IfMatch::default()).await.map(|done| done.output)
}

async fn start() -> (TestEnvironment, TestCompany) {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    (env, acme)
}

#[tokio::test]
async fn a_contact_is_its_creators_and_its_phone_is_of_the_companys_country() {
    let (env, acme) = start().await;
    let account = env.account(&acme.owner, "Globex").await;
    let account_id = Patch::Value(account);
    let command = ContactInput { phone: text("099 123 456"), account_id, ..with_email("Carla@Example.com") };
    let made = create(&env, &acme.owner, command).await.expect("they may");
    assert_eq!((made.version, made.text("firstName").unwrap_or_default()), (1, "Carla"));
    assert_eq!(made.text("phone"), Some("+59899123456"));
    assert_eq!(made.reference("ownerId").map(|owner| owner.id), Some(acme.owner_id.uuid()));
    assert_eq!(made.reference("accountId").map(|account| account.name.clone()), Some("Globex".to_owned()));
    assert_eq!(env.events(acme.id).last(), Some(&"contact.created"));
    let nobodys = ContactInput { owner_id: Patch::Null, ..named("Nadie") };
    assert_eq!(create(&env, &acme.owner, nobodys).await.expect("they may").reference("ownerId"), None);
}

#[tokio::test]
async fn every_wrong_field_is_named_at_once() {
    let (env, acme) = start().await;
    let links = SocialLinksInput { facebook: text("facebook.com/x"), ..SocialLinksInput::default() };
    let input = ContactInput {
        email: text("carla"),
        phone: text("12"),
        social_links: Patch::Value(links),
        ..ContactInput::default()
    };
    let refused = create(&env, &acme.owner, input).await;
    let expected = [
        ("firstName", "required"),
        ("email", "malformed"),
        ("phone", "malformed"),
        ("socialLinks.facebook", "malformed"),
    ];
    assert_eq!(violations(refused), expected.map(|(field, code)| (field.to_owned(), code)));
    assert!(!env.events(acme.id).contains(&"contact.created"));
}

#[tokio::test]
async fn references_that_lead_nowhere_are_refused_all_alike() {
    let (env, acme) = start().await;
    let other = env.company("Other").await;
    let theirs = env.account(&other.owner, "Theirs").await.uuid();
    let gone = env.account(&acme.owner, "Gone").await;
    env.app.accounts.delete(&acme.owner, gone, IfMatch::default()).await.expect("they may");
    let contact = env.contact(&acme.owner, None).await;
    for id in [theirs, gone.uuid(), Uuid::nil()] {
        let command = || ContactInput { account_id: Patch::Value(Id::new(id)), ..named("Carla") };
        assert_eq!(bad_reference(create(&env, &acme.owner, command()).await), "accountId");
        assert_eq!(bad_reference(update(&env, &acme.owner, contact, command()).await), "accountId");
    }
    let command = ContactInput { owner_id: Patch::Value(other.owner_id), ..named("Carla") };
    assert_eq!(bad_reference(create(&env, &acme.owner, command).await), "ownerId");
}

#[tokio::test]
async fn an_email_is_taken_once_among_the_living() {
    let (env, acme) = start().await;
    let other = env.company("Other").await;
    let first = create(&env, &acme.owner, with_email("carla@example.com")).await.expect("it is free");
    create(&env, &other.owner, with_email("carla@example.com")).await.expect("another company's");
    let refused = create(&env, &acme.owner, with_email("CARLA@Example.com")).await;
    assert_eq!(refusal(refused), Code::ContactEmailTaken);
    let second = env.contact(&acme.owner, None).await;
    let refused = update(&env, &acme.owner, second, with_email("Carla@example.com")).await;
    assert_eq!(refusal(refused), Code::ContactEmailTaken);
    let itself = update(&env, &acme.owner, Id::new(first.id), with_email("Carla@EXAMPLE.com")).await;
    assert_eq!(itself.expect("it is its own").version, 2);
    env.app.contacts.delete(&acme.owner, Id::new(first.id), IfMatch::default()).await.expect("they may");
    create(&env, &acme.owner, with_email("carla@example.com")).await.expect("it is free again");
}

#[tokio::test]
async fn assigning_to_somebody_else_takes_the_right_to() {
    let (env, acme) = start().await;
    let member = env.person(acme.id, Role::Member).await;
    let to = |id| ContactInput { owner_id: Patch::Value(id), ..named("Carla") };
    let refused = create(&env, &member.actor, to(acme.owner_id)).await;
    assert_eq!(refusal(refused), Code::Forbidden);
    let made = create(&env, &acme.owner, to(member.id)).await.expect("an owner may");
    let refused = update(&env, &member.actor, Id::new(made.id), to(acme.owner_id)).await;
    assert_eq!(refusal(refused), Code::Forbidden);
}

#[tokio::test]
async fn a_stale_version_changes_nothing_and_what_changes_nothing_makes_no_version() {
    let (env, acme) = start().await;
    let id = env.contact(&acme.owner, None).await;
    let contacts = &env.app.contacts;
    let seen = IfMatch::new(Some(1));
    let same = contacts.update(&acme.owner, id, named("Carla"), seen).await.expect("the version is right");
    assert_eq!(same.output.version, 1);
    let renamed = contacts.update(&acme.owner, id, named("Clara"), seen).await.expect("the version is right");
    let renamed = renamed.output;
    assert_eq!((renamed.version, renamed.text("firstName").unwrap_or_default()), (2, "Clara"));
    let refused = contacts.update(&acme.owner, id, named("Cleo"), seen).await;
    assert_eq!(refusal(refused), Code::VersionMismatch);
    assert_eq!(refusal(contacts.delete(&acme.owner, id, seen).await), Code::VersionMismatch);
    let changes = env.events(acme.id).into_iter().filter(|name| *name == "contact.updated").count();
    assert_eq!(changes, 1);
}

#[tokio::test]
async fn another_companys_contact_is_as_absent_as_one_that_never_was() {
    let (env, acme) = start().await;
    let other = env.company("Other").await;
    let theirs = env.contact(&other.owner, None).await;
    let contacts = &env.app.contacts;
    for id in [theirs, Id::new(Uuid::nil())] {
        assert_eq!(refusal(contacts.get(&acme.owner, id).await), Code::NotFound);
        assert_eq!(refusal(update(&env, &acme.owner, id, named("x")).await), Code::NotFound);
        assert_eq!(refusal(contacts.delete(&acme.owner, id, IfMatch::default()).await), Code::NotFound);
        assert_eq!(refusal(contacts.restore(&acme.owner, id, &Once::default()).await), Code::NotFound);
    }
}

#[tokio::test]
async fn the_same_creation_happens_once() {
    let (env, acme) = start().await;
    let key = once("key", 1);
    let make = || env.app.contacts.create(&acme.owner, with_email("carla@example.com"), &key);
    let first = make().await.expect("it is made");
    let again = make().await.expect("it was made");
    assert_eq!((again.output, again.replayed), (first.output, true));
}

#[tokio::test]
async fn roles_and_scopes_decide() {
    let (env, acme) = start().await;
    let viewer = env.person(acme.id, Role::Viewer).await;
    let member = env.person(acme.id, Role::Member).await;
    let id = env.contact(&acme.owner, None).await;
    assert_eq!(refusal(create(&env, &viewer.actor, named("x")).await), Code::Forbidden);
    env.app.contacts.get(&viewer.actor, id).await.expect("a viewer reads");
    let refused = env.app.contacts.delete(&member.actor, id, IfMatch::default()).await;
    assert_eq!(refusal(refused), Code::Forbidden);
    let own = env.contact(&member.actor, None).await;
    env.app.contacts.delete(&member.actor, own, IfMatch::default()).await.expect("it is their own");
    let key = env.key(&acme.owner, &[Permission::ContactsRead]).await;
    env.app.contacts.get(&key.actor, id).await.expect("within its scopes");
    assert_eq!(refusal(update(&env, &key.actor, id, named("x")).await), Code::Forbidden);
}

async fn sale_with(env: &TestEnvironment, acme: &TestCompany, contact: ContactId) -> OpportunityView {
    let account = Id::new(Uuid::nil());
    let links = WantedLinks { contact_id: Patch::Value(contact.uuid()), ..WantedLinks::default() };
    let command = CreateOpportunity { links, ..TestEnvironment::new_opportunity("A sale", account) };
    let made = env.app.opportunities.create(&acme.owner, command, &Once::default()).await;
    made.expect("the opportunity is made").output
}

#[tokio::test]
async fn the_only_party_of_a_live_opportunity_stays() {
    let (env, acme) = start().await;
    let id = env.contact(&acme.owner, None).await;
    let sale = sale_with(&env, &acme, id).await;
    let delete = || env.app.contacts.delete(&acme.owner, id, IfMatch::default());
    let error = delete().await.expect_err("it is needed");
    assert_eq!(error.code(), Code::ContactInUse);
    let cartera_application::Error::Refused(refusal) = error else { panic!("a refusal") };
    assert_eq!(refusal.params.get("opportunities"), Some(&1));
    let sale = TestEnvironment::id_of(&sale);
    env.app.opportunities.delete(&acme.owner, sale, IfMatch::default()).await.expect("they may");
    delete().await.expect("nothing needs it now");
}

#[tokio::test]
async fn an_opportunity_with_an_account_gets_its_contact_back() {
    let (env, acme) = start().await;
    let account = env.account(&acme.owner, "Globex").await;
    let id = env.contact(&acme.owner, Some(account)).await;
    let sale = sale_with(&env, &acme, id).await;
    assert_eq!(sale.account.as_ref().map(|account| account.name.as_str()), Some("Globex"), "the contact's");
    let sale_id = TestEnvironment::id_of(&sale);
    env.app.contacts.delete(&acme.owner, id, IfMatch::default()).await.expect("there is an account too");
    let shown = env.app.opportunities.get(&acme.owner, sale_id).await.expect("it stays");
    assert_eq!((shown.contact, shown.version), (None, 1));
    // Unchanged references are not looked up, as long as there is another party.
    let change = |links| UpdateOpportunity { links, ..UpdateOpportunity::default() };
    let elsewhere = env.account(&acme.owner, "Initech").await;
    let moved = WantedLinks { account_id: Patch::Value(elsewhere.uuid()), ..WantedLinks::default() };
    let update =
        |links| env.app.opportunities.update(&acme.owner, sale_id, change(links), IfMatch::default());
    update(moved).await.expect("another account");
    let alone = WantedLinks { account_id: Patch::Null, ..WantedLinks::default() };
    assert_eq!(violations(update(alone).await), [("accountId".to_owned(), "inconsistent")]);
    env.app.contacts.restore(&acme.owner, id, &Once::default()).await.expect("it comes back");
    let shown = env.app.opportunities.get(&acme.owner, sale_id).await.expect("it is there");
    assert_eq!(shown.contact.map(|contact| contact.id), Some(id.uuid()));
}
