//! The two clocks: they run, the wall clock is set, the machine sleeps.

use std::time::Duration;

use zephyr_core::time::Rng;

use crate::random::once_in;
use crate::world::World;

const DAY_MS: usize = 86_400_000;

impl World {
    pub(crate) fn pass(&mut self, time: Duration) {
        self.now.mono += time;
        self.now.unix_ms += time.as_millis() as i64;
    }

    pub(crate) fn time_passes(&mut self) {
        let time = match self.rng.below(10) {
            0 => Duration::from_secs(self.rng.below(4_000) as u64),
            1..=3 => Duration::from_secs(self.rng.below(70) as u64),
            _ => Duration::from_millis(self.rng.below(3_000) as u64),
        };
        self.pass(time);
        if once_in(2, &mut self.rng) {
            self.engine.handle_timeout(self.now);
            if let Some(next) = self.engine.poll_timeout() {
                assert!(next > self.now.mono, "what is due has been done, or the ticker would spin");
            }
        }
    }

    /// Probes and cooldowns go by the monotonic clock: what people do to the other one changes nothing.
    pub(crate) fn wall_clock_is_set(&mut self) {
        let most = if once_in(4, &mut self.rng) { DAY_MS } else { 20_000 };
        self.now.unix_ms += self.rng.below(most) as i64 - most as i64 / 2;
    }

    /// The monotonic clock stands still while the machine is suspended, the other one does not.
    pub(crate) fn sleeps(&mut self) {
        self.now.unix_ms += self.rng.below(DAY_MS / 2) as i64;
    }
}
