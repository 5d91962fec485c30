//! Chores: what Cartera does by itself now and then, in every company.
//!
//! A chore is one small use case, run as Cartera itself in one company after the other. To add one, implement
//! [`Chore`] beside the feature it belongs to and name it in [`ChoreService::new`]. It may run twice (its
//! worker was killed in between), so it looks what there is to do instead of remembering what it did.

mod chore;
mod counters;
mod forgetting;

use std::sync::Arc;

use cartera_domain::ids::CompanyId;

pub use chore::{Chore, Schedule};
pub use counters::CheckCounters;
pub use forgetting::{ForgetAnswers, ForgetLinks, ForgetSessions};

use crate::{
    attachments::SweepFiles,
    error::{Error, Result, chain},
    jobs::JobFailure,
    ports::{CompanyRoll, Ports},
    security::{Actor, PLATFORM, RequestId},
    trash::EmptyBin,
};

/// How many companies are looked up at a time.
const PAGE: u32 = 200;

/// How a chore went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ChoreReport {
    /// In how many companies it was done, the platform's realm included.
    pub companies: u64,
    /// In how many it failed.
    pub failed: u64,
    /// How many things it found to do, in all of them.
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

    /// The chores, for whoever keeps the calendar.
    pub fn all(&self) -> &[Arc<dyn Chore>] {
        &self.chores
    }

    /// Does a chore in every company on the roll. A company in which it fails does not stop the others.
    ///
    /// # Errors
    /// [`JobFailure::Never`] when there is no such chore, [`JobFailure::Later`] when the roll can't be read.
    pub async fn run(
        &self,
        name: &str,
        roll: &dyn CompanyRoll,
        id: &RequestId,
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

    async fn run_in(&self, chore: &dyn Chore, company: CompanyId, id: &RequestId, report: &mut ChoreReport) {
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

    async fn try_in(&self, chore: &dyn Chore, company: CompanyId, id: &RequestId) -> Result<u64, Error> {
        let grant = Actor::system(company, id.clone()).authorize_system()?;
        chore.run(&self.ports, &grant).await
    }
}
