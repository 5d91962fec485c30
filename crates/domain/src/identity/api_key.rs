//! Keys by which integrators use the API in the name of the user who made them.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::Permission;
use crate::{
    events::{EntityRef, Event, EventKind},
    ids::{ApiKeyId, UserId},
    input::{Form, Patch, Rule, Violations},
    values::Line,
};

/// The name of a key, unique in its company among the keys that were not revoked.
pub type ApiKeyName = Line<100>;

/// What a key may do when nothing was said.
pub const DEFAULT_SCOPES: &[Permission] = &[Permission::ReportsRead];

/// What is stored of a key: never its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKeyRecord {
    /// The key's id.
    pub id: ApiKeyId,
    /// What it is for, in people's words.
    pub name: ApiKeyName,
    /// SHA-256 of the secret part: it has 256 bits of entropy, so no slow hash is needed.
    pub secret_hash: [u8; 32],
    /// The first characters of the value, to recognise it by.
    pub prefix: String,
    /// The last four characters of the value.
    pub last_four: String,
    /// What it may do at most.
    pub scopes: BTreeSet<Permission>,
    /// From when on it is refused.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was last used, to about a minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
    /// Who made it: it may do nothing that they may not.
    pub created_by: UserId,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// Counts the changes, from 1.
    pub version: i32,
}

/// The wanted fields of a new key, unchecked.
#[derive(Debug, Clone, Default)]
pub struct ApiKeyInput {
    /// What it is for.
    pub name: Patch<String>,
    /// Permission keys.
    pub scopes: Patch<Vec<String>>,
    /// From when on it shall be refused.
    pub expires_at: Patch<DateTime<Utc>>,
}

/// The checked fields of a new key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKeyFields {
    /// What it is for.
    pub name: ApiKeyName,
    /// What it may do at most.
    pub scopes: BTreeSet<Permission>,
    /// From when on it is refused.
    pub expires_at: Option<DateTime<Utc>>,
}

impl ApiKeyFields {
    /// Checks the input of a creator who holds `held` permissions: a key can't be given more.
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
        match Permission::parse(key).filter(|scope| scope.allowed_to_api_keys() && held.contains(scope)) {
            Some(scope) => {
                scopes.insert(scope);
            }
            None => {
                form.reject(&format!("scopes.{index}"), Rule::NotAllowed { allowed: allowed_scopes(held) });
            }
        }
    }
    scopes
}

fn allowed_scopes(held: &BTreeSet<Permission>) -> String {
    let keys: Vec<_> = held.iter().filter(|scope| scope.allowed_to_api_keys()).map(|s| s.key()).collect();
    keys.join(", ")
}

/// An integrator's key.
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

    /// Takes a stored key.
    pub fn stored(record: ApiKeyRecord) -> Self {
        Self { record, events: Vec::new() }
    }

    /// What is stored.
    pub fn record(&self) -> &ApiKeyRecord {
        &self.record
    }

    /// Hands out what happened since the last call.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// Whether the key is neither revoked nor expired.
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.record.revoked_at.is_none() && self.record.expires_at.is_none_or(|at| now < at)
    }

    /// Revokes the key for good; revoking a revoked one changes nothing.
    pub fn revoke(&mut self, now: DateTime<Utc>) {
        if self.record.revoked_at.is_some() {
            return;
        }
        self.record.revoked_at = Some(now);
        self.record.updated_at = now;
        self.record.version += 1;
        self.events.push(Self::revoked(self.record.id, self.record.name.as_str(), now));
    }

    /// What is told of a key that was revoked, alone or with all of its maker's.
    pub fn revoked(id: ApiKeyId, name: &str, now: DateTime<Utc>) -> Event {
        Event::new(EventKind::ApiKeyRevoked, EntityRef::api_key(id), now).noting("name", name)
    }
}
