//! The daemon's clock: the only place that asks the machine for the time on the engine's behalf.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use zephyr_core::time::Now;

/// Monotonic time since the daemon's start, and the wall clock.
#[derive(Debug)]
pub(crate) struct Clock {
    origin: Instant,
}

impl Clock {
    /// A clock whose monotonic side shows zero now.
    pub(crate) fn start() -> Self {
        Self { origin: Instant::now() }
    }

    /// The time now.
    pub(crate) fn now(&self) -> Now {
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Now { mono: self.mono(), unix_ms: i64::try_from(unix.as_millis()).unwrap_or(i64::MAX) }
    }

    /// Monotonic time since the start.
    pub(crate) fn mono(&self) -> Duration {
        self.origin.elapsed()
    }

    /// The instant at which the monotonic side shows `mono`.
    pub(crate) fn instant(&self, mono: Duration) -> Instant {
        self.origin + mono
    }
}
