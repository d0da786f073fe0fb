//! How many attempts of the last minute were good: counted by the second, so that memory does not grow with
//! traffic and what is old leaves by itself.

use std::time::Duration;

/// So far back is counted, in seconds and so in buckets.
const SECONDS: u64 = 60;

/// See the module.
#[derive(Debug, Clone)]
pub(super) struct Window {
    /// Good and bad attempts of a second, by the second modulo [`SECONDS`].
    buckets: [(u16, u16); SECONDS as usize],
    /// The latest second that was counted in.
    newest: u64,
    good: u32,
    bad: u32,
}

impl Default for Window {
    fn default() -> Self {
        Self { buckets: [(0, 0); SECONDS as usize], newest: 0, good: 0, bad: 0 }
    }
}

impl Window {
    /// A good attempt.
    pub(super) fn good(&mut self, now: Duration) {
        let bucket = self.bucket(now);
        if let Some(more) = bucket.0.checked_add(1) {
            bucket.0 = more;
            self.good += 1;
        }
    }

    /// A failed attempt.
    pub(super) fn bad(&mut self, now: Duration) {
        let bucket = self.bucket(now);
        if let Some(more) = bucket.1.checked_add(1) {
            bucket.1 = more;
            self.bad += 1;
        }
    }

    /// The attempt that was counted as good at `then` has failed after all: it is no longer good.
    pub(super) fn take_back(&mut self, then: Duration, now: Duration) {
        self.pass(now);
        if then.as_secs() + SECONDS > self.newest {
            let bucket = &mut self.buckets[place(then.as_secs())];
            if let Some(less) = bucket.0.checked_sub(1) {
                bucket.0 = less;
                self.good -= 1;
            }
        }
    }

    /// Good and failed attempts of the last minute.
    pub(super) fn counts(&mut self, now: Duration) -> (u32, u32) {
        self.pass(now);
        (self.good, self.bad)
    }

    /// Good attempts of the last minute, for who only looks.
    pub(super) fn recent(&self, now: Duration) -> u32 {
        let passed = now.as_secs().saturating_sub(self.newest).min(SECONDS);
        let old = (1..=passed).map(|step| u32::from(self.buckets[place(self.newest + step)].0));
        self.good - old.sum::<u32>()
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        *self = Self { newest: self.newest, ..Self::default() };
    }

    fn bucket(&mut self, now: Duration) -> &mut (u16, u16) {
        self.pass(now);
        &mut self.buckets[place(self.newest)]
    }

    /// Empties the buckets of seconds that have become too old.
    fn pass(&mut self, now: Duration) {
        let second = now.as_secs();
        let passed = second.saturating_sub(self.newest);
        for step in 1..=passed.min(SECONDS) {
            let (good, bad) = std::mem::take(&mut self.buckets[place(self.newest + step)]);
            self.good -= u32::from(good);
            self.bad -= u32::from(bad);
        }
        self.newest = self.newest.max(second);
    }
}

fn place(second: u64) -> usize {
    (second % SECONDS) as usize
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const S: fn(u64) -> Duration = Duration::from_secs;

    #[test]
    fn what_is_a_minute_old_is_forgotten() {
        let mut window = Window::default();
        window.good(S(1_000));
        window.bad(S(1_030));
        assert_eq!(window.counts(S(1_059)), (1, 1));
        assert_eq!(window.counts(S(1_060)), (0, 1));
        assert_eq!(window.counts(S(1_090)), (0, 0));
    }

    #[test]
    fn what_was_good_can_be_taken_back_while_it_counts() {
        let mut window = Window::default();
        window.good(S(10));
        window.take_back(S(10), S(20));
        assert_eq!(window.counts(S(20)), (0, 0));
        window.good(S(30));
        window.take_back(S(10), S(80));
        assert_eq!(window.counts(S(80)), (1, 0), "what has left the window takes nothing with it");
    }

    proptest! {
        #[test]
        fn the_counts_are_those_of_a_list_of_the_last_minute(
            steps in prop::collection::vec((0_u64..90, any::<bool>()), 1..200),
        ) {
            let mut window = Window::default();
            let mut list: Vec<(u64, bool)> = Vec::new();
            let mut now = 0;
            for (passed, good) in steps {
                now += passed;
                if good { window.good(S(now)) } else { window.bad(S(now)) }
                list.push((now, good));
                list.retain(|(at, _)| at + SECONDS > now);
                let count = |kind| list.iter().filter(|(_, g)| *g == kind).count() as u32;
                prop_assert_eq!(window.recent(S(now + 20)), {
                    list.iter().filter(|(at, good)| *good && at + SECONDS > now + 20).count() as u32
                });
                prop_assert_eq!(window.counts(S(now)), (count(true), count(false)));
            }
        }
    }
}
