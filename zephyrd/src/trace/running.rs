//! The requests that run now, each with its trace, and what became of those that are over.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{RunningView, Trace};

/// The requests that run; cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Running(Arc<Mutex<Set>>);

#[derive(Default)]
struct Set {
    places: Vec<Option<Arc<Trace>>>,
    free: Vec<usize>,
    tally: RunningTally,
}

/// Sums over the requests since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct RunningTally {
    /// That run now.
    pub(crate) now: u32,
    /// Most that ran at one time.
    pub(crate) peak: u32,
    /// That are over.
    pub(crate) ended: u64,
    /// How long those took together.
    pub(crate) took: Duration,
    /// How long the longest of them took.
    pub(crate) longest: Duration,
}

impl RunningTally {
    /// How long one took on average.
    pub(crate) fn mean(&self) -> Duration {
        let nanos = self.took.as_nanos() / u128::from(self.ended.max(1));
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

/// Where one request is kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place(usize);

impl Running {
    /// A request has come.
    pub(crate) fn begin(&self, trace: &Arc<Trace>) -> Place {
        let mut set = self.lock();
        let trace = Some(Arc::clone(trace));
        let place = match set.free.pop() {
            Some(place) => {
                set.places[place] = trace;
                place
            }
            None => {
                set.places.push(trace);
                set.places.len() - 1
            }
        };
        set.tally.now += 1;
        set.tally.peak = set.tally.peak.max(set.tally.now);
        Place(place)
    }

    /// It is over, after this time.
    pub(crate) fn end(&self, place: Place, took: Duration) {
        let mut set = self.lock();
        let trace = set.places[place.0].take();
        if trace.is_some() {
            set.free.push(place.0);
            let tally = &mut set.tally;
            tally.now -= 1;
            tally.ended += 1;
            tally.took += took;
            tally.longest = tally.longest.max(took);
        }
        drop(set);
        drop(trace);
    }

    /// How many run.
    pub(crate) fn count(&self) -> u32 {
        self.lock().tally.now
    }

    /// The sums.
    pub(crate) fn tally(&self) -> RunningTally {
        self.lock().tally
    }

    /// Those that run, the oldest first.
    pub(crate) fn traces(&self) -> Vec<Arc<Trace>> {
        let mut traces: Vec<Arc<Trace>> = self.lock().places.iter().flatten().cloned().collect();
        traces.sort_by_key(|trace| std::cmp::Reverse(trace.age()));
        traces
    }

    /// How it stands with those that run, the oldest first.
    pub(crate) fn views(&self) -> Vec<RunningView> {
        self.traces().iter().map(|trace| trace.view()).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Set> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Traces;
    use super::*;

    #[test]
    fn what_runs_is_there_until_it_ends_and_is_counted_after() {
        let (running, traces) = (Running::default(), Traces::default());
        let first = running.begin(&traces.begin("req-1", 1));
        let second = running.begin(&traces.begin("req-2", 2));
        running.end(first, Duration::from_secs(3));
        // Ending twice counts once.
        running.end(first, Duration::from_secs(3));
        let third = running.begin(&traces.begin("req-3", 3));
        let ids: Vec<String> = running.traces().iter().map(|t| t.id.clone()).collect();
        assert_eq!(ids, ["req-2", "req-3"]);
        running.end(second, Duration::from_secs(1));
        running.end(third, Duration::from_secs(2));
        let tally = running.tally();
        assert_eq!((tally.now, tally.peak, tally.ended), (0, 2, 3));
        assert_eq!((tally.took, tally.longest), (Duration::from_secs(6), Duration::from_secs(3)));
        assert!(running.traces().is_empty() && running.count() == 0);
    }
}
