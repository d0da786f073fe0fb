//! Lowest typical latency; leaves its current endpoint only for one that is better by a threshold.

use std::cmp::Ordering;
use std::time::Duration;

use super::{Candidate, Strategy};

pub(super) const SUMMARY: &str = "lowest latency, with hysteresis";

pub(super) fn make(threshold: Duration) -> Box<dyn Strategy> {
    Box::new(Fastest { threshold })
}

struct Fastest {
    threshold: Duration,
}

impl Strategy for Fastest {
    fn compare(&self, a: &Candidate<'_>, b: &Candidate<'_>) -> Ordering {
        super::by_latency(a.latency, b.latency)
    }

    fn leaves(&self, current: &Candidate<'_>, best: &Candidate<'_>) -> bool {
        super::ahead_by(self.threshold, current, best)
    }

    fn by_latency(&self) -> bool {
        true
    }

    fn why(&self, current: &Candidate<'_>, second: Option<&Candidate<'_>>) -> String {
        let Some(mine) = current.latency else {
            return "fastest: nothing measured yet".to_owned();
        };
        let ms = mine.as_millis();
        match second.and_then(|s| Some((s, s.latency?))) {
            Some((s, other)) if other >= mine => {
                format!("fastest: {ms} ms, {} ms ahead of {}", (other - mine).as_millis(), s.name)
            }
            Some((s, other)) => format!(
                "fastest: {ms} ms, {} is only {} ms ahead (threshold {} ms)",
                s.name,
                (mine - other).as_millis(),
                self.threshold.as_millis()
            ),
            None => format!("fastest: {ms} ms"),
        }
    }
}
