//! Runs queued jobs.

use cartera_domain::ids::Id;
use thiserror::Error as ThisError;

use super::{Job, QueuedJob};
use crate::{
    error::{Cause, Error, Kind},
    identity::IdentityService,
    notices::{NoticeFailure, NoticeService},
    ports::MailError,
    security::{Actor, Provenance},
};

/// Why a job failed. The text is stored with the job and shown to administrators, so it is fixed: no secret, no
/// address. The cause goes to the log only.
#[derive(Debug, ThisError)]
pub enum JobFailure {
    /// It may work later: it is retried, after a wait that doubles each time.
    #[error("{what}")]
    Later {
        /// What went wrong.
        what: &'static str,
        /// Why.
        #[source]
        cause: Option<Cause>,
    },
    /// It will never work: it counts as dead at once.
    #[error("{what}")]
    Never {
        /// What went wrong.
        what: &'static str,
        /// Why.
        #[source]
        cause: Option<Cause>,
    },
}

impl JobFailure {
    /// It may work later.
    pub const fn later(what: &'static str) -> Self {
        Self::Later { what, cause: None }
    }

    /// It will never work.
    pub const fn never(what: &'static str) -> Self {
        Self::Never { what, cause: None }
    }
}

impl From<Error> for JobFailure {
    fn from(error: Error) -> Self {
        let what = match &error {
            Error::Unavailable { what, .. } | Error::Internal { what, .. } => what,
            Error::TooMany { .. } => "too much at once",
            Error::Refused(refusal) => refusal.code.title(),
        };
        match error.code().kind() {
            // What is missing or invalid now will still be so in an hour.
            Kind::Invalid | Kind::Forbidden | Kind::NotFound | Kind::Unprocessable | Kind::TooLarge => {
                Self::Never { what, cause: Some(error.into()) }
            }
            _ => Self::Later { what, cause: Some(error.into()) },
        }
    }
}

impl From<NoticeFailure> for JobFailure {
    fn from(failure: NoticeFailure) -> Self {
        match failure {
            NoticeFailure::Store(error) => error.into(),
            NoticeFailure::Mail(error) => error.into(),
        }
    }
}

impl From<MailError> for JobFailure {
    fn from(error: MailError) -> Self {
        match error {
            MailError::Later(_) => Self::Later {
                what: "the mail server did not take the mail for now",
                cause: Some(error.into()),
            },
            MailError::Refused(_) => {
                Self::Never { what: "the mail server refuses the mail", cause: Some(error.into()) }
            }
        }
    }
}

/// Runs queued jobs as the system actor in the job's company.
#[derive(Clone)]
pub struct JobService {
    notices: NoticeService,
    identity: IdentityService,
}

impl JobService {
    /// Wires the use case to the services that do the work.
    pub fn new(notices: NoticeService, identity: IdentityService) -> Self {
        Self { notices, identity }
    }

    /// Runs one job. An earlier run may have done it already, if its worker was killed before reporting success.
    ///
    /// # Errors
    /// [`JobFailure`].
    pub async fn run(&self, queued: QueuedJob) -> Result<(), JobFailure> {
        let QueuedJob { company_id, request_id, job } = queued;
        let provenance = Provenance::job(request_id);
        match job {
            Job::SendNotice { notice } => {
                let actor = Actor::system(Id::new(company_id), provenance);
                Ok(self.notices.send(&actor, &notice).await?)
            }
            Job::NoteLockout { company, user_id, until } => {
                Ok(self.identity.note_lockout(Id::new(company), user_id, until, provenance).await?)
            }
        }
    }
}
