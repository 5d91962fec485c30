//! API keys: people create, list and revoke them, integrators use them.

use std::{collections::BTreeSet, sync::Arc};

use cartera_domain::{
    identity::{ApiKey, ApiKeyFields, ApiKeyInput, ApiKeyRecord, Extent, Permission},
    ids::{ApiKeyId, Id},
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{ApiKeyView, Authenticator, CompanyBrief, OpaqueToken, TokenKind};
use crate::{
    error::{Code, Error, Result},
    idempotency::{Once, Outcome},
    lists::{ListQuery, Page},
    ports::{Ports, UnitOfWork},
    security::Actor,
    views::NamedRef,
};

/// How many characters of a value are stored and shown: its kind, its company, and four of the secret's 43, so that
/// keys can be told apart.
const PREFIX: usize = 41;

/// A key that was just made.
#[derive(Debug, Clone)]
pub struct CreatedApiKey {
    /// The key as it is read.
    pub key: ApiKeyView,
    /// Its value, returned only now; `None` on a replay, because the value is not stored.
    pub value: Option<OpaqueToken>,
}

/// What a key may read about itself.
#[derive(Debug, Clone)]
pub struct CurrentApiKey {
    /// The key's id.
    pub id: Uuid,
    /// What it is for.
    pub name: String,
    /// The company it works in.
    pub company: CompanyBrief,
    /// What it may do now: its scopes, limited to what its creator may do.
    pub scopes: Vec<&'static str>,
    /// From when on it is refused.
    pub expires_at: Option<DateTime<Utc>>,
}

/// The use cases of API keys.
#[derive(Clone)]
pub struct ApiKeyService {
    ports: Arc<Ports>,
    authenticator: Authenticator,
}

impl ApiKeyService {
    /// Wires the use cases to their ports.
    pub fn new(ports: Arc<Ports>, authenticator: Authenticator) -> Self {
        Self { ports, authenticator }
    }

    /// Creates a key. Nobody can give a key more permissions than they have.
    ///
    /// # Errors
    /// `validation_failed`, `api_key_name_taken`.
    pub async fn create(
        &self,
        actor: &Actor,
        input: ApiKeyInput,
        once: &Once,
    ) -> Result<Outcome<CreatedApiKey>> {
        let grant = actor.authorize(Permission::ApiKeysWrite)?;
        let now = self.ports.clock.now();
        let held: BTreeSet<_> = actor.permissions().into_iter().map(|(permission, _)| permission).collect();
        let ApiKeyFields { name, scopes, expires_at } = ApiKeyFields::read(input, &held, now)?;
        let creator = grant.user_id().ok_or_else(|| Error::refused(Code::Forbidden))?;
        let tx = self.ports.store.begin(&grant).await?;
        let mut made = None;
        let outcome = once
            .perform(tx, async |tx| {
                let secret = self.ports.randomness.secret();
                let value = made.insert(OpaqueToken::new(TokenKind::ApiKey, grant.company_id(), secret));
                let text = value.expose();
                let mut key = ApiKey::create(ApiKeyRecord {
                    id: Id::new(self.ports.randomness.id()),
                    name,
                    secret_hash: value.hash(),
                    prefix: text[..PREFIX].to_owned(),
                    last_four: text[text.len() - 4..].to_owned(),
                    scopes,
                    expires_at,
                    last_used_at: None,
                    revoked_at: None,
                    created_by: creator,
                    created_at: now,
                    updated_at: now,
                    version: 1,
                });
                tx.api_keys().insert(&mut key).await?;
                let creator_name = tx.users().get(creator).await?.record().name.as_str().to_owned();
                Ok(view(key.record(), creator_name))
            })
            .await?;
        // A replay did no work, and so has no value to return.
        Ok(outcome.map(|key| CreatedApiKey { key, value: made }))
    }

    /// Lists the keys the caller may see, never their values.
    ///
    /// # Errors
    /// `forbidden`.
    pub async fn list(&self, actor: &Actor, query: &ListQuery) -> Result<Page<ApiKeyView>> {
        let grant = actor.authorize(Permission::ApiKeysRead)?;
        Ok(query.page(self.ports.api_key_queries.list(&grant, query).await?))
    }

    /// Revokes a key permanently: at once on this process, within two seconds on others.
    ///
    /// # Errors
    /// `not_found`, also for a key of somebody else when the caller may only see their own.
    pub async fn revoke(&self, actor: &Actor, id: ApiKeyId, once: &Once) -> Result<Outcome<()>> {
        let grant = actor.authorize(Permission::ApiKeysWrite)?;
        let tx = self.ports.store.begin(&grant).await?;
        let work = async |tx: &dyn UnitOfWork| {
            let mut key = tx.api_keys().get(id).await?;
            let visible = grant.extent() == Extent::All || Some(key.record().created_by) == grant.user_id();
            if !visible {
                return Err(Error::not_found());
            }
            if key.record().revoked_at.is_none() {
                key.revoke(self.ports.clock.now());
                tx.api_keys().update(&mut key).await?;
            }
            Ok(())
        };
        let done = once.perform(tx, work).await?;
        self.authenticator.forget_keys();
        Ok(done)
    }

    /// What the calling key may read about itself.
    ///
    /// # Errors
    /// `forbidden` for anybody but a key.
    pub async fn current(&self, actor: &Actor) -> Result<CurrentApiKey> {
        let (grant, authority) = actor.authorize_key()?;
        let tx = self.ports.store.read(&grant).await?;
        let key = tx.api_keys().get(authority.key_id).await?;
        let company = CompanyBrief::of(&tx.companies().current().await?);
        Ok(CurrentApiKey {
            id: key.record().id.uuid(),
            name: key.record().name.as_str().to_owned(),
            company,
            scopes: actor.permissions().into_iter().map(|(permission, _)| permission.key()).collect(),
            expires_at: authority.expires_at,
        })
    }
}

fn view(record: &ApiKeyRecord, creator_name: String) -> ApiKeyView {
    let ApiKeyRecord {
        id,
        name,
        secret_hash: _,
        prefix,
        last_four,
        scopes,
        expires_at,
        last_used_at,
        revoked_at,
        created_by,
        created_at,
        updated_at,
        version,
    } = record;
    ApiKeyView {
        id: id.uuid(),
        version: *version,
        name: name.as_str().to_owned(),
        prefix: prefix.clone(),
        last_four: last_four.clone(),
        scopes: scopes.iter().map(|scope| scope.key().to_owned()).collect(),
        expires_at: *expires_at,
        last_used_at: *last_used_at,
        revoked_at: *revoked_at,
        created_at: *created_at,
        created_by: Some(NamedRef { id: created_by.uuid(), name: creator_name }),
        updated_at: *updated_at,
    }
}
