//! Background jobs, which run after the commit.
//!
//! A use case queues a [`Job`] through its unit of work ([`crate::ports::JobQueue`]), so it is queued if and only if
//! the change is committed. A job may run more than once (if its worker was killed before reporting success), so it
//! first checks whether there is still something to do. Payloads contain ids only: names, addresses and secrets are
//! read, or derived, when the job runs.

mod dead;
mod ports;
mod service;
mod view;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

pub use dead::DeadJobService;
pub use ports::{DeadJobQueries, JobQueue};
pub use service::{JobFailure, JobService};
pub use view::{DeadJobList, DeadJobView};

/// A background job, which runs in the company of the unit of work that queued it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub enum Job {
    /// Send a mail.
    SendNotice {
        /// What it tells.
        notice: Notice,
    },
    /// Record in a person's own realm that failed sign-ins have locked their account, and notify them.
    NoteLockout {
        /// Their company, or the platform's realm.
        company: Uuid,
        /// The person.
        user_id: Uuid,
        /// Until when their sign-in is locked.
        until: DateTime<Utc>,
    },
}

impl Job {
    /// The names of all jobs. A new one needs a row in the table `jobs.kinds` and a task in the adapter's worker.
    pub const NAMES: &[&'static str] = &["send_notice", "note_lockout"];

    /// The name by which queues and metrics know it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::SendNotice { .. } => "send_notice",
            Self::NoteLockout { .. } => "note_lockout",
        }
    }
}

/// A notification by mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "notice", rename_all = "snake_case")]
pub enum Notice {
    /// Somebody is invited into the company.
    Invitation {
        /// The invitation.
        invitation_id: Uuid,
        /// Which of its links: resending makes the next one.
        link: i32,
    },
    /// Somebody may choose a new password.
    PasswordReset {
        /// The permission to do so.
        reset_id: Uuid,
    },
    /// A password was changed.
    PasswordChanged {
        /// Whose.
        user_id: Uuid,
        /// When.
        at: DateTime<Utc>,
    },
    /// Too many wrong passwords: nobody can sign in for a while.
    AccountLocked {
        /// Whose account.
        user_id: Uuid,
        /// Until when.
        until: DateTime<Utc>,
    },
    /// A refresh token was used twice: the session was ended.
    SessionReused {
        /// The session.
        session_id: Uuid,
    },
}

/// A job in the queue, with its company and the request that caused it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueuedJob {
    /// The company (or the platform's realm), stamped by the queue from the grant.
    pub company_id: Uuid,
    /// The request that caused it.
    pub request_id: String,
    /// What is to be done.
    #[serde(flatten)]
    pub job: Job,
}

impl QueuedJob {
    /// Parses a queued payload.
    ///
    /// # Errors
    /// [`JobFailure::Never`] when it can't be parsed: a retry would not help.
    pub fn read(payload: &Value) -> Result<Self, JobFailure> {
        Self::deserialize(payload).map_err(|error| JobFailure::Never {
            what: "the payload can't be read",
            cause: Some(error.into()),
        })
    }
}
