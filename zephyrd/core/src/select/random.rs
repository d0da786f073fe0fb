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

/// Whether a draw of somebody counts whose share is still growing.
fn taken(share: f64, rng: &mut dyn Rng) -> bool {
    share >= 1.0 || rng.unit() < share
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
            if pool.open(at) && taken(pool.candidate(at).share, rng) {
                return Some(at);
            }
        }
        let open = || (0..pool.len()).filter(|at| pool.open(*at));
        let mut draw = rng.unit() * open().map(|at| pool.candidate(at).present_weight()).sum::<f64>();
        let hit = open().find(|at| {
            draw -= pool.candidate(*at).present_weight();
            draw < 0.0
        });
        // Rounding may leave a rest behind the last one.
        hit.or_else(|| open().last())
    }

    fn why(&self, current: &Candidate<'_>, _: Option<&Candidate<'_>>) -> String {
        match current.weight {
            1 => "random".to_owned(),
            w => format!("random, weight {w}"),
        }
    }
}
