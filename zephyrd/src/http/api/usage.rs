//! `/api/v1/usage` and `/api/v1/tokens`: what requests came to, by day, model, endpoint and group.
//!
//! Limit: of each list the first 1000 rows, those that cost most.

use axum::Json;
use axum::extract::State as Given;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use zephyr_core::usage::{By, Filter, Report, ReportQuery, ReportRow};

use super::narrow::Narrow;
use super::sums::{ProbeSums, Sums, SumsOf};
use super::tell::{TokensTold, now, usd};
use crate::desk::Desk;
use crate::http::access::Reader;
use crate::http::extract::Query;
use crate::http::time::rfc3339;
use crate::http::{Problem, Room};
use crate::system::text::clean;

/// Most rows of one list.
const MOST: usize = 1000;

pub(super) fn routes() -> OpenApiRouter<Room> {
    OpenApiRouter::new()
        .routes(routes!(usage_summary))
        .routes(routes!(usage_stats))
        .routes(routes!(tokens_usage))
}

/// The time that sums are over.
#[derive(Debug, Serialize, ToSchema)]
struct Period {
    /// Null = from the first record on.
    start: Option<String>,
    /// Null = until now.
    end: Option<String>,
}

impl Period {
    fn of(filter: &Filter) -> Self {
        Self { start: filter.since_unix_ms.map(rfc3339), end: filter.until_unix_ms.map(rfc3339) }
    }
}

/// Sums in all, and by day, model, endpoint and group.
#[derive(Debug, Serialize, ToSchema)]
struct Summary {
    /// Always true: what cannot be read is an error.
    success: bool,
    period: Period,
    total: Sums,
    /// Ascending; days without requests are missing.
    by_day: Vec<SumsOf>,
    /// The dearest first, as in the lists below.
    by_model: Vec<SumsOf>,
    by_endpoint: Vec<SumsOf>,
    by_group: Vec<SumsOf>,
    by_client: Vec<SumsOf>,
    probes: ProbeSums,
    timestamp: String,
}

/// Sums in all.
#[derive(Debug, Serialize, ToSchema)]
struct Stats {
    /// Always true: what cannot be read is an error.
    success: bool,
    period: Period,
    data: Sums,
    probes: ProbeSums,
    timestamp: String,
}

/// Tokens by kind.
#[derive(Debug, Serialize, ToSchema)]
struct TokensUsage {
    /// Always true: what cannot be read is an error.
    success: bool,
    period: Period,
    data: TokensTold,
    cost_usd: f64,
    cost_nanos: i64,
    /// Ascending; days without requests are missing.
    by_day: Vec<TokensOf>,
    /// The dearest first, as in the lists below.
    by_model: Vec<TokensOf>,
    by_endpoint: Vec<TokensOf>,
    by_group: Vec<TokensOf>,
    timestamp: String,
}

/// The tokens of one day, model, endpoint or group.
#[derive(Debug, Serialize, ToSchema)]
struct TokensOf {
    /// Which; null where a request has none.
    key: Option<String>,
    requests: u64,
    #[serde(flatten)]
    tokens: TokensTold,
    cost_usd: f64,
    cost_nanos: i64,
}

/// What requests came to: in all, and by day, model, endpoint, group and client.
#[utoipa::path(get, path = "/api/v1/usage/summary", tag = "usage", params(Narrow),
    responses((status = 200, body = Summary), (status = 503, description = "the records cannot be read")))]
async fn usage_summary(
    _: Reader,
    Given(desk): Given<Desk>,
    Query(narrow): Query<Narrow>,
) -> Result<Json<Summary>, Problem> {
    let filter = narrow.filter()?;
    let total = report(&desk, &filter, By::Total).await?;
    let of = |report: Report| report.rows.iter().take(MOST).map(SumsOf::from).collect::<Vec<_>>();
    Ok(Json(Summary {
        success: true,
        period: Period::of(&filter),
        total: Sums::from(&total.total),
        by_day: last(&report(&desk, &filter, By::Day).await?.rows).iter().map(SumsOf::from).collect(),
        by_model: of(report(&desk, &filter, By::Model).await?),
        by_endpoint: of(report(&desk, &filter, By::Endpoint).await?),
        by_group: of(report(&desk, &filter, By::Group).await?),
        by_client: of(report(&desk, &filter, By::Client).await?),
        probes: ProbeSums::from(&total.probes),
        timestamp: now(&desk),
    }))
}

/// What requests came to in all.
#[utoipa::path(get, path = "/api/v1/usage/stats", tag = "usage", params(Narrow),
    responses((status = 200, body = Stats), (status = 503, description = "the records cannot be read")))]
async fn usage_stats(
    _: Reader,
    Given(desk): Given<Desk>,
    Query(narrow): Query<Narrow>,
) -> Result<Json<Stats>, Problem> {
    let filter = narrow.filter()?;
    let total = report(&desk, &filter, By::Total).await?;
    Ok(Json(Stats {
        success: true,
        period: Period::of(&filter),
        data: Sums::from(&total.total),
        probes: ProbeSums::from(&total.probes),
        timestamp: now(&desk),
    }))
}

/// What tokens were used: in all, and by day, model, endpoint and group.
#[utoipa::path(get, path = "/api/v1/tokens/usage", tag = "usage", params(Narrow),
    responses((status = 200, body = TokensUsage), (status = 503, description = "the records cannot be read")))]
async fn tokens_usage(
    _: Reader,
    Given(desk): Given<Desk>,
    Query(narrow): Query<Narrow>,
) -> Result<Json<TokensUsage>, Problem> {
    let filter = narrow.filter()?;
    let total = report(&desk, &filter, By::Total).await?.total;
    let of = |report: Report| report.rows.iter().take(MOST).map(tokens_of).collect::<Vec<_>>();
    Ok(Json(TokensUsage {
        success: true,
        period: Period::of(&filter),
        data: TokensTold::from(&total.tokens),
        cost_usd: usd(total.cost_nanos),
        cost_nanos: total.cost_nanos,
        by_day: last(&report(&desk, &filter, By::Day).await?.rows).iter().map(tokens_of).collect(),
        by_model: of(report(&desk, &filter, By::Model).await?),
        by_endpoint: of(report(&desk, &filter, By::Endpoint).await?),
        by_group: of(report(&desk, &filter, By::Group).await?),
        timestamp: now(&desk),
    }))
}

fn tokens_of(row: &ReportRow) -> TokensOf {
    TokensOf {
        key: (!row.key.is_empty()).then(|| clean(&row.key)),
        requests: row.totals.requests,
        tokens: TokensTold::from(&row.totals.tokens),
        cost_usd: usd(row.totals.cost_nanos),
        cost_nanos: row.totals.cost_nanos,
    }
}

/// The newest of what ascends.
fn last(rows: &[ReportRow]) -> &[ReportRow] {
    &rows[rows.len().saturating_sub(MOST)..]
}

async fn report(desk: &Desk, filter: &Filter, by: By) -> Result<Report, Problem> {
    let query = ReportQuery { filter: filter.clone(), by };
    desk.ledger.report(query).await.map_err(|e| Problem::unreadable(&e))
}
