//! In turn, by weight: stride scheduling.
//!
//! Each endpoint has a *pass*; the lowest goes next and its pass grows by 1/weight. That spreads a heavy
//! endpoint's turns evenly (a a b a c a a, not a a a a a b c) and costs O(log n) per request. An endpoint that
//! was full keeps its pass and is next when it has room, but never saves up more than one turn.

use std::cmp::{Ordering, Reverse};
use std::collections::{BinaryHeap, HashMap};
use std::time::Duration;

use super::{Candidate, Pool, Strategy};
use crate::engine::EndpointId;
use crate::time::Rng;

pub(super) const SUMMARY: &str = "in turn, by weight";

/// The distance of one turn at weight 1; every weight up to it divides it finely enough.
const TURN: u128 = 1 << 40;

pub(super) fn make(_threshold: Duration) -> Box<dyn Strategy> {
    Box::new(RoundRobin::default())
}

#[derive(Default)]
struct RoundRobin {
    version: Option<(u64, EndpointId)>,
    heap: BinaryHeap<Reverse<(u128, usize)>>,
    passes: HashMap<EndpointId, u128>,
    /// The pass of the last turn that was given.
    clock: u128,
    skipped: Vec<Reverse<(u128, usize)>>,
}

fn stride(c: &Candidate<'_>) -> u128 {
    let whole = TURN / u128::from(c.weight.max(1));
    if c.share < 1.0 { (TURN as f64 / c.present_weight()) as u128 } else { whole }
}

impl RoundRobin {
    /// Builds the heap anew for another pool; endpoints that were there keep their place in the turn.
    fn take_up(&mut self, pool: &dyn Pool) {
        let Some(first) = (!pool.is_empty()).then(|| pool.candidate(0).id) else {
            return self.heap.clear();
        };
        let version = (pool.version(), first);
        if self.version == Some(version) {
            return;
        }
        if self.version.is_some_and(|(v, _)| v != version.0) {
            let present: std::collections::HashSet<_> =
                (0..pool.len()).map(|at| pool.candidate(at).id).collect();
            self.passes.retain(|id, _| present.contains(id));
        }
        self.version = Some(version);
        self.heap.clear();
        for at in 0..pool.len() {
            let c = pool.candidate(at);
            let fresh = self.clock + stride(&c) / 2;
            let pass =
                self.passes.get(&c.id).map_or(fresh, |p| (*p).clamp(self.clock, self.clock + stride(&c)));
            self.passes.insert(c.id, pass);
            self.heap.push(Reverse((pass, at)));
        }
    }
}

impl Strategy for RoundRobin {
    fn compare(&self, _: &Candidate<'_>, _: &Candidate<'_>) -> Ordering {
        Ordering::Equal
    }

    fn rotates(&self) -> bool {
        true
    }

    fn pick(&mut self, pool: &dyn Pool, _: &mut dyn Rng) -> Option<usize> {
        self.take_up(pool);
        let mut picked = None;
        while let Some(Reverse((pass, at))) = self.heap.pop() {
            if !pool.open(at) {
                self.skipped.push(Reverse((pass, at)));
                continue;
            }
            let c = pool.candidate(at);
            let pass = pass.max(self.clock);
            self.clock = pass;
            let next = pass + stride(&c);
            self.passes.insert(c.id, next);
            self.heap.push(Reverse((next, at)));
            picked = Some(at);
            break;
        }
        self.heap.extend(self.skipped.drain(..));
        picked
    }

    fn why(&self, current: &Candidate<'_>, _: Option<&Candidate<'_>>) -> String {
        match current.weight {
            1 => "round-robin".to_owned(),
            w => format!("round-robin, weight {w}"),
        }
    }
}
