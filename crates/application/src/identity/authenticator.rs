//! Authenticates callers: maps a token to an [`Actor`], with an authorization cache of two seconds.
//!
//! Permissions come from the session row. They are cached for [`MEMORY`], so that a busy session doesn't cost a query
//! per request. Whatever ends a session or changes a person clears the cache of this process at once; the others follow
//! within two seconds.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use cartera_domain::ids::{ApiKeyId, CompanyId, SessionId};
use chrono::{DateTime, Utc};
use moka::future::Cache;

use super::{OpaqueToken, TokenKind};
use crate::{
    error::{Code, Error, Result},
    ports::Ports,
    security::{Actor, KeyAuthority, PersonAuthority, Provenance},
};

/// How long permissions are cached.
const MEMORY: Duration = Duration::from_millis(1900);
/// The capacity of the cache, for sessions and for keys each.
const CAPACITY: u64 = 50_000;

/// The last use of keys, by company and key, until it is written to the database.
type KeyUses = HashMap<(CompanyId, ApiKeyId), DateTime<Utc>>;

/// Authenticates callers.
#[derive(Clone)]
pub struct Authenticator {
    ports: Arc<Ports>,
    people: Cache<(CompanyId, SessionId), PersonAuthority>,
    keys: Cache<[u8; 32], KeyAuthority>,
    epoch: Arc<AtomicU64>,
    used: Arc<Mutex<KeyUses>>,
}

impl Authenticator {
    /// An authenticator with an empty cache.
    pub fn new(ports: Arc<Ports>) -> Self {
        Self {
            ports,
            people: Cache::builder().max_capacity(CAPACITY).time_to_live(MEMORY).build(),
            keys: Cache::builder().max_capacity(CAPACITY).time_to_live(MEMORY).build(),
            epoch: Arc::new(AtomicU64::new(0)),
            used: Arc::default(),
        }
    }

    /// The person behind an access token.
    ///
    /// # Errors
    /// `unauthenticated` unless the token is sound and its session open, its person active and its company
    /// not suspended.
    pub async fn person(&self, access_token: &str, provenance: Provenance) -> Result<Actor> {
        let now = self.ports.clock.now();
        let claims = self.ports.access_tokens.verify(access_token, now)?;
        let key = (claims.company_id, claims.session_id);
        let known = self.people.get(&key).await;
        let authority = match known {
            Some(authority) => authority,
            None => self.load_person(key, provenance.clone(), now).await?,
        };
        if authority.subject != claims.subject || authority.expires_at <= now {
            return Err(Error::refused(Code::Unauthenticated));
        }
        Ok(Actor::person(authority, provenance))
    }

    async fn load_person(
        &self,
        key: (CompanyId, SessionId),
        provenance: Provenance,
        now: DateTime<Utc>,
    ) -> Result<PersonAuthority> {
        let epoch = self.epoch.load(Ordering::SeqCst);
        let grant = Actor::system(key.0, provenance).authorize_system()?;
        let tx = self.ports.store.read(&grant).await?;
        let authority = tx.sessions().authority(key.1, now).await?;
        tx.commit().await?;
        let authority = authority.ok_or_else(|| Error::refused(Code::Unauthenticated))?;
        self.people.insert(key, authority.clone()).await;
        // The cache was cleared during the read, so the result may be outdated: don't cache it.
        if self.epoch.load(Ordering::SeqCst) != epoch {
            self.people.invalidate(&key).await;
        }
        Ok(authority)
    }

    /// The API key behind its value.
    ///
    /// # Errors
    /// `unauthenticated` unless the key is live, its creator active and its company not suspended.
    pub async fn key(&self, value: &str, provenance: Provenance) -> Result<Actor> {
        let refused = || Error::refused(Code::Unauthenticated);
        let token = OpaqueToken::parse(TokenKind::ApiKey, value).ok_or_else(refused)?;
        let now = self.ports.clock.now();
        let known = self.keys.get(&token.hash()).await;
        let authority = match known {
            Some(authority) => authority,
            None => self.load_key(&token, provenance.clone(), now).await?,
        };
        if authority.company_id != token.company_id() || authority.expires_at.is_some_and(|at| at <= now) {
            return Err(refused());
        }
        self.used
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert((authority.company_id, authority.key_id), now);
        Ok(Actor::key(authority, provenance))
    }

    async fn load_key(
        &self,
        token: &OpaqueToken,
        provenance: Provenance,
        now: DateTime<Utc>,
    ) -> Result<KeyAuthority> {
        let epoch = self.epoch.load(Ordering::SeqCst);
        let grant = Actor::system(token.company_id(), provenance).authorize_system()?;
        let tx = self.ports.store.read(&grant).await?;
        let authority = tx.api_keys().authority(&token.hash(), now).await?;
        tx.commit().await?;
        let authority = authority.ok_or_else(|| Error::refused(Code::Unauthenticated))?;
        self.keys.insert(token.hash(), authority.clone()).await;
        if self.epoch.load(Ordering::SeqCst) != epoch {
            self.keys.invalidate(&token.hash()).await;
        }
        Ok(authority)
    }

    /// Clears the cache of sessions: after anything that ends a session or revokes a permission. That is rare, and a
    /// session costs one query to cache again.
    pub fn forget_sessions(&self) {
        self.epoch.fetch_add(1, Ordering::SeqCst);
        self.people.invalidate_all();
    }

    /// Clears the cache of keys: after anything that revokes one.
    pub fn forget_keys(&self) {
        self.epoch.fetch_add(1, Ordering::SeqCst);
        self.keys.invalidate_all();
    }

    /// Writes the last uses of keys since the previous call: called about every minute, and on shutdown.
    ///
    /// # Errors
    /// Those of the store; what was not written is written by the next call.
    pub async fn note_key_uses(&self, provenance: Provenance) -> Result<()> {
        let uses = std::mem::take(&mut *self.used.lock().unwrap_or_else(PoisonError::into_inner));
        let mut by_company: HashMap<CompanyId, Vec<(ApiKeyId, DateTime<Utc>)>> = HashMap::new();
        for ((company_id, key_id), at) in uses {
            by_company.entry(company_id).or_default().push((key_id, at));
        }
        let mut failure = None;
        for (company_id, uses) in by_company {
            if let Err(error) = self.note_company_key_uses(company_id, &uses, provenance.clone()).await {
                self.remember_uses(company_id, uses);
                failure = Some(error);
            }
        }
        failure.map_or(Ok(()), Err)
    }

    async fn note_company_key_uses(
        &self,
        company_id: CompanyId,
        uses: &[(ApiKeyId, DateTime<Utc>)],
        provenance: Provenance,
    ) -> Result<()> {
        let grant = Actor::system(company_id, provenance).authorize_system()?;
        let tx = self.ports.store.begin(&grant).await?;
        tx.api_keys().note_use(uses).await?;
        tx.commit().await
    }

    fn remember_uses(&self, company_id: CompanyId, uses: Vec<(ApiKeyId, DateTime<Utc>)>) {
        let mut known = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        for (key_id, at) in uses {
            known.entry((company_id, key_id)).or_insert(at);
        }
    }
}
