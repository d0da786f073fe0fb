//! `/api/v1/requests`: single requests, page by page, and one of them with its way.

use axum::Json;
use axum::extract::State as Given;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use zephyr_core::usage::{AttemptRecord, By, Filter, ReportQuery, RequestsQuery, Totals, Went};

use super::connections::connection;
use super::narrow::{Asked, Page, Wanted};
use super::row::{Row, row, running};
use super::tell::{TokensTold, some, usd};
use super::trace::{TraceTold, told};
use crate::desk::Desk;
use crate::http::access::Reader;
use crate::http::extract::{Path, Query};
use crate::http::{Problem, Room};
use crate::store::Matcher;
use crate::system::text::clean;
use crate::trace::Trace;

pub(super) fn routes() -> OpenApiRouter<Room> {
    OpenApiRouter::new().routes(routes!(requests)).routes(routes!(usage_requests)).routes(routes!(request))
}

/// A page of requests.
#[derive(Debug, Serialize, ToSchema)]
struct Rows {
    /// Always true: what cannot be read is an error.
    success: bool,
    /// The newest first.
    data: Vec<Row>,
    /// All that match, on every page together.
    total: u64,
    limit: usize,
    offset: usize,
}

/// One request and its way.
#[derive(Debug, Serialize, ToSchema)]
struct One {
    /// Always true: what cannot be read is an error.
    success: bool,
    data: Row,
    /// Every attempt at an endpoint, in order; empty while it runs.
    attempts: Vec<Attempt>,
    /// What was chosen and why; null once 2000 newer ones have come, or the daemon was started anew.
    trace: Option<TraceTold>,
}

/// One attempt at one endpoint.
#[derive(Debug, Serialize, ToSchema)]
struct Attempt {
    endpoint: String,
    /// After the request came.
    after_ms: u64,
    duration_ms: u64,
    /// Status that the endpoint gave.
    http_status: Option<u16>,
    /// How it ended: a class of outcomes.
    class: String,
    detail: Option<String>,
    /// The endpoint may have billed it.
    may_be_billed: bool,
    tokens: TokensTold,
    cost_usd: f64,
    cost_nanos: i64,
    /// Model that was asked for there, where that is another than the client asked for.
    model: Option<String>,
    /// Dialect that it was asked in, where that is another than the client's.
    dialect: Option<String>,
}

/// Requests, the newest first: who asked for what, who answered, what it used and what it cost.
#[utoipa::path(get, path = "/api/v1/requests", tag = "requests", params(Page),
    responses((status = 200, body = Rows), (status = 503, description = "the records cannot be read")))]
async fn requests(
    _: Reader,
    Given(desk): Given<Desk>,
    Query(page): Query<Page>,
) -> Result<Json<Rows>, Problem> {
    rows(&desk, page).await
}

/// The same as `/api/v1/requests`.
#[utoipa::path(get, path = "/api/v1/usage/requests", tag = "usage", params(Page),
    responses((status = 200, body = Rows), (status = 503, description = "the records cannot be read")))]
async fn usage_requests(
    _: Reader,
    Given(desk): Given<Desk>,
    Query(page): Query<Page>,
) -> Result<Json<Rows>, Problem> {
    rows(&desk, page).await
}

async fn rows(desk: &Desk, page: Page) -> Result<Json<Rows>, Problem> {
    let Asked { filter, wanted, limit, offset } = page.asked()?;
    let (data, total) = match wanted {
        Wanted::Running => those_that_run(desk, &filter, limit, offset),
        Wanted::Settled(went) => {
            let sums = ReportQuery { filter: filter.clone(), by: By::Total };
            let report = desk.ledger.report(sums).await.map_err(|e| Problem::unreadable(&e))?;
            let total = counted(&report.total, went);
            let query = RequestsQuery { filter, went, skip: offset, limit, ..RequestsQuery::default() };
            // Beyond the end nobody has to look.
            let found = match u64::try_from(offset).is_ok_and(|offset| offset < total) {
                true => desk.ledger.requests(query).await.map_err(|e| Problem::unreadable(&e))?,
                false => Vec::new(),
            };
            (found.iter().map(row).collect(), total)
        }
    };
    Ok(Json(Rows { success: true, data, total, limit, offset }))
}

fn counted(sums: &Totals, went: Option<Went>) -> u64 {
    match went {
        None => sums.requests,
        Some(Went::Succeeded) => sums.succeeded,
        Some(Went::Failed) => sums.failed,
        Some(Went::Cancelled) => sums.cancelled,
    }
}

fn those_that_run(desk: &Desk, filter: &Filter, limit: usize, offset: usize) -> (Vec<Row>, u64) {
    let matcher = Matcher::new(filter);
    let wanted = |row: &Row| {
        let (model, client) = (row.model.as_deref(), row.client.as_deref());
        let generate = row.dialect.is_some();
        let begun = filter.since_unix_ms.is_none_or(|since| row.started_unix_ms >= since)
            && filter.until_unix_ms.is_none_or(|until| row.started_unix_ms < until);
        begun
            && matcher.names(
                model.unwrap_or_default(),
                row.endpoint.as_deref(),
                row.group.as_deref(),
                client.unwrap_or_default(),
                generate,
            )
            && matcher.session(row.session.as_deref())
    };
    let mut all: Vec<Row> =
        desk.running.traces().iter().map(|trace| of_trace(trace)).filter(wanted).collect();
    all.reverse();
    let total = all.len() as u64;
    (all.into_iter().skip(offset).take(limit).collect(), total)
}

fn of_trace(trace: &Trace) -> Row {
    running(connection(&trace.view()), trace.unix_ms)
}

/// One request: its record, every attempt, and what was chosen for it and why.
#[utoipa::path(get, path = "/api/v1/requests/{id}", tag = "requests",
    params(("id" = String, Path, description = "as in `X-Request-Id`")),
    responses((status = 200, body = One), (status = 404, description = "nothing is known of it"),
        (status = 503, description = "the records cannot be read")))]
async fn request(_: Reader, Given(desk): Given<Desk>, Path(id): Path<String>) -> Result<Json<One>, Problem> {
    let trace = desk.traces.find(&id);
    if let Some(trace) = trace.as_ref().filter(|trace| trace.told().ended.is_none()) {
        let trace_told = Some(told(trace));
        return Ok(Json(One {
            success: true,
            data: of_trace(trace),
            attempts: Vec::new(),
            trace: trace_told,
        }));
    }
    let filter = Filter { everything: true, ..Filter::default() };
    let query = RequestsQuery { filter, id: Some(id.clone()), limit: 1, ..RequestsQuery::default() };
    let found = desk.ledger.requests(query).await.map_err(|e| Problem::unreadable(&e))?;
    let Some(record) = found.first() else {
        return Err(Problem::unknown(format!("there is no record of a request `{}`", clean(&id))));
    };
    Ok(Json(One {
        success: true,
        data: row(record),
        attempts: record.attempts.iter().map(attempt).collect(),
        trace: trace.as_deref().map(told),
    }))
}

fn attempt(a: &AttemptRecord) -> Attempt {
    Attempt {
        endpoint: clean(&a.endpoint),
        after_ms: a.after_ms,
        duration_ms: a.duration_ms,
        http_status: a.status,
        class: clean(&a.class),
        detail: a.detail.as_deref().and_then(some),
        may_be_billed: a.may_be_billed,
        tokens: TokensTold::from(&a.tokens),
        cost_usd: usd(a.cost_nanos),
        cost_nanos: a.cost_nanos,
        model: a.model.as_deref().and_then(some),
        dialect: a.dialect.as_deref().and_then(some),
    }
}
