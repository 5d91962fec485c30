//! Fixtures for people who can't sign up by themselves: users of other roles, and platform administrators.

use std::{sync::Arc, time::Duration};

use cartera_application::{Application, identity::NewPerson, security::Provenance};
use cartera_config::{Config, FixedEnvironment};
use cartera_domain::{
    identity::{Role, UserName},
    ids::Id,
    values::{Email, Password},
};
use cartera_infra_crypto::SystemClock;
use cartera_infra_postgres::{PgStore, PoolOptions};
use cartera_server::{
    database::{DatabaseAccess, WhenInUse},
    wiring,
};
use serde_json::json;
use sqlx::Connection as _;
use uuid::Uuid;

use super::{Client, Company, Server, server::environment, unique};

/// Everybody's password.
pub(crate) const PASSWORD: &str = "Correct-Horse-7";

/// A signed-in person.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) email: String,
    /// A client signed in as this person.
    pub(crate) client: Client,
    /// The value of the refresh cookie.
    pub(crate) refresh_token: String,
}

impl Server {
    /// A user of a company who has just signed in.
    pub(crate) async fn user(&self, company: &Company, role: Role) -> Person {
        let email = format!("{}@example.com", unique(role.as_str()));
        let id = Uuid::try_parse(&company.id).expect("an id");
        self.with_application(async |application| {
            let made = application.identity.add_user(Id::new(id), person(&email), role, provenance());
            made.await.expect("a user is made");
        })
        .await;
        self.sign_in(&email).await
    }

    /// A platform administrator who has just signed in.
    pub(crate) async fn administrator(&self) -> Person {
        let email = format!("{}@example.com", unique("platform"));
        self.with_application(async |application| {
            let made = application.identity.add_administrator(person(&email), provenance());
            made.await.expect("an administrator is made");
        })
        .await;
        self.sign_in(&email).await
    }

    /// Opens a session.
    pub(crate) async fn sign_in(&self, email: &str) -> Person {
        let nobody = self.nobody();
        let answer = nobody.post("/auth/login", &json!({ "email": email, "password": PASSWORD })).await;
        let session = answer.clone().expect(200).data();
        Person {
            id: session["user"]["id"].as_str().expect("an id").to_owned(),
            email: email.to_owned(),
            client: nobody.bearer(session["accessToken"].as_str().expect("a token")),
            refresh_token: answer.refresh_token().expect("a refresh cookie"),
        }
    }

    /// Runs SQL as a superuser on the record with this id, for what no route does yet.
    pub(crate) async fn obey(&self, sql: &'static str, id: &str) {
        let mut connection = self.database.behind_the_walls().await;
        let done = sqlx::query(sql).bind(id).execute(&mut connection).await.expect("the database obeys");
        assert_eq!(done.rows_affected(), 1, "{sql}");
        connection.close().await.expect("the connection ends well");
    }

    /// Runs use cases on the server's database, like the command line.
    async fn with_application(&self, work: impl AsyncFnOnce(&Application)) {
        let config =
            Config::from_env(&FixedEnvironment::new(environment(&self.database))).expect("valid settings");
        let access = DatabaseAccess::open(&config, WhenInUse::Attach).expect("an external database");
        let store: PgStore =
            access.store(PoolOptions { size: 1, patience: Duration::from_secs(10) }).expect("a URL");
        let application = wiring::application(&config, &access, &store, Arc::new(SystemClock), "cartera")
            .expect("the use cases are wired");
        work(&application).await;
        store.close().await;
    }
}

fn person(email: &str) -> NewPerson {
    NewPerson {
        name: UserName::parse("Berta Prueba".to_owned()).expect("a name"),
        email: Email::parse(email.to_owned()).expect("an e-mail"),
        password: Password::attempt(PASSWORD.to_owned()),
    }
}

fn provenance() -> Provenance {
    Provenance::request("test")
}
