//! What is known of the request in flight, for its log line, its headers and its errors.
//!
//! It travels as a task-local: an error is rendered far from any request, and a limiter is asked by code
//! that has none.

use std::{
    cell::{Cell, RefCell},
    net::IpAddr,
    rc::Rc,
    time::Duration,
};

use cartera_application::security::RequestId;
use uuid::Uuid;

tokio::task_local! {
    static CURRENT: Rc<Trace>;
}

/// Where a caller stands with one policy.
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
    pub(super) request_id: RequestId,
    pub(super) address: IpAddr,
    pub(super) caller: Cell<Option<KnownCaller>>,
    pub(super) standings: RefCell<Vec<Standing>>,
    /// How long its answer may take, when it is more than others may.
    pub(super) patience: Cell<Option<Duration>>,
}

/// Who called, for the log line.
#[derive(Debug, Clone, Copy)]
pub(super) struct KnownCaller {
    pub(super) user: Option<Uuid>,
    pub(super) api_key: Option<Uuid>,
    pub(super) company: Option<Uuid>,
}

impl Trace {
    pub(super) fn new(request_id: RequestId, address: IpAddr) -> Rc<Self> {
        Rc::new(Self {
            request_id,
            address,
            caller: Cell::new(None),
            standings: RefCell::default(),
            patience: Cell::new(None),
        })
    }
}

/// Runs a request's work with its trace in reach.
pub(super) async fn scope<F: Future>(trace: Rc<Trace>, work: F) -> F::Output {
    CURRENT.scope(trace, work).await
}

/// Runs something short with the trace in reach.
pub(super) fn sync_scope<T>(trace: Rc<Trace>, work: impl FnOnce() -> T) -> T {
    CURRENT.sync_scope(trace, work)
}

/// The trace of the request in flight; none outside the edge's middleware.
pub(super) fn current() -> Option<Rc<Trace>> {
    CURRENT.try_with(Rc::clone).ok()
}

/// The id of the request in flight, empty outside the edge's middleware.
pub(super) fn request_id() -> String {
    CURRENT.try_with(|trace| trace.request_id.as_str().to_owned()).unwrap_or_default()
}
