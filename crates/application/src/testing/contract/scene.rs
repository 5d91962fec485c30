//! Fixtures of the contract tests: companies with a user and a pipeline, stored through the ports alone.

use std::time::Duration;

use cartera_domain::{
    Deletion,
    accounts::{Account, AccountFields, AccountInput},
    companies::{Company, CompanyRecord, CompanySettings},
    contacts::{Contact, ContactFields, ContactInput, SocialLinksInput},
    identity::{ApiKey, ApiKeyRecord, Permission, Role, Session, Subject, User, UserRecord},
    ids::{AccountId, CompanyId, Id, StageId, UserId},
    input::Patch,
    opportunities::{
        Links, MoneyInput, NewOpportunity, Opportunity, OpportunityFields, OpportunityInput, StageChange,
    },
    pipelines::{Pipeline, Stage, StageRef, default_pipeline},
    record::Fields as _,
    values::{Country, Currency, Email, Line, Locale, Slug, Timezone},
};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::Harness;
use crate::{
    error::{Code, Error},
    ports::UnitOfWork,
    security::{Actor, PLATFORM, PersonAuthority, Provenance},
};

/// An open unit of work.
pub(super) type Tx = Box<dyn UnitOfWork>;

/// 15 January 2026, noon in UTC; the ports take the time as an argument.
pub(super) fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_768_478_400, 0).expect("a moment")
}

/// A little later.
pub(super) fn later(seconds: i64) -> DateTime<Utc> {
    noon() + TimeDelta::seconds(seconds)
}

/// A new id.
pub(super) fn fresh<K>() -> Id<K> {
    Id::new(Uuid::now_v7())
}

/// A unique text.
pub(super) fn unique(prefix: &str) -> String {
    format!("{prefix}-{}", Uuid::now_v7().simple())
}

/// A unique e-mail.
pub(super) fn fresh_email() -> Email {
    Email::trusted(format!("{}@example.com", unique("Person")))
}

/// Long enough for an unblocked task to make progress.
pub(super) async fn a_moment() {
    tokio::time::sleep(Duration::from_millis(60)).await;
}

/// A unit of work of Cartera itself in a company.
pub(super) async fn begin(h: &impl Harness, company: CompanyId) -> Tx {
    let grant =
        Actor::system(company, Provenance::request("contract")).authorize_system().expect("the system may");
    h.store().begin(&grant).await.expect("a unit of work begins")
}

/// A unit of work in a company that only reads.
pub(super) async fn read(h: &impl Harness, company: CompanyId) -> Tx {
    let grant =
        Actor::system(company, Provenance::request("contract")).authorize_system().expect("the system may");
    h.store().read(&grant).await.expect("a unit of work begins")
}

/// A unit of work of the worker in a company.
pub(super) async fn begin_worker(h: &impl Harness, company: CompanyId) -> Tx {
    let grant =
        Actor::system(company, Provenance::request("contract")).authorize_system().expect("the system may");
    h.worker_store().begin(&grant).await.expect("a unit of work begins")
}

/// A unit of work of somebody in a company.
pub(super) async fn begin_as(h: &impl Harness, company: CompanyId, user: UserId) -> Tx {
    let authority = PersonAuthority {
        company_id: company,
        session_id: fresh(),
        subject: Subject::User(user),
        role: Some(Role::Owner),
        force_password_reset: false,
        expires_at: later(3600),
    };
    let actor = Actor::person(authority, Provenance::request("contract"));
    let grant = actor.authorize(Permission::AccountsWrite).expect("an owner may");
    h.store().begin(&grant).await.expect("a unit of work begins")
}

/// A unit of work in the platform's realm.
pub(super) async fn begin_platform(h: &impl Harness) -> Tx {
    begin(h, PLATFORM).await
}

pub(super) async fn commit(tx: Tx) {
    tx.commit().await.expect("it commits");
}

/// The code of the refusal of what was written: a store tells it at once, or with the commit at the latest.
pub(super) async fn refused<T>(tx: Tx, written: Result<T, Error>) -> Option<Code> {
    match written {
        Ok(_) => code(tx.commit().await),
        refused => code(refused),
    }
}

/// The code of a refusal.
pub(super) fn code<T>(result: Result<T, Error>) -> Option<Code> {
    result.err().map(|error| error.code())
}

/// A company with a user and a pipeline.
pub(super) struct Scene {
    pub(super) id: CompanyId,
    pub(super) user: UserId,
    pub(super) pipeline: Pipeline,
}

impl Scene {
    pub(super) fn stage(&self, name: &str) -> &Stage {
        self.pipeline.find_stage(&StageRef::parse(name)).expect("the pipeline has such a stage")
    }

    pub(super) fn stage_id(&self, name: &str) -> StageId {
        self.stage(name).id
    }
}

pub(super) fn new_company(slug: &str) -> Company {
    Company::create(CompanyRecord {
        id: fresh(),
        name: Line::trusted("Compañía".to_owned()),
        slug: Slug::trusted(slug.to_owned()),
        address: None,
        website: None,
        logo_url: None,
        country: Country::parse("UY").expect("a country"),
        locale: Locale::Es,
        timezone: Timezone::parse("America/Montevideo").expect("a zone"),
        currency: Currency::parse("UYU").expect("a currency"),
        settings: CompanySettings::default(),
        suspended_at: None,
        version: 1,
        created_at: noon(),
        updated_at: noon(),
    })
}

pub(super) fn new_user(email: Email) -> User {
    let name = Line::trusted("Ana Ejemplo".to_owned());
    User::create(fresh(), name, email, Role::Owner, "a hash".to_owned(), None, noon())
}

pub(super) fn new_pipeline(locale: Locale) -> Pipeline {
    default_pipeline(fresh(), locale, fresh, noon())
}

/// A company that is stored, with a user and a pipeline.
pub(super) async fn scene(h: &impl Harness) -> Scene {
    scene_of(h, new_company(&unique("scene"))).await
}

/// The same in a suspended company.
pub(super) async fn suspended_scene(h: &impl Harness) -> Scene {
    let company = new_company(&unique("suspended"));
    let record = CompanyRecord { suspended_at: Some(noon()), ..company.record().clone() };
    scene_of(h, Company::create(record)).await
}

async fn scene_of(h: &impl Harness, mut company: Company) -> Scene {
    let id = company.record().id;
    let tx = begin(h, id).await;
    assert!(tx.companies().insert(&mut company).await.expect("the company is stored"));
    let mut user = new_user(fresh_email());
    tx.users().insert(&mut user).await.expect("the user is stored");
    let mut pipeline = new_pipeline(Locale::Es);
    tx.pipelines().insert(&mut pipeline).await.expect("the pipeline is stored");
    commit(tx).await;
    Scene { id, user: user.record().id, pipeline }
}

/// Stores a changed user. It records a sign-in too, because every change needs an event.
pub(super) async fn change_user(
    h: &impl Harness,
    scene: &Scene,
    change: impl FnOnce(&mut UserRecord) + Send,
) {
    let tx = begin(h, scene.id).await;
    let mut record = tx.users().get_locked(scene.user).await.expect("the user is there").record().clone();
    change(&mut record);
    let mut user = User::stored(record);
    user.signed_in(noon());
    tx.users().update(&mut user).await.expect("the user is stored");
    commit(tx).await;
}

pub(super) fn new_session(subject: Subject, at: DateTime<Utc>) -> Session {
    Session::open(fresh(), subject, Some("a browser".to_owned()), Some("192.0.2.1".to_owned()), at)
}

/// An open session of the scene's user.
pub(super) async fn session(h: &impl Harness, scene: &Scene, at: DateTime<Utc>) -> Session {
    let mut session = new_session(Subject::User(scene.user), at);
    let tx = begin(h, scene.id).await;
    tx.sessions().insert(&mut session).await.expect("the session is stored");
    commit(tx).await;
    session
}

pub(super) fn new_key(scene: &Scene, name: &str) -> ApiKey {
    let mut secret_hash = [0; 32];
    secret_hash[..16].copy_from_slice(Uuid::now_v7().as_bytes());
    ApiKey::create(ApiKeyRecord {
        id: fresh(),
        name: Line::trusted(name.to_owned()),
        secret_hash,
        prefix: "cak_00000000".to_owned(),
        last_four: "wxyz".to_owned(),
        scopes: [Permission::ReportsRead, Permission::AccountsRead].into(),
        expires_at: Some(later(3600)),
        last_used_at: None,
        revoked_at: None,
        created_by: scene.user,
        created_at: noon(),
        updated_at: noon(),
        version: 1,
    })
}

/// A stored key of the scene's user.
pub(super) async fn key(h: &impl Harness, scene: &Scene, name: &str) -> ApiKey {
    let mut key = new_key(scene, name);
    let tx = begin(h, scene.id).await;
    tx.api_keys().insert(&mut key).await.expect("the key is stored");
    commit(tx).await;
    key
}

pub(super) fn account_fields(name: &str) -> AccountFields {
    let text = |text: &str| Patch::Value(text.to_owned());
    let input = AccountInput {
        name: text(name),
        industry: text("Fundición"),
        address: text("Rambla 1\nMontevideo"),
        employees: Patch::Value(12),
        website: text("https://example.com/"),
        phone: text("+59829001234"),
        description: text("Ñandú"),
        tags: Patch::Value(vec!["uno".to_owned(), "dos".to_owned()]),
        ..AccountInput::default()
    };
    AccountFields::read(input, &Country::parse("UY").expect("a country")).expect("the fields are in order")
}

pub(super) fn new_account(scene: &Scene, name: &str) -> Account {
    let fields = AccountFields { owner_id: Some(scene.user), ..account_fields(name) };
    Account::new(fresh(), fields, Some(scene.user), noon())
}

/// A stored account.
pub(super) async fn account(h: &impl Harness, scene: &Scene, name: &str) -> Account {
    let mut account = new_account(scene, name);
    let tx = begin(h, scene.id).await;
    tx.accounts().insert(&mut account).await.expect("the account is stored");
    commit(tx).await;
    account
}

pub(super) fn contact_fields(email: Option<&str>) -> ContactFields {
    let text = |text: &str| Patch::Value(text.to_owned());
    let input = ContactInput {
        first_name: text("Carla"),
        last_name: text("Contreras"),
        position: text("Compras"),
        email: email.map_or(Patch::Absent, text),
        phone: text("+59899123456"),
        address: text("Rambla 1\nMontevideo"),
        social_links: Patch::Value(SocialLinksInput {
            linkedin: text("https://www.linkedin.com/in/carla"),
            x: text("https://x.com/carla"),
            ..SocialLinksInput::default()
        }),
        notes: text("Ñandú"),
        tags: Patch::Value(vec!["uno".to_owned(), "dos".to_owned()]),
        ..ContactInput::default()
    };
    ContactFields::read(input, &Country::parse("UY").expect("a country")).expect("the fields are in order")
}

pub(super) fn new_contact(scene: &Scene, account: Option<AccountId>, email: Option<&str>) -> Contact {
    let user = Some(scene.user);
    let fields = ContactFields { account_id: account, owner_id: user, ..contact_fields(email) };
    Contact::new(fresh(), fields, user, noon())
}

/// A stored contact without e-mail.
pub(super) async fn contact(h: &impl Harness, scene: &Scene, account: Option<AccountId>) -> Contact {
    let mut contact = new_contact(scene, account, None);
    let tx = begin(h, scene.id).await;
    tx.contacts().insert(&mut contact).await.expect("the contact is stored");
    commit(tx).await;
    contact
}

/// A new deletion, some seconds after noon.
pub(super) fn deletion(seconds: i64) -> Deletion {
    Deletion { id: fresh(), at: later(seconds) }
}

pub(super) fn opportunity_fields(title: &str) -> OpportunityFields {
    let input = OpportunityInput {
        title: Patch::Value(title.to_owned()),
        description: Patch::Value("Larga".to_owned()),
        amount: Patch::Value(MoneyInput {
            amount: Some("1250.50".to_owned()),
            currency: Some("UYU".to_owned()),
        }),
        expected_close_date: Patch::Value("2026-02-28".to_owned()),
        tags: Patch::Value(vec!["uno".to_owned()]),
    };
    let currency = Currency::parse("UYU").expect("a currency");
    OpportunityFields::read(input, currency).expect("the fields are in order")
}

/// A new opportunity in the scene's first stage.
pub(super) fn new_opportunity(scene: &Scene, account: &Account) -> (Opportunity, StageChange) {
    let links = Links { account_id: Some(account.record().id), contact_id: None, owner_id: Some(scene.user) };
    new_opportunity_with(scene, links)
}

pub(super) fn new_opportunity_with(scene: &Scene, links: Links) -> (Opportunity, StageChange) {
    let new = NewOpportunity {
        id: fresh(),
        stage_change_id: fresh(),
        fields: opportunity_fields("Una venta"),
        links,
        stage: scene.stage("Preparación"),
        created_by: Some(scene.user),
    };
    Opportunity::create(new, noon())
}

/// A stored opportunity.
pub(super) async fn opportunity(
    h: &impl Harness,
    scene: &Scene,
    account: &Account,
) -> (Opportunity, StageChange) {
    let (mut opportunity, first) = new_opportunity(scene, account);
    let tx = begin(h, scene.id).await;
    tx.opportunities().insert(&mut opportunity, &first).await.expect("the opportunity is stored");
    commit(tx).await;
    (opportunity, first)
}
