//! The states of one endpoint and how outcomes, probes and time move it between them.
//!
//! unknown → up ⇄ degraded → cooling → (its time) → degraded *on trial* → up, or cooling again. On trial one
//! attempt runs at a time. Hard states (exhausted, auth-failed, misconfigured) come from one plain outcome and
//! end by their time, into the trial, or by a probe that proves the whole way. When repeated failures open it,
//! and for how long, `breaker` says.

use std::collections::VecDeque;
use std::time::Duration;

use super::breaker::{Begun, Breaker};
use super::consequence::{Consequence, consequence};
use super::latency::{Latency, LoadFactor};
use crate::engine::{Measurement, State};
use crate::failover::Class;
use crate::time::{Now, SplitMix};

/// So many probe measurements are kept.
const HISTORY: usize = 20;
/// No state lasts longer, whatever was stated: a limit of a month is not worth a mistake of for ever.
const LONGEST: Duration = Duration::from_secs(40 * 24 * 60 * 60);

/// What is known of one endpoint.
#[derive(Debug, Clone)]
pub(crate) struct Health {
    pub(crate) state: State,
    /// Degraded after an open state: one attempt at a time until one succeeds.
    pub(crate) on_trial: bool,
    /// When an open state ends, and that on the wall clock as it was told then.
    pub(crate) until: Option<(Duration, i64)>,
    pub(crate) error: Option<String>,
    pub(crate) breaker: Breaker,
    pub(crate) attempts: u64,
    pub(crate) failures: u64,
    pub(crate) latency: Latency,
    pub(crate) history: VecDeque<Measurement>,
    pub(crate) last_probe_unix_ms: Option<i64>,
    pub(crate) last_failure_unix_ms: Option<i64>,
    /// When its share of new requests is whole again after a rest, on the wall clock as it was told then.
    pub(crate) whole_share_unix_ms: Option<i64>,
    /// A success of an attempt that began before this proves nothing.
    opened: Option<Duration>,
    /// When the youngest attempt was granted that failed since the last success. What began before it shows that
    /// it worked once, not that it works.
    failed_since: Option<Duration>,
    /// A real attempt or a proving probe has failed since the last success: a cheap probe does not outweigh it.
    disproved: bool,
}

/// One outcome, as health sees it.
pub(crate) struct Sample<'a> {
    pub(crate) class: Class,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) detail: Option<&'a str>,
    pub(crate) passthrough: bool,
    /// It was about a model that was named.
    pub(crate) named: bool,
    /// How often in a row the same was said before.
    pub(crate) before: u32,
    pub(crate) cooldown: Duration,
    /// Whoever asked this could ask nobody else now: it is not given a rest while it answers at all.
    pub(crate) last: bool,
}

impl Default for Health {
    fn default() -> Self {
        Self {
            state: State::Unknown,
            on_trial: false,
            until: None,
            error: None,
            breaker: Breaker::default(),
            attempts: 0,
            failures: 0,
            latency: Latency::default(),
            history: VecDeque::new(),
            last_probe_unix_ms: None,
            last_failure_unix_ms: None,
            whole_share_unix_ms: None,
            opened: None,
            failed_since: None,
            disproved: false,
        }
    }
}

impl Health {
    /// Learns from a real attempt that was granted at `granted`, and whose answer, if one had begun, began so.
    pub(crate) fn attempt(
        &mut self,
        sample: &Sample<'_>,
        granted: Duration,
        begun: Option<&Begun>,
        now: Now,
        jitter: &mut SplitMix,
    ) {
        if sample.class == Class::Cancelled {
            return;
        }
        self.attempts += 1;
        match consequence(sample) {
            Consequence::None => {}
            Consequence::Noted => self.error = Some(text(sample)),
            Consequence::Refused => {
                self.count_failure(now.unix_ms);
                self.error = Some(text(sample));
            }
            Consequence::Good if self.is_news(granted) => self.close(now),
            Consequence::Good => {}
            Consequence::Failure => {
                self.count_failure(now.unix_ms);
                self.disproved = true;
                self.failed_since = self.failed_since.max(Some(granted));
                self.latency.failure(now.mono);
                if let Some(begun) = begun {
                    self.breaker.broke_off(begun, now.mono);
                }
                // What began before it was opened was opened for: it does not fail the trial too.
                if !self.outdated(granted) {
                    self.failed(sample, now, jitter);
                }
            }
            Consequence::Open(state, wait) => {
                self.count_failure(now.unix_ms);
                self.disproved = true;
                self.open(state, wait, sample, now);
            }
        }
    }

    /// A real answer has begun: it works, and took this long. `granted` as in [`Self::attempt`].
    pub(crate) fn begun(
        &mut self,
        ttft: Option<Duration>,
        factor: &mut LoadFactor,
        granted: Duration,
        now: Now,
    ) -> Option<Begun> {
        if let Some(ttft) = ttft {
            self.latency.real(ttft, factor, now.mono);
        }
        if !self.is_news(granted) {
            return None;
        }
        // Before the count is set back: should the answer break off, it goes on from there.
        let begun = self.breaker.answer(now.mono);
        self.close(now);
        Some(begun)
    }

    /// Learns from a probe.
    pub(crate) fn probe(
        &mut self,
        sample: &Sample<'_>,
        latency: Option<Duration>,
        proves: bool,
        now: Now,
        jitter: &mut SplitMix,
    ) {
        let good = sample.class == Class::Ok;
        // A cheap probe's time says how long the endpoint takes only where no better measure is to be had.
        if good && let Some(took) = latency {
            self.latency.probe(took, now.mono);
        }
        self.note_probe(latency.filter(|_| good), (!good).then(|| text(sample)), now.unix_ms);
        match consequence(sample) {
            Consequence::Good if proves => {
                self.breaker.answer(now.mono);
                self.close(now);
            }
            Consequence::Good => self.reached(),
            // It was refused for what was asked: something that speaks the API lives there.
            Consequence::None if sample.class == Class::ClientFault => self.reached(),
            Consequence::None => {}
            Consequence::Noted | Consequence::Refused => {
                self.reached();
                self.error = Some(text(sample));
            }
            Consequence::Failure => {
                self.disproved |= proves;
                self.latency.failure(now.mono);
                self.failed(sample, now, jitter);
            }
            Consequence::Open(state, wait) => {
                self.disproved = true;
                self.open(state, wait, sample, now);
            }
        }
    }

    /// An attempt has failed.
    pub(super) fn count_failure(&mut self, unix_ms: i64) {
        self.failures += 1;
        self.last_failure_unix_ms = Some(unix_ms);
    }

    /// Keeps one measurement.
    pub(super) fn note_probe(&mut self, latency: Option<Duration>, error: Option<String>, unix_ms: i64) {
        self.last_probe_unix_ms = Some(unix_ms);
        if error.is_some() {
            self.last_failure_unix_ms = Some(unix_ms);
        }
        if self.history.len() == HISTORY {
            self.history.pop_front();
        }
        self.history.push_back(Measurement { unix_ms, latency, error });
    }

    /// Another endpoint with the same credential was told so: it is closed until then too.
    pub(crate) fn bar(&mut self, state: State, until: Duration, why: &str, now: Now) {
        self.shut(state, until, now);
        if self.state == state {
            self.error = Some(why.to_owned());
        }
    }

    /// What its credential was refused for is over, as another endpoint with the same one shows.
    pub(crate) fn unbar(&mut self) {
        if matches!(self.state, State::Exhausted | State::AuthFailed) {
            self.trial();
        }
    }

    /// Ends what has had its time, an open state or the slow start after one; true if something ended.
    pub(crate) fn expire(&mut self, now: Duration) -> bool {
        let over = self.until.is_some_and(|(until, _)| until <= now);
        if over {
            self.trial();
        }
        let whole = self.breaker.end_slow_start(now);
        if whole {
            self.whole_share_unix_ms = None;
        }
        over || whole
    }

    /// When [`Self::expire`] has something to do.
    pub(crate) fn next_end(&self) -> Option<Duration> {
        let until = self.until.map(|(until, _)| until);
        until.into_iter().chain(self.breaker.slow_start_ends()).min()
    }

    pub(super) fn trial(&mut self) {
        self.state = State::Degraded;
        self.on_trial = true;
        self.until = None;
    }

    /// Whether what began at `began` says nothing of how it is now.
    fn outdated(&self, began: Duration) -> bool {
        self.opened.is_some_and(|opened| began < opened)
    }

    /// Whether a success of what began at `began` says how it is now.
    fn is_news(&self, began: Duration) -> bool {
        !self.outdated(began) && self.failed_since.is_none_or(|failed| failed <= began)
    }

    /// The whole way works.
    fn close(&mut self, now: Now) {
        self.state = State::Up;
        self.on_trial = false;
        self.until = None;
        self.opened = None;
        self.failed_since = None;
        self.error = None;
        self.breaker.close(now.mono);
        self.whole_share_unix_ms = self.breaker.slow_start_ends().map(|ends| now.unix_ms_at(ends));
        self.disproved = false;
    }

    /// Something lives there: the least that a good probe shows.
    fn reached(&mut self) {
        match self.state {
            State::Cooling => self.trial(),
            State::Unknown => self.state = State::Up,
            State::Degraded if !self.on_trial && !self.disproved => {
                self.state = State::Up;
                self.breaker.forgive();
                self.error = None;
            }
            _ => {}
        }
    }

    fn failed(&mut self, sample: &Sample<'_>, now: Now, jitter: &mut SplitMix) {
        let rests = self.breaker.failure(sample.last, now.mono);
        self.error = Some(text(sample));
        if !self.state.usable() {
            return;
        }
        if self.on_trial || rests {
            let rest = self.breaker.open(sample.cooldown, now.mono, jitter);
            self.open(State::Cooling, rest, sample, now);
        } else {
            self.state = State::Degraded;
        }
    }

    /// Opens it, or makes an open state longer; never shorter, and never softer.
    fn open(&mut self, state: State, wait: Duration, sample: &Sample<'_>, now: Now) {
        self.error = Some(text(sample));
        self.shut(state, now.mono + wait.min(LONGEST), now);
    }

    fn shut(&mut self, state: State, until: Duration, now: Now) {
        let softer = self.state.hard() && !state.hard();
        let shorter = self.until.is_some_and(|(old, _)| old > until) && self.state.hard() == state.hard();
        if softer || shorter {
            return;
        }
        self.state = state;
        self.on_trial = false;
        self.set_open(until, now);
        self.breaker.rests();
        self.whole_share_unix_ms = None;
    }

    pub(super) fn set_open(&mut self, until: Duration, now: Now) {
        self.until = Some((until, now.unix_ms_at(until)));
        self.opened = Some(now.mono);
    }
}

pub(super) fn text(sample: &Sample<'_>) -> String {
    match sample.detail {
        Some(detail) => detail.to_owned(),
        None => format!("{:?}", sample.class),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Now {
        Now { mono: Duration::from_secs(seconds), unix_ms: 1_700_000_000_000 + seconds as i64 * 1000 }
    }

    fn sample(class: Class) -> Sample<'static> {
        let cooldown = Duration::from_secs(60);
        Sample {
            class,
            retry_after: None,
            detail: None,
            passthrough: false,
            named: false,
            before: 0,
            cooldown,
            last: false,
        }
    }

    struct Case {
        health: Health,
        jitter: SplitMix,
    }

    impl Case {
        fn new() -> Self {
            Self { health: Health::default(), jitter: SplitMix::new(1) }
        }

        fn attempt(&mut self, class: Class, now: u64) -> State {
            self.health.attempt(&sample(class), at(now).mono, None, at(now), &mut self.jitter);
            self.health.state
        }

        fn probe(&mut self, class: Class, proves: bool, now: u64) -> State {
            let took = (class == Class::Ok).then_some(Duration::from_millis(10));
            self.health.probe(&sample(class), took, proves, at(now), &mut self.jitter);
            self.health.state
        }

        fn cooling() -> Self {
            let mut case = Self::new();
            for _ in 0..3 {
                case.attempt(Class::ServerError, 10);
            }
            assert_eq!(case.health.state, State::Cooling);
            case
        }
    }

    #[test]
    fn the_third_failure_in_a_row_opens_it_and_a_success_starts_the_count_anew() {
        let mut case = Case::new();
        assert_eq!(case.attempt(Class::ServerError, 0), State::Degraded);
        assert_eq!(case.attempt(Class::TimedOut, 0), State::Degraded);
        assert_eq!(case.attempt(Class::Ok, 0), State::Up);
        assert_eq!(case.attempt(Class::Cut, 0), State::Degraded);
        assert_eq!(case.attempt(Class::NotAnAnswer, 0), State::Degraded);
        assert_eq!(case.attempt(Class::ConnectFailed, 0), State::Cooling);
        assert_eq!((case.health.attempts, case.health.failures), (6, 5));
    }

    #[test]
    fn a_cooldown_ends_in_a_trial_that_one_failure_ends_and_one_success_closes() {
        let mut case = Case::cooling();
        let (until, _) = case.health.until.unwrap();
        assert!((Duration::from_secs(70)..Duration::from_secs(76)).contains(&until), "{until:?}");
        assert!(!case.health.expire(Duration::from_secs(69)));
        assert!(case.health.expire(until));
        assert_eq!((case.health.state, case.health.on_trial), (State::Degraded, true));
        assert_eq!(case.attempt(Class::Unanswered, 80), State::Cooling);
        case.health.expire(Duration::from_secs(1_000));
        assert_eq!(case.attempt(Class::Ok, 1_000), State::Up);
        assert!(!case.health.on_trial);
    }

    #[test]
    fn a_cheap_probe_brings_the_trial_forward_and_never_closes() {
        let mut case = Case::cooling();
        assert_eq!(case.probe(Class::Ok, false, 20), State::Degraded);
        assert!(case.health.on_trial);
        assert_eq!(case.probe(Class::Ok, false, 21), State::Degraded);
        assert_eq!(case.probe(Class::Ok, true, 22), State::Up);
        assert_eq!(Case::cooling().probe(Class::Ok, true, 20), State::Up);
    }

    #[test]
    fn a_cheap_probe_does_not_outweigh_failures_of_real_requests() {
        let mut case = Case::new();
        assert_eq!(case.probe(Class::ConnectFailed, false, 0), State::Degraded);
        assert_eq!(case.probe(Class::Ok, false, 1), State::Up);
        case.attempt(Class::ServerError, 2);
        assert_eq!(case.probe(Class::Ok, false, 3), State::Degraded);
        assert_eq!(case.health.breaker.run(), 1);
    }

    #[test]
    fn hard_states_last_their_time_and_only_a_proof_ends_them_early() {
        for (class, state, seconds) in [
            (Class::AuthFailed, State::AuthFailed, 300),
            (Class::CreditExhausted, State::Exhausted, 3_600),
            (Class::RateLimited, State::Exhausted, 30),
            (Class::Misconfigured, State::Misconfigured, 300),
        ] {
            let mut case = Case::new();
            assert_eq!(case.attempt(class, 100), state);
            assert_eq!(case.health.until.unwrap(), (at(100 + seconds).mono, at(100 + seconds).unix_ms));
            assert_eq!(case.probe(Class::Ok, false, 101), state);
            assert_eq!(case.probe(Class::Ok, true, 102), State::Up);
        }
    }

    #[test]
    fn a_stated_time_is_never_shortened() {
        let mut case = Case::new();
        let mut long = sample(Class::RateLimited);
        long.retry_after = Some(Duration::from_secs(18_000));
        case.health.attempt(&long, at(0).mono, None, at(0), &mut case.jitter);
        case.attempt(Class::RateLimited, 1);
        assert_eq!(case.health.until.unwrap().0, Duration::from_secs(18_000));
        for class in [Class::Overloaded, Class::AuthFailed] {
            assert_eq!(case.attempt(class, 2), State::Exhausted);
        }
        assert_eq!(case.health.until.unwrap().0, Duration::from_secs(18_000));
    }

    #[test]
    fn what_the_client_s_own_credential_is_refused_for_is_its_own_affair() {
        for class in [Class::AuthFailed, Class::RateLimited, Class::CreditExhausted, Class::Forbidden] {
            let mut case = Case::new();
            let theirs = Sample { passthrough: true, ..sample(class) };
            case.health.attempt(&theirs, at(0).mono, None, at(0), &mut case.jitter);
            assert_eq!((case.health.state, case.health.error.as_deref()), (State::Unknown, None));
        }
    }

    #[test]
    fn a_success_that_began_before_the_opening_proves_nothing() {
        let mut case = Case::cooling();
        case.health.attempt(&sample(Class::Ok), at(5).mono, None, at(30), &mut case.jitter);
        assert_eq!(case.health.state, State::Cooling);
        case.health.attempt(&sample(Class::Ok), at(20).mono, None, at(31), &mut case.jitter);
        assert_eq!(case.health.state, State::Up);
    }
}
