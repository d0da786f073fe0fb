//! `/api/v1/chart`: what changes over time, in the form that chart libraries take.
//!
//! What requests came to is asked of the records; what ran, waited and was healthy comes from the samples of the last 24
//! hours and is null where nobody looked. A chart has at most 121 points.

mod grid;

use axum::Json;
use axum::extract::State as Given;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use zephyr_core::usage::{By, Filter, ReportQuery, Totals};

use super::access::Reader;
use super::api::{now, number, usd};
use super::extract::{Path, Query};
use super::{Problem, Room};
use crate::desk::Desk;
use crate::samples::Sample;
use crate::store::StoreError;
use crate::system::text::clean;
use grid::Grid;

/// Minutes without being told.
pub(super) const USUAL: usize = 60;
/// Most minutes: 30 days.
const MOST: usize = 30 * 24 * 60;

pub(super) fn routes() -> OpenApiRouter<Room> {
    OpenApiRouter::new().routes(routes!(chart_data))
}

/// What is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(rename_all = "kebab-case")]
pub(super) enum Kind {
    /// Requests, and how they went.
    RequestTrends,
    /// Response times of probes, and times to the first token, in milliseconds.
    ResponseTimes,
    /// Endpoints that requests may go to, and the others.
    EndpointHealth,
    /// Requests that ran.
    ConnectionActivity,
    /// Requests that waited.
    SuspendedTrends,
    /// Tokens by kind.
    UsageTrends,
    /// Dollars.
    CostAnalysis,
}

impl Kind {
    /// All of them.
    pub(super) const ALL: [Self; 7] = [
        Self::RequestTrends,
        Self::ResponseTimes,
        Self::EndpointHealth,
        Self::ConnectionActivity,
        Self::SuspendedTrends,
        Self::UsageTrends,
        Self::CostAnalysis,
    ];

    /// The name in the path.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::RequestTrends => "request-trends",
            Self::ResponseTimes => "response-times",
            Self::EndpointHealth => "endpoint-health",
            Self::ConnectionActivity => "connection-activity",
            Self::SuspendedTrends => "suspended-trends",
            Self::UsageTrends => "usage-trends",
            Self::CostAnalysis => "cost-analysis",
        }
    }
}

/// How far back.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
struct Back {
    /// So many minutes up to now; 60 without.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 43_200)]
    minutes: Option<String>,
}

/// Lines over time.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Chart {
    /// What is drawn.
    chart: &'static str,
    minutes: usize,
    /// How long each point is.
    step_minutes: i64,
    /// When each point begins; the last one is not over yet.
    labels: Vec<String>,
    datasets: Vec<Line>,
    timestamp: String,
}

/// One line.
#[derive(Debug, Serialize, ToSchema)]
struct Line {
    /// What it shows; `_usd` and `_ms` are dollars and milliseconds.
    label: &'static str,
    /// One value per label; null where nothing is known.
    data: Vec<Option<f64>>,
}

/// What changed over time: one or more lines with one value per label.
#[utoipa::path(get, path = "/api/v1/chart/{chart}", tag = "charts",
    params(("chart" = inline(Kind), Path, description = "what is drawn"), Back),
    responses((status = 200, body = Chart), (status = 404, description = "there is no such chart"),
        (status = 503, description = "the records cannot be read")))]
async fn chart_data(
    _: Reader,
    Given(desk): Given<Desk>,
    Path(name): Path<String>,
    Query(back): Query<Back>,
) -> Result<Json<Chart>, Problem> {
    let kind = Kind::ALL.into_iter().find(|kind| kind.name() == name).ok_or_else(|| {
        let names = Kind::ALL.map(|kind| format!("`{}`", kind.name())).join(", ");
        Problem::unknown(format!("there is no chart `{}`", clean(&name))).hint(format!("there are {names}"))
    })?;
    let minutes = number("minutes", back.minutes.as_deref(), 1, MOST)?.unwrap_or(USUAL);
    chart(&desk, kind, minutes).await.map(Json).map_err(|e| Problem::unreadable(&e))
}

/// What `/api/v1/chart` answers, over so many minutes up to now.
///
/// # Errors
/// The records cannot be read; charts from samples never fail.
pub(super) async fn chart(desk: &Desk, kind: Kind, minutes: usize) -> Result<Chart, StoreError> {
    let grid = Grid::new(desk.handle.clock().now().unix_ms, minutes);
    let datasets = match kind {
        Kind::RequestTrends => {
            let sums = recorded(desk, &grid).await?;
            let line = |label, of: fn(&Totals) -> u64| counted(label, &sums, of);
            vec![
                line("total", |t| t.requests),
                line("succeeded", |t| t.succeeded),
                line("failed", |t| t.failed),
                line("cancelled", |t| t.cancelled),
            ]
        }
        Kind::UsageTrends => {
            let sums = recorded(desk, &grid).await?;
            let line = |label, of: fn(&Totals) -> u64| counted(label, &sums, of);
            vec![
                line("input", |t| t.tokens.input),
                line("output", |t| t.tokens.output),
                line("cache_read", |t| t.tokens.cache_read),
                line("cache_write", |t| t.tokens.cache_write_5m.saturating_add(t.tokens.cache_write_1h)),
            ]
        }
        Kind::CostAnalysis => {
            let sums = recorded(desk, &grid).await?;
            let line = |label, of: fn(&Totals) -> i64| Line {
                label,
                data: sums.iter().map(|t| Some(usd(of(t)))).collect(),
            };
            vec![
                line("cost_usd", |t| t.cost_nanos),
                line("lost_usd", |t| t.lost_nanos),
                line("saved_usd", |t| t.saved_nanos),
                line("cache_saved_usd", |t| t.cache_saved_nanos),
            ]
        }
        Kind::ResponseTimes => {
            let sums = recorded(desk, &grid).await?;
            let share = |label, share| Line {
                label,
                data: sums.iter().map(|t| t.ttft.percentile(share).map(|ms| ms as f64)).collect(),
            };
            let probes = sampled("probe_ms", &grid, &seen(desk, &grid), |s| s.response_ms, mean);
            vec![probes, share("ttft_p50_ms", 0.5), share("ttft_p95_ms", 0.95)]
        }
        Kind::EndpointHealth => {
            let seen = seen(desk, &grid);
            let last = |values: &[f64]| values.last().copied();
            vec![
                sampled("healthy", &grid, &seen, |s| Some(f64::from(s.healthy)), last),
                sampled("unhealthy", &grid, &seen, |s| Some(f64::from(s.unhealthy)), last),
            ]
        }
        Kind::ConnectionActivity => {
            vec![sampled("running", &grid, &seen(desk, &grid), |s| Some(f64::from(s.running)), most)]
        }
        Kind::SuspendedTrends => {
            let seen = seen(desk, &grid);
            vec![
                sampled("suspended", &grid, &seen, |s| Some(f64::from(s.suspended)), most),
                sampled("queued", &grid, &seen, |s| Some(f64::from(s.queued)), most),
            ]
        }
    };
    Ok(Chart {
        chart: kind.name(),
        minutes,
        step_minutes: grid.step_minutes(),
        labels: grid.labels(),
        datasets,
        timestamp: now(desk),
    })
}

/// What was recorded, by point.
async fn recorded(desk: &Desk, grid: &Grid) -> Result<Vec<Totals>, StoreError> {
    let filter = Filter { since_unix_ms: Some(grid.first()), ..Filter::default() };
    let by = if grid.of_hours() { By::Hour } else { By::Minute };
    let report = desk.ledger.report(ReportQuery { filter, by }).await?;
    let mut sums = vec![Totals::default(); grid.len()];
    for row in &report.rows {
        if let Some(sum) = grid.place_of(&row.key).and_then(|at| sums.get_mut(at)) {
            sum.merge(&row.totals);
        }
    }
    Ok(sums)
}

fn counted(label: &'static str, sums: &[Totals], of: fn(&Totals) -> u64) -> Line {
    Line { label, data: sums.iter().map(|t| Some(of(t) as f64)).collect() }
}

fn seen(desk: &Desk, grid: &Grid) -> Vec<Sample> {
    desk.samples.since(grid.first())
}

/// A line of what was seen; where a point holds several minutes, `fold` makes one of them.
fn sampled(
    label: &'static str,
    grid: &Grid,
    samples: &[Sample],
    of: impl Fn(&Sample) -> Option<f64>,
    fold: impl Fn(&[f64]) -> Option<f64>,
) -> Line {
    let mut points: Vec<Vec<f64>> = vec![Vec::new(); grid.len()];
    for sample in samples {
        let point = grid.place(sample.unix_ms).and_then(|at| points.get_mut(at));
        if let (Some(point), Some(value)) = (point, of(sample)) {
            point.push(value);
        }
    }
    Line { label, data: points.iter().map(|values| fold(values)).collect() }
}

fn most(values: &[f64]) -> Option<f64> {
    values.iter().copied().reduce(f64::max)
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    #[tokio::test]
    async fn every_chart_has_a_value_per_label() {
        let (desk, _orders) = fixtures::desk(fixtures::plan(vec![fixtures::endpoint("a")]));
        for kind in Kind::ALL {
            for minutes in [1, 60, 600, 1440, MOST] {
                let chart = chart(&desk, kind, minutes).await.unwrap();
                assert!((1..=121).contains(&chart.labels.len()), "{} {minutes}", kind.name());
                assert!(!chart.datasets.is_empty());
                for line in &chart.datasets {
                    assert_eq!(line.data.len(), chart.labels.len(), "{} {}", kind.name(), line.label);
                }
            }
        }
    }
}
