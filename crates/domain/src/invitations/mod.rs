//! Invitations, by which people join an existing company.
//!
//! An invitation is a single-use link by mail. Only the hash of the link's token is stored. Sending it again creates a
//! new link and invalidates the previous one.

#[cfg(test)]
mod tests;

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    events::{EntityRef, Event, EventKind},
    identity::Role,
    ids::{InvitationId, UserId},
    input::{Form, Patch, Violations, one_of},
    values::Email,
};

/// How long a link is valid.
pub const INVITATION_LIFETIME: TimeDelta = TimeDelta::days(7);

/// The status of an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InvitationStatus {
    /// Nobody has used it yet. It may have expired: that depends on the time alone.
    Pending,
    /// Somebody joined with it.
    Accepted,
    /// It was revoked.
    Revoked,
    /// It had expired when the same e-mail was invited again.
    Lapsed,
}

impl InvitationStatus {
    const ALL: [Self; 4] = [Self::Pending, Self::Accepted, Self::Revoked, Self::Lapsed];

    /// The name in storage.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Accepted => "ACCEPTED",
            Self::Revoked => "REVOKED",
            Self::Lapsed => "LAPSED",
        }
    }

    /// The status with this name, if there is one.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }
}

/// Why a link is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvitationRefused {
    /// The link has expired.
    Expired,
    /// Somebody has joined with it already.
    Used,
    /// It was revoked.
    Revoked,
}

/// The stored state of an invitation; of the link only the hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationRecord {
    /// The invitation's id.
    pub id: InvitationId,
    /// The e-mail of the invited person.
    pub email: Email,
    /// The role that they will have.
    pub role: Role,
    /// Counts the links, from 1: only the last one is valid.
    pub link: i32,
    /// SHA-256 of the secret of the last link's token.
    pub token_hash: [u8; 32],
    /// Until when the last link is valid.
    pub expires_at: DateTime<Utc>,
    /// Its status.
    pub status: InvitationStatus,
    /// Who invites; absent for a platform administrator.
    pub invited_by: Option<UserId>,
    /// Counts the changes, from 1.
    pub version: i32,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// The requested fields of an invitation, unchecked.
#[derive(Debug, Clone, Default)]
pub struct InvitationInput {
    /// The e-mail of the invited person.
    pub email: Patch<String>,
    /// The role; by default MEMBER.
    pub role: Patch<String>,
}

/// The checked fields of an invitation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationFields {
    /// The e-mail of the invited person.
    pub email: Email,
    /// The role that they will have.
    pub role: Role,
}

impl InvitationFields {
    /// Checks the input.
    ///
    /// # Errors
    /// Every violation found.
    pub fn read(input: InvitationInput) -> Result<Self, Violations> {
        let InvitationInput { email, role } = input;
        let mut form = Form::default();
        let email = form.required("email", email, None, Email::parse);
        let role = form.optional("role", role, None, |raw: String| one_of(&raw, Role::ALL, Role::as_str));
        form.finish(email.map(|email| Self { email, role: role.unwrap_or(Role::Member) }))
    }
}

/// An invitation into a company.
#[derive(Debug, Clone)]
pub struct Invitation {
    record: InvitationRecord,
    events: Vec<Event>,
}

impl Invitation {
    /// A new invitation with its first link, whose token has this hash.
    pub fn create(
        id: InvitationId,
        fields: InvitationFields,
        token_hash: [u8; 32],
        invited_by: Option<UserId>,
        now: DateTime<Utc>,
    ) -> Self {
        let InvitationFields { email, role } = fields;
        let record = InvitationRecord {
            id,
            email,
            role,
            link: 1,
            token_hash,
            expires_at: now + INVITATION_LIFETIME,
            status: InvitationStatus::Pending,
            invited_by,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        let event = Event::new(EventKind::InvitationCreated, EntityRef::invitation(id), now)
            .making(record.version)
            .noting("email", record.email.as_str())
            .noting("role", role.as_str());
        Self { record, events: vec![event] }
    }

    /// Wraps a stored invitation.
    pub fn stored(record: InvitationRecord) -> Self {
        Self { record, events: Vec::new() }
    }

    /// The stored state.
    pub fn record(&self) -> &InvitationRecord {
        &self.record
    }

    /// Takes the events recorded since the last call.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// Checks that its link is still valid.
    ///
    /// # Errors
    /// [`InvitationRefused`] if it is not.
    pub fn check(&self, now: DateTime<Utc>) -> Result<(), InvitationRefused> {
        match self.record.status {
            InvitationStatus::Accepted => Err(InvitationRefused::Used),
            InvitationStatus::Revoked => Err(InvitationRefused::Revoked),
            InvitationStatus::Lapsed => Err(InvitationRefused::Expired),
            InvitationStatus::Pending if now >= self.record.expires_at => Err(InvitationRefused::Expired),
            InvitationStatus::Pending => Ok(()),
        }
    }

    /// Creates a new link, valid from now on; the previous one becomes invalid.
    pub fn resend(&mut self, token_hash: [u8; 32], now: DateTime<Utc>) {
        self.record.link += 1;
        self.record.token_hash = token_hash;
        self.record.expires_at = now + INVITATION_LIFETIME;
        self.change(EventKind::InvitationResent, now);
    }

    /// Revokes the invitation.
    pub fn revoke(&mut self, now: DateTime<Utc>) {
        self.record.status = InvitationStatus::Revoked;
        self.change(EventKind::InvitationRevoked, now);
    }

    /// Lapses if it has expired, so that the same e-mail can be invited again. Returns whether it lapsed.
    pub fn lapse(&mut self, now: DateTime<Utc>) -> bool {
        let expired = self.check(now) == Err(InvitationRefused::Expired);
        if expired && self.record.status == InvitationStatus::Pending {
            self.record.status = InvitationStatus::Lapsed;
            self.change(EventKind::InvitationLapsed, now);
        }
        expired
    }

    /// Marks the invitation as accepted by `user`.
    ///
    /// # Errors
    /// [`InvitationRefused`]; then nothing changes.
    pub fn accept(&mut self, user: UserId, now: DateTime<Utc>) -> Result<(), InvitationRefused> {
        self.check(now)?;
        self.record.status = InvitationStatus::Accepted;
        self.change(EventKind::InvitationAccepted, now);
        if let Some(event) = self.events.last_mut() {
            event.related.push(EntityRef::user(user));
        }
        Ok(())
    }

    fn change(&mut self, kind: EventKind, now: DateTime<Utc>) {
        self.record.updated_at = now;
        self.record.version += 1;
        let event = Event::new(kind, EntityRef::invitation(self.record.id), now);
        self.events.push(event.making(self.record.version));
    }
}
