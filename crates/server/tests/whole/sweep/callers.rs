//! The callers of the sweep.

use std::collections::BTreeMap;

use cartera_api_http::openapi::Access;
use cartera_domain::identity::{Permission, Role};
use serde_json::json;
use sqlx::Connection as _;
use tokio::sync::Mutex;
use uuid::Uuid;

use super::{Entry, Target};
use crate::support::{Client, Company, Person, Server, unique};

/// The kinds of callers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Who {
    Nobody,
    Role(Role),
    /// An owner who must choose a new password first.
    PasswordDue,
    Platform,
    KeyWithScope,
    KeyWithoutScope,
}

impl Who {
    /// Every kind.
    pub(super) const ALL: &[Self] = &[
        Self::Nobody,
        Self::Role(Role::Owner),
        Self::Role(Role::Admin),
        Self::Role(Role::Manager),
        Self::Role(Role::Member),
        Self::Role(Role::Viewer),
        Self::PasswordDue,
        Self::Platform,
        Self::KeyWithScope,
        Self::KeyWithoutScope,
    ];

    /// Whether this caller can have such a record; only users own records.
    pub(super) const fn can_have(self, target: Target) -> bool {
        matches!(self, Self::Role(_)) || !matches!(target, Target::Own)
    }
}

/// A caller.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    pub(super) client: Client,
    /// The person, if it is one.
    pub(super) person: Option<Person>,
}

/// A company with a user of every role, a platform administrator, and keys by scopes.
#[derive(Debug)]
pub(super) struct Callers {
    pub(super) server: &'static Server,
    pub(super) company: Company,
    people: BTreeMap<Who, Person>,
    keys: Mutex<BTreeMap<Vec<&'static str>, Client>>,
    /// An account and a user whom requests can refer to.
    pub(super) account: String,
    pub(super) spare: Person,
}

impl Callers {
    pub(super) async fn new(server: &'static Server) -> Self {
        let company = server.company().await;
        let mut people = BTreeMap::from([
            (Who::Role(Role::Owner), company.owner.clone()),
            (Who::PasswordDue, must_change_password(server, &company).await),
            (Who::Platform, server.administrator().await),
        ]);
        for role in [Role::Admin, Role::Manager, Role::Member, Role::Viewer] {
            people.insert(Who::Role(role), server.user(&company, role).await);
        }
        Self {
            account: company.account().await,
            spare: server.user(&company, Role::Viewer).await,
            server,
            company,
            people,
            keys: Mutex::default(),
        }
    }

    /// The caller, in the state that the operation needs.
    pub(super) async fn caller(&self, who: Who, access: Access, entry: &Entry) -> Caller {
        let nobody = self.server.nobody();
        let Caller { client, person } = match who {
            Who::Nobody => Caller { client: nobody, person: None },
            Who::Role(_) | Who::PasswordDue | Who::Platform => {
                let person =
                    if entry.uses_up_session { self.fresh(who).await } else { self.people[&who].clone() };
                Caller { client: person.client.clone(), person: Some(person) }
            }
            Who::KeyWithScope => Caller { client: self.key(scopes(access, entry)).await, person: None },
            Who::KeyWithoutScope => {
                let other = match access {
                    Access::Permission(Permission::ReportsRead) => Permission::PipelinesRead,
                    _ => Permission::ReportsRead,
                };
                Caller { client: self.key(vec![other.key()]).await, person: None }
            }
        };
        // A machine that is busy with something else says nothing about rights.
        Caller { client: client.patient(5), person }
    }

    /// The id of an unused colleague. They never sign in, so no password is hashed for them, which would be most of the
    /// sweep's work.
    pub(super) async fn colleague(&self) -> String {
        let id = Uuid::now_v7();
        let mut connection = self.server.database.behind_the_walls().await;
        sqlx::query(
            "insert into users (company_id, id, name, email, email_key, role, active, force_password_reset, \
             password_hash, version, created_at, updated_at) \
             values ($1, $2, 'Carla', $3, $3, 'VIEWER', true, false, '', 1, now(), now())",
        )
        .bind(Uuid::try_parse(&self.company.id).expect("an id"))
        .bind(id)
        .bind(format!("{id}@example.com"))
        .execute(&mut connection)
        .await
        .expect("a user is made");
        connection.close().await.expect("the connection ends well");
        id.to_string()
    }

    /// The id of an unused company.
    pub(super) async fn another_company(&self) -> String {
        let body = json!({
            "name": unique("company"), "address": "Rambla 1", "website": "https://acme.example",
            "logoUrl": "https://acme.example/logo.png",
        });
        self.people[&Who::Platform].client.post("/companies", &body).await.expect(201).id()
    }

    /// A new person of this kind, whose session and password may be used up.
    async fn fresh(&self, who: Who) -> Person {
        match who {
            Who::Role(role) => self.server.user(&self.company, role).await,
            Who::PasswordDue => must_change_password(self.server, &self.company).await,
            _ => self.server.administrator().await,
        }
    }

    async fn key(&self, scopes: Vec<&'static str>) -> Client {
        let mut keys = self.keys.lock().await;
        if let Some(key) = keys.get(&scopes) {
            return key.clone();
        }
        let (_, client) = self.company.key(&scopes).await;
        keys.insert(scopes, client.clone());
        client
    }
}

/// The scopes that an operation needs; any if it needs no permission.
fn scopes(access: Access, entry: &Entry) -> Vec<&'static str> {
    let wanted = match access {
        Access::Permission(permission) if permission.allowed_to_api_keys() => permission,
        _ => Permission::AccountsRead,
    };
    [wanted].iter().chain(entry.also).map(|permission| permission.key()).collect()
}

/// An owner with a forced password reset. No route does that yet.
async fn must_change_password(server: &Server, company: &Company) -> Person {
    let person = server.user(company, Role::Owner).await;
    server.obey("update users set force_password_reset = true where id = $1::uuid", &person.id).await;
    person
}
