//! Sums of opportunities before or after a bulk change, from which the counters' deltas are computed.

use cartera_application::{Error, Result};
use cartera_domain::{ids::Id, opportunities::Standings};
use rust_decimal::{Decimal, prelude::ToPrimitive};
use uuid::Uuid;

use super::rows::stored_currency;
use crate::{
    error::explain,
    pipelines::stage_kind,
    row::{PgRow, row},
    sql::Sql,
    unit_of_work::PgUnitOfWork,
};

row! {
    struct StandingRow {
        account_id: Option<Uuid>,
        stage_id: Uuid,
        status: String,
        currency: String,
        count: i64,
        amount: Decimal,
    }
}

impl TryFrom<StandingRow> for Standings {
    type Error = Error;

    fn try_from(row: StandingRow) -> Result<Self> {
        let StandingRow { account_id, stage_id, status, currency, count, amount } = row;
        let too_much = Error::Internal { what: "a sum of amounts is no whole number", cause: None };
        Ok(Self {
            account_id: account_id.map(Id::new),
            stage_id: Id::new(stage_id),
            kind: stage_kind(&status)?,
            currency: stored_currency(&currency)?,
            count,
            amount: amount.to_i128().ok_or(too_much)?,
        })
    }
}

/// Begins the statement; the conditions on the opportunities follow. Sums are by account where wins are counted, or
/// everywhere if `by_account`.
pub(super) fn select(tx: &PgUnitOfWork, by_account: bool) -> Sql {
    let mut sql = Sql::new("select case when status = 'WON' or ");
    sql.value(by_account).push(
        " then account_id end as account_id, stage_id, status, currency, count(*) as count, \
         sum(amount) as amount from opportunities o where company_id = ",
    );
    sql.value(tx.company());
    sql
}

/// Completes the statement, and reads the sums.
pub(super) async fn read(tx: &PgUnitOfWork, mut sql: Sql, what: &'static str) -> Result<Vec<Standings>> {
    sql.push(" group by 1, 2, 3, 4");
    let rows = tx.all(sql).await.map_err(explain(what))?;
    let rows = rows.iter().map(PgRow::read).collect::<Result<Vec<StandingRow>, _>>();
    rows.map_err(explain(what))?.into_iter().map(TryInto::try_into).collect()
}
