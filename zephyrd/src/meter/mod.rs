//! Counts what requests came to since the start, whether records are kept or not: for metrics and health answers.
//!
//! Counting is on the way of every request: one lock, two look-ups by name, integers. It allocates only for what was
//! never seen before, and what it keeps is bounded: [`MOST_ENDPOINTS`] endpoints, [`MOST_MODELS`] models by the names
//! that clients send, [`MOST_CELLS`] pairs of both; whatever is beyond counts as [`OTHER`].

mod buckets;
mod cells;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use zephyr_core::usage::UsageRecord;

pub(crate) use buckets::{BOUNDS_MS, Times};
pub(crate) use cells::{Cell, Counts, EndpointCounts, OUTCOMES};

/// Most endpoints that are counted apart. A plan's are far fewer; those that reloads took away go when somebody looks.
const MOST_ENDPOINTS: usize = 10_000;
/// Most models that are counted apart.
const MOST_MODELS: usize = 200;
/// Most pairs of an endpoint and a model.
const MOST_CELLS: usize = 5_000;
/// Longest name of a model that is one, in bytes.
const LONGEST: usize = 128;
/// What is too much to be counted apart.
const OTHER: &str = "other";

/// The counts; cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Meter(Arc<Shared>);

#[derive(Default)]
struct Shared {
    counts: Mutex<Counts>,
    /// Lines of the log that could not be written.
    lost_lines: Arc<AtomicU64>,
}

/// Requests that another endpoint answered than the one that was asked first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Failovers {
    /// Since the start.
    pub(crate) count: u64,
    /// When the last one was over, Unix milliseconds.
    pub(crate) last_unix_ms: Option<i64>,
}

impl Meter {
    /// A meter that also tells of the lines that the log has lost.
    pub(crate) fn new(lost_lines: Arc<AtomicU64>) -> Self {
        Self(Arc::new(Shared { counts: Mutex::default(), lost_lines }))
    }

    /// A request is over.
    pub(crate) fn count(&self, record: &UsageRecord, now_unix_ms: i64) {
        self.lock().count(record, now_unix_ms);
    }

    /// How often another endpoint took over.
    pub(crate) fn failovers(&self) -> Failovers {
        self.lock().failovers
    }

    /// How often another endpoint took over from the one of this name.
    pub(crate) fn failovers_from(&self, endpoint: &str) -> u64 {
        self.lock().failovers_from(endpoint)
    }

    /// All counts as they are now. Endpoints that `keep` does not know are forgotten.
    pub(crate) fn counts(&self, keep: impl Fn(&str) -> bool) -> Counts {
        let mut counts = self.lock();
        counts.retain(keep);
        counts.clone()
    }

    /// Lines of the log that could not be written.
    pub(crate) fn lost_lines(&self) -> u64 {
        self.0.lost_lines.load(Ordering::Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
