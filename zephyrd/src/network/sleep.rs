//! Whether the machine has slept: one clock goes on in sleep, another stands still.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Less is no sleep: the clocks are not read at the same moment.
const AT_LEAST_MS: i64 = 1_000;

/// How far the two clocks were apart at the last look.
#[derive(Debug)]
pub(crate) struct Sleep(AtomicI64);

impl Sleep {
    /// Looks for the first time.
    pub(crate) fn new() -> Self {
        Self(AtomicI64::new(apart()))
    }

    /// How long it has slept since the last look, if it has.
    pub(crate) fn since_the_last_look(&self) -> Option<Duration> {
        self.grown_to(apart())
    }

    fn grown_to(&self, apart: i64) -> Option<Duration> {
        let grown = apart.saturating_sub(self.0.swap(apart, Ordering::Relaxed));
        u64::try_from(grown).ok().filter(|_| grown >= AT_LEAST_MS).map(Duration::from_millis)
    }
}

/// Milliseconds that the machine has slept since it was started.
fn apart() -> i64 {
    let ms = |clock| {
        let time = clock_gettime(clock);
        time.tv_sec.saturating_mul(1_000).saturating_add(time.tv_nsec / 1_000_000)
    };
    ms(ClockId::Boottime).saturating_sub(ms(ClockId::Monotonic))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sleep_is_told_once_and_none_is_made_of_a_jitter() {
        let sleep = Sleep(AtomicI64::new(5_000));
        assert_eq!(sleep.grown_to(5_001), None);
        assert_eq!(sleep.grown_to(65_001), Some(Duration::from_secs(60)));
        assert_eq!(sleep.grown_to(65_001), None);
        assert_eq!(sleep.grown_to(64_999), None);
        assert_eq!(Sleep::new().since_the_last_look(), None);
    }
}
