//! Power of two choices: of two endpoints drawn at random, the one where a request would wait least.
//!
//! What counts is expected latency × (attempts in flight + 1) ÷ weight. Two draws instead of a full comparison
//! keep a crowd of requests from all running to the one that looked idle (Mitzenmacher, 2001).

use std::cmp::Ordering;
use std::time::Duration;

use super::{Candidate, Pool, Strategy};
use crate::time::Rng;

pub(super) const SUMMARY: &str = "least busy of two, by latency, load and weight";

/// Draws that may hit a closed endpoint before the open ones are looked for.
const DRAWS: usize = 8;

pub(super) fn make(_threshold: Duration) -> Box<dyn Strategy> {
    Box::new(LeastBusy)
}

struct LeastBusy;

/// Whether `a` is the better place. Where one was never measured, load alone decides: it is neither shunned
/// nor flooded.
fn better(a: &Candidate<'_>, b: &Candidate<'_>) -> bool {
    let (la, lb) = match (a.peak, b.peak) {
        (Some(a), Some(b)) => (a.as_secs_f64(), b.as_secs_f64()),
        _ => (1.0, 1.0),
    };
    let score = |latency: f64, c: &Candidate<'_>| {
        latency.max(0.001) * (f64::from(c.in_flight) + 1.0) / f64::from(c.weight.max(1))
    };
    score(la, a) < score(lb, b)
}

/// An open member other than `not`, evenly at random.
fn draw(pool: &dyn Pool, not: Option<usize>, rng: &mut dyn Rng) -> Option<usize> {
    let fits = |at: &usize| Some(*at) != not && pool.open(*at);
    for _ in 0..DRAWS {
        let at = rng.below(pool.len());
        if fits(&at) {
            return Some(at);
        }
    }
    let open = (0..pool.len()).filter(fits).count();
    (0..pool.len()).filter(fits).nth(rng.below(open))
}

impl Strategy for LeastBusy {
    fn compare(&self, a: &Candidate<'_>, b: &Candidate<'_>) -> Ordering {
        super::by_latency(a.peak, b.peak)
    }

    fn by_latency(&self) -> bool {
        true
    }

    fn rotates(&self) -> bool {
        true
    }

    fn pick(&mut self, pool: &dyn Pool, rng: &mut dyn Rng) -> Option<usize> {
        if pool.is_empty() {
            return None;
        }
        let first = draw(pool, None, rng)?;
        let Some(second) = draw(pool, Some(first), rng) else {
            return Some(first);
        };
        let second_wins = better(&pool.candidate(second), &pool.candidate(first));
        let (winner, other) = if second_wins { (second, first) } else { (first, second) };
        // Whoever came back a moment ago wins its share of what it would have won: it looks idle and quick.
        let share = pool.candidate(winner).share;
        Some(if share >= 1.0 || rng.unit() < share { winner } else { other })
    }

    fn why(&self, current: &Candidate<'_>, _: Option<&Candidate<'_>>) -> String {
        match current.peak {
            Some(peak) => format!("least-busy: {} ms expected", peak.as_millis()),
            None => "least-busy: nothing measured yet".to_owned(),
        }
    }
}
