//! API keys.

use std::collections::BTreeSet;

use async_trait::async_trait;
use cartera_application::{
    Error, Result,
    identity::{ApiKeyList, ApiKeyView},
    lists::{ListQuery, Listing},
    ports::{ApiKeyQueries, ApiKeys},
    security::{Grant, KeyAuthority},
};
use cartera_domain::{
    events::Event,
    identity::{ApiKey, ApiKeyRecord, Extent, Permission},
    ids::{ApiKeyId, Id, UserId},
    values::{Line, fold_key, name_key},
};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, Set};
use uuid::Uuid;

use super::{api_key_entity as entity, require_reached, stored_hash, users::stored_role};
use crate::{
    error::explain,
    list::{self, Column, Columns, KeyType, ListSql, PageSql},
    named::reference as named,
    row::{PgRow, row},
    sql::Sql,
    store::PgStore,
    unit_of_work::PgUnitOfWork,
};

/// A key with its creator and company, if all three carry authority.
const AUTHORITY: &str = "select k.id, k.created_by, k.scopes, k.expires_at, u.role from api_keys k \
    join users u on u.company_id = k.company_id and u.id = k.created_by and u.active \
    join companies c on c.id = k.company_id and c.suspended_at is null \
    where k.revoked_at is null and k.company_id = ";

/// Parses stored scopes; one that this version doesn't know grants nothing.
fn stored_scopes(keys: &[String]) -> BTreeSet<Permission> {
    keys.iter().filter_map(|key| Permission::parse(key)).collect()
}

row! {
    struct AuthorityRow {
        id: Uuid,
        created_by: Uuid,
        scopes: Vec<String>,
        expires_at: Option<DateTime<Utc>>,
        role: String,
    }
}

fn authority(grant: &Grant, row: &PgRow) -> Result<KeyAuthority> {
    let AuthorityRow { id, created_by, scopes, expires_at, role } =
        row.read::<AuthorityRow>().map_err(explain("reading an API key"))?;
    Ok(KeyAuthority {
        company_id: grant.company_id(),
        key_id: Id::new(id),
        creator_id: Id::new(created_by),
        creator_role: stored_role(&role)?,
        scopes: stored_scopes(&scopes),
        expires_at,
    })
}

#[async_trait]
impl ApiKeys for PgUnitOfWork {
    async fn authority(&self, secret_hash: &[u8; 32], now: DateTime<Utc>) -> Result<Option<KeyAuthority>> {
        let mut sql = Sql::new(AUTHORITY);
        sql.value(self.company()).push(" and k.secret_hash = ").value(secret_hash.to_vec());
        sql.push(" and (k.expires_at is null or k.expires_at > ").value(now).push(")");
        let row = self.first(sql).await.map_err(explain("reading an API key"))?;
        row.map(|row| authority(&self.grant, &row)).transpose()
    }

    async fn get(&self, id: ApiKeyId) -> Result<ApiKey> {
        let row = self
            .read_first::<entity::Model>(entity::Entity::find_by_id((self.company(), id.uuid())))
            .await
            .map_err(explain("reading an API key"))?;
        stored(row.ok_or_else(Error::not_found)?)
    }

    async fn insert(&self, key: &mut ApiKey) -> Result<()> {
        self.later(entity::Entity::insert(row(self.company(), key.record())));
        self.record(key.take_events());
        Ok(())
    }

    async fn update(&self, key: &mut ApiKey) -> Result<()> {
        let done = self
            .run(
                entity::Entity::update_many()
                    .set(row(self.company(), key.record()))
                    .filter(entity::Column::CompanyId.eq(self.company()))
                    .filter(entity::Column::Id.eq(key.record().id.uuid())),
            )
            .await
            .map_err(explain("storing an API key"))?;
        require_reached(done)?;
        self.record(key.take_events());
        Ok(())
    }

    async fn revoke_all_of(&self, creator: UserId, now: DateTime<Utc>) -> Result<()> {
        let mut sql = Sql::new("update api_keys set revoked_at = ");
        sql.value(now).push(", updated_at = ").value(now);
        sql.push(", version = version + 1 where company_id = ").value(self.company());
        sql.push(" and created_by = ").value(creator.uuid());
        sql.push(" and revoked_at is null returning id, name");
        let revoke = async || -> Result<Vec<Event>, DbErr> {
            let rows = self.all(sql).await?;
            let told = rows.iter().map(|row| {
                let (id, name): (Uuid, String) = (row.get("id")?, row.get("name")?);
                Ok(ApiKey::revoked(Id::new(id), &name, now))
            });
            told.collect()
        };
        let events = revoke().await.map_err(explain("revoking somebody's API keys"))?;
        self.pending().happen(events);
        Ok(())
    }

    async fn note_use(&self, uses: &[(ApiKeyId, DateTime<Utc>)]) -> Result<()> {
        if uses.is_empty() {
            return Ok(());
        }
        let mut sql =
            Sql::new("update api_keys k set last_used_at = greatest(k.last_used_at, used.at) from (values ");
        // In key order, so that two processes that record uses of the same keys can't deadlock.
        let mut uses = uses.to_vec();
        uses.sort_unstable();
        sql.rows(uses.iter().map(|(id, at)| vec![id.uuid().into(), (*at).into()]));
        sql.push(") as used (id, at) where k.id = used.id and k.company_id = ").value(self.company());
        self.run(sql).await.map_err(explain("noting the use of API keys"))?;
        Ok(())
    }
}

fn row(company_id: Uuid, record: &ApiKeyRecord) -> entity::ActiveModel {
    let ApiKeyRecord {
        id,
        name,
        secret_hash,
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
    entity::ActiveModel {
        company_id: Set(company_id),
        id: Set(id.uuid()),
        name: Set(name.as_str().to_owned()),
        name_key: Set(name_key(name.as_str())),
        name_fold: Set(fold_key(name.as_str())),
        secret_hash: Set(secret_hash.to_vec()),
        prefix: Set(prefix.clone()),
        last_four: Set(last_four.clone()),
        scopes: Set(scopes.iter().map(|scope| scope.key().to_owned()).collect()),
        expires_at: Set(*expires_at),
        last_used_at: Set(*last_used_at),
        revoked_at: Set(*revoked_at),
        version: Set(*version),
        created_at: Set(*created_at),
        created_by: Set(created_by.uuid()),
        updated_at: Set(*updated_at),
    }
}

fn stored(row: entity::Model) -> Result<ApiKey> {
    let entity::Model {
        company_id: _,
        id,
        name,
        name_key: _,
        name_fold: _,
        secret_hash,
        prefix,
        last_four,
        scopes,
        expires_at,
        last_used_at,
        revoked_at,
        version,
        created_at,
        created_by,
        updated_at,
    } = row;
    Ok(ApiKey::stored(ApiKeyRecord {
        id: Id::new(id),
        name: Line::trusted(name),
        secret_hash: stored_hash(secret_hash)?,
        prefix,
        last_four,
        scopes: stored_scopes(&scopes),
        expires_at,
        last_used_at,
        revoked_at,
        created_by: Id::new(created_by),
        created_at,
        updated_at,
        version,
    }))
}

row! {
    struct ApiKeyRow {
        id: Uuid,
        version: i32,
        name: String,
        prefix: String,
        last_four: String,
        scopes: Vec<String>,
        expires_at: Option<DateTime<Utc>>,
        last_used_at: Option<DateTime<Utc>>,
        revoked_at: Option<DateTime<Utc>>,
        created_at: DateTime<Utc>,
        created_by: Option<Uuid>,
        creator_name: Option<String>,
        updated_at: DateTime<Utc>,
    }
}

impl From<ApiKeyRow> for ApiKeyView {
    fn from(row: ApiKeyRow) -> Self {
        let ApiKeyRow {
            id,
            version,
            name,
            prefix,
            last_four,
            scopes,
            expires_at,
            last_used_at,
            revoked_at,
            created_at,
            created_by,
            creator_name,
            updated_at,
        } = row;
        Self {
            id,
            version,
            name,
            prefix,
            last_four,
            scopes,
            expires_at,
            last_used_at,
            revoked_at,
            created_at,
            created_by: named(created_by, creator_name),
            updated_at,
        }
    }
}

const COLUMNS: Columns = &[
    (ApiKeyList::CREATED_AT, Column::sorted("k.created_at", KeyType::Timestamp)),
    (ApiKeyList::NAME, Column::sorted("k.name_fold", KeyType::Text)),
];

const LIST: ListSql = ListSql {
    page: PageSql {
        table: ApiKeyList::TABLE,
        base: " from api_keys k",
        company: "k.company_id",
        always: "",
        id: "k.id",
        columns: list::complete(ApiKeyList::TABLE, COLUMNS),
        search: &|_| Vec::new(),
    },
    select: "select k.id, k.version, k.name, k.prefix, k.last_four, k.scopes, k.expires_at, k.last_used_at, \
        k.revoked_at, k.created_at, k.created_by, u.name as creator_name, k.updated_at",
    joins: " from api_keys k left join users u on u.company_id = k.company_id and u.id = k.created_by",
};

#[async_trait]
impl ApiKeyQueries for PgStore {
    async fn list(&self, grant: &Grant, query: &ListQuery) -> Result<Listing<ApiKeyView>> {
        let tx = self.choosing(grant).await?;
        let own = match grant.extent() {
            Extent::All => None,
            Extent::Own => Some(grant.user_id().map_or_else(Uuid::nil, Id::uuid)),
        };
        let found = list::run_within::<ApiKeyRow>(&tx, &LIST, query, |sql, _| {
            if let Some(creator) = own {
                sql.push(" and k.created_by = ").value(creator);
            }
        })
        .await
        .map_err(explain("listing API keys"))?;
        tx.finish().await?;
        Ok(found.map(ApiKeyView::from))
    }
}
