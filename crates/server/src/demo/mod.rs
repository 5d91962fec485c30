//! The demo: company ORT with a believable year of sales.
//!
//! The ordinary use cases create everything, with a clock that walks through the year. So the demo obeys every rule,
//! and its counters, numbers and events are real. Every step has an idempotency key: an interrupted seed continues
//! where it stopped, and a finished one changes nothing.

mod channel;
mod data;
mod files;
mod steps;
mod story;

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use cartera_api_http::edge::DemoSignIns;
use cartera_application::{
    Application, Code, Error,
    identity::{Device, NewPerson},
    ports::Clock,
    security::Provenance,
};
use cartera_config::Config;
use cartera_domain::{
    companies::RegistrationInput,
    identity::{Role, UserName},
    ids::{CompanyId, Id, UserId},
    input::{Patch, Rule},
    values::{Email, Password},
};
use cartera_infra_postgres::{PgDirectory, PgStore};
use chrono::{DateTime, Days, Utc};
use tracing::info;

use crate::{database::DatabaseAccess, error::StartError, wiring};

/// The password of every demo sign-in.
const PASSWORD: &str = "Password1";
const ADMINISTRATOR: &str = "admin@saas.com";
const OWNER: &str = "owner@saas.com";
const MEMBER: &str = "usuario@saas.com";

/// The demo's sign-ins, for the page at the root.
pub fn who() -> DemoSignIns {
    let people =
        [(MEMBER, "member of ORT"), (OWNER, "owner of ORT"), (ADMINISTRATOR, "platform administrator")];
    let people = people.map(|(email, role)| (email.to_owned(), role.to_owned())).to_vec();
    DemoSignIns { password: PASSWORD.to_owned(), people }
}

/// The demo's sign-ins, for the terminal.
pub fn sign_ins() -> String {
    format!(
        "\nDemo sign-ins (password {PASSWORD}):\n  \
         {MEMBER:<18} member of ORT\n  {OWNER:<18} owner of ORT\n  {ADMINISTRATOR:<18} platform administrator\n"
    )
}

/// A clock that shows the time it was set to, so that the ordinary use cases can write last year's history.
struct StoryClock(AtomicI64);

impl StoryClock {
    fn set(&self, at: DateTime<Utc>) {
        self.0.store(at.timestamp_micros(), Ordering::SeqCst);
    }
}

impl Clock for StoryClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0.load(Ordering::SeqCst)).unwrap_or_default()
    }
}

/// Creates the demo, or what is missing of it.
///
/// # Errors
/// [`StartError::DemoRefused`] outside the embedded stack; [`StartError::UseCase`] when a step fails.
pub async fn seed(config: &Config, access: &DatabaseAccess, store: &PgStore) -> Result<(), StartError> {
    if !access.is_embedded() {
        return Err(StartError::DemoRefused);
    }
    let clock = Arc::new(StoryClock(AtomicI64::new(0)));
    let application = wiring::application(config, access, store, clock.clone(), "cartera")?;
    let teller = Teller { application, directory: PgDirectory::new(store), clock, store: store.clone() };
    teller.tell().await.map_err(|cause| StartError::UseCase { what: "making the demo data", cause })
}

/// Runs the demo's steps through the use cases.
struct Teller {
    application: Application,
    directory: PgDirectory,
    clock: Arc<StoryClock>,
    store: PgStore,
}

/// The people of the demo.
struct Cast {
    company: CompanyId,
    owner: UserId,
    member: UserId,
}

impl Teller {
    async fn tell(&self) -> Result<(), Error> {
        let now = Utc::now();
        // The platform administrator is created last: if they exist, so does everything else.
        if self.find(ADMINISTRATOR).await?.is_some() {
            return Ok(());
        }
        info!("making the demo data: company ORT and a year of its sales");
        // A year ago at noon in UTC, when work begins in Montevideo.
        let begin = (now - Days::new(365)).date_naive().and_hms_opt(12, 0, 0).unwrap_or_default().and_utc();
        self.clock.set(begin);
        let cast = self.people().await?;
        story::tell(self, &cast, begin, now).await?;
        self.clock.set(now);
        let administrator = person("Administradora de la plataforma", ADMINISTRATOR)?;
        accept_taken(self.application.identity.add_administrator(administrator, provenance()).await)?;
        info!("the demo data is ready");
        Ok(())
    }

    async fn people(&self) -> Result<Cast, Error> {
        if self.find(OWNER).await?.is_none() {
            let text = |value: &str| Patch::Value(value.to_owned());
            let input = RegistrationInput {
                company_name: text("ORT"),
                name: text("Ana Olivera"),
                email: text(OWNER),
                password: text(PASSWORD),
                country: text("UY"),
                ..RegistrationInput::default()
            };
            accept_taken(self.application.identity.register(input, Device::default(), provenance()).await)?;
        }
        let (company, owner) = self.found(OWNER).await?;
        if self.find(MEMBER).await?.is_none() {
            let person_of_member = person("Martín Usuario", MEMBER)?;
            let made =
                self.application.identity.add_user(company, person_of_member, Role::Member, provenance());
            accept_taken(made.await)?;
        }
        let (_, member) = self.found(MEMBER).await?;
        Ok(Cast { company, owner, member })
    }

    async fn find(&self, email: &str) -> Result<Option<(CompanyId, UserId)>, Error> {
        use cartera_application::ports::Directory;
        let email = Email::parse(email.to_owned()).map_err(|rule| Error::invalid("email", rule))?;
        let identity = self.directory.find(&email).await?;
        Ok(identity.map(|identity| (identity.company_id, Id::new(identity.subject.id().uuid()))))
    }

    async fn found(&self, email: &str) -> Result<(CompanyId, UserId), Error> {
        self.find(email).await?.ok_or_else(Error::not_found)
    }
}

fn person(name: &str, email: &str) -> Result<NewPerson, Error> {
    let refused = |rule: Rule| Error::invalid("person", rule);
    Ok(NewPerson {
        name: UserName::parse(name.to_owned()).map_err(refused)?,
        email: Email::parse(email.to_owned()).map_err(refused)?,
        password: Password::attempt(PASSWORD.to_owned()),
    })
}

/// Treats "already taken" as success: an earlier run created it.
fn accept_taken<T>(made: Result<T, Error>) -> Result<(), Error> {
    match made {
        Ok(_) => Ok(()),
        Err(error) if error.is(Code::EmailTaken) => Ok(()),
        Err(error) => Err(error),
    }
}

fn provenance() -> Provenance {
    Provenance::job("demo")
}
