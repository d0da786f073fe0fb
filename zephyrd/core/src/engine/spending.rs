//! What probes that cost money have cost on one day (UTC).

use serde::{Deserialize, Serialize};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// See the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Spending {
    /// Which day, counted from 1970-01-01.
    pub day: i64,
    /// Nano-dollars.
    pub nanos: u64,
    /// Probes that cost something.
    pub probes: u64,
}

impl Spending {
    /// One more probe.
    pub(super) fn spend(&mut self, nanos: u64, unix_ms: i64) {
        let today = self.on(unix_ms);
        *self = Self {
            nanos: today.nanos.saturating_add(nanos),
            probes: today.probes.saturating_add(1),
            ..today
        };
    }

    /// What was spent on the day in which an instant lies: nothing, if this is of another.
    #[must_use]
    pub fn on(&self, unix_ms: i64) -> Self {
        let day = unix_ms.div_euclid(DAY_MS);
        if day == self.day { *self } else { Self { day, ..Self::default() } }
    }

    /// Whether a limit of `daily_nanos` leaves room for another paid probe.
    pub(super) fn left(&self, daily_nanos: u64, unix_ms: i64) -> bool {
        daily_nanos > self.on(unix_ms).nanos
    }
}
