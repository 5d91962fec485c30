//! A whole Cartera in memory, with companies and people in it.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use cartera_domain::{
    accounts::AccountInput,
    companies::RegistrationInput,
    contacts::ContactInput,
    identity::{ApiKeyInput, Permission, Role, UserRecord},
    ids::{AccountId, ApiKeyId, CompanyId, ContactId, Id, OpportunityId, StageId, UserId},
    input::Patch,
    opportunities::{MoneyInput, OpportunityInput},
    pipelines::{Pipeline, StageRef},
    values::{Country, Email, Line, Password},
};

use super::{
    FixedClock, MemoryDirectory, MemoryMailer, MemoryStore, NoQueries, PlainHasher, PlainTokens,
    SequentialRandomness,
};
use crate::{
    Application,
    accounts::AccountCommand,
    contacts::ContactCommand,
    idempotency::{IdempotencyKey, Once},
    identity::{Device, IdentitySettings, LoginCommand, NewPerson, SessionOpened},
    opportunities::{CreateOpportunity, WantedLinks},
    ports::{Clock, Ports, Store},
    security::{Actor, RequestId},
    views::OpportunityView,
};

/// The password of everybody in a test world.
pub const PASSWORD: &str = "Password1";

/// The request on whose behalf tests act.
pub fn request_id() -> RequestId {
    RequestId::new("test-request")
}

/// A request with an `Idempotency-Key`; the byte stands for what the request was.
pub fn once(key: &str, fingerprint: u8) -> Once {
    Once::new(Some(IdempotencyKey { key: key.to_owned(), fingerprint: [fingerprint; 32] }))
}

/// A company that signed up.
#[derive(Debug, Clone)]
pub struct TestCompany {
    /// The company.
    pub id: CompanyId,
    /// Its owner, signed in.
    pub owner: Actor,
    /// The owner's id.
    pub owner_id: UserId,
    /// The owner's e-mail.
    pub email: String,
    /// The session that sign-up opened.
    pub session: SessionOpened,
    /// The pipeline it started with.
    pub pipeline: Pipeline,
}

impl TestCompany {
    /// A stage of the first pipeline by its name.
    ///
    /// # Panics
    /// When there is none.
    pub fn stage(&self, name: &str) -> StageId {
        self.pipeline.find_stage(&StageRef::parse(name)).expect("the pipeline has such a stage").id
    }
}

/// A person of a company (or of the platform), signed in.
#[derive(Debug, Clone)]
pub struct TestPerson {
    /// Their id.
    pub id: UserId,
    /// Their e-mail.
    pub email: String,
    /// They themselves, to act as.
    pub actor: Actor,
    /// Their session.
    pub session: SessionOpened,
}

/// An API key.
#[derive(Debug, Clone)]
pub struct TestKey {
    /// Its id.
    pub id: ApiKeyId,
    /// Its value.
    pub value: String,
    /// The key itself, to act as.
    pub actor: Actor,
}

/// A whole Cartera in memory.
#[derive(Clone)]
pub struct TestWorld {
    /// The use cases.
    pub app: Application,
    /// The ports they are wired to.
    pub ports: Arc<Ports>,
    /// The rows.
    pub store: MemoryStore,
    /// The time.
    pub clock: FixedClock,
    /// The password hashes.
    pub hasher: PlainHasher,
    /// The mails.
    pub mailer: MemoryMailer,
    people: Arc<AtomicU64>,
}

impl Default for TestWorld {
    fn default() -> Self {
        Self::new()
    }
}

impl TestWorld {
    /// An empty world in which anybody may sign up.
    pub fn new() -> Self {
        Self::with_registration(true)
    }

    /// An empty world with sign-up open or closed.
    ///
    /// # Panics
    /// Never: Uruguay is a country.
    pub fn with_registration(registration_open: bool) -> Self {
        let clock = FixedClock::default();
        let hasher = PlainHasher::default();
        let mailer = MemoryMailer::default();
        let store = MemoryStore::new(Arc::new(clock.clone()));
        let ports = Arc::new(Ports {
            store: Arc::new(store.clone()),
            directory: Arc::new(MemoryDirectory::new(&store)),
            company_queries: Arc::new(NoQueries),
            user_queries: Arc::new(NoQueries),
            account_queries: Arc::new(NoQueries),
            contact_queries: Arc::new(NoQueries),
            opportunity_queries: Arc::new(NoQueries),
            api_key_queries: Arc::new(NoQueries),
            dead_job_queries: Arc::new(NoQueries),
            reports: Arc::new(NoQueries),
            passwords: Arc::new(hasher.clone()),
            access_tokens: Arc::new(PlainTokens),
            mailer: Arc::new(mailer.clone()),
            clock: Arc::new(clock.clone()),
            randomness: Arc::new(SequentialRandomness::default()),
        });
        let default_country = Country::parse("UY").expect("Uruguay is a country");
        let settings = IdentitySettings { registration_open, default_country };
        let app = Application::new(Arc::clone(&ports), settings);
        Self { app, ports, store, clock, hasher, mailer, people: Arc::default() }
    }

    /// An e-mail that nobody has yet.
    pub fn fresh_email(&self) -> String {
        format!("person{}@example.com", self.people.fetch_add(1, Ordering::SeqCst) + 1)
    }

    /// The input of a sign-up that is in order.
    pub fn registration(&self, company_name: &str) -> RegistrationInput {
        RegistrationInput {
            company_name: Patch::Value(company_name.to_owned()),
            name: Patch::Value("Olga Owner".to_owned()),
            email: Patch::Value(self.fresh_email()),
            password: Patch::Value(PASSWORD.to_owned()),
            ..RegistrationInput::default()
        }
    }

    /// Signs a company up.
    ///
    /// # Panics
    /// When that is refused.
    pub async fn company(&self, name: &str) -> TestCompany {
        let input = self.registration(name);
        let session = self
            .app
            .identity
            .register(input, Device::default(), request_id())
            .await
            .expect("the company signs up");
        let owner = self.actor_of(&session).await;
        let pipelines = self.app.pipelines.list(&owner).await.expect("the owner reads pipelines");
        TestCompany {
            id: owner.company_id(),
            owner_id: Id::new(session.user.id),
            email: session.user.email.clone(),
            pipeline: pipelines.into_iter().next().expect("a company starts with a pipeline"),
            session,
            owner,
        }
    }

    /// Whoever holds a session.
    ///
    /// # Panics
    /// When its access token carries no authority.
    pub async fn actor_of(&self, session: &SessionOpened) -> Actor {
        let authenticated = self.app.authenticator.person(&session.access_token, request_id()).await;
        authenticated.expect("the session is open")
    }

    /// Signs somebody in, as often as is asked.
    ///
    /// # Errors
    /// Those of the use case.
    pub async fn login(&self, email: &str, password: &str) -> crate::Result<SessionOpened> {
        let command = LoginCommand {
            email: Patch::Value(email.to_owned()),
            password: Patch::Value(Password::attempt(password.to_owned())),
            company_id: Patch::Absent,
        };
        self.app.identity.login(command, Device::default(), request_id()).await
    }

    fn new_person(&self) -> NewPerson {
        NewPerson {
            name: Line::trusted("Petra Person".to_owned()),
            email: Email::trusted(self.fresh_email()),
            password: Password::attempt(PASSWORD.to_owned()),
        }
    }

    /// A new user of a company, signed in.
    ///
    /// # Panics
    /// When that is refused.
    pub async fn person(&self, company: CompanyId, role: Role) -> TestPerson {
        let person = self.new_person();
        let email = person.email.as_str().to_owned();
        let id =
            self.app.identity.add_user(company, person, role, request_id()).await.expect("the user is made");
        self.signed_in(id, email).await
    }

    /// A new platform administrator, signed in.
    ///
    /// # Panics
    /// When that is refused.
    pub async fn administrator(&self) -> TestPerson {
        let person = self.new_person();
        let email = person.email.as_str().to_owned();
        let id = self.app.identity.add_administrator(person, request_id()).await.expect("the person is made");
        self.signed_in(id, email).await
    }

    async fn signed_in(&self, id: UserId, email: String) -> TestPerson {
        let session = self.login(&email, PASSWORD).await.expect("the person signs in");
        let actor = self.actor_of(&session).await;
        TestPerson { id, email, actor, session }
    }

    /// A new API key of somebody.
    ///
    /// # Panics
    /// When they may not make it.
    pub async fn key(&self, creator: &Actor, scopes: &[Permission]) -> TestKey {
        let number = self.people.fetch_add(1, Ordering::SeqCst) + 1;
        let input = ApiKeyInput {
            name: Patch::Value(format!("key {number}")),
            scopes: Patch::Value(scopes.iter().map(|scope| scope.key().to_owned()).collect()),
            expires_at: Patch::Absent,
        };
        let made = self.app.api_keys.create(creator, input, &Once::default()).await.expect("the key is made");
        let value = made.output.value.expect("a new key shows its value").expose();
        let actor = self.app.authenticator.key(&value, request_id()).await.expect("the key is live");
        TestKey { id: Id::new(made.output.key.id), value, actor }
    }

    /// A new account.
    ///
    /// # Panics
    /// When the actor may not make it.
    pub async fn account(&self, actor: &Actor, name: &str) -> AccountId {
        let input = AccountInput { name: Patch::Value(name.to_owned()), ..AccountInput::default() };
        let command = AccountCommand { input, owner_id: Patch::Absent };
        let made = self.app.accounts.create(actor, command, &Once::default()).await;
        Id::new(made.expect("the account is made").output.id)
    }

    /// What is needed to make an opportunity with an account.
    pub fn new_opportunity(title: &str, account: AccountId) -> CreateOpportunity {
        let amount = MoneyInput { amount: Some("1000.00".to_owned()), currency: None };
        CreateOpportunity {
            input: OpportunityInput {
                title: Patch::Value(title.to_owned()),
                amount: Patch::Value(amount),
                ..OpportunityInput::default()
            },
            links: WantedLinks { account_id: Patch::Value(account.uuid()), ..WantedLinks::default() },
            ..CreateOpportunity::default()
        }
    }

    /// A new opportunity in the first stage.
    ///
    /// # Panics
    /// When the actor may not make it.
    pub async fn opportunity(&self, actor: &Actor, account: AccountId) -> OpportunityView {
        let command = Self::new_opportunity("A sale", account);
        let made = self.app.opportunities.create(actor, command, &Once::default()).await;
        made.expect("the opportunity is made").output
    }

    /// The id of an opportunity that was read.
    pub fn id_of(view: &OpportunityView) -> OpportunityId {
        Id::new(view.id)
    }

    /// A new contact, at an account or at none.
    ///
    /// # Panics
    /// When the actor may not make it.
    pub async fn contact(&self, actor: &Actor, account_id: Option<AccountId>) -> ContactId {
        let input = ContactInput { first_name: Patch::Value("Carla".to_owned()), ..ContactInput::default() };
        let account_id = account_id.map(Id::uuid).into();
        let command = ContactCommand { input, account_id, owner_id: Patch::Absent };
        let made = self.app.contacts.create(actor, command, &Once::default()).await;
        Id::new(made.expect("the contact is made").output.id)
    }

    /// A second pipeline, in another language so that its stages have other names.
    ///
    /// # Panics
    /// When it can't be stored.
    pub async fn pipeline(&self, company: CompanyId) -> Pipeline {
        let grant = Actor::system(company, request_id()).authorize_system().expect("the system may");
        let mut pipeline = second_pipeline(|| self.ports.randomness.id(), &self.clock);
        let tx = self.store.begin(&grant).await.expect("a unit of work begins");
        tx.pipelines().insert(&mut pipeline).await.expect("the pipeline is stored");
        tx.commit().await.expect("it commits");
        pipeline
    }

    /// Changes a user behind the use cases' back, and has the authenticator notice at once.
    ///
    /// # Panics
    /// When there is no such user.
    pub fn change_user(&self, company: CompanyId, user: UserId, change: impl FnOnce(&mut UserRecord)) {
        self.store
            .tamper(|tables| tables.users.get_mut(&(company, user)).map(change))
            .expect("the user is there");
        self.forget();
    }

    /// Suspends a company, and has the authenticator notice at once.
    pub fn suspend(&self, company: CompanyId) {
        let now = self.clock.now();
        self.store.tamper(|tables| {
            if let Some(company) = tables.companies.get_mut(&company) {
                company.suspended_at = Some(now);
            }
        });
        self.forget();
    }

    /// Makes the authenticator read everything again, as it does by itself after two seconds.
    pub fn forget(&self) {
        self.app.authenticator.forget_sessions();
        self.app.authenticator.forget_keys();
    }

    /// The names of what was published in a company so far, in order.
    pub fn events(&self, company: CompanyId) -> Vec<&'static str> {
        self.store.events(company).into_iter().map(|published| published.event.kind.as_str()).collect()
    }
}

/// A pipeline that is not the company's default one.
fn second_pipeline(mut id: impl FnMut() -> uuid::Uuid, clock: &FixedClock) -> Pipeline {
    use cartera_domain::{
        pipelines::{PipelineRecord, default_pipeline},
        values::Locale,
    };
    let now = clock.now();
    let made = default_pipeline(Id::new(id()), Locale::Pt, || Id::new(id()), now);
    Pipeline::create(PipelineRecord { is_default: false, ..made.record().clone() })
}
