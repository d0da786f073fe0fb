//! How many inference requests run, came within the last minute, and since when none runs: what the interval of
//! probes goes by.

use std::time::Duration;

use super::interval::Load;
use super::window::Window;

/// See the module.
#[derive(Debug, Clone)]
pub(crate) struct Traffic {
    came: Window,
    active: u32,
    idle_since: Duration,
}

impl Traffic {
    /// Nothing has come yet.
    pub(crate) fn new(now: Duration) -> Self {
        Self { came: Window::default(), active: 0, idle_since: now }
    }

    /// An attempt begins; `first` = of its request.
    pub(crate) fn begins(&mut self, first: bool, now: Duration) {
        self.active += 1;
        if first {
            self.came.good(now);
        }
    }

    /// An attempt has ended.
    pub(crate) fn ends(&mut self, now: Duration) {
        self.active = self.active.saturating_sub(1);
        self.idle_since = now;
    }

    /// How much there is to do.
    pub(crate) fn load(&self, now: Duration) -> Load {
        let idle = if self.active > 0 { Duration::ZERO } else { now.saturating_sub(self.idle_since) };
        Load { active: self.active, last_minute: self.came.recent(now), idle }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: fn(u64) -> Duration = Duration::from_secs;

    #[test]
    fn requests_are_counted_by_their_first_attempt_and_idle_time_by_the_last_end() {
        let mut traffic = Traffic::new(S(100));
        assert_eq!(traffic.load(S(160)), Load { active: 0, last_minute: 0, idle: S(60) });
        traffic.begins(true, S(200));
        traffic.begins(false, S(210));
        traffic.ends(S(211));
        assert_eq!(traffic.load(S(259)), Load { active: 1, last_minute: 1, idle: S(0) });
        traffic.ends(S(260));
        assert_eq!(traffic.load(S(300)), Load { active: 0, last_minute: 0, idle: S(40) });
    }
}
