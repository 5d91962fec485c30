//! API keys.

use async_trait::async_trait;
use cartera_domain::{
    identity::{ApiKey, ApiKeyRecord},
    ids::{ApiKeyId, UserId},
    values::name_key,
};
use chrono::{DateTime, Utc};

use super::MemoryUnitOfWork;
use crate::{
    error::{Code, Error, Result},
    ports::ApiKeys,
    security::KeyAuthority,
};

#[async_trait]
impl ApiKeys for MemoryUnitOfWork {
    async fn authority(&self, secret_hash: &[u8; 32], now: DateTime<Utc>) -> Result<Option<KeyAuthority>> {
        let found = self.rows(
            |tables| &tables.api_keys,
            |(company, _), key| *company == self.company() && key.secret_hash == *secret_hash,
        );
        let Some(key) = found.into_iter().next().map(ApiKey::stored).filter(|key| key.is_live(now)) else {
            return Ok(None);
        };
        let ApiKeyRecord { id, scopes, expires_at, created_by, .. } = key.record().clone();
        let creator = self.row(|tables| &tables.users, &(self.company(), created_by));
        let Some(creator) = creator.filter(|creator| creator.active && self.company_works()) else {
            return Ok(None);
        };
        Ok(Some(KeyAuthority {
            company_id: self.company(),
            key_id: id,
            creator_id: created_by,
            creator_role: creator.role,
            scopes,
            expires_at,
        }))
    }

    async fn get(&self, id: ApiKeyId) -> Result<ApiKey> {
        let record = self.row(|tables| &tables.api_keys, &(self.company(), id));
        record.map(ApiKey::stored).ok_or_else(Error::not_found)
    }

    async fn insert(&self, key: &mut ApiKey) -> Result<()> {
        let record = key.record().clone();
        self.require_user(Some(record.created_by))?;
        let wanted = name_key(record.name.as_str());
        self.lock("api key name", &wanted).await?;
        let taken = self.rows(
            |tables| &tables.api_keys,
            |(company, _), other| {
                *company == self.company()
                    && other.revoked_at.is_none()
                    && name_key(other.name.as_str()) == wanted
            },
        );
        if !taken.is_empty() {
            return Err(Error::refused(Code::ApiKeyNameTaken));
        }
        self.written().api_keys.insert((self.company(), record.id), record);
        self.record(key.take_events());
        Ok(())
    }

    async fn update(&self, key: &mut ApiKey) -> Result<()> {
        let record = key.record().clone();
        let row = (self.company(), record.id);
        self.lock("api key", record.id).await?;
        if self.row(|tables| &tables.api_keys, &row).is_none() {
            return Err(Error::not_found());
        }
        self.written().api_keys.insert(row, record);
        self.record(key.take_events());
        Ok(())
    }

    async fn revoke_all_of(&self, creator: UserId, now: DateTime<Utc>) -> Result<()> {
        let keys = self.rows(
            |tables| &tables.api_keys,
            |(company, _), key| {
                *company == self.company() && key.created_by == creator && key.revoked_at.is_none()
            },
        );
        for mut key in keys.into_iter().map(ApiKey::stored) {
            key.revoke(now);
            ApiKeys::update(self, &mut key).await?;
        }
        Ok(())
    }

    async fn note_use(&self, uses: &[(ApiKeyId, DateTime<Utc>)]) -> Result<()> {
        for (id, at) in uses {
            let row = (self.company(), *id);
            self.lock("api key", id).await?;
            let Some(mut record) = self.row(|tables| &tables.api_keys, &row) else { continue };
            record.last_used_at = record.last_used_at.max(Some(*at));
            self.written().api_keys.insert(row, record);
        }
        Ok(())
    }
}
