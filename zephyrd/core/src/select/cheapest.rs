//! Lowest price factor, then latency with the same hysteresis as `fastest`.

use std::cmp::Ordering;
use std::time::Duration;

use super::{Candidate, Strategy};

pub(super) const SUMMARY: &str = "lowest price factor, then latency";

pub(super) fn make(threshold: Duration) -> Box<dyn Strategy> {
    Box::new(Cheapest { threshold })
}

struct Cheapest {
    threshold: Duration,
}

impl Strategy for Cheapest {
    fn compare(&self, a: &Candidate<'_>, b: &Candidate<'_>) -> Ordering {
        a.price.total_cmp(&b.price).then_with(|| super::by_latency(a.latency, b.latency))
    }

    fn leaves(&self, current: &Candidate<'_>, best: &Candidate<'_>) -> bool {
        best.price < current.price || super::ahead_by(self.threshold, current, best)
    }

    fn by_latency(&self) -> bool {
        true
    }

    fn why(&self, current: &Candidate<'_>, second: Option<&Candidate<'_>>) -> String {
        let price = current.price;
        match (second, current.latency) {
            (Some(s), Some(mine)) if s.price <= price => {
                format!("cheapest: price {price}, {} ms", mine.as_millis())
            }
            _ => format!("cheapest: price {price}"),
        }
    }
}
