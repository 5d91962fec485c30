//! The rows, as plain maps.
//!
//! Every key leads with the company, as every primary key of the database does. Deleting is soft, so a unit of
//! work's own rows laid over the committed ones are what it sees; what is removed for good goes at its commit.

use std::collections::{BTreeMap, BTreeSet};

use cartera_domain::{
    attachments::AttachmentRecord,
    companies::CompanyRecord,
    events::{EntityType, Event},
    identity::{ApiKeyRecord, PasswordResetRecord, SessionRecord, SignInAttempts, Subject, UserRecord},
    ids::{
        ApiKeyId, AttachmentId, CompanyId, Id, InvitationId, JobId, OperationId, OpportunityId,
        PasswordResetId, PipelineId, SessionId, StageChangeId, StageId, UserId,
    },
    invitations::InvitationRecord,
    opportunities::{CounterDeltas, OpportunityRecord, StageChangeRecord},
    pipelines::{PipelineRecord, Stage},
    record::{Fields, Record, Row},
};
use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    jobs::QueuedJob,
    ports::Administrator,
    security::{ActorRef, Provenance},
};

/// Where a record's row is.
pub(super) type RowKey = (CompanyId, EntityType, Uuid);

/// A remembered answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Remembered {
    pub(super) fingerprint: [u8; 32],
    pub(super) output: Value,
    pub(super) operation: OperationId,
    pub(super) at: DateTime<Utc>,
}

/// Whose key it is: keys of different actors never meet.
pub(super) type KeyOwner = (&'static str, Uuid);

/// An event as it was published: with its number in the company, and on whose behalf.
#[derive(Debug, Clone)]
pub struct Published {
    /// 1, 2, 3… in the company, in the order of commits.
    pub sequence: i64,
    /// What happened.
    pub event: Event,
    /// Who did it.
    pub actor: ActorRef,
    /// For which request or job.
    pub provenance: Provenance,
    /// As part of what.
    pub operation: OperationId,
}

/// Every table: either what was committed, or what one unit of work has written so far.
#[derive(Debug, Clone, Default)]
pub struct Tables {
    /// Companies.
    pub companies: BTreeMap<CompanyId, CompanyRecord>,
    /// Users.
    pub users: BTreeMap<(CompanyId, UserId), UserRecord>,
    /// Platform administrators.
    pub administrators: BTreeMap<UserId, Administrator>,
    /// Sign-in e-mails by their key: the only thing that is unique across companies. One that was given back
    /// is nobody's.
    pub(super) identities: BTreeMap<String, Option<(CompanyId, Subject)>>,
    /// Sessions.
    pub sessions: BTreeMap<(CompanyId, SessionId), SessionRecord>,
    /// Invitations.
    pub invitations: BTreeMap<(CompanyId, InvitationId), InvitationRecord>,
    /// Permissions to choose a new password.
    pub password_resets: BTreeMap<(CompanyId, PasswordResetId), PasswordResetRecord>,
    /// Wrong passwords by a digest of the e-mail.
    pub sign_in_attempts: BTreeMap<[u8; 32], SignInAttempts>,
    /// API keys.
    pub api_keys: BTreeMap<(CompanyId, ApiKeyId), ApiKeyRecord>,
    /// Rows of records, deleted ones too.
    pub(super) records: BTreeMap<RowKey, Row>,
    /// Pipelines with their stages, deleted ones too.
    pub pipelines: BTreeMap<(CompanyId, PipelineId), PipelineRecord>,
    /// Stages that their pipeline has no more.
    pub(super) deleted_stages: BTreeMap<(CompanyId, StageId), Stage>,
    /// Opportunities, deleted ones too.
    pub opportunities: BTreeMap<(CompanyId, OpportunityId), OpportunityRecord>,
    /// Stage changes.
    pub stage_changes: BTreeMap<(CompanyId, StageChangeId), StageChangeRecord>,
    /// Records that were removed for good by this unit of work, whatever their kind: ids are unique.
    pub(super) removed: BTreeSet<(CompanyId, Uuid)>,
    /// What reports count, kept as the database keeps it: each change adds its deltas.
    pub counters: BTreeMap<CompanyId, CounterDeltas>,
    /// Attachments, deleted ones too; none where one was forgotten.
    pub attachments: BTreeMap<(CompanyId, AttachmentId), Option<AttachmentRecord>>,
    /// The last number given to an opportunity.
    pub(super) numbers: BTreeMap<CompanyId, i64>,
    /// Remembered answers.
    pub(super) remembered: BTreeMap<(CompanyId, KeyOwner, String), Remembered>,
    /// The queued jobs, in order.
    pub(super) jobs: Vec<QueuedJob>,
    /// The jobs that were given up.
    pub dead_jobs: BTreeMap<JobId, QueuedJob>,
    /// The published events, by company, in order.
    pub(super) outbox: BTreeMap<CompanyId, Vec<Published>>,
}

impl Tables {
    /// Takes over every row that `written` has. Events are published apart, because they are numbered then.
    pub(super) fn absorb(&mut self, written: Self) {
        let Self {
            companies,
            users,
            administrators,
            identities,
            sessions,
            invitations,
            password_resets,
            sign_in_attempts,
            api_keys,
            records,
            pipelines,
            deleted_stages,
            opportunities,
            stage_changes,
            removed,
            counters,
            attachments,
            numbers,
            remembered,
            jobs,
            dead_jobs,
            outbox,
        } = written;
        self.companies.extend(companies);
        self.users.extend(users);
        self.administrators.extend(administrators);
        self.identities.extend(identities);
        self.sessions.extend(sessions);
        self.invitations.extend(invitations);
        self.password_resets.extend(password_resets);
        self.sign_in_attempts.extend(sign_in_attempts);
        self.api_keys.extend(api_keys);
        self.records.extend(records);
        self.pipelines.extend(pipelines);
        self.deleted_stages.extend(deleted_stages);
        self.opportunities.extend(opportunities);
        self.stage_changes.extend(stage_changes);
        for (company, id) in removed {
            self.records.retain(|(of, _, row), _| (*of, *row) != (company, id));
            self.opportunities.remove(&(company, Id::new(id)));
            self.stage_changes.retain(|(of, _), change| *of != company || change.opportunity_id.uuid() != id);
        }
        for (company, deltas) in counters {
            self.counters.entry(company).or_default().merge(&deltas);
        }
        self.attachments.extend(attachments);
        self.numbers.extend(numbers);
        self.remembered.extend(remembered);
        self.jobs.extend(jobs);
        self.dead_jobs.extend(dead_jobs);
        debug_assert!(outbox.is_empty(), "units of work don't publish by themselves");
    }

    /// Numbers the events and appends them.
    pub(super) fn publish(
        &mut self,
        company_id: CompanyId,
        actor: ActorRef,
        (provenance, operation): (&Provenance, OperationId),
        events: Vec<Event>,
    ) {
        let published = self.outbox.entry(company_id).or_default();
        for event in events {
            let sequence = published.last().map_or(1, |last| last.sequence + 1);
            let provenance = provenance.clone();
            published.push(Published { sequence, event, actor, provenance, operation });
        }
    }
}

impl Tables {
    /// The records of a resource, deleted ones too.
    pub fn all<F: Fields>(&self) -> BTreeMap<(CompanyId, Id<F::Kind>), Record<F>> {
        let of = self.records.iter().filter(|((_, entity, _), _)| *entity == F::TABLE.entity);
        of.filter_map(|((company, _, id), row)| Some(((*company, Id::new(*id)), Record::of(row.clone())?)))
            .collect()
    }
}
