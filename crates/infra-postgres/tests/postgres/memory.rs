//! Lists in memory give the same answers as lists on PostgreSQL, which tests of use cases rely on.

use cartera_application::{
    Application,
    idempotency::Once,
    lists::{ListTable, Listed, parse},
    security::{Actor, IfMatch},
    testing::{FixedClock, TestEnvironment},
};
use cartera_domain::{
    accounts::{AccountFields, AccountInput},
    contacts::{ContactFields, ContactInput},
    ids::{AccountId, Id},
    input::Patch,
};
use chrono::TimeDelta;

use crate::sales::{Seller, given};

const NAMES: [&str; 12] = [
    "Ñandú",
    "alfa",
    "Beta",
    "beta 2",
    "Zeta",
    "ábaco",
    "Alfa y Omega",
    "ALFAJOR",
    "Ómega",
    "gamma",
    "Nandu",
    "betas",
];

/// One of the two stores, with the same records.
struct Side {
    application: Application,
    owner: Actor,
}

impl Side {
    async fn filled(application: Application, owner: Actor, clock: &FixedClock) -> Self {
        let none = Once::default();
        let mut accounts: Vec<AccountId> = Vec::new();
        for (index, name) in NAMES.into_iter().enumerate() {
            // Some have the same time, so that their ids break the tie.
            clock.advance(TimeDelta::seconds(i64::try_from(index % 3).unwrap_or_default()));
            let industry =
                if index % 3 == 0 { Patch::Null } else { given(["Comercio", "COMERCIO", "Agro"][index % 3]) };
            let owner_id = if index % 4 == 0 { Patch::Null } else { Patch::Absent };
            let input = AccountInput { name: given(name), industry, owner_id, ..AccountInput::default() };
            let made = application.accounts.create(&owner, input, &none).await.expect("it is made");
            accounts.push(Id::new(made.output.id));
            let email = if index % 3 == 1 {
                Patch::Null
            } else {
                given(&format!("{index}.{}@Example.com", index * 7 % 5))
            };
            let account_id = if index % 2 == 0 { Patch::Value(accounts[index / 2]) } else { Patch::Null };
            let input = ContactInput {
                first_name: given(name),
                last_name: if index % 2 == 0 { given(NAMES[NAMES.len() - 1 - index]) } else { Patch::Null },
                email,
                account_id,
                ..ContactInput::default()
            };
            let made = application.contacts.create(&owner, input, &none).await.expect("it is made");
            clock.advance(TimeDelta::seconds(1));
            if index % 5 == 4 {
                let any = IfMatch::default();
                application.contacts.delete(&owner, Id::new(made.output.id), any).await.expect("they may");
            }
            if index % 5 == 3 {
                let change = ContactInput { notes: given("Called"), ..ContactInput::default() };
                let any = IfMatch::default();
                application
                    .contacts
                    .update(&owner, Id::new(made.output.id), change, any)
                    .await
                    .expect("they may");
            }
        }
        Self { application, owner }
    }

    /// The rows of all pages of a list, and its totals.
    async fn told(&self, table: &'static ListTable, parameters: &str) -> Vec<String> {
        let (mut told, mut cursor) = (Vec::new(), None);
        loop {
            let mut pairs: Vec<(String, String)> = parameters
                .split('&')
                .filter_map(|pair| pair.split_once('='))
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect();
            pairs.extend(cursor.take().map(|cursor| ("cursor".to_owned(), cursor)));
            let me = self.owner.as_ref().user_id();
            let query = parse(table, &pairs, me).unwrap_or_else(|error| panic!("{parameters}: {error:?}"));
            let page = if table == AccountFields::table() {
                self.application.accounts.list(&self.owner, query).await
            } else {
                self.application.contacts.list(&self.owner, query).await
            };
            let page = page.unwrap_or_else(|error| panic!("{parameters}: {error:?}"));
            told.push(format!("{:?}", page.total));
            told.extend(page.items.iter().map(|item| {
                let name = item.text("name").or(item.text("firstName")).unwrap_or_default();
                format!("{name} {:?} v{}", item.text("lastName"), item.version)
            }));
            match page.next_cursor {
                Some(next) => cursor = Some(next),
                None => return told,
            }
        }
    }
}

/// Query strings with orders, conditions, searches and pages, each alone and combined with each order.
fn questions(table: &'static ListTable) -> Vec<String> {
    let mut conditions =
        vec![String::new(), "q=al".into(), "q=ñ".into(), "q=beta".into(), "ownerId=me".into()];
    conditions.push("ownerId[isNull]=true".into());
    conditions.push("name=alfa,ñandu".into());
    conditions.push("createdAt[gte]=2026-01-01T00:00:05Z".into());
    if table == AccountFields::table() {
        conditions.extend([
            "industry=comercio".into(),
            "industry[isNull]=false".into(),
            "industry=agro&q=b".into(),
        ]);
    } else {
        conditions.extend([
            "email=0.0@example.com".into(),
            "email[isNull]=true".into(),
            "accountId[isNull]=true".into(),
        ]);
    }
    let orders = table.fields.iter().filter(|field| field.sort);
    let orders: Vec<_> =
        orders.flat_map(|field| [field.name.to_owned(), format!("-{}", field.name)]).collect();
    let mut all = Vec::new();
    for (deleted, order) in
        [false, true].into_iter().flat_map(|deleted| orders.iter().map(move |order| (deleted, order)))
    {
        if order.ends_with("deletedAt") && !deleted {
            continue;
        }
        for condition in &conditions {
            let deleted = if deleted { "&deleted=true" } else { "" };
            all.push(format!("{condition}&sort={order}&limit=3{deleted}"));
        }
        let deleted = if deleted { "&deleted=true" } else { "" };
        all.push(format!("sort={order}&limit=4&page=2{deleted}"));
        all.push(format!("sort={order}&limit=5&count=true{deleted}"));
    }
    all
}

#[tokio::test]
async fn lists_in_memory_answer_as_on_postgresql() {
    let seller = Seller::new().await;
    let here = Side::filled(seller.application.clone(), seller.owner.clone(), &seller.clock).await;
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    let memory = Side::filled(env.app.clone(), acme.owner.clone(), &env.clock).await;
    let mut rows = 0;
    for table in [AccountFields::table(), ContactFields::table()] {
        for question in questions(table) {
            let (told, remembered) = (here.told(table, &question).await, memory.told(table, &question).await);
            assert_eq!(remembered, told, "{} with {question}", table.name);
            rows += told.len();
        }
    }
    assert!(rows > 1_000, "they were asked for something: {rows}");
}
