//! Work that is done after the commit, in the background.
//!
//! A use case queues a [`Job`] through its unit of work ([`crate::ports::JobQueue`]): so it is queued if, and
//! only if, the change it follows from was committed. A job may run more than once (its worker was killed
//! between doing and saying so), hence it first looks whether there still is something to do. Payloads carry
//! ids only: names, addresses and secrets are looked up, or derived, when the job runs.

mod dead;
mod service;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

pub use dead::{DeadJobList, DeadJobService, DeadJobView};
pub use service::{JobFailure, JobService};

/// Something to be done in the background, in the company of the unit of work that queued it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub enum Job {
    /// Send a mail.
    SendNotice {
        /// What it tells.
        notice: Notice,
    },
    /// Record in a person's own realm that too many wrong passwords locked their sign-in, and tell them.
    NoteLockout {
        /// Their company, or the platform's realm.
        company: Uuid,
        /// The person.
        user_id: Uuid,
        /// Until when nobody can sign in as them.
        until: DateTime<Utc>,
    },
}

impl Job {
    /// Every name. A new one needs its row in the table `jobs.kinds` and its task in the adapter's worker.
    pub const NAMES: &[&'static str] = &["send_notice", "note_lockout"];

    /// The name by which queues and metrics know it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::SendNotice { .. } => "send_notice",
            Self::NoteLockout { .. } => "note_lockout",
        }
    }
}

/// What somebody is told by mail.
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

/// A job as it lies in the queue: with its company, and on behalf of which request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueuedJob {
    /// The company (or the platform's realm), stamped by the queue from the grant.
    pub company_id: Uuid,
    /// The request from which it follows.
    pub request_id: String,
    /// What is to be done.
    #[serde(flatten)]
    pub job: Job,
}

impl QueuedJob {
    /// Reads what lies in the queue.
    ///
    /// # Errors
    /// [`JobFailure::Never`] when it can't be read: it won't get better.
    pub fn read(payload: &Value) -> Result<Self, JobFailure> {
        Self::deserialize(payload).map_err(|error| JobFailure::Never {
            what: "the payload can't be read",
            cause: Some(error.into()),
        })
    }
}
