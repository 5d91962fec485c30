//! Valid requests, and their places for ids.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use cartera_application::records::RESOURCES;
use cartera_domain::{identity::Role, record::Table};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sqlx::Connection as _;
use uuid::Uuid;

use super::{
    Entry, Operation,
    callers::{Caller, Callers},
    records::{self, made_at, new_record, path, resource},
    table::{Kind, Lies, Link, Material, Slot},
};
use crate::support::{Answer, Call, Client, Company, Person, Server, announcement, attach, unique};

/// The owner of the record that an operation is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// It is about no record.
    None,
    /// The caller's.
    Own,
    /// A colleague's.
    Others,
}

/// A request being built.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) path_id: Option<String>,
    pub(super) query: Vec<(String, String)>,
    pub(super) body: Option<Value>,
}

/// A valid request of `caller`.
pub(super) async fn prepare(
    operation: &Operation,
    entry: &Entry,
    callers: &Callers,
    caller: &Caller,
    target: Target,
) -> Call {
    compose(operation, entry, callers, caller, target).await.call(caller, operation)
}

/// The parts of a valid request of `caller`.
pub(super) async fn compose(
    operation: &Operation,
    entry: &Entry,
    callers: &Callers,
    caller: &Caller,
    target: Target,
) -> Request {
    let path_id = match entry.target {
        Some(kind) => {
            let id = record(kind, callers, caller, target).await;
            if entry.lies == Lies::InTheBin {
                delete(&callers.company, kind, &id).await;
            }
            Some(id)
        }
        None => None,
    };
    assert_eq!(path_id.is_some(), operation.path.contains("{id}"), "{}: the entry's target", operation.name);
    let order = match (entry.target, &path_id) {
        (Some(Kind::Pipeline), Some(id)) => stages_of(callers, id).await,
        _ => Vec::new(),
    };
    let material = Material {
        order,
        unique: unique("sweep"),
        account: callers.account.clone(),
        stages: callers.company.stages.clone(),
        email: callers.spare.email.clone(),
        token: match entry.link {
            Some(link) => link_of(link, callers).await,
            None => String::new(),
        },
    };
    let query = entry.query.split('&').filter_map(|pair| pair.split_once('='));
    Request {
        path_id,
        query: query
            .map(|(name, value)| (name.to_owned(), value.replace("{account}", &callers.account)))
            .collect(),
        body: entry.body.map(|body| body.of(&material)),
    }
}

impl Request {
    /// Puts an id into a place.
    pub(super) fn put(&mut self, slot: Slot, id: &str) {
        match slot {
            Slot::Path(_) => self.path_id = Some(id.to_owned()),
            Slot::Item(name, _) => {
                let list = self.body.as_mut().and_then(|body| body[name].as_array_mut());
                list.expect("a list")[0] = json!(id);
            }
            Slot::Query(name, ..) => {
                self.query.retain(|(known, _)| known != name);
                self.query.push((name.to_owned(), id.to_owned()));
            }
            Slot::Body(name, ..) => {
                let body = self.body.as_mut().and_then(Value::as_object_mut).expect("a body");
                body.insert(name.to_owned(), json!(id));
            }
        }
    }

    pub(super) fn call(self, caller: &Caller, operation: &Operation) -> Call {
        let Self { path_id, query, body } = self;
        let path = operation.path.replace("{id}", path_id.as_deref().unwrap_or_default());
        let query: Vec<_> = query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let question = if query.is_empty() { "" } else { "?" };
        let mut call = Call::new(&operation.method, format!("{path}{question}{}", query.join("&")));
        if let Some(body) = body {
            call = call.json(&body);
        }
        let by_cookie = operation.access == cartera_api_http::openapi::Access::Cookie;
        match &caller.person {
            Some(person) if by_cookie => {
                call.header("cookie", format!("cartera_refresh={}", person.refresh_token))
            }
            _ => call,
        }
    }
}

/// A record of this kind, unused where that matters.
async fn record(kind: Kind, callers: &Callers, caller: &Caller, target: Target) -> String {
    let company = &callers.company;
    let owner = match (target, &caller.person) {
        (Target::Own, Some(person)) => &person.id,
        _ => &company.owner.id,
    };
    match kind {
        Kind::Account => company.account_with(json!({ "ownerId": owner })).await,
        Kind::Opportunity => {
            company.opportunity_with(json!({ "accountId": callers.account, "ownerId": owner })).await
        }
        Kind::ApiKey => {
            // A key belongs to its creator; callers who can't create one are refused with any id.
            let body = json!({ "name": unique("key"), "scopes": ["reports:read"] });
            if target == Target::Own {
                let made = caller.client.post("/api-keys", &body).await;
                if made.status == 201 {
                    return made.id();
                }
            }
            company.key(&["reports:read"]).await.0
        }
        Kind::Pipeline => text(&company.new_pipeline().await["id"]),
        // The second of two open ones, which may be deleted.
        Kind::Stage => text(&company.new_pipeline().await["stages"][1]["id"]),
        Kind::User => callers.colleague().await,
        Kind::Invitation => invitation(company).await,
        // The caller's own; callers without one are refused with any id.
        Kind::Session => session_of(caller.person.as_ref().unwrap_or(&company.owner)),
        // What the caller did; callers who can't do anything are refused with any id.
        Kind::Operation => match operation_of(&caller.client).await {
            Some(id) => id,
            None => operation_of(company.client()).await.expect("the owner has a name"),
        },
        Kind::Company => callers.another_company().await,
        Kind::Job => job(callers.server, &company.id, true).await,
        Kind::Contact => company.contact_with(json!({ "ownerId": owner })).await,
        Kind::Record(entity) => {
            let table = resource(entity).table;
            // A record without an owner belongs to its creator; callers who can't create one are refused with any id.
            if target == Target::Own && table.owner().is_none() {
                let made = make_record(&caller.client, table, &callers.account, None).await;
                if made.status == 201 {
                    return made.id();
                }
            }
            record_of(company, table, &callers.account, Some(owner)).await
        }
        Kind::Attachment => {
            // An upload belongs to its creator; callers who can't create one are refused with any id.
            let announced = announcement("ACCOUNT", &callers.account, b"a file");
            let may = caller.client.post("/attachments", &announced).await.status == 201;
            let uploader = if target == Target::Own && may { &caller.client } else { company.client() };
            attach(uploader, "ACCOUNT", &callers.account, b"a file").await
        }
    }
}

/// A record of a resource without a special case, created from its table.
async fn record_of(company: &Company, table: &'static Table, account: &str, owner: Option<&str>) -> String {
    make_record(company.client(), table, account, owner).await.expect(201).id()
}

async fn make_record(client: &Client, table: &'static Table, account: &str, owner: Option<&str>) -> Answer {
    let material = Material {
        unique: unique("sweep"),
        account: account.to_owned(),
        stages: Vec::new(),
        order: Vec::new(),
        email: String::new(),
        token: String::new(),
    };
    let mut body = new_record(table, &material);
    if let (Some(index), Some(owner)) = (table.owner(), owner) {
        body[table.fields[index].path] = json!(owner);
    }
    client.post(made_at(table, account), &body).await
}

fn text(value: &Value) -> String {
    value.as_str().expect("text").to_owned()
}

/// The ids of a pipeline's stages, in order.
async fn stages_of(callers: &Callers, pipeline: &str) -> Vec<String> {
    let path = format!("/pipelines/{pipeline}");
    let pipeline = callers.company.client().get(path).await.expect(200).data();
    pipeline["stages"].as_array().expect("stages").iter().map(|stage| text(&stage["id"])).collect()
}

/// Moves a record to the bin.
async fn delete(company: &Company, kind: Kind, id: &str) {
    let resource = match kind {
        Kind::Account => "accounts".to_owned(),
        Kind::Contact => "contacts".to_owned(),
        Kind::Opportunity => "opportunities".to_owned(),
        Kind::Record(entity) => path(self::resource(entity).table),
        other => panic!("there is no bin for {other:?}"),
    };
    company.client().delete(format!("/{resource}/{id}")).await.expect(204);
}

/// The ids of existing records of another company, one of each kind, and one in the bin if the kind has one.
#[derive(Debug)]
pub(super) struct Foreign {
    company: Company,
    binned: Vec<(Kind, String)>,
    records: Vec<(Kind, String)>,
    account: String,
    contact: String,
    opportunity: String,
    key: String,
    session: String,
    job: String,
    invitation: String,
    attachment: String,
    operation: String,
}

impl Foreign {
    pub(super) async fn new(server: &Server) -> Self {
        let company = server.company().await;
        let account = company.account().await;
        let mut binned = vec![
            (Kind::Account, company.account().await),
            (Kind::Contact, company.contact_with(json!({})).await),
            (Kind::Opportunity, company.opportunity(&account).await),
        ];
        let mut plain = Vec::new();
        for table in RESOURCES.iter().map(|resource| resource.table) {
            if let kind @ Kind::Record(_) = records::kind(table.entity) {
                binned.push((kind, record_of(&company, table, &account, None).await));
                plain.push((kind, record_of(&company, table, &account, None).await));
            }
        }
        for (kind, id) in &binned {
            delete(&company, *kind, id).await;
        }
        Self {
            binned,
            records: plain,
            opportunity: company.opportunity(&account).await,
            contact: company.contact_with(json!({})).await,
            key: company.key(&["reports:read"]).await.0,
            session: session_of(&company.owner),
            // Not dead, so that retrying dead jobs does not find it.
            job: job(server, &company.id, false).await,
            invitation: invitation(&company).await,
            attachment: attach(company.client(), "ACCOUNT", &account, b"their file").await,
            operation: operation_of(company.client()).await.expect("the owner has a name"),
            account,
            company,
        }
    }

    /// The id of their record of this kind in the bin.
    pub(super) fn binned(&self, kind: Kind) -> &str {
        let found = self.binned.iter().find(|(binned, _)| *binned == kind);
        found.map(|(_, id)| id.as_str()).expect("one lies in the bin")
    }

    /// The id of their record of this kind.
    pub(super) fn id(&self, kind: Kind) -> &str {
        match kind {
            Kind::Account => &self.account,
            Kind::Contact => &self.contact,
            Kind::Opportunity => &self.opportunity,
            Kind::ApiKey => &self.key,
            Kind::Pipeline => &self.company.pipeline,
            Kind::Stage => &self.company.stages[1],
            Kind::User => &self.company.owner.id,
            Kind::Session => &self.session,
            Kind::Company => &self.company.id,
            Kind::Job => &self.job,
            Kind::Invitation => &self.invitation,
            Kind::Attachment => &self.attachment,
            Kind::Operation => &self.operation,
            Kind::Record(_) => {
                let found = self.records.iter().find(|(known, _)| *known == kind);
                found.map(|(_, id)| id.as_str()).expect("one of each resource")
            }
        }
    }
}

/// The operation that changes one's own name; none where that is refused.
async fn operation_of(client: &Client) -> Option<String> {
    let done = client.patch("/users/me", &json!({ "name": unique("name") })).await;
    done.header("x-operation-id").map(str::to_owned)
}

/// A pending invitation of somebody new.
async fn invitation(company: &Company) -> String {
    let body = json!({ "email": format!("{}@example.com", unique("guest")) });
    company.client().post("/invitations", &body).await.expect(201).id()
}

/// The token of a link that was never mailed: its hash is written to the database directly.
async fn link_of(link: Link, callers: &Callers) -> String {
    let company = &callers.company;
    let secret: [u8; 32] = Sha256::digest(unique("link")).into();
    let (prefix, sql, id) = match link {
        Link::Invitation => {
            ("civ", "update invitations set token_hash = $2 where id = $1::uuid", invitation(company).await)
        }
        Link::PasswordReset => (
            "cpr",
            "insert into password_resets (company_id, id, subject_id, token_hash, created_at, expires_at) \
             select company_id, gen_random_uuid(), id, $2, now(), now() + interval '1 hour' \
             from users where id = $1::uuid",
            callers.server.user(company, Role::Viewer).await.id,
        ),
    };
    let mut connection = callers.server.database.behind_the_walls().await;
    let hash = Sha256::digest(secret).to_vec();
    let done = sqlx::query(sql).bind(id).bind(hash).execute(&mut connection).await.expect("it obeys");
    assert_eq!(done.rows_affected(), 1);
    connection.close().await.expect("the connection ends well");
    let company = Uuid::try_parse(&company.id).expect("an id").simple().to_string();
    format!("{prefix}_{company}.{}", URL_SAFE_NO_PAD.encode(secret))
}

/// The id of a person's session, from their access token.
fn session_of(person: &Person) -> String {
    let token = person.client.token().expect("they are signed in");
    let claims = token.split('.').nth(1).expect("a JWT");
    let claims = URL_SAFE_NO_PAD.decode(claims).expect("base64");
    let claims: Value = serde_json::from_slice(&claims).expect("claims");
    claims["sid"].as_str().expect("a session").to_owned()
}

/// A job, dead or not, that no worker knows and that is not due for a long time.
async fn job(server: &Server, company: &str, dead: bool) -> String {
    let mut connection = server.database.behind_the_walls().await;
    let id: Uuid = sqlx::query_scalar(
        "select jobs.public_id((graphile_worker.add_job('unheard_of', json_build_object('company_id', $1), \
         run_at := now() + interval '1 day', max_attempts := 3)).id)",
    )
    .bind(company)
    .fetch_one(&mut connection)
    .await
    .expect("a job is queued");
    if dead {
        sqlx::query("update graphile_worker._private_jobs set attempts = 3 where jobs.public_id(id) = $1")
            .bind(id)
            .execute(&mut connection)
            .await
            .expect("the job dies");
    }
    connection.close().await.expect("the connection ends well");
    id.to_string()
}
