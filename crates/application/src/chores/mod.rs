//! Chores: scheduled jobs that Cartera runs by itself in every company.
//!
//! A chore is a small use case, run as the system actor in one company after another. To add one, implement [`Chore`]
//! beside the feature it belongs to and add it to [`ChoreService::new`]. It may run twice (if its worker was killed),
//! so it looks for work to do instead of remembering what it did.

mod chore;
mod counters;
mod forgetting;
mod ports;

use std::sync::Arc;

use cartera_domain::ids::CompanyId;

pub use chore::{Chore, Schedule};
pub use counters::CheckCounters;
pub use forgetting::{ForgetAnswers, ForgetLinks, ForgetSessions};
pub use ports::{CompanyRoll, Upkeep};

use crate::{
    attachments::SweepFiles,
    error::{Error, Result, chain},
    jobs::JobFailure,
    ports::Ports,
    security::{Actor, PLATFORM, Provenance},
    trash::EmptyBin,
};

/// How many companies are read at a time.
const PAGE: u32 = 200;

/// The result of a chore's run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ChoreReport {
    /// In how many companies it ran, the platform's realm included.
    pub companies: u64,
    /// In how many it failed.
    pub failed: u64,
    /// How many items it handled, in all of them.
    pub items: u64,
}

/// Runs chores.
#[derive(Clone)]
pub struct ChoreService {
    ports: Arc<Ports>,
    chores: Arc<[Arc<dyn Chore>]>,
}

impl ChoreService {
    /// Every chore there is.
    pub fn new(ports: Arc<Ports>) -> Self {
        let chores: [Arc<dyn Chore>; 6] = [
            Arc::new(ForgetAnswers),
            Arc::new(ForgetSessions),
            Arc::new(ForgetLinks),
            Arc::new(EmptyBin),
            Arc::new(CheckCounters),
            Arc::new(SweepFiles),
        ];
        Self::with_chores(ports, chores)
    }

    /// These chores and no others.
    pub fn with_chores(ports: Arc<Ports>, chores: impl IntoIterator<Item = Arc<dyn Chore>>) -> Self {
        Self { ports, chores: chores.into_iter().collect() }
    }

    /// All chores, for the scheduler.
    pub fn all(&self) -> &[Arc<dyn Chore>] {
        &self.chores
    }

    /// Runs a chore in every company. A failure in one company does not stop the others.
    ///
    /// # Errors
    /// [`JobFailure::Never`] for an unknown chore, [`JobFailure::Later`] when the list of companies can't be read.
    pub async fn run(
        &self,
        name: &str,
        roll: &dyn CompanyRoll,
        id: &Provenance,
    ) -> Result<ChoreReport, JobFailure> {
        let chore = self.chores.iter().find(|chore| chore.name() == name);
        let chore = chore.ok_or_else(|| JobFailure::never("there is no chore of this name"))?;
        let mut report = ChoreReport::default();
        if chore.covers_platform() {
            self.run_in(&**chore, PLATFORM, id, &mut report).await;
        }
        let mut after = None;
        loop {
            let page = roll.companies(after, PAGE).await?;
            let Some(last) = page.last().copied() else { return Ok(report) };
            for company in page {
                self.run_in(&**chore, company, id, &mut report).await;
            }
            after = Some(last);
        }
    }

    async fn run_in(&self, chore: &dyn Chore, company: CompanyId, id: &Provenance, report: &mut ChoreReport) {
        match self.try_in(chore, company, id).await {
            Ok(items) => {
                report.companies += 1;
                report.items += items;
            }
            Err(error) => {
                report.failed += 1;
                let error = chain(&error);
                tracing::warn!(chore = chore.name(), %company, error, "a chore failed in a company");
            }
        }
    }

    async fn try_in(&self, chore: &dyn Chore, company: CompanyId, id: &Provenance) -> Result<u64, Error> {
        let grant = Actor::system(company, id.clone()).authorize_system()?;
        chore.run(&self.ports, &grant).await
    }
}
