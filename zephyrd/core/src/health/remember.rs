//! What is left of an endpoint's health when another process takes over: its rest and how far rests have grown. What
//! was measured is measured anew.

use std::time::Duration;

use super::state::Health;
use crate::engine::{Rest, Since, State};
use crate::time::Now;

impl Health {
    /// What is to be remembered; `None` = nothing.
    pub(crate) fn rest(&self, now: Now) -> Option<Rest> {
        let left = self.until.map(|(until, _)| now.unix_ms_at(until)).filter(|until| *until > now.unix_ms);
        let rests = !self.state.usable() && left.is_some();
        let rest = Rest {
            state: if rests { self.state.name() } else { "" }.to_owned(),
            until_unix_ms: left.unwrap_or_default(),
            on_trial: self.on_trial || (!self.state.usable() && !rests),
            error: self.error.as_deref().filter(|_| rests).map(without_words),
            ..self.breaker.rest(now)
        };
        (rest != Rest::default()).then_some(rest)
    }

    /// Takes up what was remembered.
    pub(crate) fn take_up(&mut self, rest: &Rest, since: &Since, now: Now) {
        self.breaker.take_up(rest, since);
        let whole = self.breaker.slow_start_ends();
        self.whole_share_unix_ms = whole.map(|ends| now.unix_ms_at(ends));
        let open = State::ALL.into_iter().find(|s| s.name() == rest.state && !s.usable());
        match (open, since.until(rest.until_unix_ms)) {
            (Some(state), Some(until)) => self.reopen(state, until, rest.error.clone(), now),
            (Some(_), None) => self.trial(),
            (None, _) if rest.on_trial => self.trial(),
            (None, _) => {}
        }
    }

    fn reopen(&mut self, state: State, until: Duration, error: Option<String>, now: Now) {
        (self.state, self.on_trial, self.error) = (state, false, error);
        self.set_open(until, now);
    }
}

/// `HTTP 503: overloaded` without what the endpoint said: that may repeat what it was asked.
fn without_words(error: &str) -> String {
    error.split(": ").next().unwrap_or_default().chars().take(64).collect()
}
