//! How candidates are ordered: one file per strategy, one line in [`TABLE`].
//!
//! There are two sorts. A *settled* strategy (fastest, priority, cheapest) is an order: the engine keeps it
//! sorted, stays on its current endpoint until [`Strategy::leaves`], and asks nothing per request. A *rotating*
//! one (round-robin, random, least-busy) picks anew for each request; its order is only what a failover would
//! be told. So neither sort costs more per request with a thousand endpoints than with one.
//!
//! Tiers (group priorities), pins and health are the engine's: a strategy sees usable endpoints of one tier.

mod cheapest;
mod fastest;
mod least_busy;
mod priority;
mod random;
mod round_robin;

use std::cmp::Ordering;
use std::time::Duration;

use crate::config::StrategyKind;
use crate::engine::EndpointId;
use crate::time::Rng;

/// One usable endpoint, as a strategy sees it.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// Its identity.
    pub id: EndpointId,
    /// Its name.
    pub name: &'a str,
    /// Typical time to an answer, blind to a single slow one; `None` = never measured.
    pub latency: Option<Duration>,
    /// Expected time to an answer, quick to believe in slowness; `None` = never measured.
    pub peak: Option<Duration>,
    /// Attempts that run there now.
    pub in_flight: u32,
    /// `priority` of the config.
    pub priority: u32,
    /// `price` of the config.
    pub price: f64,
    /// `weight` of the config, at least 1.
    pub weight: u32,
    /// What part of its weight counts: less than 1 for a while after a rest, never 0.
    pub share: f64,
}

impl Candidate<'_> {
    /// The weight that counts now, more than 0.
    #[must_use]
    pub fn present_weight(&self) -> f64 {
        f64::from(self.weight.max(1)) * self.share.clamp(0.01, 1.0)
    }
}

/// The usable endpoints of one tier, for a rotating strategy.
pub trait Pool {
    /// How many there are.
    fn len(&self) -> usize;
    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The one at `at`; `at < len()`.
    fn candidate(&self, at: usize) -> Candidate<'_>;
    /// Whether this request may take it: not tried, not full.
    fn open(&self, at: usize) -> bool;
    /// Changes whenever members, their order or their weights do.
    fn version(&self) -> u64;
}

/// Orders usable endpoints of one tier.
pub trait Strategy: Send {
    /// Which of two is better (`Less` = the first). Equals keep file order.
    fn compare(&self, a: &Candidate<'_>, b: &Candidate<'_>) -> Ordering;

    /// Whether `best`, which comes before `current`, is so much better that new requests should go there.
    fn leaves(&self, current: &Candidate<'_>, best: &Candidate<'_>) -> bool {
        let _ = (current, best);
        true
    }

    /// Whether the order depends on latency.
    fn by_latency(&self) -> bool {
        false
    }

    /// Whether each request is placed by [`Strategy::pick`].
    fn rotates(&self) -> bool {
        false
    }

    /// Rotating strategies: an open member for one request, `None` if none is open.
    fn pick(&mut self, pool: &dyn Pool, rng: &mut dyn Rng) -> Option<usize> {
        let _ = rng;
        (0..pool.len()).find(|at| pool.open(*at))
    }

    /// A phrase for people on why `current` serves; `second` = the next in order.
    fn why(&self, current: &Candidate<'_>, second: Option<&Candidate<'_>>) -> String;

    /// Writes indexes into `pool` to `out` (empty when called), best first, each exactly once.
    fn rank(&self, pool: &[Candidate<'_>], out: &mut Vec<usize>) {
        out.extend(0..pool.len());
        out.sort_by(|a, b| self.compare(&pool[*a], &pool[*b]));
    }
}

/// One strategy.
pub struct Entry {
    /// What the plan calls it.
    pub kind: StrategyKind,
    /// What it prefers, in one line.
    pub summary: &'static str,
    make: fn(Duration) -> Box<dyn Strategy>,
}

/// Every strategy.
pub const TABLE: [Entry; 6] = [
    Entry { kind: StrategyKind::Fastest, summary: fastest::SUMMARY, make: fastest::make },
    Entry { kind: StrategyKind::Priority, summary: priority::SUMMARY, make: priority::make },
    Entry { kind: StrategyKind::Cheapest, summary: cheapest::SUMMARY, make: cheapest::make },
    Entry { kind: StrategyKind::RoundRobin, summary: round_robin::SUMMARY, make: round_robin::make },
    Entry { kind: StrategyKind::Random, summary: random::SUMMARY, make: random::make },
    Entry { kind: StrategyKind::LeastBusy, summary: least_busy::SUMMARY, make: least_busy::make },
];

fn entry(kind: StrategyKind) -> &'static Entry {
    // The table is complete (a test says so); its first line is the default strategy.
    TABLE.iter().find(|e| e.kind == kind).unwrap_or(&TABLE[0])
}

/// A fresh strategy of this kind; `threshold` is `switch_threshold`.
#[must_use]
pub fn make(kind: StrategyKind, threshold: Duration) -> Box<dyn Strategy> {
    (entry(kind).make)(threshold)
}

/// Measured before unmeasured, then the shorter.
fn by_latency(a: Option<Duration>, b: Option<Duration>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => a.cmp(&b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
}

/// Whether `best` is better than `current` by at least `threshold`; unmeasured ones always give way.
fn ahead_by(threshold: Duration, current: &Candidate<'_>, best: &Candidate<'_>) -> bool {
    match (current.latency, best.latency) {
        (Some(current), Some(best)) => best < current && current - best >= threshold,
        (None, Some(_)) => true,
        (_, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_one_line() {
        for kind in StrategyKind::ALL {
            assert_eq!(TABLE.iter().filter(|e| e.kind == kind).count(), 1);
        }
    }
}
