//! Lowest priority number, then file order.

use std::cmp::Ordering;
use std::time::Duration;

use super::{Candidate, Strategy};

pub(super) const SUMMARY: &str = "lowest priority number, then file order";

pub(super) fn make(_threshold: Duration) -> Box<dyn Strategy> {
    Box::new(Priority)
}

struct Priority;

impl Strategy for Priority {
    fn compare(&self, a: &Candidate<'_>, b: &Candidate<'_>) -> Ordering {
        a.priority.cmp(&b.priority)
    }

    fn why(&self, current: &Candidate<'_>, second: Option<&Candidate<'_>>) -> String {
        match second {
            Some(s) if s.priority == current.priority => {
                format!("priority {}, first in the file", current.priority)
            }
            _ => format!("priority {}", current.priority),
        }
    }
}
