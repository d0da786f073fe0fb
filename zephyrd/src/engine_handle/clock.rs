//! The daemon's clock: the only place that asks the machine for the time on the engine's behalf.
//!
//! Its monotonic side goes on while the machine sleeps: what was to end in an hour has ended after a night. The
//! runtime's timers do not, so that whoever waits for them has to look at least every second.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rustix::time::{ClockId, clock_gettime};
use zephyr_core::time::Now;

/// What the monotonic side shows at the start, so that what an earlier process knew has a place in the past.
const BEFORE: Duration = Duration::from_secs(24 * 60 * 60);

/// Monotonic time, and the wall clock.
#[derive(Debug)]
pub(crate) struct Clock {
    origin: Duration,
}

impl Clock {
    /// A clock that begins now.
    pub(crate) fn start() -> Self {
        Self { origin: boottime() }
    }

    /// The time now.
    pub(crate) fn now(&self) -> Now {
        Now { mono: self.mono(), unix_ms: self.unix_ms() }
    }

    /// The wall clock, Unix milliseconds.
    #[allow(clippy::unused_self)]
    pub(crate) fn unix_ms(&self) -> i64 {
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(unix.as_millis()).unwrap_or(i64::MAX)
    }

    /// Monotonic time; its origin lies a day before the start.
    pub(crate) fn mono(&self) -> Duration {
        self.up() + BEFORE
    }

    /// Time since the start.
    pub(crate) fn up(&self) -> Duration {
        boottime().saturating_sub(self.origin)
    }

    /// The instant at which the monotonic side shows `mono`, if the machine does not sleep; the past is now.
    pub(crate) fn instant(&self, mono: Duration) -> Instant {
        Instant::now() + mono.saturating_sub(self.mono())
    }
}

/// Time since the machine was started, sleep included.
fn boottime() -> Duration {
    let time = clock_gettime(ClockId::Boottime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or(0))
}
