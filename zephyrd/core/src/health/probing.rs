//! When which probe of an endpoint is due.
//!
//! Probes that cost money go only where no real traffic has shown within the interval that the endpoint works,
//! and only within a daily budget over all endpoints; beyond it, and where we have no credential, a connect must
//! do. The interval (`interval`) is read anew each time that somebody looks: what was planned in a quiet hour comes
//! forward as soon as there is something to do, and is never put off.

use std::time::Duration;

use super::interval::{Load, interval};
use crate::config::{Auth, Endpoint, ProbeKind};

/// The probe times of one endpoint.
#[derive(Debug, Clone)]
pub(crate) struct ProbeClock {
    /// When the last one began; before the first, when that is due.
    last: Duration,
    /// How long after that the next is due at the latest.
    planned: Duration,
    /// Nothing is worth asking before.
    not_before: Duration,
    /// Whatever was planned, no later than this.
    not_after: Duration,
    last_good_traffic: Option<Duration>,
}

impl ProbeClock {
    /// Due at once.
    pub(crate) fn new(now: Duration) -> Self {
        Self {
            last: now,
            planned: Duration::ZERO,
            not_before: Duration::ZERO,
            not_after: Duration::MAX,
            last_good_traffic: None,
        }
    }

    /// A probe of `endpoint` began under this load: the next one is due an interval later.
    pub(crate) fn started(&mut self, endpoint: &Endpoint, load: &Load, now: Duration) {
        self.last = now;
        self.planned = interval(&endpoint.probe, load);
        (self.not_before, self.not_after) = (Duration::ZERO, Duration::MAX);
    }

    /// Due at once, whatever was planned.
    pub(crate) fn at_once(&mut self, now: Duration) {
        *self = Self::new(now);
    }

    /// The settings, or what is known of the endpoint, have changed: what is planned comes within an interval from
    /// now.
    pub(crate) fn within_an_interval(&mut self, endpoint: &Endpoint, load: &Load, now: Duration) {
        self.not_before = Duration::ZERO;
        self.not_after = self.not_after.min(now + interval(&endpoint.probe, load));
    }

    /// Nothing is worth asking before `until`.
    pub(crate) fn wait_until(&mut self, until: Duration) {
        self.not_before = until;
    }

    pub(crate) fn good_traffic(&mut self, now: Duration) {
        self.last_good_traffic = Some(now);
    }

    /// When the next probe is due under this load, and of which kind; `None` = it is never probed.
    pub(crate) fn next(
        &self,
        endpoint: &Endpoint,
        budget_left: bool,
        load: &Load,
    ) -> Option<(Duration, ProbeKind)> {
        let check = &endpoint.probe;
        if !check.enabled {
            return None;
        }
        let kind = match (&endpoint.auth, check.kind) {
            (Auth::Passthrough, _) => ProbeKind::Connect,
            (_, ProbeKind::Messages) if !budget_left => ProbeKind::Connect,
            (_, kind) => kind,
        };
        let present = interval(check, load);
        let wait = self.planned.min(present);
        // The first one is due at once, but not where traffic has been quicker.
        let quiet = if self.planned.is_zero() { present } else { wait };
        let due = (self.last + wait).min(self.not_after).max(self.not_before);
        let due = match (kind, self.last_good_traffic) {
            (ProbeKind::Messages | ProbeKind::Command, Some(good)) => due.max(good + quiet),
            _ => due,
        };
        Some((due, kind))
    }
}
