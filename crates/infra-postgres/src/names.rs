//! The names of a company's stages, pipelines and users, kept in memory.
//!
//! Every list shows them and hardly anybody changes them: joining them costs more than the page itself. The company's
//! counter `names` grows in each transaction that changes one, and the statement that reads rows reads it as well.
//! Names of another version are read anew, so that a rename is seen at once, on every replica.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
    time::Duration,
};

use cartera_application::{
    Error, Result,
    views::{NamedRef, StageRefView},
};
use cartera_domain::events::{Event, EventKind};
use moka::future::Cache;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use crate::{error::explain, sql::Sql, unit_of_work::PgUnitOfWork};

/// How much memory names may take, in bytes of text and keys. A company of 50 users takes 5 KiB.
const MOST: u64 = 8 * 1024 * 1024;

/// Heals what was changed past the application, by a statement of an administrator's own.
const LIFETIME: Duration = Duration::from_mins(1);

/// What a row costs besides its text: an id, two pointers and its share of the table.
const ROW: usize = 64;

/// The names of one company at one version.
#[derive(Debug, Default)]
pub(crate) struct Names {
    version: i64,
    stages: HashMap<Uuid, StageRefView>,
    /// Pipelines and users: ids are unique among both.
    others: HashMap<Uuid, String>,
    size: usize,
}

impl Names {
    /// A stage as it is read, deleted ones too.
    pub(crate) fn stage(&self, id: Uuid) -> Option<&StageRefView> {
        self.stages.get(&id)
    }

    /// A pipeline or user, deleted and removed ones too.
    pub(crate) fn named(&self, id: Uuid) -> Option<NamedRef> {
        Some(NamedRef { id, name: self.others.get(&id)?.clone() })
    }

    /// Whether everything that is referred to is known.
    pub(crate) fn know(&self, references: impl IntoIterator<Item = Option<Uuid>>) -> bool {
        references
            .into_iter()
            .flatten()
            .all(|id| self.stages.contains_key(&id) || self.others.contains_key(&id))
    }

    fn add(&mut self, id: Uuid, name: String, kind: Option<String>, color: Option<String>) {
        self.size += ROW + name.len();
        if let (Some(kind), Some(color)) = (kind, color) {
            self.stages.insert(id, StageRefView { id, name, kind, color });
        } else if let Entry::Vacant(place) = self.others.entry(id) {
            place.insert(name);
        }
    }
}

/// The names of the companies that were read lately.
pub(crate) type NameCache = Cache<Uuid, Arc<Names>>;

/// An empty cache.
pub(crate) fn cache() -> NameCache {
    let weight = |_: &Uuid, names: &Arc<Names>| u32::try_from(names.size + ROW).unwrap_or(u32::MAX);
    Cache::builder().weigher(weight).max_capacity(MOST).time_to_live(LIFETIME).build()
}

/// The column by which a statement tells the version of the names that belong to its rows. The company must be the
/// first value bound.
macro_rules! names_version {
    () => {
        ", coalesce((select n.value from company_sequences n where n.company_id = $1 and n.name = 'names'), 0) \
         as names_version"
    };
}

pub(crate) use names_version;

const READ: &str = "select s.id, s.name, s.kind, s.color, 0::bigint as version from stages s \
    where s.company_id = $1 \
    union all select p.id, p.name, null, null, 0 from pipelines p where p.company_id = $1 \
    union all select u.id, u.name, null, null, 0 from users u where u.company_id = $1 \
    union all select null, null, null, null, n.value from company_sequences n \
    where n.company_id = $1 and n.name = 'names'";

/// A row that refers to what has a name.
pub(crate) trait Named: FromQueryResult {
    /// The row as it is shown.
    type View;

    /// The version of the names that belong to the row.
    fn names_version(&self) -> i64;

    /// The stages, pipelines and users that it refers to.
    fn references(&self) -> Vec<Option<Uuid>>;

    /// Names everything that the row refers to.
    fn view(self, names: &Names) -> Result<Self::View>;
}

/// Names what rows refer to.
pub(crate) async fn name_all<R: Named>(tx: &PgUnitOfWork, rows: Vec<R>) -> Result<Vec<R::View>> {
    let Some(version) = rows.first().map(Named::names_version) else { return Ok(Vec::new()) };
    let know = |names: &Names| rows.iter().all(|row| names.know(row.references()));
    let names = tx.names(version, know).await.map_err(explain("naming what rows refer to"))?;
    rows.into_iter().map(|row| row.view(&names)).collect()
}

/// The error of a row that refers to what is not there; foreign keys forbid it.
pub(crate) fn unknown() -> Error {
    Error::Internal { what: "a row refers to an unknown stage or pipeline", cause: None }
}

/// Whether names are other than before once these events are true.
pub(crate) fn change(events: &[Event]) -> bool {
    use EventKind as K;
    events.iter().any(|event| {
        matches!(
            event.kind,
            K::UserCreated
                | K::UserUpdated
                | K::PipelineCreated
                | K::PipelineUpdated
                | K::PipelineDeleted
                | K::PipelineStagesReordered
                | K::StageCreated
                | K::StageUpdated
                | K::StageDeleted
        )
    })
}

/// Begins another version of the names, as one of the last writes before the commit.
pub(crate) async fn begin_another_version(tx: &PgUnitOfWork) -> Result<(), DbErr> {
    let mut sql = Sql::new("insert into company_sequences (company_id, name, value) values (");
    sql.value(tx.company()).push(
        ", 'names', 1) on conflict (company_id, name) do update set value = company_sequences.value + 1",
    );
    tx.execute_raw(sql.build()).await.map(|_| ())
}

impl PgUnitOfWork {
    /// The names of this version, which must know what rows refer to: from memory, or read anew.
    pub(crate) async fn names(
        &self,
        version: i64,
        suffices: impl Fn(&Names) -> bool,
    ) -> Result<Arc<Names>, DbErr> {
        let company = self.company();
        // What is not committed must not get among what everybody reads.
        let changed_here = change(&self.pending().events);
        if !changed_here
            && let Some(names) = self.name_cache.get(&company).await
            && names.version == version
            && suffices(&names)
        {
            return Ok(names);
        }
        let names = Arc::new(self.read_names().await?);
        if !changed_here {
            self.name_cache.insert(company, names.clone()).await;
        }
        Ok(names)
    }

    /// What kind of stage each is, which never changes: from memory whatever its version, else read.
    pub(crate) async fn stage_kinds(&self, ids: &[Uuid]) -> Result<Arc<Names>, DbErr> {
        let known = |names: &Names| ids.iter().all(|id| names.stage(*id).is_some());
        if let Some(names) = self.name_cache.get(&self.company()).await.filter(|names| known(names)) {
            return Ok(names);
        }
        Ok(Arc::new(self.read_names().await?))
    }

    async fn read_names(&self) -> Result<Names, DbErr> {
        let mut sql = Sql::new(READ);
        sql.bind(self.company());
        let mut names = Names::default();
        for row in self.query_all_raw(sql.build()).await? {
            match row.try_get::<Option<Uuid>>("", "id")? {
                Some(id) => names.add(
                    id,
                    row.try_get("", "name")?,
                    row.try_get("", "kind")?,
                    row.try_get("", "color")?,
                ),
                None => names.version = row.try_get("", "version")?,
            }
        }
        Ok(names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_know_what_they_hold_and_nothing_else() {
        let (stage, user, stranger) = (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3));
        let mut names = Names::default();
        names.add(stage, "Won".to_owned(), Some("WON".to_owned()), Some("#00ff00".to_owned()));
        names.add(user, "Ana".to_owned(), None, None);
        assert!(names.know([Some(stage), Some(user), None]));
        assert!(!names.know([Some(stage), Some(stranger)]));
        assert_eq!(names.stage(stage).map(|stage| stage.kind.as_str()), Some("WON"));
        assert_eq!(names.named(user).map(|user| user.name), Some("Ana".to_owned()));
        assert_eq!(names.named(stage), None);
    }
}
