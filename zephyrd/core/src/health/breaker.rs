//! When an endpoint that fails is given a rest, for how long, and how it comes back.
//!
//! Three failures in a row open it, or less than half of at least five attempts of a minute being good. The first
//! rest is `cooldown_seconds`; each further one is twice as long, at most five minutes (or what is configured, if
//! that is more), and each minute without a failure takes one doubling back. All rests are up to a tenth longer, so
//! that what fell together does not return together. After it came back its share of new requests grows over half a
//! minute.
//!
//! This knows neither states nor stated times (`state`), nor whether there is anybody else to ask (the engine).

use std::time::Duration;

use super::window::Window;
use crate::engine::{Rest, Since};
use crate::time::{Now, Rng};

/// So many failures in a row open it.
const FAILURES: u32 = 3;
/// So many attempts of the last minute say something about the share of good ones.
const SAMPLES: u32 = 5;
/// Rests do not grow beyond this.
const LONGEST: Duration = Duration::from_secs(300);
/// A rest is up to this share longer.
const SPREAD: f64 = 0.1;
/// Without a failure for so long, the next rest is one doubling shorter.
const HEALTHY: Duration = Duration::from_secs(60);
/// 2^24 s are beyond every limit: counting further would only make the way back longer.
const MOST_DOUBLINGS: u32 = 24;
/// So long its share grows after it came back.
const SLOW_START: Duration = Duration::from_secs(30);
/// Its share at the beginning of that.
const FIRST_SHARE: f64 = 0.1;

/// See the module.
#[derive(Debug, Clone, Default)]
pub(crate) struct Breaker {
    window: Window,
    /// Failures in a row.
    run: u32,
    /// Doublings of the next rest, before what health since then takes off.
    doublings: u32,
    /// It is closed, and has not failed since.
    healthy_since: Option<Duration>,
    /// It rests, or is on trial, because it failed.
    failing: bool,
    slow_start: Option<Duration>,
    /// Good answers so far.
    proofs: u64,
}

/// What was known when an answer began, in case it breaks off.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Begun {
    run: u32,
    proofs: u64,
    at: Duration,
}

impl Breaker {
    /// Failures in a row.
    pub(crate) fn run(&self) -> u32 {
        self.run
    }

    /// How often the rest that it has now, or had last, was doubled; 0 when it is healthy.
    pub(crate) fn level(&self) -> u32 {
        if self.failing { self.doublings.saturating_sub(1) } else { 0 }
    }

    /// When its share is whole again, if it is not.
    pub(crate) fn slow_start_ends(&self) -> Option<Duration> {
        self.slow_start
    }

    /// Its share of new requests, in `0.1..=1.0`.
    pub(crate) fn share(&self, now: Duration) -> f64 {
        let left = self.slow_start.map_or(Duration::ZERO, |ends| ends.saturating_sub(now));
        let grown = 1.0 - left.as_secs_f64() / SLOW_START.as_secs_f64();
        (FIRST_SHARE + (1.0 - FIRST_SHARE) * grown).clamp(FIRST_SHARE, 1.0)
    }

    /// The share is whole again; true if it was not before.
    pub(super) fn end_slow_start(&mut self, now: Duration) -> bool {
        let over = self.slow_start.is_some_and(|ends| ends <= now);
        if over {
            self.slow_start = None;
        }
        over
    }

    /// A good answer has begun; what comes of it may have to know what was before.
    pub(super) fn answer(&mut self, now: Duration) -> Begun {
        let begun = Begun { run: self.run, proofs: self.proofs + 1, at: now };
        self.window.good(now);
        self.proofs += 1;
        begun
    }

    /// The answer that began so was no good one: the failures before it are in a row with this one, unless
    /// another answer was good meanwhile.
    pub(super) fn broke_off(&mut self, begun: &Begun, now: Duration) {
        self.window.take_back(begun.at, now);
        if self.proofs == begun.proofs {
            self.run = self.run.max(begun.run);
        }
    }

    /// One failure. True if it should rest now; `last` = nobody else can be asked.
    pub(super) fn failure(&mut self, last: bool, now: Duration) -> bool {
        self.credit(now);
        self.run = self.run.saturating_add(1);
        self.window.bad(now);
        let (good, bad) = self.window.counts(now);
        let rarely_good = good + bad >= SAMPLES && good < bad;
        // What answers some requests is better than nothing at all.
        let spared = last && good > 0;
        (self.run >= FAILURES || rarely_good) && !spared
    }

    /// How long it rests, having failed. `unit` is random in `0..1`.
    pub(super) fn open(&mut self, cooldown: Duration, now: Duration, rng: &mut dyn Rng) -> Duration {
        self.credit(now);
        let doubled = cooldown.saturating_mul(1 << self.doublings.min(MOST_DOUBLINGS));
        let rest = doubled.min(LONGEST.max(cooldown)).mul_f64(1.0 + SPREAD * rng.unit());
        self.doublings = (self.doublings + 1).min(MOST_DOUBLINGS);
        self.failing = true;
        self.rests();
        rest
    }

    /// It is closed to requests, for whatever reason.
    pub(super) fn rests(&mut self) {
        self.healthy_since = None;
        self.slow_start = None;
        self.window.clear();
    }

    /// It works.
    pub(super) fn close(&mut self, now: Duration) {
        self.run = 0;
        if std::mem::take(&mut self.failing) {
            self.slow_start = Some(now + SLOW_START);
        }
        self.healthy_since.get_or_insert(now);
    }

    /// Nothing stands against it any more, but nothing was proved either.
    pub(super) fn forgive(&mut self) {
        self.run = 0;
    }

    /// What another process should know of it.
    pub(super) fn rest(&self, now: Now) -> Rest {
        let healthy_since_unix_ms = self.healthy_since.filter(|_| self.doublings > 0);
        let slow_start = self.slow_start.map(|ends| now.unix_ms_at(ends));
        Rest {
            doublings: self.doublings,
            failing: self.failing,
            healthy_since_unix_ms: healthy_since_unix_ms.map(|since| now.unix_ms_at(since)),
            slow_start_until_unix_ms: slow_start.filter(|ends| *ends > now.unix_ms),
            ..Rest::default()
        }
    }

    /// Takes up what another process knew.
    pub(super) fn take_up(&mut self, rest: &Rest, since: &Since) {
        self.doublings = rest.doublings.min(MOST_DOUBLINGS);
        self.failing = rest.failing;
        self.healthy_since = rest.healthy_since_unix_ms.map(|at| since.at(at));
        self.slow_start = rest.slow_start_until_unix_ms.and_then(|ends| since.until(ends));
    }

    /// Takes off a doubling for each healthy minute; the failure that comes now begins the next minute anew.
    fn credit(&mut self, now: Duration) {
        if let Some(since) = &mut self.healthy_since {
            let minutes = now.saturating_sub(*since).as_secs() / HEALTHY.as_secs();
            self.doublings = self.doublings.saturating_sub(u32::try_from(minutes).unwrap_or(u32::MAX));
            *since = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::time::SplitMix;

    const S: fn(u64) -> Duration = Duration::from_secs;
    const COOLDOWN: Duration = Duration::from_secs(60);

    fn opened(breaker: &mut Breaker, now: u64) -> f64 {
        breaker.open(COOLDOWN, S(now), &mut SplitMix::new(now)).as_secs_f64()
    }

    #[test]
    fn three_failures_in_a_row_open_it() {
        let mut breaker = Breaker::default();
        assert!(!breaker.failure(false, S(1)));
        assert!(!breaker.failure(false, S(100)));
        breaker.close(S(150));
        assert!(!breaker.failure(false, S(200)));
        assert!(!breaker.failure(false, S(300)));
        assert!(breaker.failure(false, S(400)));
    }

    #[test]
    fn less_than_half_of_five_in_a_minute_opens_it() {
        let mut breaker = Breaker::default();
        let mut step = |good: bool, now| {
            if good {
                breaker.answer(S(now));
                breaker.close(S(now));
                return false;
            }
            breaker.failure(false, S(now))
        };
        assert!(!step(false, 1) && !step(true, 2) && !step(false, 3) && !step(true, 4), "half is good");
        assert!(step(false, 5), "two of five");
        assert!(!step(false, 64), "what is a minute old counts no more");
    }

    #[test]
    fn the_last_one_is_spared_while_it_answers_at_all() {
        let mut breaker = Breaker::default();
        breaker.answer(S(10));
        breaker.close(S(10));
        assert!((0..20).all(|n| !breaker.failure(true, S(11 + n))));
        assert!(breaker.clone().failure(false, S(40)), "with somebody else to ask it rests");
        assert!(breaker.failure(true, S(70)), "a minute without any answer");
    }

    #[test]
    fn rests_double_up_to_five_minutes_and_each_healthy_minute_takes_one_back() {
        let mut breaker = Breaker::default();
        for (times, rest) in [60.0, 120.0, 240.0, 300.0, 300.0].into_iter().enumerate() {
            assert!((rest..=rest * 1.1).contains(&opened(&mut breaker, 10)));
            assert_eq!(breaker.level() as usize, times);
        }
        breaker.close(S(1_000));
        assert_eq!(breaker.level(), 0);
        breaker.failure(false, S(1_000 + 3 * 60 + 59));
        breaker.failure(false, S(1_000 + 3 * 60 + 60));
        let third = opened(&mut breaker, 1_000 + 3 * 60 + 61);
        assert!((240.0..=264.0).contains(&third), "{third}: three of five taken back, the minute begun anew");
        breaker.close(S(2_000));
        assert!((60.0..=66.0).contains(&opened(&mut breaker, 3_000)));
    }

    #[test]
    fn a_cooldown_of_more_than_five_minutes_is_kept_and_does_not_grow() {
        let mut breaker = Breaker::default();
        for _ in 0..3 {
            let rest = breaker.open(S(900), S(0), &mut SplitMix::new(1));
            assert!((S(900)..=S(990)).contains(&rest));
        }
    }

    #[test]
    fn an_answer_that_breaks_off_is_in_a_row_with_the_failures_before_it() {
        let mut breaker = Breaker::default();
        for n in 0..3 {
            let begun = breaker.answer(S(n));
            breaker.close(S(n));
            breaker.broke_off(&begun, S(n));
            assert_eq!(breaker.failure(false, S(n)), n == 2, "always cut after the beginning");
        }
        let mut breaker = Breaker::default();
        breaker.failure(false, S(1));
        breaker.failure(false, S(1));
        let long = breaker.answer(S(2));
        breaker.close(S(2));
        breaker.answer(S(3));
        breaker.close(S(3));
        breaker.broke_off(&long, S(300));
        assert!(!breaker.failure(false, S(300)), "another one was good meanwhile");
        assert_eq!(breaker.run(), 1);
    }

    #[test]
    fn after_a_failure_its_share_grows_from_a_tenth_to_the_whole() {
        let mut breaker = Breaker::default();
        breaker.close(S(5));
        assert_eq!((breaker.share(S(5)), breaker.slow_start_ends()), (1.0, None), "it had not failed");
        opened(&mut breaker, 10);
        breaker.close(S(100));
        let share = |now| (breaker.share(S(now)) * 100.0).round();
        assert_eq!(
            [share(100), share(110), share(115), share(130), share(900)],
            [10.0, 40.0, 55.0, 100.0, 100.0]
        );
        assert_eq!(breaker.slow_start_ends(), Some(S(130)));
        assert!(!breaker.end_slow_start(S(129)) && breaker.end_slow_start(S(130)));
    }

    proptest! {
        #[test]
        fn every_rest_is_within_its_bounds_and_grows_while_it_fails(
            cooldown in 1_u64..1_000,
            openings in prop::collection::vec((0_u64..1_000, any::<bool>()), 1..60),
            seed in any::<u64>(),
        ) {
            let cooldown = S(cooldown);
            let (mut breaker, mut rng) = (Breaker::default(), SplitMix::new(seed));
            let (mut now, mut doublings) = (0, 0);
            for (passed, healthy) in openings {
                if healthy {
                    breaker.close(S(now));
                }
                now += passed;
                let before = breaker.doublings;
                let rest = breaker.open(cooldown, S(now), &mut rng);
                let least = cooldown.min(S(300).max(cooldown));
                prop_assert!(rest >= least && rest <= S(300).max(cooldown).mul_f64(1.1));
                if healthy {
                    doublings = u32::saturating_sub(doublings, (passed / 60) as u32);
                } else {
                    prop_assert!(breaker.doublings >= before, "it only falls by healthy minutes");
                }
                let exact = cooldown.saturating_mul(1 << doublings).min(S(300).max(cooldown));
                prop_assert!(rest >= exact && rest <= exact.mul_f64(1.1));
                doublings = (doublings + 1).min(MOST_DOUBLINGS);
            }
        }
    }
}
