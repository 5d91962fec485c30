//! A whole Cartera in memory, with companies and people in it.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use cartera_domain::{
    attachments::AttachmentRules,
    companies::RegistrationInput,
    identity::{ApiKeyInput, Permission, Role, UserRecord},
    ids::{ApiKeyId, CompanyId, Id, StageId, UserId},
    input::Patch,
    pipelines::{Pipeline, StageRef},
    values::{Country, Email, Line, Locale, Password, PasswordPolicy, Timezone},
};

use super::{
    FixedClock, MemoryBlobs, MemoryDirectory, MemoryMailer, MemoryStore, NoQueries, PlainHasher,
    PlainSecrets, PlainTokens, SequentialRandomness,
};
use crate::{
    Application,
    idempotency::{IdempotencyKey, Once},
    identity::{Device, IdentitySettings, LoginCommand, NewPerson, SessionOpened},
    notices::NoticeSettings,
    ports::{Clock, Mail, MailContent, Ports, Store},
    security::{Actor, Provenance},
};

/// The password of everybody in a test environment.
pub const PASSWORD: &str = "Password1";

/// The request on whose behalf tests act.
pub fn provenance() -> Provenance {
    Provenance::request("test-request")
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
pub struct TestEnvironment {
    /// The use cases.
    pub app: Application,
    /// The ports they are wired to.
    pub ports: Arc<Ports>,
    /// The rows.
    pub store: MemoryStore,
    /// The files.
    pub blobs: MemoryBlobs,
    /// The time.
    pub clock: FixedClock,
    /// The password hashes.
    pub hasher: PlainHasher,
    /// The mails.
    pub mailer: MemoryMailer,
    pub(super) people: Arc<AtomicU64>,
}

impl Default for TestEnvironment {
    fn default() -> Self {
        Self::new()
    }
}

impl TestEnvironment {
    /// An empty environment in which anybody may sign up.
    pub fn new() -> Self {
        Self::with_registration(true)
    }

    /// An empty environment with sign-up open or closed.
    ///
    /// # Panics
    /// Never: Uruguay is a country.
    pub fn with_registration(registration_open: bool) -> Self {
        let clock = FixedClock::default();
        let hasher = PlainHasher::default();
        let mailer = MemoryMailer::default();
        let store = MemoryStore::new(Arc::new(clock.clone()));
        let blobs = MemoryBlobs::new(Arc::new(clock.clone()));
        let ports = Arc::new(Ports {
            store: Arc::new(store.clone()),
            directory: Arc::new(MemoryDirectory::new(&store)),
            company_queries: Arc::new(NoQueries),
            user_queries: Arc::new(NoQueries),
            history: Arc::new(store.clone()),
            record_lists: Arc::new(store.clone()),
            opportunity_queries: Arc::new(NoQueries),
            invitation_queries: Arc::new(NoQueries),
            attachment_queries: Arc::new(NoQueries),
            blobs: Arc::new(blobs.clone()),
            api_key_queries: Arc::new(NoQueries),
            dead_job_queries: Arc::new(NoQueries),
            reports: Arc::new(NoQueries),
            passwords: Arc::new(hasher.clone()),
            access_tokens: Arc::new(PlainTokens),
            clock: Arc::new(clock.clone()),
            randomness: Arc::new(SequentialRandomness::default()),
            derived_secrets: Arc::new(PlainSecrets),
            mailer: Arc::new(mailer.clone()),
        });
        let default_country = Country::parse("UY").expect("Uruguay is a country");
        let password_policy = PasswordPolicy::default();
        let settings = IdentitySettings { registration_open, default_country, password_policy };
        let app = Application::new(Arc::clone(&ports), settings, Self::notice_settings(), attachment_rules());
        Self { app, ports, store, blobs, clock, hasher, mailer, people: Arc::default() }
    }

    /// Where the links of a test environment lead.
    pub fn notice_settings() -> NoticeSettings {
        NoticeSettings {
            frontend_url: "https://crm.example.com".to_owned(),
            platform_locale: Locale::En,
            platform_timezone: Timezone::UTC,
        }
    }

    /// Does every queued job, and those that follow from it. Answers the mails that went out.
    ///
    /// # Panics
    /// When one can't be done.
    pub async fn run_jobs(&self) -> Vec<Mail> {
        let before = self.mailer.sent().len();
        loop {
            let jobs = self.store.take_jobs();
            if jobs.is_empty() {
                return self.mailer.sent().split_off(before);
            }
            for job in jobs {
                self.app.jobs.run(job).await.expect("the job is done");
            }
        }
    }

    /// The token of the link in a mail.
    ///
    /// # Panics
    /// When it has none.
    pub fn token_of(mail: &Mail) -> String {
        let (MailContent::Invitation { link, .. } | MailContent::PasswordReset { link, .. }) = &mail.content
        else {
            panic!("{:?} has no link", mail.content);
        };
        link.split_once("#token=").expect("a link has a token").1.to_owned()
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
            .register(input, Device::default(), provenance())
            .await
            .expect("the company signs up");
        let owner = self.actor_of(&session).await;
        let grant = owner.authorize(Permission::PipelinesRead).expect("the owner reads pipelines");
        let tx = self.store.begin(&grant).await.expect("a unit of work begins");
        let pipelines = tx.pipelines().all().await.expect("the store answers");
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
        let authenticated = self.app.authenticator.person(&session.access_token, provenance()).await;
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
        self.app.identity.login(command, Device::default(), provenance()).await
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
            self.app.identity.add_user(company, person, role, provenance()).await.expect("the user is made");
        self.signed_in(id, email).await
    }

    /// A new platform administrator, signed in.
    ///
    /// # Panics
    /// When that is refused.
    pub async fn administrator(&self) -> TestPerson {
        let person = self.new_person();
        let email = person.email.as_str().to_owned();
        let id = self.app.identity.add_administrator(person, provenance()).await.expect("the person is made");
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
        let actor = self.app.authenticator.key(&value, provenance()).await.expect("the key is live");
        TestKey { id: Id::new(made.output.key.id), value, actor }
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

/// What files a test environment takes.
pub fn attachment_rules() -> AttachmentRules {
    let types = ["application/pdf", "image/png", "text/plain"];
    AttachmentRules { max_size: 1024 * 1024, types: types.map(str::to_owned).into() }
}
