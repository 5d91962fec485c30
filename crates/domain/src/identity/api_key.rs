//! API keys, with which integrations act on behalf of the user who created them.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::Permission;
use crate::{
    events::{EntityRef, Event, EventKind},
    ids::{ApiKeyId, UserId},
    input::{Form, Patch, Rule, Violations},
    values::{Line, trimmed},
};

/// The name of a key, unique in its company among the keys that were not revoked.
pub type ApiKeyName = Line<100>;

/// The scopes of a key that was requested without any.
pub const DEFAULT_SCOPES: &[Permission] = &[Permission::ReportsRead];

/// The stored state of a key, which never includes its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKeyRecord {
    /// The key's id.
    pub id: ApiKeyId,
    /// What it is for, as its creator describes it.
    pub name: ApiKeyName,
    /// SHA-256 of the secret part, which has 256 bits of entropy, so that no slow hash is needed.
    pub secret_hash: [u8; 32],
    /// The first characters of the value, so that people can recognise the key.
    pub prefix: String,
    /// The last four characters of the value.
    pub last_four: String,
    /// Its scopes: what it may do at most.
    pub scopes: BTreeSet<Permission>,
    /// From when on it is refused; never if absent.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was last used, to about a minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
    /// Who created it. The key may do nothing that they may not.
    pub created_by: UserId,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// Counts the changes, from 1.
    pub version: i32,
}

/// The requested fields of a new key, unchecked.
#[derive(Debug, Clone, Default)]
pub struct ApiKeyInput {
    /// What it is for.
    pub name: Patch<String>,
    /// Permission keys.
    pub scopes: Patch<Vec<String>>,
    /// From when on it is to be refused; never if absent.
    pub expires_at: Patch<DateTime<Utc>>,
}

/// The checked fields of a new key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKeyFields {
    /// What it is for.
    pub name: ApiKeyName,
    /// Its scopes: what it may do at most.
    pub scopes: BTreeSet<Permission>,
    /// From when on it is refused; never if absent.
    pub expires_at: Option<DateTime<Utc>>,
}

impl ApiKeyFields {
    /// Checks the input of a creator who holds `held` permissions; a key can't get others.
    ///
    /// # Errors
    /// Every violation found.
    pub fn read(
        input: ApiKeyInput,
        held: &BTreeSet<Permission>,
        now: DateTime<Utc>,
    ) -> Result<Self, Violations> {
        let ApiKeyInput { name, scopes, expires_at } = input;
        let mut form = Form::default();
        let name = form.required("name", name, None, ApiKeyName::parse);
        let scopes = match scopes.into_value() {
            None => DEFAULT_SCOPES.iter().copied().collect(),
            Some(keys) => read_scopes(&mut form, &keys, held),
        };
        let expires_at = form.optional("expiresAt", expires_at, None, |at| {
            if at > now { Ok(at) } else { Err(Rule::Malformed { expected: "a time in the future" }) }
        });
        let fields = name.map(|name| Self { name, scopes, expires_at });
        form.finish(fields)
    }
}

fn read_scopes(form: &mut Form, keys: &[String], held: &BTreeSet<Permission>) -> BTreeSet<Permission> {
    if keys.is_empty() {
        form.reject("scopes", Rule::Blank);
    }
    let mut scopes = BTreeSet::new();
    for (index, key) in keys.iter().enumerate() {
        match Permission::parse(trimmed(key))
            .filter(|scope| scope.allowed_to_api_keys() && held.contains(scope))
        {
            Some(scope) => {
                scopes.insert(scope);
            }
            None => {
                form.reject(&format!("scopes.{index}"), Rule::not_allowed(key, allowed_scopes(held)));
            }
        }
    }
    scopes
}

fn allowed_scopes(held: &BTreeSet<Permission>) -> impl Iterator<Item = &'static str> {
    held.iter().filter(|scope| scope.allowed_to_api_keys()).map(|scope| scope.key())
}

/// An API key.
#[derive(Debug, Clone)]
pub struct ApiKey {
    record: ApiKeyRecord,
    events: Vec<Event>,
}

impl ApiKey {
    /// A new key.
    pub fn create(record: ApiKeyRecord) -> Self {
        let event = Event::new(EventKind::ApiKeyCreated, EntityRef::api_key(record.id), record.created_at)
            .noting("name", record.name.as_str());
        Self { record, events: vec![event] }
    }

    /// Wraps a stored key.
    pub fn stored(record: ApiKeyRecord) -> Self {
        Self { record, events: Vec::new() }
    }

    /// The stored state.
    pub fn record(&self) -> &ApiKeyRecord {
        &self.record
    }

    /// Takes the events recorded since the last call.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// Whether the key is neither revoked nor expired.
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.record.revoked_at.is_none() && self.record.expires_at.is_none_or(|at| now < at)
    }

    /// Revokes the key permanently; does nothing if it is revoked already.
    pub fn revoke(&mut self, now: DateTime<Utc>) {
        if self.record.revoked_at.is_some() {
            return;
        }
        self.record.revoked_at = Some(now);
        self.record.updated_at = now;
        self.record.version += 1;
        self.events.push(Self::revoked(self.record.id, self.record.name.as_str(), now));
    }

    /// The event of a revoked key, revoked alone or with all keys of its creator.
    pub fn revoked(id: ApiKeyId, name: &str, now: DateTime<Utc>) -> Event {
        Event::new(EventKind::ApiKeyRevoked, EntityRef::api_key(id), now).noting("name", name)
    }
}
