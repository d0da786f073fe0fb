//! Requests that run.

use serde::Serialize;
use zephyr_proto::v1;

use super::convert::some;

/// Those that run, and how it went with the others.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub(crate) struct Running {
    /// The oldest first.
    pub(crate) requests: Vec<Runner>,
    pub(crate) totals: RunningTotals,
}

/// One request that runs.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub(crate) struct Runner {
    pub(crate) request: String,
    /// Unix milliseconds.
    pub(crate) started_unix_ms: i64,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) dialect: Option<String>,
    pub(crate) model: Option<String>,
    pub(crate) stream: bool,
    pub(crate) client: Option<String>,
    pub(crate) session: Option<String>,
    /// `receiving asking answering queued suspended sharing`.
    pub(crate) phase: String,
    /// That is asked, or answers.
    pub(crate) endpoint: Option<String>,
    pub(crate) attempts: u32,
}

/// Over all requests since the daemon's start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub(crate) struct RunningTotals {
    pub(crate) now: u32,
    pub(crate) peak: u32,
    pub(crate) ended: u64,
    /// How long those took.
    pub(crate) mean_ms: u64,
    pub(crate) longest_ms: u64,
}

impl From<v1::ListRunningResponse> for Running {
    fn from(r: v1::ListRunningResponse) -> Self {
        let totals = r.totals.unwrap_or_default();
        Self {
            requests: r.requests.into_iter().map(Into::into).collect(),
            totals: RunningTotals {
                now: totals.now,
                peak: totals.peak,
                ended: totals.ended,
                mean_ms: totals.mean_ms,
                longest_ms: totals.longest_ms,
            },
        }
    }
}

impl From<v1::RunningRequest> for Runner {
    fn from(r: v1::RunningRequest) -> Self {
        Self {
            request: r.request,
            started_unix_ms: r.started_unix_ms,
            method: r.method,
            path: r.path,
            dialect: some(r.dialect),
            model: some(r.model),
            stream: r.stream,
            client: some(r.client),
            session: some(r.session),
            phase: r.phase,
            endpoint: some(r.endpoint),
            attempts: r.attempts,
        }
    }
}
