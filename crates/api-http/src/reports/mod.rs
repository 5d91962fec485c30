//! The routes of reports, for people and for API keys.

mod wire;

use actix_web::{get, web};
use cartera_application::{
    opportunities::StageChangeList,
    reports::{Period, StageChangesCommand},
};
use cartera_domain::pipelines::StageRef;
use utoipa_actix_web::service_config::ServiceConfig;

pub use wire::{ReportedStageChange, TopAccount};

use crate::{
    edge::{
        Caller, EdgeState, Handled, Pairs, Problem, all, list_query_within, no_more, of_query, page, take,
    },
    opportunities::BoardColumn,
    wire::page_of,
};

/// Adds the routes.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(top_accounts).service(stage_changes).service(pipeline);
}

/// The accounts with the most won opportunities
///
/// By wins, then by the amount in the company's currency, then by name; accounts without wins are absent.
/// Over all history, or by the day of closing in the company's time zone.
#[utoipa::path(
    tag = "Reports",
    operation_id = "getTopAccounts",
    params(
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 50, description = "Rows, by default 3."),
        ("from" = Option<NaiveDate>, Query, description = "The first day of closing."),
        ("to" = Option<NaiveDate>, Query, description = "The last day of closing, whole."),
    ),
    responses((status = 200, description = "The accounts, the best first.", body = Vec<TopAccount>)),
    extensions(("x-cartera-access" = json!("permission:reports:read"))),
)]
#[get("/reports/top-accounts")]
async fn top_accounts(caller: Caller, pairs: Pairs, state: web::Data<EdgeState>) -> Handled {
    let mut pairs = pairs.0;
    let limit = take(&mut pairs, "limit")?;
    let period = take_period(&mut pairs)?;
    no_more(&pairs, &["limit", "from", "to"])?;
    let rows = state.application.reports.top_accounts(&caller, limit, period).await.map_err(of_query)?;
    Ok(all(rows.into_iter().map(TopAccount::from).collect()))
}

/// Every change to a stage in a period
///
/// Newest first. Days are the company's; a stage given by name means every stage so named.
#[utoipa::path(
    tag = "Reports",
    operation_id = "getStageChangesReport",
    params(
        ("stage" = String, Query, min_length = 1, description = "The stage that was reached, by id or name."),
        ("from" = NaiveDate, Query, description = "The first day."),
        ("to" = NaiveDate, Query, description = "The last day, whole."),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "Rows, by default 20."),
        ("cursor" = Option<String>, Query, description = "`meta.nextCursor` of the page before."),
    ),
    responses((status = 200, description = "A page of stage changes.", body = Vec<ReportedStageChange>)),
    extensions(("x-cartera-access" = json!("permission:reports:read"))),
)]
#[get("/reports/stage-changes")]
async fn stage_changes(caller: Caller, pairs: Pairs, state: web::Data<EdgeState>) -> Handled {
    let mut pairs = pairs.0;
    let wanted = take(&mut pairs, "stage")?;
    let period = take_period(&mut pairs)?;
    let (position, unknown) =
        pairs.into_iter().partition::<Vec<_>, _>(|(name, _)| matches!(name.as_str(), "limit" | "cursor"));
    no_more(&unknown, &["stage", "from", "to", "limit", "cursor"])?;
    // Stage and days are not filters of the list language, so they scope the cursor. The stage is parsed, so that every
    // spelling of it gives the same scope.
    let scope = format!("{:?}", (wanted.as_deref().map(StageRef::parse), &period));
    let query = list_query_within(StageChangeList::TABLE, &scope, &position, &caller)?;
    let command = StageChangesCommand { stage: wanted, period };
    let changes =
        state.application.reports.stage_changes(&caller, command, &query).await.map_err(of_query)?;
    Ok(page(page_of::<_, ReportedStageChange>(changes)))
}

/// Count and amounts by stage
///
/// Of one pipeline or of all, in the order of pipelines and stages: for the chart.
#[utoipa::path(
    tag = "Reports",
    operation_id = "getPipelineReport",
    params(("pipelineId" = Option<Uuid>, Query, description = "The pipeline; without it, all.")),
    responses((status = 200, description = "One entry per stage.", body = Vec<BoardColumn>)),
    extensions(
        ("x-cartera-access" = json!("permission:reports:read")),
        ("x-cartera-errors" = json!(["not_found"])),
    ),
)]
#[get("/reports/pipeline")]
async fn pipeline(caller: Caller, pairs: Pairs, state: web::Data<EdgeState>) -> Handled {
    let mut pairs = pairs.0;
    let pipeline_id = take(&mut pairs, "pipelineId")?;
    no_more(&pairs, &["pipelineId"])?;
    let board = state.application.reports.pipeline(&caller, pipeline_id).await.map_err(of_query)?;
    Ok(all(board.into_iter().map(BoardColumn::from).collect()))
}

fn take_period(pairs: &mut Vec<(String, String)>) -> Result<Period, Problem> {
    Ok(Period { from: take(pairs, "from")?, to: take(pairs, "to")? })
}
