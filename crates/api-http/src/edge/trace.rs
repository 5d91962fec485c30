//! Facts about the request in flight, for its log line, its headers and its errors.
//!
//! They are in a task-local, because the code that renders errors and the rate limiters have no access to the request.

use std::{
    cell::{Cell, RefCell},
    net::IpAddr,
    rc::Rc,
    time::Duration,
};

use cartera_application::security::Provenance;
use uuid::Uuid;

tokio::task_local! {
    static CURRENT: Rc<Trace>;
}

/// The state of a caller's quota under one rate limit policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) name: &'static str,
    pub(super) quota: u32,
    pub(super) window: u64,
    pub(super) remaining: u32,
    pub(super) reset: u64,
}

/// The facts of one request.
#[derive(Debug)]
pub(super) struct Trace {
    pub(super) provenance: Provenance,
    pub(super) address: IpAddr,
    pub(super) caller: Cell<Option<KnownCaller>>,
    pub(super) standings: RefCell<Vec<Standing>>,
    /// The extended timeout of the request, if it has one.
    pub(super) patience: Cell<Option<Duration>>,
}

/// The caller, for the log line.
#[derive(Debug, Clone, Copy)]
pub(super) struct KnownCaller {
    pub(super) user: Option<Uuid>,
    pub(super) api_key: Option<Uuid>,
    pub(super) company: Option<Uuid>,
}

impl Trace {
    pub(super) fn new(provenance: Provenance, address: IpAddr) -> Rc<Self> {
        Rc::new(Self {
            provenance,
            address,
            caller: Cell::new(None),
            standings: RefCell::default(),
            patience: Cell::new(None),
        })
    }
}

/// Runs a request's work with its trace as the current one.
pub(super) async fn scope<F: Future>(trace: Rc<Trace>, work: F) -> F::Output {
    CURRENT.scope(trace, work).await
}

/// Runs synchronous work with the trace as the current one.
pub(super) fn sync_scope<T>(trace: Rc<Trace>, work: impl FnOnce() -> T) -> T {
    CURRENT.sync_scope(trace, work)
}

/// The trace of the request in flight; `None` outside the middleware.
pub(super) fn current() -> Option<Rc<Trace>> {
    CURRENT.try_with(Rc::clone).ok()
}

/// The id of the request in flight; empty outside the middleware.
pub(super) fn request_id() -> String {
    CURRENT.try_with(|trace| trace.provenance.request_id().to_owned()).unwrap_or_default()
}
