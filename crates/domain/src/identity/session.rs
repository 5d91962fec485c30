//! Sessions and the rotation of their refresh tokens.
//!
//! A refresh token is single-use: using it creates the one of the next generation. Two tabs that use the same token within
//! [`REUSE_GRACE`] both get the live successor. Any later use means that the token was copied, and ends the whole session
//! (its "family" of tokens, OAuth 2.0 BCP, RFC 9700 §4.14). Generations are counted, so that a session needs no history of
//! its tokens to know an old one.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    events::{EntityRef, Event, EventKind},
    ids::{SessionId, UserId},
};

/// A session ends if it is not refreshed for this long.
pub const IDLE_LIFETIME: TimeDelta = TimeDelta::days(30);
/// A session ends this long after sign-in, however much it is used.
pub const ABSOLUTE_LIFETIME: TimeDelta = TimeDelta::days(90);
/// How long after its rotation a refresh token still gets a successor.
pub const REUSE_GRACE: TimeDelta = TimeDelta::seconds(10);
/// The most rotations that a session remembers: a tab that is further behind counts as a copy.
pub const MAX_ROTATIONS: usize = 64;
/// The most open sessions of one user; opening one more ends the oldest.
pub const MAX_SESSIONS: usize = 5;

/// The person that a session belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A user of a company.
    User(UserId),
    /// A platform administrator, of no company.
    PlatformAdministrator(UserId),
}

impl Subject {
    /// The person's id.
    pub const fn id(self) -> UserId {
        match self {
            Self::User(id) | Self::PlatformAdministrator(id) => id,
        }
    }
}

/// Why a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EndReason {
    /// The person signed out, or ended it from the list of sessions.
    SignedOut,
    /// A refresh token was used again after its grace period.
    TokenReused,
    /// Too many sessions: a newer one displaced it.
    Displaced,
    /// The password was changed or reset.
    PasswordChanged,
    /// The person was deactivated or removed.
    UserDeactivated,
}

impl EndReason {
    /// The name in storage and events.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignedOut => "SIGNED_OUT",
            Self::TokenReused => "TOKEN_REUSED",
            Self::Displaced => "DISPLACED",
            Self::PasswordChanged => "PASSWORD_CHANGED",
            Self::UserDeactivated => "USER_DEACTIVATED",
        }
    }

    /// The reason with this name, if there is one.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::SignedOut, Self::TokenReused, Self::Displaced, Self::PasswordChanged, Self::UserDeactivated]
            .into_iter()
            .find(|reason| reason.as_str() == name)
    }
}

/// The stored state of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRecord {
    /// The session's id, the `sid` of its access tokens.
    pub id: SessionId,
    /// The person it belongs to.
    pub subject: Subject,
    /// When the person signed in.
    pub created_at: DateTime<Utc>,
    /// When it was last refreshed.
    pub last_used_at: DateTime<Utc>,
    /// The `User-Agent` of the browser or program, cut to 200 characters.
    pub user_agent: Option<String>,
    /// The address from which it was opened.
    pub address: Option<String>,
    /// When and why it ended.
    pub ended: Option<(DateTime<Utc>, EndReason)>,
    /// The generation of the live refresh token: how often it was rotated.
    pub generation: i32,
    /// When the last of these rotations were, oldest first: those whose grace period was not over at the very last one.
    pub rotations: Vec<DateTime<Utc>>,
}

/// The outcome of presenting a refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshOutcome {
    /// Issue the token of the next generation, which is the session's now.
    Rotate,
    /// Concurrent tabs: issue the live token once more.
    Succeed,
    /// The token was copied: the session has ended.
    Reused,
    /// The session has ended or expired: the person must sign in again.
    Over,
}

/// A signed-in device of a person.
#[derive(Debug, Clone)]
pub struct Session {
    record: SessionRecord,
    events: Vec<Event>,
}

impl Session {
    /// Opens a session for somebody who has just authenticated.
    pub fn open(
        id: SessionId,
        subject: Subject,
        user_agent: Option<String>,
        address: Option<String>,
        now: DateTime<Utc>,
    ) -> Self {
        let record = SessionRecord {
            id,
            subject,
            created_at: now,
            last_used_at: now,
            user_agent: user_agent.map(|agent| agent.chars().filter(|c| !c.is_control()).take(200).collect()),
            address,
            ended: None,
            generation: 0,
            rotations: Vec::new(),
        };
        let event = Event::new(EventKind::SessionStarted, EntityRef::session(id), now)
            .about(EntityRef::user(subject.id()));
        Self { record, events: vec![event] }
    }

    /// Wraps a stored session.
    pub fn stored(record: SessionRecord) -> Self {
        Self { record, events: Vec::new() }
    }

    /// The stored state.
    pub fn record(&self) -> &SessionRecord {
        &self.record
    }

    /// Takes the events recorded since the last call.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// Whether the session is still valid.
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        self.record.ended.is_none()
            && now < self.record.last_used_at + IDLE_LIFETIME
            && now < self.record.created_at + ABSOLUTE_LIFETIME
    }

    /// When the session expires if it is not used again.
    pub fn expires_at(&self) -> DateTime<Utc> {
        (self.record.last_used_at + IDLE_LIFETIME).min(self.record.created_at + ABSOLUTE_LIFETIME)
    }

    /// When the session ended or expired, or will expire.
    pub fn over_since(&self) -> DateTime<Utc> {
        self.record.ended.map_or_else(|| self.expires_at(), |(at, _)| at)
    }

    /// Decides and records the outcome of presenting the token of a generation of this session. A generation that is still
    /// to come (the database was restored from a backup) is over, too.
    pub fn refresh(&mut self, generation: i32, now: DateTime<Utc>) -> RefreshOutcome {
        if !self.is_open(now) {
            return RefreshOutcome::Over;
        }
        match self.record.generation.checked_sub(generation).map(usize::try_from) {
            Some(Ok(0)) => {
                self.rotate(now);
                RefreshOutcome::Rotate
            }
            Some(Ok(behind)) if self.rotated_at(behind).is_some_and(|at| now < at + REUSE_GRACE) => {
                RefreshOutcome::Succeed
            }
            Some(Err(_negative)) => RefreshOutcome::Over,
            Some(Ok(_)) | None => {
                self.events.push(
                    Event::new(EventKind::SessionReuseDetected, EntityRef::session(self.record.id), now)
                        .about(EntityRef::user(self.record.subject.id())),
                );
                self.end(EndReason::TokenReused, now);
                RefreshOutcome::Reused
            }
        }
    }

    fn rotate(&mut self, now: DateTime<Utc>) {
        let SessionRecord { last_used_at, generation, rotations, .. } = &mut self.record;
        *last_used_at = now;
        *generation = generation.saturating_add(1);
        rotations.retain(|at| now < *at + REUSE_GRACE);
        rotations.push(now);
        let surplus = rotations.len().saturating_sub(MAX_ROTATIONS);
        rotations.drain(..surplus);
    }

    /// When the token that is so many generations behind the live one was rotated; none if that is long ago.
    fn rotated_at(&self, behind: usize) -> Option<DateTime<Utc>> {
        let rotations = &self.record.rotations;
        rotations.len().checked_sub(behind).and_then(|index| rotations.get(index)).copied()
    }

    /// Ends the session; does nothing if it has ended already.
    pub fn end(&mut self, reason: EndReason, now: DateTime<Utc>) {
        if self.record.ended.is_some() {
            return;
        }
        self.record.ended = Some((now, reason));
        self.events.push(
            Event::new(EventKind::SessionEnded, EntityRef::session(self.record.id), now)
                .about(EntityRef::user(self.record.subject.id()))
                .noting("reason", reason.as_str()),
        );
    }
}
