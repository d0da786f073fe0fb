//! How much all requests together may retry.
//!
//! A retry here follows an attempt that may have been billed; what provably cost nothing is not counted. Within any
//! ten seconds at most three begin, or one for every five requests that run, if that is more: an endpoint in trouble
//! must not double the load of the others, and a request that breaks whatever it meets must not be paid for three
//! times by everybody. Who comes too late is told when to ask again and not refused: an answer that comes later is
//! better than none.

use std::collections::VecDeque;
use std::time::Duration;

/// What is counted together.
pub(crate) const WINDOW: Duration = Duration::from_secs(10);
/// So many may always begin.
pub(crate) const AT_LEAST: usize = 3;
/// One more for so many requests that run.
pub(crate) const REQUESTS: usize = 5;

/// See the module.
#[derive(Debug, Clone, Default)]
pub(crate) struct RetryBudget {
    /// When the retries of the last window began.
    begun: VecDeque<Duration>,
}

impl RetryBudget {
    /// Lets one retry begin while `active` requests run, its own among them; else how long to wait before asking
    /// again.
    ///
    /// # Errors
    /// The wait, more than nothing and at most [`WINDOW`].
    pub(crate) fn take(&mut self, active: usize, now: Duration) -> Result<(), Duration> {
        while self.begun.front().is_some_and(|begun| *begun + WINDOW <= now) {
            self.begun.pop_front();
        }
        let most = AT_LEAST.max(active / REQUESTS);
        let Some(over) = self.begun.len().checked_sub(most) else {
            self.begun.push_back(now);
            return Ok(());
        };
        // The one that has to leave the window first.
        let leaves = self.begun.get(over).map_or(now, |begun| *begun + WINDOW);
        Err(leaves.saturating_sub(now).max(Duration::from_millis(1)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const S: fn(u64) -> Duration = Duration::from_secs;

    #[test]
    fn three_may_always_begin_and_the_fourth_waits_until_the_first_is_ten_seconds_old() {
        let mut budget = RetryBudget::default();
        for at in [100, 102, 103] {
            assert_eq!(budget.take(1, S(at)), Ok(()));
        }
        assert_eq!(budget.take(1, S(104)), Err(S(6)));
        assert_eq!(budget.take(1, S(110)), Ok(()));
        assert_eq!(budget.take(1, S(110)), Err(S(2)));
    }

    #[test]
    fn one_for_five_that_run() {
        let mut budget = RetryBudget::default();
        let begun = (0..10).filter(|_| budget.take(29, S(5)).is_ok()).count();
        assert_eq!(begun, 5);
        assert_eq!(budget.take(4, S(9)), Err(S(6)));
    }

    proptest! {
        #[test]
        fn no_ten_seconds_have_more_and_whoever_waits_as_told_gets_a_turn(
            asks in prop::collection::vec((0..4_000_u64, 1..60_usize), 1..200),
        ) {
            let (mut budget, mut now, mut begun) = (RetryBudget::default(), Duration::ZERO, Vec::new());
            for (ms, active) in asks {
                now += Duration::from_millis(ms);
                if let Err(wait) = budget.take(active, now) {
                    prop_assert!(wait > Duration::ZERO && wait <= WINDOW);
                    prop_assert_eq!(budget.clone().take(active, now + wait), Ok(()));
                    continue;
                }
                begun.push(now);
                let of_window = begun.iter().filter(|at| **at + WINDOW > now).count();
                prop_assert!(of_window <= AT_LEAST.max(active / REQUESTS));
            }
        }
    }
}
