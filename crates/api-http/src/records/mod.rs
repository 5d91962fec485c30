//! The routes that every resource has, and what the document says of them: both from the table of its fields.
//!
//! ```text
//! impl Served for ProductFields { … }    // in words, by examples, and where its use cases are
//!
//! pub fn routes(cfg: &mut ServiceConfig) {
//!     records::routes::<ProductFields>(cfg);
//! }
//! ```
//!
//! What is a resource's own it writes by hand beside them: it takes [`operations`] apart, gives one of them another
//! handler or parameter, and adds its other services.

mod handlers;
mod names;
mod operation;
mod operations;
mod schemas;

use cartera_application::{
    Application, Code, Result,
    idempotency::{Once, Outcome},
    records::{RecordService, RecordView, Recorded},
    security::{Actor, IfMatch},
};
use cartera_domain::ids::Id;
use serde_json::Value;
use utoipa_actix_web::service_config::ServiceConfig;

pub use operation::Operation;
pub use operations::{Nested, operations};

/// What restoring a record answers.
pub type Restored = Result<Outcome<RecordView>>;

/// A resource that the API serves: how it is told, and its use cases.
pub trait Served: Recorded {
    /// What a record is, in one sentence.
    const ABOUT: &'static str;
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

    /// Its use cases.
    fn service(application: &Application) -> &RecordService<Self>;

    /// Puts a record into the bin.
    fn delete(
        application: &Application,
        actor: &Actor,
        id: Id<Self::Kind>,
        seen: IfMatch,
    ) -> impl Future<Output = Result<()>> {
        Self::service(application).delete(actor, id, seen)
    }

    /// Takes a record out of the bin.
    fn restore(
        application: &Application,
        actor: &Actor,
        id: Id<Self::Kind>,
        once: &Once,
    ) -> impl Future<Output = Restored> {
        Self::service(application).restore(actor, id, once)
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

/// Adds the routes of a resource that has nothing of its own.
pub fn routes<F: Served>(cfg: &mut ServiceConfig) {
    for operation in operations::<F>() {
        cfg.service(operation);
    }
}
