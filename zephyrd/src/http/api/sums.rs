//! Sums over requests, as every report tells them.

use serde::Serialize;
use utoipa::ToSchema;
use zephyr_core::usage::{Histogram, ProbeTotals, ReportRow, Totals};

use super::tell::{TokensTold, usd};
use crate::system::text::clean;

/// Sums over requests.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Sums {
    requests: u64,
    /// They went as the client wished.
    succeeded: u64,
    failed: u64,
    /// The client left.
    cancelled: u64,
    /// Share of successes among those that the client did not leave; null where there are none.
    success_rate: Option<f64>,
    /// Attempts at endpoints.
    attempts: u64,
    /// Requests that took more than one.
    retried: u64,
    /// Served by another request's answer while that was on its way.
    shared: u64,
    /// Served from the response cache.
    cache_hits: u64,
    /// Answered by another model than was asked for.
    mismatches: u64,
    /// Priced by the default because nobody knows the model.
    default_priced: u64,
    /// Broke off before the vendor's last word on usage.
    partial: u64,
    /// Of answers that were paid for.
    tokens: TokensTold,
    /// Share of the input that came from the vendors' prompt caches; null where there was no input.
    cache_share: Option<f64>,
    cost_usd: f64,
    cost_nanos: i64,
    /// The part of it that attempts without an answer caused.
    lost_usd: f64,
    lost_nanos: i64,
    /// Not paid because another request's answer served.
    saved_usd: f64,
    saved_nanos: i64,
    /// Spared by the vendors' prompt caches.
    cache_saved_usd: f64,
    cache_saved_nanos: i64,
    /// Times to the first token; null where there are none.
    ttft_ms: Option<Percentiles>,
}

/// What so many percent do not exceed.
#[derive(Debug, Serialize, ToSchema)]
struct Percentiles {
    p50: u64,
    p90: u64,
    p95: u64,
    p99: u64,
}

/// The sums of one day, model, endpoint or group.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SumsOf {
    /// Which; null where a request has none.
    key: Option<String>,
    #[serde(flatten)]
    sums: Sums,
}

/// What probes cost.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProbeSums {
    /// Probes that cost money.
    probes: u64,
    tokens: TokensTold,
    cost_usd: f64,
    cost_nanos: i64,
}

impl From<&Totals> for Sums {
    fn from(t: &Totals) -> Self {
        Self {
            requests: t.requests,
            succeeded: t.succeeded,
            failed: t.failed,
            cancelled: t.cancelled,
            success_rate: t.success_rate(),
            attempts: t.attempts,
            retried: t.retried,
            shared: t.shared,
            cache_hits: t.cache_hits,
            mismatches: t.mismatches,
            default_priced: t.default_priced,
            partial: t.partial,
            tokens: TokensTold::from(&t.tokens),
            cache_share: t.cache_share(),
            cost_usd: usd(t.cost_nanos),
            cost_nanos: t.cost_nanos,
            lost_usd: usd(t.lost_nanos),
            lost_nanos: t.lost_nanos,
            saved_usd: usd(t.saved_nanos),
            saved_nanos: t.saved_nanos,
            cache_saved_usd: usd(t.cache_saved_nanos),
            cache_saved_nanos: t.cache_saved_nanos,
            ttft_ms: percentiles(&t.ttft),
        }
    }
}

impl From<&ReportRow> for SumsOf {
    fn from(row: &ReportRow) -> Self {
        let key = (!row.key.is_empty()).then(|| clean(&row.key));
        Self { key, sums: Sums::from(&row.totals) }
    }
}

impl From<&ProbeTotals> for ProbeSums {
    fn from(p: &ProbeTotals) -> Self {
        Self {
            probes: p.probes,
            tokens: TokensTold::from(&p.tokens),
            cost_usd: usd(p.cost_nanos),
            cost_nanos: p.cost_nanos,
        }
    }
}

fn percentiles(times: &Histogram) -> Option<Percentiles> {
    Some(Percentiles {
        p50: times.percentile(0.5)?,
        p90: times.percentile(0.9)?,
        p95: times.percentile(0.95)?,
        p99: times.percentile(0.99)?,
    })
}
