//! At random, by weight.

use std::cmp::Ordering;
use std::time::Duration;

use super::{Candidate, Pool, Strategy};
use crate::engine::EndpointId;
use crate::time::Rng;

pub(super) const SUMMARY: &str = "at random, by weight";

/// Draws that may hit a closed endpoint before the open ones are looked for.
const DRAWS: usize = 8;

pub(super) fn make(_threshold: Duration) -> Box<dyn Strategy> {
    Box::new(Random::default())
}

#[derive(Default)]
struct Random {
    version: Option<(u64, EndpointId)>,
    /// `sums[i]` = weights of the members up to and with `i`.
    sums: Vec<u64>,
}

impl Random {
    fn take_up(&mut self, pool: &dyn Pool) {
        let version = (pool.version(), pool.candidate(0).id);
        if self.version == Some(version) {
            return;
        }
        self.version = Some(version);
        self.sums.clear();
        let mut sum = 0;
        for at in 0..pool.len() {
            sum += weight(&pool.candidate(at));
            self.sums.push(sum);
        }
    }
}

fn weight(c: &Candidate<'_>) -> u64 {
    u64::from(c.weight.max(1))
}

fn below(n: u64, rng: &mut dyn Rng) -> u64 {
    ((u128::from(rng.next_u64()) * u128::from(n)) >> 64) as u64
}

impl Strategy for Random {
    fn compare(&self, _: &Candidate<'_>, _: &Candidate<'_>) -> Ordering {
        Ordering::Equal
    }

    fn rotates(&self) -> bool {
        true
    }

    fn pick(&mut self, pool: &dyn Pool, rng: &mut dyn Rng) -> Option<usize> {
        if pool.is_empty() {
            return None;
        }
        self.take_up(pool);
        let total = *self.sums.last()?;
        for _ in 0..DRAWS {
            let draw = below(total, rng);
            let at = self.sums.partition_point(|sum| *sum <= draw);
            if pool.open(at) {
                return Some(at);
            }
        }
        let open = || (0..pool.len()).filter(|at| pool.open(*at));
        let mut draw = below(open().map(|at| weight(&pool.candidate(at))).sum(), rng);
        open().find(|at| {
            let w = weight(&pool.candidate(*at));
            let hit = draw < w;
            draw = draw.saturating_sub(w);
            hit
        })
    }

    fn why(&self, current: &Candidate<'_>, _: Option<&Candidate<'_>>) -> String {
        match current.weight {
            1 => "random".to_owned(),
            w => format!("random, weight {w}"),
        }
    }
}
