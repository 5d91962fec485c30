//! The routes that every resource has, and what the document says of them: both from the table of its fields.
//!
//! ```text
//! impl Served for ProductFields { … }    // in words and by examples
//! ```
//!
//! What is a resource's own it writes by hand in [`Served::routes`]: it takes [`operations`] apart, gives one of them
//! another handler or parameter, and adds its other services.

mod handlers;
pub(crate) mod limits;
mod names;
mod operation;
mod operations;
mod schemas;

use cartera_application::{
    Application, Code, Result,
    idempotency::{Once, Outcome, Terms},
    records::{RecordView, Recorded},
    security::Actor,
};
use cartera_domain::{ids::Id, record::Table};
use serde_json::Value;
use utoipa_actix_web::service_config::ServiceConfig;

use names::Names;

pub use operation::Operation;
pub use operations::{HISTORY, Nested, history_page, operations, operations_below};

/// What restoring a record answers.
pub type Restored = Result<Outcome<RecordView>>;

/// A resource that the API serves: how it is told, and what it does besides the usual.
pub trait Served: Recorded {
    /// What a record is, in one sentence.
    const ABOUT: &'static str;
    /// What all of them are, in one sentence.
    const ALL: &'static str;
    /// What its operations do, where that is not the usual.
    const TEXTS: Texts = Texts::USUAL;
    /// What its groups of fields are.
    const GROUPS: &'static [GroupTexts] = &[];
    /// What refuses a deletion, besides what refuses every one.
    const DELETE_ERRORS: &'static [Code] = &[];
    /// What refuses a restoration, besides what follows from its fields.
    const RESTORE_ERRORS: &'static [Code] = &[];

    /// How a record and the bodies look.
    fn examples() -> Examples;

    /// Adds its routes.
    fn routes(cfg: &mut ServiceConfig) {
        routes::<Self>(cfg);
    }

    /// Puts a record into the bin.
    fn delete(
        application: &Application,
        actor: &Actor,
        id: Id<Self::Kind>,
        terms: Terms,
    ) -> impl Future<Output = Result<Outcome<()>>> {
        async move { application.records::<Self>().delete(actor, id, terms).await }
    }

    /// Takes a record out of the bin.
    fn restore(
        application: &Application,
        actor: &Actor,
        id: Id<Self::Kind>,
        once: &Once,
    ) -> impl Future<Output = Restored> {
        async move { application.records::<Self>().restore(actor, id, once).await }
    }
}

/// What the operations of a resource do; none stands for what follows from its table.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "they are named as the operations are")]
pub struct Texts {
    pub create: Option<&'static str>,
    pub list: Option<&'static str>,
    pub read: Option<&'static str>,
    pub update: Option<&'static str>,
    pub delete: Option<&'static str>,
    pub restore: Option<&'static str>,
}

impl Texts {
    /// Nothing to say besides.
    pub const USUAL: Self =
        Self { create: None, list: None, read: None, update: None, delete: None, restore: None };
}

/// What a group of fields is.
#[derive(Debug, Clone, Copy)]
pub struct GroupTexts {
    /// The field that holds it.
    pub field: &'static str,
    /// As it is read.
    pub answer: &'static str,
    /// As it is written.
    pub input: &'static str,
}

/// How a resource looks, for the document.
#[derive(Debug, Clone)]
pub struct Examples {
    /// The id of a record.
    pub id: &'static str,
    /// Its fields as they are read; those that are absent are null.
    pub record: Value,
    /// A new one.
    pub create: Value,
    /// A change of it.
    pub update: Value,
}

/// Below which path the records of a table stand: `price-books`.
pub(crate) fn path_of(table: &Table) -> String {
    Names::of(table).path
}

/// Adds the routes that every resource has.
pub fn routes<F: Served>(cfg: &mut ServiceConfig) {
    for operation in operations::<F>() {
        cfg.service(operation);
    }
}

/// The heading of a resource in the document, and what stands below it.
pub fn tag<F: Served>() -> (String, &'static str) {
    (Names::of(F::TABLE).tag, F::ALL)
}
