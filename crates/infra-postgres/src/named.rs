//! Resolves the names of the stages, pipelines and users that rows refer to.

use std::sync::Arc;

use cartera_application::{Error, Result, views::NamedRef};
use sea_orm::DbErr;
use uuid::Uuid;

use crate::{
    error::explain,
    names::{Names, change, names_version},
    row::FromRow,
    sql::Sql,
    unit_of_work::PgUnitOfWork,
};

const READ: &str = "select s.id, s.name, s.kind, s.color, 0::bigint as version from stages s \
    where s.company_id = $1 \
    union all select p.id, p.name, null, null, 0 from pipelines p where p.company_id = $1 \
    union all select u.id, u.name, null, null, 0 from users u where u.company_id = $1 \
    union all select null, null, null, null, n.value from company_sequences n \
    where n.company_id = $1 and n.name = 'names'";

/// A row that refers to named records.
pub(crate) trait Named: FromRow {
    /// The row with names, as callers see it.
    type View;

    /// The version of the names when the row was read.
    fn names_version(&self) -> i64;

    /// The stages, pipelines and users that it refers to.
    fn references(&self) -> Vec<Option<Uuid>>;

    /// Fills in the names of everything that the row refers to.
    fn view(self, names: &Names) -> Result<Self::View>;
}

/// Fills in the names of all rows.
pub(crate) async fn name_all<R: Named>(tx: &PgUnitOfWork, rows: Vec<R>) -> Result<Vec<R::View>> {
    let Some(version) = rows.first().map(Named::names_version) else { return Ok(Vec::new()) };
    let know = |names: &Names| rows.iter().all(|row| names.know(row.references()));
    let names = tx.names(version, know).await.map_err(explain("naming what rows refer to"))?;
    rows.into_iter().map(|row| row.view(&names)).collect()
}

/// A reference and its name, which are both there or both missing.
pub(crate) fn reference(id: Option<Uuid>, name: Option<String>) -> Option<NamedRef> {
    Some(NamedRef { id: id?, name: name? })
}

/// The error for a row with a dangling reference, which foreign keys rule out.
pub(crate) fn unknown() -> Error {
    Error::Internal { what: "a row refers to an unknown stage or pipeline", cause: None }
}

/// Increments the version of the names, as one of the last writes before the commit.
pub(crate) fn another_version(tx: &PgUnitOfWork) -> Sql {
    let mut sql = Sql::new("insert into company_sequences (company_id, name, value) values (");
    sql.value(tx.company()).push(
        ", 'names', 1) on conflict (company_id, name) do update set value = company_sequences.value + 1",
    );
    sql
}

impl PgUnitOfWork {
    /// The names of this version; they must include everything that `know` asks for.
    pub(crate) async fn names(
        &self,
        version: i64,
        know: impl Fn(&Names) -> bool,
    ) -> Result<Arc<Names>, DbErr> {
        self.names_that(|names| names.version == version && know(names)).await
    }

    /// The names as they are now; they include everything that `know` asks for.
    pub(crate) async fn names_now(&self, know: impl Fn(&Names) -> bool) -> Result<Arc<Names>, DbErr> {
        let mut sql = Sql::new("select 1");
        sql.push(names_version!()).bind(self.company());
        let row = self.first(sql).await?.ok_or_else(|| DbErr::RecordNotFound("a version".into()))?;
        self.names(row.get("names_version")?, know).await
    }

    /// The kinds of these stages. Kinds never change, so names of any version do.
    pub(crate) async fn stage_kinds(&self, ids: &[Uuid]) -> Result<Arc<Names>, DbErr> {
        if ids.is_empty() {
            return Ok(Arc::default());
        }
        self.names_that(|names| ids.iter().all(|id| names.stage(*id).is_some())).await
    }

    /// Names that `suffice` accepts: from the cache, or read and cached.
    async fn names_that(&self, suffice: impl Fn(&Names) -> bool) -> Result<Arc<Names>, DbErr> {
        let company = self.company();
        // Uncommitted names must not get into the shared cache.
        let changed_here = change(&self.pending().events);
        if !changed_here
            && let Some(names) = self.name_cache.get(&company).await
            && suffice(&names)
        {
            return Ok(names);
        }
        let names = Arc::new(self.read_names().await?);
        if !changed_here {
            self.name_cache.insert(company, names.clone()).await;
        }
        Ok(names)
    }

    async fn read_names(&self) -> Result<Names, DbErr> {
        let mut sql = Sql::new(READ);
        sql.bind(self.company());
        let mut names = Names::default();
        for row in self.all(sql).await? {
            match row.get::<Option<Uuid>>("id")? {
                Some(id) => names.add(id, row.get("name")?, row.get("kind")?, row.get("color")?),
                None => names.version = row.get("version")?,
            }
        }
        Ok(names)
    }
}
