//! The use cases of Cartera over port traits.
//!
//! A use case reads the same way everywhere: authorize, begin, load, tell, save, commit.
//!
//! ```text
//! let grant = actor.authorize(Permission::OpportunitiesWrite)?;      // who may
//! let tx = self.ports.store.begin(&grant).await?;                    // one company, one transaction
//! let mut opportunity = tx.opportunities().get(id).await?;           // absent or another company's: not found
//! let change = opportunity.move_to(&stage, …)?;                      // the entity decides
//! tx.opportunities().update(&mut opportunity).await?;                // version check and events inside
//! tx.commit().await?;
//! ```
//!
//! [`security`] makes a [`security::Grant`] out of an [`security::Actor`]; without a grant there is no
//! [`ports::UnitOfWork`], without that no repository, and no repository method takes a company id. So a
//! query for the wrong tenant can't be written here.

pub mod accounts;
pub mod attachments;
pub mod bulk;
pub mod chores;
mod comments;
pub mod companies;
pub mod contacts;
pub mod error;
pub mod events;
pub mod history;
pub mod idempotency;
pub mod identity;
pub mod invitations;
pub mod jobs;
pub mod lists;
pub mod notices;
pub mod opportunities;
pub mod pipelines;
pub mod ports;
pub mod records;
pub mod reports;
pub mod security;
mod tags;
pub mod trash;
pub mod users;
pub mod views;

#[cfg(feature = "testing")]
pub mod testing;

pub use error::{Code, Error, Kind, Lack, Result};

use std::sync::Arc;

use cartera_domain::attachments::AttachmentRules;

use crate::{
    accounts::AccountService,
    attachments::AttachmentService,
    chores::ChoreService,
    companies::CompanyService,
    contacts::ContactService,
    history::HistoryService,
    identity::{ApiKeyService, Authenticator, IdentityService, IdentitySettings},
    invitations::InvitationService,
    jobs::{DeadJobService, JobService},
    notices::{NoticeService, NoticeSettings},
    opportunities::OpportunityService,
    pipelines::PipelineService,
    ports::Ports,
    records::{RecordService, Recorded},
    reports::ReportService,
    trash::TrashService,
    users::UserService,
};

/// Every use case, over one set of ports.
#[derive(Clone)]
pub struct Application {
    /// Sign-up, sign-in and sessions.
    pub identity: IdentityService,
    /// Who is calling.
    pub authenticator: Authenticator,
    /// Invitations.
    pub invitations: InvitationService,
    /// API keys.
    pub api_keys: ApiKeyService,
    /// Companies: the caller's own, and the platform's view of all.
    pub companies: CompanyService,
    /// The users of the company.
    pub users: UserService,
    /// Accounts.
    pub accounts: AccountService,
    /// Contacts.
    pub contacts: ContactService,
    /// Pipelines and stages.
    pub pipelines: PipelineService,
    /// Opportunities and stage changes.
    pub opportunities: OpportunityService,
    /// Operations and their events.
    pub history: HistoryService,
    /// Attachments.
    pub attachments: AttachmentService,
    /// Reports.
    pub reports: ReportService,
    /// Work that was queued.
    pub jobs: JobService,
    /// Jobs that were given up.
    pub dead_jobs: DeadJobService,
    /// What is done now and then.
    pub chores: ChoreService,
    /// Emptying the bin.
    pub trash: TrashService,
    ports: Arc<Ports>,
}

impl Application {
    /// Wires the use cases to their ports.
    pub fn new(
        ports: Arc<Ports>,
        settings: IdentitySettings,
        notices: NoticeSettings,
        files: AttachmentRules,
    ) -> Self {
        let authenticator = Authenticator::new(Arc::clone(&ports));
        let default_country = settings.default_country;
        let identity = IdentityService::new(Arc::clone(&ports), authenticator.clone(), settings);
        Self {
            invitations: InvitationService::new(Arc::clone(&ports), identity.clone()),
            jobs: JobService::new(NoticeService::new(Arc::clone(&ports), notices), identity.clone()),
            identity,
            api_keys: ApiKeyService::new(Arc::clone(&ports), authenticator.clone()),
            companies: CompanyService::new(Arc::clone(&ports), authenticator.clone(), default_country),
            users: UserService::new(Arc::clone(&ports), authenticator.clone()),
            authenticator,
            accounts: AccountService::new(Arc::clone(&ports)),
            contacts: ContactService::new(Arc::clone(&ports)),
            pipelines: PipelineService::new(Arc::clone(&ports)),
            opportunities: OpportunityService::new(Arc::clone(&ports)),
            history: HistoryService::new(Arc::clone(&ports)),
            attachments: AttachmentService::new(Arc::clone(&ports), files),
            reports: ReportService::new(Arc::clone(&ports)),
            dead_jobs: DeadJobService::new(Arc::clone(&ports)),
            trash: TrashService::new(Arc::clone(&ports)),
            chores: ChoreService::new(Arc::clone(&ports)),
            ports,
        }
    }

    /// The use cases that every resource has. What it has of its own stands in its own service.
    pub fn records<F: Recorded>(&self) -> RecordService<F> {
        RecordService::new(Arc::clone(&self.ports))
    }
}
