//! The attempts of one request and their limits.

use std::sync::Arc;
use std::time::Duration;

use super::backoff::backoff;
use super::table::{Class, Cost, SHORTEST, Same};
use crate::config::{Backoff, Failover};
use crate::engine::EndpointId;
use crate::waiting::Tried;

/// Most endpoints that one request tries.
const MAX_ENDPOINTS: usize = 16;
/// Most attempts of one request, repeats at the same endpoint and all.
const MAX_ATTEMPTS: u32 = 17;
/// No attempt begins later than this after the request's first one because of failures that cost nothing.
const FREE_FOR: Duration = Duration::from_secs(30);
/// A stated wait up to this is waited for on the same endpoint, if there is no other.
const SHORT_WAIT: Duration = Duration::from_secs(5);

/// What one request does after a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// The same endpoint once more, after a wait.
    SameAfter(Duration),
    /// Another endpoint, if one is left.
    Another,
    /// No further attempt.
    Stop,
}

/// The attempts of one request and their limits: at most `max_attempts` that may have been billed, one
/// after a sent-but-unanswered request, free failures each candidate once, at most 16, at most 30 s in all.
#[derive(Debug)]
pub struct Walk {
    max_billed: u32,
    began: Duration,
    tried: Vec<EndpointId>,
    tried_as: Vec<(EndpointId, Arc<str>)>,
    attempts: u32,
    billed: u32,
    /// A request went out and nothing came back: how many attempts may still follow.
    left_after_silence: Option<u32>,
    /// The endpoint that was asked a second time: it is not asked a third.
    repeated: Option<EndpointId>,
    backoff: Backoff,
    /// Spreads waits, in `0.0..1.0`.
    unit: f64,
}

impl Walk {
    /// A walk that begins at `now` (monotonic).
    #[must_use]
    pub fn new(config: &Failover, now: Duration) -> Self {
        Self {
            max_billed: config.max_attempts.max(1),
            began: now,
            tried: Vec::new(),
            tried_as: Vec::new(),
            attempts: 0,
            billed: 0,
            left_after_silence: None,
            repeated: None,
            backoff: config.backoff,
            unit: 0.0,
        }
    }

    /// The same with its waits spread by `unit`, a random number in `0.0..1.0`.
    #[must_use]
    pub fn spread(self, unit: f64) -> Self {
        Self { unit, ..self }
    }

    /// Endpoints not to be chosen again.
    #[must_use]
    pub fn tried(&self) -> &[EndpointId] {
        &self.tried
    }

    /// Models that endpoints were asked for which may still be asked for another.
    #[must_use]
    pub fn tried_as(&self) -> &[(EndpointId, Arc<str>)] {
        &self.tried_as
    }

    /// Attempts made.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// The request has waited and goes on: what is not in `tried` any more has recovered since. One attempt at
    /// least follows, and what costs nothing has its whole time again.
    pub fn resumed(&mut self, tried: Tried, now: Duration) {
        (self.tried, self.tried_as) = (tried.endpoints, tried.models);
        self.began = now;
        self.repeated = None;
        self.billed = self.billed.min(self.max_billed - 1);
        self.left_after_silence = self.left_after_silence.map(|left| left.max(1));
    }

    /// Counts a failed attempt and says what comes next. `alternatives` as in the lease.
    ///
    /// After [`Next::SameAfter`] the endpoint is *not* among [`Self::tried`], so that it can be chosen again.
    pub fn after(
        &mut self,
        id: EndpointId,
        class: Class,
        alternatives: usize,
        retry_after: Option<Duration>,
        now: Duration,
    ) -> Next {
        self.after_as(id, None, class, alternatives, retry_after, now)
    }

    /// As [`Self::after`]. `other` as in the lease: after a failure that is about the model alone, its endpoint may be
    /// asked for another.
    pub fn after_as(
        &mut self,
        id: EndpointId,
        other: Option<Arc<str>>,
        class: Class,
        alternatives: usize,
        retry_after: Option<Duration>,
        now: Duration,
    ) -> Next {
        let other = other.filter(|_| class.is_of_the_model());
        let alternatives = alternatives + usize::from(other.is_some());
        let row = class.row();
        self.attempts += 1;
        let allowed = self.count(row.cost, now) && row.moves_on && self.attempts < MAX_ATTEMPTS;
        if allowed && let Some(wait) = self.same_again(id, row.same, alternatives, retry_after) {
            self.repeated = Some(id);
            return Next::SameAfter(wait);
        }
        match other {
            Some(model) => self.tried_as.push((id, model)),
            None if !self.tried.contains(&id) => self.tried.push(id),
            None => {}
        }
        if allowed && self.tried.len() + self.tried_as.len() < MAX_ENDPOINTS {
            Next::Another
        } else {
            Next::Stop
        }
    }

    /// Whether the limits leave room for one more attempt after one of this cost.
    fn count(&mut self, cost: Cost, now: Duration) -> bool {
        let silence_ends = match &mut self.left_after_silence {
            Some(0) => true,
            Some(left) => {
                *left -= 1;
                *left == 0
            }
            None => false,
        };
        match cost {
            Cost::Free => !silence_ends && now.saturating_sub(self.began) < FREE_FOR,
            Cost::Billed => {
                self.billed += 1;
                !silence_ends && self.billed < self.max_billed
            }
            Cost::Unanswered => {
                self.billed += 1;
                let first = self.left_after_silence.is_none();
                if first {
                    self.left_after_silence = Some(1);
                }
                first && self.billed < self.max_billed
            }
        }
    }

    fn same_again(
        &self,
        id: EndpointId,
        same: Same,
        alternatives: usize,
        retry_after: Option<Duration>,
    ) -> Option<Duration> {
        if self.repeated == Some(id) {
            return None;
        }
        let alone = alternatives == 0;
        let wait = |limited| backoff(&self.backoff, 1, limited, self.unit);
        match same {
            Same::No => None,
            Same::AtOnce => Some(Duration::ZERO),
            Same::Once => Some(wait(false)),
            Same::IfAlone => alone.then(|| wait(false)),
            Same::WhenTold => retry_after
                .filter(|told| alone && *told <= SHORT_WAIT)
                .map(|told| told.max(SHORTEST).max(wait(true))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T0: Duration = Duration::from_secs(100);

    fn walk() -> Walk {
        Walk::new(&Failover::default(), T0)
    }

    #[test]
    fn dead_endpoints_never_hide_a_living_one() {
        let mut walk = walk();
        for id in 0..15 {
            assert_eq!(walk.after(EndpointId(id), Class::ConnectFailed, 5, None, T0), Next::Another);
        }
        assert_eq!(walk.after(EndpointId(15), Class::ConnectFailed, 5, None, T0), Next::Stop);
        assert_eq!((walk.attempts(), walk.tried().len()), (16, 16));
    }

    #[test]
    fn free_failures_end_after_thirty_seconds() {
        let mut walk = walk();
        let late = T0 + Duration::from_secs(30);
        assert_eq!(walk.after(EndpointId(0), Class::ConnectFailed, 5, None, late), Next::Stop);
    }

    #[test]
    fn at_most_three_attempts_may_be_billed() {
        let mut walk = walk();
        assert_eq!(walk.after(EndpointId(0), Class::Unavailable, 5, None, T0), Next::Another);
        assert_eq!(walk.after(EndpointId(1), Class::AuthFailed, 5, None, T0), Next::Another);
        assert_eq!(walk.after(EndpointId(2), Class::NotAnAnswer, 5, None, T0), Next::Another);
        assert_eq!(walk.after(EndpointId(3), Class::Unavailable, 5, None, T0), Next::Stop);
    }

    #[test]
    fn one_attempt_follows_a_request_that_nobody_answered() {
        let mut unanswered_twice = walk();
        assert_eq!(unanswered_twice.after(EndpointId(0), Class::Unanswered, 5, None, T0), Next::Another);
        assert_eq!(unanswered_twice.after(EndpointId(1), Class::TimedOut, 5, None, T0), Next::Stop);
        for second in [Class::Unavailable, Class::ConnectFailed, Class::Again] {
            let mut walk = walk();
            assert_eq!(walk.after(EndpointId(0), Class::TimedOut, 5, None, T0), Next::Another);
            assert_eq!(walk.after(EndpointId(1), second, 5, None, T0), Next::Stop, "{second:?}");
        }
    }

    #[test]
    fn a_conflict_is_repeated_once_on_the_same_endpoint_and_then_elsewhere() {
        let mut walk = walk();
        let half = Duration::from_millis(500);
        assert_eq!(walk.after(EndpointId(0), Class::Again, 5, None, T0), Next::SameAfter(half));
        assert!(walk.tried().is_empty());
        assert_eq!(walk.after(EndpointId(0), Class::Again, 5, None, T0), Next::Another);
        assert_eq!(walk.tried(), [EndpointId(0)]);
    }

    #[test]
    fn a_server_error_is_repeated_only_where_there_is_nobody_else() {
        let mut alone = walk();
        assert!(matches!(alone.after(EndpointId(0), Class::ServerError, 0, None, T0), Next::SameAfter(_)));
        assert_eq!(alone.after(EndpointId(0), Class::ServerError, 0, None, T0), Next::Another);
        assert_eq!(walk().after(EndpointId(0), Class::ServerError, 1, None, T0), Next::Another);
    }

    #[test]
    fn a_short_stated_wait_is_waited_for_if_there_is_nobody_else() {
        let s = Duration::from_secs;
        let mut alone = walk();
        assert_eq!(alone.after(EndpointId(0), Class::RateLimited, 0, Some(s(5)), T0), Next::SameAfter(s(5)));
        // A shorter one than the backoff after a 429 is made as long.
        let after_a_429 = Next::SameAfter(Duration::from_millis(1_500));
        assert_eq!(walk().after(EndpointId(0), Class::RateLimited, 0, Some(s(1)), T0), after_a_429);
        assert_eq!(walk().after(EndpointId(0), Class::RateLimited, 0, Some(s(6)), T0), Next::Another);
        assert_eq!(walk().after(EndpointId(0), Class::RateLimited, 1, Some(s(1)), T0), Next::Another);
        assert_eq!(walk().after(EndpointId(0), Class::RateLimited, 0, None, T0), Next::Another);
    }

    #[test]
    fn a_credential_is_had_anew_once_and_whoever_else_there_is() {
        let mut walk = walk();
        let at_once = Next::SameAfter(Duration::ZERO);
        assert_eq!(walk.after(EndpointId(0), Class::StaleCredential, 5, None, T0), at_once);
        assert_eq!(walk.after(EndpointId(0), Class::AuthFailed, 5, None, T0), Next::Another);
    }

    #[test]
    fn an_answer_that_had_begun_is_never_repeated() {
        for class in [Class::Cut, Class::Cancelled, Class::Ok, Class::ClientFault] {
            assert_eq!(walk().after(EndpointId(0), class, 5, None, T0), Next::Stop, "{class:?}");
        }
    }
}
