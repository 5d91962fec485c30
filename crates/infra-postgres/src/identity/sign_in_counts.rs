//! Failed sign-ins by e-mail, in the platform's realm.

use async_trait::async_trait;
use cartera_application::{Error, Result, ports::SignInCounts};
use cartera_domain::identity::SignInAttempts;
use chrono::{DateTime, Utc};

use crate::{
    error::explain,
    row::{PgRow, row},
    sql::Sql,
    unit_of_work::PgUnitOfWork,
};

row! {
    struct CountsRow {
        failed_at: Vec<DateTime<Utc>>,
        locked_until: Option<DateTime<Utc>>,
    }
}

fn stored(row: &PgRow) -> Result<SignInAttempts> {
    let CountsRow { failed_at, locked_until } =
        row.read::<CountsRow>().map_err(explain("reading counted sign-ins"))?;
    Ok(SignInAttempts { failed_at, locked_until })
}

#[async_trait]
impl SignInCounts for PgUnitOfWork {
    async fn find_locked(&self, email: &[u8; 32]) -> Result<Option<SignInAttempts>> {
        let mut sql = Sql::new("select failed_at, locked_until from sign_in_attempts where company_id = ");
        sql.value(self.company()).push(" and email_hash = ").value(email.to_vec()).push(" for update");
        let row = self.first(sql).await.map_err(explain("reading counted sign-ins"))?;
        row.map(|row| stored(&row)).transpose()
    }

    async fn open_locked(&self, email: &[u8; 32], now: DateTime<Utc>) -> Result<SignInAttempts> {
        let mut sql = Sql::new(
            "insert into sign_in_attempts (company_id, email_hash, failed_at, locked_until, updated_at) values (",
        );
        sql.value(self.company()).push(", ").value(email.to_vec()).push(", '{}', null, ").value(now);
        // The no-op update waits for the row and locks it.
        sql.push(
            ") on conflict (company_id, email_hash) do update set updated_at = sign_in_attempts.updated_at \
             returning failed_at, locked_until",
        );
        let row = self.first(sql).await.map_err(explain("counting a sign-in"))?;
        stored(&row.ok_or(Error::Internal { what: "an upsert returned no row", cause: None })?)
    }

    async fn save(&self, email: &[u8; 32], attempts: &SignInAttempts, now: DateTime<Utc>) -> Result<()> {
        let SignInAttempts { failed_at, locked_until } = attempts;
        let mut sql = Sql::new("update sign_in_attempts set failed_at = ");
        sql.value(failed_at.clone()).push(", locked_until = ").value(*locked_until);
        sql.push(", updated_at = ").value(now);
        sql.push(" where company_id = ").value(self.company());
        sql.push(" and email_hash = ").value(email.to_vec());
        self.run(sql).await.map_err(explain("counting a sign-in"))?;
        Ok(())
    }
}
