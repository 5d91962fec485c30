//! What work is done for, and the operation that it becomes when it writes.

use std::sync::{Arc, Mutex, PoisonError};

use cartera_domain::ids::OperationId;

/// The kinds of operation, as histories keep them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperationKind {
    /// A request wrote.
    Request,
    /// Cartera itself wrote: a job, a chore, the command line.
    Job,
}

impl OperationKind {
    /// The names of every kind.
    pub const NAMES: &[&str] = &[Self::Request.as_str(), Self::Job.as_str()];

    /// The name on the wire and in storage.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Request => "REQUEST",
            Self::Job => "JOB",
        }
    }
}

/// What work is done for: a request, or a job of Cartera's own. Clones share the operation that was reported.
#[derive(Debug, Clone)]
pub struct Provenance {
    kind: OperationKind,
    id: Arc<str>,
    written: Arc<Mutex<Option<OperationId>>>,
}

impl Provenance {
    /// A request, with an id that was generated here or validated at the edge. It appears in logs, events and responses.
    pub fn request(id: impl Into<Arc<str>>) -> Self {
        Self { kind: OperationKind::Request, id: id.into(), written: Arc::default() }
    }

    /// A job, with an id of its own or that of the request which queued it.
    pub fn job(id: impl Into<Arc<str>>) -> Self {
        Self { kind: OperationKind::Job, ..Self::request(id) }
    }

    /// The id of the request or job.
    pub fn request_id(&self) -> &str {
        &self.id
    }

    /// The kind of what is written for it.
    pub fn kind(&self) -> OperationKind {
        self.kind
    }

    /// Reports the operation that has just been stored, or that a repeated request had stored before.
    pub fn report(&self, operation: OperationId) {
        *self.written.lock().unwrap_or_else(PoisonError::into_inner) = Some(operation);
    }

    /// The operation that was reported last; none when nothing was written.
    pub fn written(&self) -> Option<OperationId> {
        *self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
