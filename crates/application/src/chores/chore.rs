//! The definition of a chore: a job that runs on a schedule in every company.

use async_trait::async_trait;

use crate::{error::Result, ports::Ports, security::Grant};

/// When a chore is due, in UTC. A run missed while no worker was up is made up for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schedule {
    /// Every hour at this minute.
    Hourly {
        /// 0 to 59.
        minute: u8,
    },
    /// Every day at this time.
    Daily {
        /// 0 to 23.
        hour: u8,
        /// 0 to 59.
        minute: u8,
    },
}

/// A scheduled job that runs in every company.
#[async_trait]
pub trait Chore: Send + Sync {
    /// The name by which the queue, metrics and logs know it, such as `forget_sessions`.
    fn name(&self) -> &'static str;

    /// When it is due.
    fn schedule(&self) -> Schedule;

    /// Whether it also runs in the platform's realm, which is not a company.
    fn covers_platform(&self) -> bool {
        false
    }

    /// Runs in the grant's company. Returns how many items it handled.
    ///
    /// # Errors
    /// Any; the chore still runs in the other companies.
    async fn run(&self, ports: &Ports, grant: &Grant) -> Result<u64>;
}
