//! Requests that wait.

use serde::Serialize;
use zephyr_proto::v1;

/// Those that wait, and what became of all.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Waiting {
    /// In the order of their arrival.
    pub(crate) requests: Vec<Waiter>,
    pub(crate) totals: WaitingTotals,
}

/// One request that waits.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Waiter {
    pub(crate) request: String,
    pub(crate) client: Option<String>,
    pub(crate) model: Option<String>,
    pub(crate) dialect: Option<String>,
    /// `queued` (all that is usable is full) or `suspended` (nothing is usable).
    pub(crate) kind: String,
    /// Unix milliseconds.
    pub(crate) since_unix_ms: i64,
    pub(crate) waited_ms: u64,
    /// How long it may still wait.
    pub(crate) left_ms: u64,
    /// What it waits for.
    pub(crate) why: String,
}

/// How many wait, and what became of those that did, since the daemon's start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub(crate) struct WaitingTotals {
    pub(crate) queued: u32,
    pub(crate) suspended: u32,
    /// `[suspension] max`; 0 where it is off.
    pub(crate) most_suspended: u32,
    /// Requests that have come to wait.
    pub(crate) waited: u64,
    /// Times that one went on after it.
    pub(crate) served: u64,
    pub(crate) timed_out: u64,
    pub(crate) released: u64,
}

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

impl From<v1::ListWaitingResponse> for Waiting {
    fn from(w: v1::ListWaitingResponse) -> Self {
        Self {
            requests: w.requests.into_iter().map(Into::into).collect(),
            totals: w.totals.unwrap_or_default().into(),
        }
    }
}

impl From<v1::WaitingRequest> for Waiter {
    fn from(w: v1::WaitingRequest) -> Self {
        Self {
            request: w.request,
            client: some(w.client),
            model: some(w.model),
            dialect: some(w.dialect),
            kind: w.kind,
            since_unix_ms: w.since_unix_ms,
            waited_ms: w.waited_ms,
            left_ms: w.left_ms,
            why: w.why,
        }
    }
}

impl From<v1::Waiting> for WaitingTotals {
    fn from(w: v1::Waiting) -> Self {
        Self {
            queued: w.queued,
            suspended: w.suspended,
            most_suspended: w.most_suspended,
            waited: w.waited,
            served: w.served,
            timed_out: w.timed_out,
            released: w.released,
        }
    }
}
