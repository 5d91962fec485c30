//! Fixture: a company with sales, on a separate database.

use std::{collections::BTreeSet, sync::Arc};

use cartera_application::{
    Application,
    idempotency::Once,
    identity::{Device, IdentitySettings},
    lists::{self, ListQuery, ListTable},
    opportunities::{CreateOpportunity, MoveCommand, OpportunityList, WantedLinks},
    ports::Ports,
    security::{Actor, IfMatch, Provenance},
    testing::{
        FixedClock, MemoryBlobs, MemoryMailer, PlainHasher, PlainSecrets, PlainTokens, SequentialRandomness,
        TestEnvironment, attachment_rules,
    },
    trash::TrashService,
    views::OpportunityView,
};
use cartera_domain::{
    accounts::AccountInput,
    companies::RegistrationInput,
    ids::{Id, OpportunityId},
    input::Patch,
    opportunities::{MoneyInput, OpportunityInput},
    values::{Country, PasswordPolicy},
};
use cartera_infra_postgres::{PgDirectory, PgStore};
use chrono::TimeDelta;
use uuid::Uuid;

use crate::support::Bench;

/// A company's owner with the use cases.
pub struct Seller {
    /// The database and the store.
    pub bench: Bench,
    /// The use cases over it.
    pub application: Application,
    /// The clock, controlled by the test.
    pub clock: FixedClock,
    /// The owner.
    pub owner: Actor,
}

/// A given text value.
pub fn given(text: &str) -> Patch<String> {
    Patch::Value(text.to_owned())
}

/// Ports over a PostgreSQL store, with in-memory adapters for the rest.
pub fn ports(store: &PgStore) -> Ports {
    let store = Arc::new(store.clone());
    Ports {
        directory: Arc::new(PgDirectory::new(&store)),
        company_queries: store.clone(),
        user_queries: store.clone(),
        history: store.clone(),
        record_lists: store.clone(),
        opportunity_queries: store.clone(),
        attachment_queries: store.clone(),
        api_key_queries: store.clone(),
        invitation_queries: store.clone(),
        dead_job_queries: store.clone(),
        reports: store.clone(),
        store,
        blobs: Arc::new(MemoryBlobs::new(Arc::new(FixedClock::default()))),
        passwords: Arc::new(PlainHasher::default()),
        access_tokens: Arc::new(PlainTokens),
        derived_secrets: Arc::new(PlainSecrets),
        mailer: Arc::new(MemoryMailer::default()),
        clock: Arc::new(FixedClock::default()),
        randomness: Arc::new(SequentialRandomness::default()),
    }
}

/// The use cases over these ports.
pub fn application(ports: Ports) -> Application {
    let settings = IdentitySettings {
        registration_open: true,
        default_country: Country::parse("UY").expect("a country"),
        password_policy: PasswordPolicy::default(),
    };
    Application::new(Arc::new(ports), settings, TestEnvironment::notice_settings(), attachment_rules())
}

impl Seller {
    /// A new company with its default pipeline.
    pub async fn new() -> Self {
        let bench = Bench::new(8).await;
        let clock = FixedClock::default();
        let ports = Ports { clock: Arc::new(clock.clone()), ..ports(&bench.store) };
        let application = application(ports);
        let owner = register(&application, "Acme", "owner@acme.uy").await;
        Self { bench, application, clock, owner }
    }

    /// The service that empties the bin, as the worker's role.
    pub fn trash(&self) -> TrashService {
        let clock = Arc::new(self.clock.clone());
        TrashService::new(Arc::new(Ports { clock, ..ports(&self.bench.worker()) }))
    }

    /// Creates an account.
    pub async fn account(&self, name: &str) -> Uuid {
        let input = AccountInput { name: given(name), ..AccountInput::default() };
        self.clock.advance(TimeDelta::seconds(1));
        let made = self.application.accounts.create(&self.owner, input, &Once::default()).await;
        made.expect("the account is opened").output.id
    }

    /// Creates an opportunity.
    pub async fn opportunity(
        &self,
        account: Uuid,
        title: &str,
        amount: &str,
        currency: &str,
    ) -> OpportunityView {
        let input = OpportunityInput {
            title: given(title),
            amount: Patch::Value(MoneyInput {
                amount: Some(amount.to_owned()),
                currency: Some(currency.to_owned()),
            }),
            ..OpportunityInput::default()
        };
        self.open(account, input).await
    }

    /// Creates an opportunity with these fields.
    pub async fn open(&self, account: Uuid, input: OpportunityInput) -> OpportunityView {
        let links = WantedLinks { account_id: Patch::Value(account), ..WantedLinks::default() };
        let command = CreateOpportunity { input, links, ..CreateOpportunity::default() };
        self.clock.advance(TimeDelta::seconds(1));
        let made = self.application.opportunities.create(&self.owner, command, &Once::default()).await;
        made.expect("the opportunity is opened").output
    }

    /// Moves an opportunity to the stage with this name.
    pub async fn to_stage(&self, id: Uuid, stage: &str) {
        let command = MoveCommand { stage: given(stage), reason: given("because") };
        self.clock.advance(TimeDelta::seconds(1));
        let id: OpportunityId = Id::new(id);
        self.application
            .opportunities
            .change_stage(&self.owner, id, command, IfMatch::default(), &Once::default())
            .await
            .expect("the opportunity moves");
    }

    /// A query of opportunities as a caller writes it.
    pub fn query(&self, text: &str) -> ListQuery {
        self.query_of(OpportunityList::TABLE, text)
    }

    /// A query of any list as a caller writes it.
    pub fn query_of(&self, table: &'static ListTable, text: &str) -> ListQuery {
        let pairs: Vec<_> = text
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| pair.split_once('=').expect("name=value"))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        lists::parse(table, &pairs, self.owner.as_ref().user_id()).expect("a good query")
    }

    /// The rows of every page of the opportunity list, following cursors, with these parameters.
    pub async fn walk(&self, parameters: &str) -> Vec<OpportunityView> {
        let mut found = Vec::new();
        let mut seen = BTreeSet::new();
        let mut cursor = String::new();
        loop {
            let query = self.query(&format!("{parameters}{cursor}"));
            let (page, _) = self.application.opportunities.list(&self.owner, query).await.expect("a page");
            for item in page.items {
                assert!(seen.insert(item.id), "{} comes twice with {parameters}", item.title);
                found.push(item);
            }
            match page.next_cursor {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return found,
            }
        }
    }
}

/// Signs a company up and returns its owner.
pub async fn register(application: &Application, company: &str, email: &str) -> Actor {
    let input = RegistrationInput {
        company_name: given(company),
        name: given("Ana Paz"),
        email: given(email),
        password: given("Password1"),
        ..RegistrationInput::default()
    };
    let opened = application.identity.register(input, Device::default(), Provenance::request("test")).await;
    let token = opened.expect("the company is signed up").access_token;
    application
        .authenticator
        .person(&token, Provenance::request("test"))
        .await
        .expect("the owner is signed in")
}
