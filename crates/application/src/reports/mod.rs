//! The use cases of reports, for people and API keys alike.

mod ports;
mod rows;

use std::sync::Arc;

use cartera_domain::{
    identity::Permission,
    ids::PipelineId,
    input::{Form, Given, Rule},
    pipelines::StageRef,
    values::{Timezone, parse_date},
};
use chrono::{DateTime, Days, LocalResult, NaiveDate, NaiveTime, TimeZone, Utc};
use uuid::Uuid;

pub use ports::Reports;
pub use rows::{StageChangeReportRow, TopAccountRow, TopAccountsQuery};

use crate::{
    error::Result,
    lists::{ListQuery, Page},
    pipelines::{no_stage, stages_meant},
    ports::{Board, Ports},
    security::Actor,
};

/// The dates of a report, as the caller wrote them.
#[derive(Debug, Clone, Default)]
pub struct Period {
    /// The first day, `YYYY-MM-DD`.
    pub from: Option<String>,
    /// The last day, whole.
    pub to: Option<String>,
}

/// What a caller gives for `stage-changes`.
#[derive(Debug, Clone, Default)]
pub struct StageChangesCommand {
    /// A stage, by id or name.
    pub stage: Option<String>,
    /// The days.
    pub period: Period,
}

/// The use cases of reports.
#[derive(Clone)]
pub struct ReportService {
    ports: Arc<Ports>,
}

impl ReportService {
    /// Wires the use cases to their ports.
    pub fn new(ports: Arc<Ports>) -> Self {
        Self { ports }
    }

    /// The accounts with the most won opportunities, over all history or by closing day.
    ///
    /// # Errors
    /// `validation_failed`.
    pub async fn top_accounts(
        &self,
        actor: &Actor,
        limit: Option<String>,
        period: Period,
    ) -> Result<Vec<TopAccountRow>> {
        let grant = actor.authorize(Permission::ReportsRead)?;
        let mut form = Form::default();
        let limit = limit.map_or(Some(3), |raw| form.check("limit", parse_top(&raw)));
        let (from, to) = read_days(&mut form, period);
        let limit = form.finish(limit)?;
        let timezone = match (from, to) {
            (None, None) => Timezone::UTC,
            _ => self.timezone(&grant).await?,
        };
        let query = TopAccountsQuery {
            limit,
            from: from.map(|day| start_of(day, timezone)),
            until: to.map(|day| start_of(day + Days::new(1), timezone)),
        };
        self.ports.reports.top_accounts(&grant, &query).await
    }

    /// Every change to a stage in a period, newest first.
    ///
    /// # Errors
    /// `validation_failed` without stage or days, for an unknown stage, or for `from` after `to`.
    pub async fn stage_changes(
        &self,
        actor: &Actor,
        command: StageChangesCommand,
        query: &ListQuery,
    ) -> Result<Page<StageChangeReportRow>> {
        let grant = actor.authorize(Permission::ReportsRead)?;
        let mut form = Form::default();
        let StageChangesCommand { stage, period } = command;
        if stage.as_ref().is_none_or(Given::is_blank) {
            form.reject("stage", Rule::Required);
        }
        for (name, value) in [("from", &period.from), ("to", &period.to)] {
            if value.is_none() {
                form.reject(name, Rule::Required);
            }
        }
        let days = match read_days(&mut form, period) {
            (Some(from), Some(to)) => Some((from, to)),
            _ => None,
        };
        let tx = self.ports.store.read(&grant).await?;
        let all_stages = tx.pipelines().stages_ever().await?;
        let timezone = tx.companies().current().await?.record().timezone;
        tx.commit().await?;
        let wanted = stage.as_ref().filter(|stage| !stage.is_blank()).map(|stage| StageRef::parse(stage));
        let stages = wanted.as_ref().map(|wanted| stages_meant(&all_stages, wanted));
        if let (Some(wanted), Some([])) = (&wanted, stages.as_deref()) {
            form.reject("stage", no_stage(&all_stages, wanted));
        }
        let (stages, (from, to)) = form.finish(stages.zip(days))?;
        let (from, until) = (start_of(from, timezone), start_of(to + Days::new(1), timezone));
        let listing = self.ports.reports.stage_changes(&grant, &stages, from, until, query).await?;
        Ok(query.page(listing))
    }

    /// Count and amounts by stage, of one pipeline or of all.
    ///
    /// # Errors
    /// `validation_failed` for a malformed id, `not_found` for an unknown pipeline.
    pub async fn pipeline(&self, actor: &Actor, pipeline_id: Option<String>) -> Result<Board> {
        let grant = actor.authorize(Permission::ReportsRead)?;
        let mut form = Form::default();
        let wanted = match pipeline_id {
            None => Some(None),
            Some(raw) => form.check(
                "pipelineId",
                Uuid::try_parse(&raw)
                    .map(|id| Some(PipelineId::new(id)))
                    .map_err(|_malformed| Rule::Malformed { expected: "an id (UUID)" }),
            ),
        };
        let wanted = form.finish(wanted)?;
        if let Some(id) = wanted {
            let tx = self.ports.store.read(&grant).await?;
            tx.pipelines().get(id).await?;
            tx.commit().await?;
        }
        self.ports.reports.pipeline(&grant, wanted).await
    }

    async fn timezone(&self, grant: &crate::security::Grant) -> Result<Timezone> {
        let tx = self.ports.store.read(grant).await?;
        let timezone = tx.companies().current().await?.record().timezone;
        tx.commit().await?;
        Ok(timezone)
    }
}

fn parse_top(raw: &str) -> Result<u32, Rule> {
    raw.parse()
        .ok()
        .filter(|limit| (1..=50).contains(limit))
        .ok_or_else(|| Rule::OutOfRange { min: "1".into(), max: "50".into() })
}

fn read_days(form: &mut Form, period: Period) -> (Option<NaiveDate>, Option<NaiveDate>) {
    let Period { from, to } = period;
    let mut read = |name, raw: Option<String>| raw.and_then(|raw| form.check(name, parse_date(&raw)));
    let (from, to) = (read("from", from), read("to", to));
    if let (Some(first), Some(last)) = (from, to)
        && first > last
    {
        form.reject("from", Rule::Inconsistent { explanation: "must not be after `to`" });
    }
    (from, to)
}

/// The first moment of a day in a time zone. Where the clock jumps over midnight, the day starts at the
/// first hour that exists.
fn start_of(day: NaiveDate, timezone: Timezone) -> DateTime<Utc> {
    for hour in 0..24 {
        let local = day.and_time(NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default());
        match timezone.tz().from_local_datetime(&local) {
            LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => return at.with_timezone(&Utc),
            LocalResult::None => {}
        }
    }
    day.and_time(NaiveTime::MIN).and_utc()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    #[test]
    fn days_start_at_midnight_of_the_company() {
        let montevideo = Timezone::parse("America/Montevideo").expect("a zone");
        assert_eq!(start_of(day("2026-03-01"), montevideo).to_rfc3339(), "2026-03-01T03:00:00+00:00");
        // São Paulo skipped midnight when its summer time began on 4 November 2018.
        let sao_paulo = Timezone::parse("America/Sao_Paulo").expect("a zone");
        assert_eq!(start_of(day("2018-11-04"), sao_paulo).to_rfc3339(), "2018-11-04T03:00:00+00:00");
    }
}
