//! How many requests ran and waited and how the endpoints were, minute by minute: for charts.
//!
//! Looked at every ten seconds, from outside: no request knows of it. Limits: the last 24 hours, in memory.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use crate::desk::Desk;
use zephyr_core::engine::{Admin, EndpointView};

/// Minutes that are kept.
pub(crate) const KEPT: usize = 24 * 60;
/// How often is looked.
const EVERY: Duration = Duration::from_secs(10);
/// A minute in milliseconds.
const MINUTE_MS: i64 = 60_000;

/// The minutes; cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Samples(Arc<Mutex<VecDeque<Sample>>>);

/// One minute.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Sample {
    /// When it began, Unix milliseconds.
    pub(crate) unix_ms: i64,
    /// Most requests that ran.
    pub(crate) running: u32,
    /// Most that waited for a place.
    pub(crate) queued: u32,
    /// Most that were suspended.
    pub(crate) suspended: u32,
    /// Endpoints that requests may go to, at its end.
    pub(crate) healthy: u32,
    /// The others.
    pub(crate) unhealthy: u32,
    /// Response times of the last good probes, averaged over endpoints, in milliseconds, at its end.
    pub(crate) response_ms: Option<f64>,
}

impl Samples {
    /// Looks at `desk` from time to time, for ever.
    pub(crate) async fn watch(self, desk: Desk) {
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.add(look(&desk));
        }
    }

    /// Takes one look up: into its minute, or into a new one.
    fn add(&self, look: Sample) {
        let minute = look.unix_ms.div_euclid(MINUTE_MS) * MINUTE_MS;
        let mut kept = self.lock();
        // A clock that was put back is followed.
        while kept.back().is_some_and(|last| last.unix_ms > minute) {
            kept.pop_back();
        }
        let before = match kept.back() {
            Some(last) if last.unix_ms == minute => kept.pop_back().unwrap_or_default(),
            _ => Sample::default(),
        };
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back(Sample {
            unix_ms: minute,
            running: before.running.max(look.running),
            queued: before.queued.max(look.queued),
            suspended: before.suspended.max(look.suspended),
            ..look
        });
    }

    /// The minutes from then on, oldest first; those in which nobody looked are missing.
    pub(crate) fn since(&self, unix_ms: i64) -> Vec<Sample> {
        self.lock().iter().filter(|sample| sample.unix_ms >= unix_ms).copied().collect()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Sample>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn look(desk: &Desk) -> Sample {
    let snapshot = desk.handle.snapshot();
    let healthy = |e: &&EndpointView| e.state.usable() && !matches!(e.admin, Admin::Paused | Admin::Drained);
    let healthy = snapshot.endpoints.iter().filter(healthy).count();
    let times: Vec<f64> =
        snapshot.endpoints.iter().filter_map(|e| e.latency).map(|t| t.as_secs_f64() * 1000.0).collect();
    let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Sample {
        unix_ms: desk.handle.clock().now().unix_ms,
        running: desk.running.count(),
        queued: snapshot.waiting.queued,
        suspended: snapshot.waiting.suspended,
        healthy: small(healthy),
        unhealthy: small(snapshot.endpoints.len() - healthy),
        response_ms: (!times.is_empty()).then(|| times.iter().sum::<f64>() / times.len() as f64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(unix_ms: i64, running: u32) -> Sample {
        Sample { unix_ms, running, healthy: running, ..Sample::default() }
    }

    #[test]
    fn a_minute_keeps_the_most_that_ran_and_how_the_endpoints_were_last() {
        let samples = Samples::default();
        for (at, running) in [(60_000, 1), (70_000, 5), (119_999, 2), (120_000, 3)] {
            samples.add(look(at, running));
        }
        let told: Vec<_> = samples.since(0).iter().map(|s| (s.unix_ms, s.running, s.healthy)).collect();
        assert_eq!(told, [(60_000, 5, 2), (120_000, 3, 3)]);
        assert_eq!(samples.since(60_001).len(), 1);
    }

    #[test]
    fn a_day_is_kept_and_no_more() {
        let samples = Samples::default();
        for minute in 0..2000 {
            samples.add(look(minute * MINUTE_MS, 1));
        }
        let kept = samples.since(0);
        assert_eq!((kept.len(), kept[0].unix_ms), (KEPT, (2000 - KEPT as i64) * MINUTE_MS));
    }

    #[test]
    fn minutes_follow_a_clock_that_was_put_back() {
        let samples = Samples::default();
        for at in [60_000, 120_000, 180_000, 61_000] {
            samples.add(look(at, 1));
        }
        let told: Vec<_> = samples.since(0).iter().map(|s| s.unix_ms).collect();
        assert_eq!(told, [60_000]);
    }
}
