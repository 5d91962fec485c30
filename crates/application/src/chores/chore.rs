//! What a chore is.

use async_trait::async_trait;

use crate::{error::Result, ports::Ports, security::Grant};

/// When a chore is due, in UTC. What was missed while no worker ran is made up for.
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

/// Something that is done now and then in every company.
#[async_trait]
pub trait Chore: Send + Sync {
    /// The name by which the queue, metrics and logs know it, such as `forget_sessions`.
    fn name(&self) -> &'static str;

    /// When it is due.
    fn schedule(&self) -> Schedule;

    /// Whether it is also done in the platform's own realm, which is no company.
    fn covers_platform(&self) -> bool {
        false
    }

    /// Does it in the grant's company. Answers how many things it found to do.
    ///
    /// # Errors
    /// Any; the other companies' turn comes all the same.
    async fn run(&self, ports: &Ports, grant: &Grant) -> Result<u64>;
}
