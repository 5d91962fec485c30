//! The platform's list of companies and a company's list of users, on PostgreSQL; and the cost of removing a user.

use std::collections::BTreeSet;

use cartera_application::{
    Code,
    companies::{CompanyList, CompanyView},
    identity::{Device, LoginCommand, NewPerson, OpaqueToken, TokenKind},
    lists::{self, ListTable},
    opportunities::{OpportunityList, UpdateOpportunity},
    ports::{Clock as _, CompanyQueries, Store},
    security::{Actor, IfMatch, Provenance},
    users::{UserList, UserView},
};
use cartera_domain::{
    companies::CompanyInput,
    identity::{Handover, Role, UserInput},
    ids::{Id, UserId},
    input::Patch,
    opportunities::{MoneyInput, OpportunityInput},
    values::{Email, Line, Password, Slug},
};
use chrono::TimeDelta;

use crate::{
    sales::{Seller, given, register},
    support::grant,
};

fn person(name: &str, email: &str) -> NewPerson {
    NewPerson {
        name: Line::trusted(name.to_owned()),
        email: Email::trusted(email.to_owned()),
        password: Password::attempt("Password1".to_owned()),
    }
}

impl Seller {
    async fn signed_in(&self, email: &str) -> Actor {
        let command = LoginCommand {
            email: given(email),
            password: Patch::Value(Password::attempt("Password1".to_owned())),
            company_id: Patch::Absent,
        };
        let identity = &self.application.identity;
        let opened = identity.login(command, Device::default(), Provenance::request("test")).await;
        let token = opened.expect("they sign in").access_token;
        let authenticator = &self.application.authenticator;
        authenticator.person(&token, Provenance::request("test")).await.expect("they are signed in")
    }

    async fn administrator(&self) -> Actor {
        let platform = person("Pía", "pia@platform.uy");
        let made = self.application.identity.add_administrator(platform, Provenance::request("test")).await;
        made.expect("they are made");
        self.signed_in("pia@platform.uy").await
    }

    async fn colleague(&self, name: &str, role: Role) -> UserId {
        self.clock.advance(TimeDelta::seconds(1));
        let email = format!("{}@acme.uy", Slug::from_name(name));
        let company = self.owner.company_id();
        let added = self.application.identity.add_user(
            company,
            person(name, &email),
            role,
            Provenance::request("test"),
        );
        added.await.expect("they are made")
    }

    async fn companies(&self, actor: &Actor, parameters: &str) -> Vec<CompanyView> {
        let query = self.query_of(CompanyList::TABLE, parameters);
        self.application.companies.list(actor, &query).await.expect("a page").items
    }

    async fn users(&self, actor: &Actor, parameters: &str) -> Vec<UserView> {
        let query = self.query_of(UserList::TABLE, parameters);
        self.application.users.list(actor, &query).await.expect("a page").items
    }
}

/// Every row once, in pages of two, following cursors.
async fn walk<V>(
    seller: &Seller,
    (table, parameters): (&'static ListTable, &str),
    page: impl AsyncFn(&lists::ListQuery) -> lists::Page<V>,
    id: impl Fn(&V) -> uuid::Uuid,
) -> Vec<V> {
    let (mut found, mut seen, mut cursor) = (Vec::new(), BTreeSet::new(), String::new());
    loop {
        let query = seller.query_of(table, &format!("{parameters}&limit=2{cursor}"));
        let page = page(&query).await;
        for item in page.items {
            assert!(seen.insert(id(&item)), "a row comes twice with {parameters}");
            found.push(item);
        }
        match page.next_cursor {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

/// Acme and four more companies, one of them suspended.
async fn five_companies() -> (Seller, Actor) {
    let seller = Seller::new().await;
    let platform = seller.administrator().await;
    for (name, email) in [("Ñandú", "a"), ("zorzal", "b"), ("Águila", "c"), ("acme", "d")] {
        seller.clock.advance(TimeDelta::seconds(1));
        register(&seller.application, name, &format!("{email}@owners.uy")).await;
    }
    let zorzal = &seller.companies(&platform, "q=ZOR").await[0];
    let once = cartera_application::idempotency::Once::default();
    let suspended = seller.application.companies.suspend(&platform, Id::new(zorzal.id), &once).await;
    suspended.expect("the platform may");
    (seller, platform)
}

#[tokio::test]
async fn the_platform_lists_sorts_filters_and_searches_companies() {
    let (seller, platform) = five_companies().await;
    let names = async |parameters: &str| -> Vec<String> {
        seller.companies(&platform, parameters).await.into_iter().map(|company| company.name).collect()
    };
    assert_eq!(names("").await, ["acme", "Águila", "zorzal", "Ñandú", "Acme"]);
    assert_eq!(names("sort=slug").await, ["Acme", "acme", "Águila", "Ñandú", "zorzal"]);
    assert_eq!(names("q=ag").await, ["Águila"]);
    assert_eq!(names("name=NANDU").await, ["Ñandú"]);
    assert_eq!(names("slug=acme-2").await, ["acme"]);
    assert_eq!(names("suspendedAt[isNull]=false").await, ["zorzal"]);
    assert_eq!(names("suspendedAt[isNull]=true&count=true").await.len(), 4);
    assert_eq!(names("sort=suspendedAt&limit=1").await, ["zorzal"]);
    for field in CompanyList::TABLE.fields.iter().filter(|spec| spec.sort) {
        for sign in ["", "-"] {
            let list = async |query: &lists::ListQuery| {
                seller.application.companies.list(&platform, query).await.expect("a page")
            };
            let parameters = format!("sort={sign}{}", field.name);
            let rows = walk(&seller, (CompanyList::TABLE, &parameters), list, |row| row.id).await;
            assert_eq!(rows.len(), 5, "{sign}{}", field.name);
        }
    }
    let counted = seller.query_of(CompanyList::TABLE, "page=2&limit=2");
    let page = seller.application.companies.list(&platform, &counted).await.expect("a page");
    assert_eq!(page.total.map(|total| total.count), Some(5));
}

#[tokio::test]
async fn only_the_platforms_realm_shows_the_companies() {
    let (seller, platform) = five_companies().await;
    let query = seller.query_of(CompanyList::TABLE, "");
    let refused = seller.application.companies.list(&seller.owner, &query).await;
    assert!(refused.expect_err("an owner may not").is(Code::Forbidden));
    // Even a grant that bypasses every check reveals none of them inside a company.
    let stolen = grant(seller.owner.company_id());
    let shown = seller.bench.store.list(&stolen, &query).await.expect("the store answers");
    assert!(shown.items.is_empty());
    // A renamed company is found by its new name; the slug stays.
    let id = Id::new(seller.companies(&platform, "q=nandu").await[0].id);
    let input = CompanyInput { name: given("Éxito"), ..CompanyInput::default() };
    let companies = &seller.application.companies;
    companies.update(&platform, id, input, IfMatch::default()).await.expect("the platform may");
    let found = seller.companies(&platform, "q=exi").await;
    assert_eq!((found.len(), found[0].slug.as_str()), (1, "nandu"));
}

#[tokio::test]
async fn users_are_listed_sorted_filtered_and_searched() {
    let seller = Seller::new().await;
    for (name, role) in [("Zoe", Role::Viewer), ("Ámbar", Role::Admin), ("ámbar b", Role::Member)] {
        seller.colleague(name, role).await;
    }
    let gone = seller.colleague("Gone", Role::Member).await;
    let users = &seller.application.users;
    users.remove(&seller.owner, gone, None, IfMatch::default()).await.expect("an owner may");
    let zoe = seller.users(&seller.owner, "q=zoe").await[0].clone();
    let off = UserInput { active: Patch::Value(false), ..UserInput::default() };
    users.update(&seller.owner, Id::new(zoe.id), off, IfMatch::default()).await.expect("an owner may");
    let names = async |actor: &Actor, parameters: &str| -> Vec<String> {
        seller.users(actor, parameters).await.into_iter().map(|user| user.name).collect()
    };
    let owner = &seller.owner;
    assert_eq!(names(owner, "sort=name").await, ["Ámbar", "ámbar b", "Ana Paz", "Zoe"]);
    assert_eq!(names(owner, "").await, ["ámbar b", "Ámbar", "Zoe", "Ana Paz"]);
    assert_eq!(names(owner, "active=false").await, ["Zoe"]);
    assert_eq!(names(owner, "role=OWNER,ADMIN&sort=-name").await, ["Ana Paz", "Ámbar"]);
    assert_eq!(names(owner, "forcePasswordReset=true").await, Vec::<String>::new());
    assert_eq!(names(owner, "lastLoginAt[isNull]=false").await, ["Ana Paz"]);
    assert_eq!(names(owner, "email=owner@acme.uy").await, ["Ana Paz"]);
    assert_eq!(names(owner, "email=AMBAR-B@acme.uy").await, ["ámbar b"]);
    assert!(
        names(owner, "email=ambar.b@acme.uy").await.is_empty(),
        "another e-mail, if it is searched alike"
    );
    assert_eq!(names(owner, "q=OWNER@ac").await, ["Ana Paz"]);
    assert_eq!(names(owner, "q=amb&sort=name").await, ["Ámbar", "ámbar b"]);
    for field in UserList::TABLE.fields.iter().filter(|spec| spec.sort) {
        for sign in ["", "-"] {
            let list = async |query: &lists::ListQuery| users.list(owner, query).await.expect("a page");
            let parameters = format!("sort={sign}{}", field.name);
            let rows = walk(&seller, (UserList::TABLE, &parameters), list, |row| row.id).await;
            assert_eq!(rows.len(), 4, "{sign}{}", field.name);
        }
    }
    // Callers who may not see e-mails can't find people by them either.
    let member = seller.signed_in("ambar-b@acme.uy").await;
    let brief = seller.users(&member, "q=ana").await;
    assert_eq!((brief.len(), brief[0].details.is_none()), (1, true));
    assert_eq!(names(&member, "q=owner").await, Vec::<String>::new());
    for parameters in ["email=owner@acme.uy", "sort=email", "role=OWNER", "lastLoginAt[isNull]=true"] {
        let refused = users.list(&member, &seller.query_of(UserList::TABLE, parameters)).await;
        assert!(refused.expect_err("it is not theirs to ask").is(Code::Forbidden), "{parameters}");
    }
}

#[tokio::test]
async fn contacts_go_over_with_the_rest_and_what_is_told_names_both() {
    let seller = Seller::new().await;
    let (leaver, heir) =
        (seller.colleague("Leo", Role::Member).await, seller.colleague("Eva", Role::Member).await);
    let company = seller.owner.company_id();
    let mut behind = seller.bench.database.behind_the_walls().await;
    for deleted in ["null", "now()"] {
        let sql = format!(
            "insert into contacts (company_id, id, first_name, name_fold, owner_id, version, created_at, \
             updated_at, deleted_at) values ($1, gen_random_uuid(), 'Eva', 'eva', $2, 1, now(), now(), {deleted})"
        );
        let insert = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(company.uuid()).bind(leaver.uuid());
        insert.execute(&mut behind).await.expect("a contact");
    }
    let tx = seller.bench.store.begin(&grant(company)).await.expect("a unit of work");
    let handover = Handover { from: leaver, to: Some(heir), at: chrono::Utc::now() };
    tx.users().hand_over(handover).await.expect("they go over");
    tx.commit().await.expect("it commits");
    let owners: Vec<(uuid::Uuid, i32)> =
        sqlx::query_as("select owner_id, version from contacts where company_id = $1")
            .bind(company.uuid())
            .fetch_all(&mut behind)
            .await
            .expect("the contacts");
    assert_eq!(owners, [(heir.uuid(), 2), (heir.uuid(), 2)]);
    let told: Vec<serde_json::Value> =
        sqlx::query_scalar("select payload from outbox where company_id = $1 and type = 'contact.updated'")
            .bind(company.uuid())
            .fetch_all(&mut behind)
            .await
            .expect("the outbox");
    assert_eq!(told.len(), 2, "what lies in the bin tells of it, too");
    assert_eq!(
        told[0]["changes"]["ownerId"],
        serde_json::json!({ "old": leaver.uuid(), "new": heir.uuid() })
    );
    assert_eq!(told[0]["related"][1]["entityId"], serde_json::json!(heir.uuid()));
}

/// Sessions outlive the upgrade: their random tokens, whose hashes are stored, refresh them once more.
#[tokio::test]
async fn refresh_tokens_of_the_former_kind_still_refresh_their_sessions() {
    let seller = Seller::new().await;
    let company = seller.owner.company_id();
    let stranger = register(&seller.application, "Globex", "owner@globex.uy").await.company_id();
    let mut superuser = seller.bench.database.behind_the_walls().await;
    let identity = &seller.application.identity;
    let refresh = async |company, secret| {
        let token = OpaqueToken::new(TokenKind::Refresh, company, [secret; 32]).expose();
        let opened = identity.refresh(&token, Provenance::request("test")).await;
        opened.map(|opened| opened.refresh_token.expose()).map_err(|error| error.code())
    };
    let now = seller.clock.now();
    for (secret, rotated_at) in
        [(1, None), (2, Some(now - TimeDelta::seconds(9))), (3, Some(now - TimeDelta::seconds(10)))]
    {
        let session = seller.signed_in("owner@acme.uy").await.session_id().expect("a person's");
        let hash = OpaqueToken::new(TokenKind::Refresh, company, [secret; 32]).hash();
        let insert = "insert into refresh_tokens (company_id, token_hash, session_id, created_at, rotated_at) \
                      values ($1, $2, $3, $4, $5)";
        let insert = sqlx::query(insert).bind(company.uuid()).bind(hash.to_vec()).bind(session.uuid());
        insert.bind(now).bind(rotated_at).execute(&mut superuser).await.expect("it is stored");
    }
    for (company, secret) in [(stranger, 1), (company, 9)] {
        assert_eq!(refresh(company, secret).await, Err(Code::RefreshTokenInvalid));
    }
    let next = refresh(company, 1).await.expect("it is live");
    assert_eq!(refresh(company, 1).await, Ok(next.clone()), "a second tab has the same");
    assert!(refresh(company, 2).await.is_ok(), "it may still race");
    assert_eq!(refresh(company, 3).await, Err(Code::RefreshTokenReused));
    assert!(identity.refresh(&next, Provenance::request("test")).await.is_ok(), "the chain goes on");
    seller.clock.advance(TimeDelta::seconds(10));
    assert_eq!(refresh(company, 1).await, Err(Code::RefreshTokenReused));
}

/// What was stored while a currency was in force is read, listed, filtered and changed after it was withdrawn.
#[tokio::test]
async fn withdrawn_currencies_are_read_from_every_table_that_has_one() {
    let seller = Seller::new().await;
    let account = seller.account("Acme").await;
    let sale = seller.opportunity(account, "Sale", "5", "UYU").await;
    let mut superuser = seller.bench.database.behind_the_walls().await;
    for withdrawn in [
        "update companies set currency = 'BGN'",
        "update opportunities set currency = 'HRK'",
        "update stage_totals set currency = 'HRK'",
    ] {
        sqlx::query(withdrawn).execute(&mut superuser).await.expect("a superuser may");
    }
    let (application, owner) = (&seller.application, &seller.signed_in("owner@acme.uy").await);
    assert_eq!(application.companies.current(owner).await.expect("it is read").currency, "BGN");
    let list = async |parameters: &str| {
        let query = seller.query_of(OpportunityList::TABLE, parameters);
        application.opportunities.list(owner, query).await.expect("a page")
    };
    let (page, board) = list("board=true&currency=HRK&sort=amount").await;
    assert_eq!((page.items.len(), board.is_some()), (1, true));
    let id = Id::new(sale.id);
    let update = |input| UpdateOpportunity { input, ..UpdateOpportunity::default() };
    let title = update(OpportunityInput { title: given("Another"), ..OpportunityInput::default() });
    let changed = application.opportunities.update(owner, id, title, IfMatch::default()).await;
    assert_eq!(changed.expect("another field").output.amount.currency, "HRK");
    let money = |amount: &str, currency: &str| {
        let money = MoneyInput { amount: Some(amount.to_owned()), currency: Some(currency.to_owned()) };
        update(OpportunityInput { amount: Patch::Value(money), ..OpportunityInput::default() })
    };
    let back = application.opportunities.update(owner, id, money("7", "HRK"), IfMatch::default()).await;
    assert_eq!(back.expect("what is there may be sent back").output.amount.amount, "7.00");
    let other = application.opportunities.update(owner, id, money("7", "BGN"), IfMatch::default()).await;
    assert_eq!(other.expect_err("nobody may take it").code(), Code::ValidationFailed);
    application.opportunities.update(owner, id, money("7", "EUR"), IfMatch::default()).await.expect("in use");
}
