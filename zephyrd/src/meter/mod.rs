//! Counts what requests came to since the start, whether records are kept or not: for metrics and health answers.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use zephyr_core::usage::UsageRecord;

/// The counts; cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Meter(Arc<Mutex<Counts>>);

#[derive(Default)]
struct Counts {
    failovers: Failovers,
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
    /// A request is over.
    pub(crate) fn count(&self, record: &UsageRecord, now_unix_ms: i64) {
        let mut attempts = record.attempts.iter();
        let first = attempts.next();
        let moved =
            attempts.next_back().zip(first).is_some_and(|(last, first)| last.endpoint != first.endpoint);
        if moved && record.succeeded() {
            let mut counts = self.lock();
            counts.failovers.count += 1;
            counts.failovers.last_unix_ms = Some(now_unix_ms);
        }
    }

    /// How often another endpoint took over.
    pub(crate) fn failovers(&self) -> Failovers {
        self.lock().failovers
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use zephyr_core::usage::AttemptRecord;

    use super::*;

    fn record(endpoints: &[&str]) -> UsageRecord {
        let attempt =
            |name: &&str| AttemptRecord { endpoint: (*name).to_owned(), ..AttemptRecord::default() };
        let ended = zephyr_core::usage::Ended::Complete;
        UsageRecord {
            attempts: endpoints.iter().map(attempt).collect(),
            ended,
            status: 200,
            ..UsageRecord::default()
        }
    }

    #[test]
    fn a_failover_is_a_request_that_another_endpoint_answered() {
        let meter = Meter::default();
        meter.count(&record(&["a"]), 1);
        meter.count(&record(&["a", "a"]), 2);
        meter.count(&UsageRecord { status: 502, ..record(&["a", "b"]) }, 3);
        assert_eq!(meter.failovers(), Failovers::default());
        meter.count(&record(&["a", "b"]), 4);
        assert_eq!(meter.failovers(), Failovers { count: 1, last_unix_ms: Some(4) });
    }
}
