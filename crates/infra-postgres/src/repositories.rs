//! The repositories of a unit of work, and how it ends.

use std::sync::atomic::Ordering;

use async_trait::async_trait;
use cartera_application::{
    Error, Result,
    ports::{
        AccountUses, Administrators, ApiKeys, Attachments, Companies, ContactUses, History, IdempotencyKeys,
        Invitations, JobQueue, ManyRows, Opportunities, PasswordResets, Pipelines, Rows, Sessions,
        SignInCounts, UnitOfWork, Upkeep, Users,
    },
    security::Provenance,
};

use crate::{
    commit, drafts,
    error::explain,
    named, names,
    unit_of_work::{Pending, PgUnitOfWork},
    writes,
};

#[async_trait]
impl UnitOfWork for PgUnitOfWork {
    fn gather(&self, together: bool) {
        self.gathers.store(together, Ordering::Relaxed);
    }

    fn provenance(&self) -> &Provenance {
        self.grant.provenance()
    }

    fn rows(&self) -> &dyn Rows {
        self
    }

    fn companies(&self) -> &dyn Companies {
        self
    }

    fn users(&self) -> &dyn Users {
        self
    }

    fn administrators(&self) -> &dyn Administrators {
        self
    }

    fn sessions(&self) -> &dyn Sessions {
        self
    }

    fn invitations(&self) -> &dyn Invitations {
        self
    }

    fn password_resets(&self) -> &dyn PasswordResets {
        self
    }

    fn sign_in_counts(&self) -> &dyn SignInCounts {
        self
    }

    fn api_keys(&self) -> &dyn ApiKeys {
        self
    }

    fn many_rows(&self) -> &dyn ManyRows {
        self
    }

    fn account_uses(&self) -> &dyn AccountUses {
        self
    }

    fn contact_uses(&self) -> &dyn ContactUses {
        self
    }

    fn pipelines(&self) -> &dyn Pipelines {
        self
    }

    fn opportunities(&self) -> &dyn Opportunities {
        self
    }

    fn history(&self) -> &dyn History {
        self
    }

    fn attachments(&self) -> &dyn Attachments {
        self
    }

    fn idempotency_keys(&self) -> &dyn IdempotencyKeys {
        self
    }

    fn jobs(&self) -> &dyn JobQueue {
        self
    }

    fn upkeep(&self) -> &dyn Upkeep {
        self
    }

    async fn conclude(&self) -> Result<()> {
        let Pending { events, counters, happened, drafts, wrote } = std::mem::take(&mut *self.pending());
        // Makes a forgotten event fail in tests and not in production.
        if cfg!(debug_assertions) && wrote && happened == 0 {
            return Err(Error::Internal {
                what: "a repository wrote but no event was recorded",
                cause: None,
            });
        }
        let mut last = commit::counters(self, &counters);
        if names::change(&events) {
            last.push(named::another_version(self));
        }
        last.extend(if drafts {
            drafts::outbox(self, &events, happened)
        } else {
            commit::outbox(self, &events)
        });
        let done = self.end(last).await.map_err(explain("committing"));
        if wrote && done.is_ok() {
            writes::note_success();
        }
        if happened > 0 && done.is_ok() {
            self.grant.provenance().report(self.operation);
        }
        done
    }

    async fn rollback(self: Box<Self>) {
        if let Err(error) = self.undo().await {
            // The connection was lost, and everything uncommitted with it.
            tracing::debug!(%error, "a transaction ended with its connection");
        }
    }
}
