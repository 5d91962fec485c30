//! Invitations: how people come into a company that exists.
//!
//! An invitation is a single-use link by mail. Only the hash of the link's token is kept. Sending it again
//! makes the next link and ends the one before.

#[cfg(test)]
mod tests;

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    events::{EntityRef, Event, EventKind},
    identity::Role,
    ids::{InvitationId, UserId},
    input::{Form, Patch, Rule, Violations},
    values::Email,
};

/// How long a link is valid.
pub const INVITATION_LIFETIME: TimeDelta = TimeDelta::days(7);

/// What became of an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InvitationStatus {
    /// Nobody has followed it yet; whether it has expired is a matter of time.
    Pending,
    /// Somebody joined by it.
    Accepted,
    /// It was taken back.
    Revoked,
    /// It had expired when the same e-mail was invited anew.
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

    /// The status of this name, if there is one.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }
}

/// Why a link leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvitationRefused {
    /// It came too late.
    Expired,
    /// Somebody joined by it already.
    Used,
    /// It was taken back.
    Revoked,
}

/// What is stored of an invitation: of the link only the hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationRecord {
    /// The invitation's id.
    pub id: InvitationId,
    /// Whom it is for.
    pub email: Email,
    /// As what they shall join.
    pub role: Role,
    /// Counts the links, from 1: only the last one is valid.
    pub link: i32,
    /// SHA-256 of the secret of the last link's token.
    pub token_hash: [u8; 32],
    /// Until when the last link is valid.
    pub expires_at: DateTime<Utc>,
    /// What became of it.
    pub status: InvitationStatus,
    /// Who invites; none for a platform administrator.
    pub invited_by: Option<UserId>,
    /// Counts the changes, from 1.
    pub version: i32,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// The wanted fields of an invitation, unchecked.
#[derive(Debug, Clone, Default)]
pub struct InvitationInput {
    /// Whom it is for.
    pub email: Patch<String>,
    /// As what: MEMBER when nothing is said.
    pub role: Patch<String>,
}

/// The checked fields of an invitation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationFields {
    /// Whom it is for.
    pub email: Email,
    /// As what they shall join.
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
        let role = form.optional("role", role, None, |raw: String| {
            let allowed = || Rule::NotAllowed {
                allowed: Role::ALL.iter().map(|r| r.as_str()).collect::<Vec<_>>().join(", "),
            };
            Role::parse(&raw).ok_or_else(allowed)
        });
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
            .noting("email", record.email.as_str())
            .noting("role", role.as_str());
        Self { record, events: vec![event] }
    }

    /// Takes a stored invitation.
    pub fn stored(record: InvitationRecord) -> Self {
        Self { record, events: Vec::new() }
    }

    /// What is stored.
    pub fn record(&self) -> &InvitationRecord {
        &self.record
    }

    /// Hands out what happened since the last call.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// Whether its link leads somewhere.
    ///
    /// # Errors
    /// [`InvitationRefused`] when it doesn't.
    pub fn check(&self, now: DateTime<Utc>) -> Result<(), InvitationRefused> {
        match self.record.status {
            InvitationStatus::Accepted => Err(InvitationRefused::Used),
            InvitationStatus::Revoked => Err(InvitationRefused::Revoked),
            InvitationStatus::Lapsed => Err(InvitationRefused::Expired),
            InvitationStatus::Pending if now >= self.record.expires_at => Err(InvitationRefused::Expired),
            InvitationStatus::Pending => Ok(()),
        }
    }

    /// Makes the next link, valid from now on; the one before leads nowhere any more.
    pub fn resend(&mut self, token_hash: [u8; 32], now: DateTime<Utc>) {
        self.record.link += 1;
        self.record.token_hash = token_hash;
        self.record.expires_at = now + INVITATION_LIFETIME;
        self.change(EventKind::InvitationResent, now);
    }

    /// Takes the invitation back.
    pub fn revoke(&mut self, now: DateTime<Utc>) {
        self.record.status = InvitationStatus::Revoked;
        self.change(EventKind::InvitationRevoked, now);
    }

    /// Makes way for a new invitation of the same e-mail, if this one has expired. Answers whether it did.
    pub fn lapse(&mut self, now: DateTime<Utc>) -> bool {
        let expired = self.check(now) == Err(InvitationRefused::Expired);
        if expired && self.record.status == InvitationStatus::Pending {
            self.record.status = InvitationStatus::Lapsed;
            self.change(EventKind::InvitationLapsed, now);
        }
        expired
    }

    /// Lets `user` in.
    ///
    /// # Errors
    /// [`InvitationRefused`]; then nothing changed.
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
        self.events.push(Event::new(kind, EntityRef::invitation(self.record.id), now));
    }
}
