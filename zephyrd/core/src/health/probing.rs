//! When which probe of an endpoint is due.
//!
//! Probes that cost money go only where no real traffic has shown within the interval that the endpoint works,
//! and only within a daily budget over all endpoints; beyond it, and where we have no credential, a connect must
//! do. The interval is fixed so far.

use std::time::Duration;

use crate::config::{Auth, Endpoint, ProbeKind};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// The probe times of one endpoint.
#[derive(Debug, Clone)]
pub(crate) struct ProbeClock {
    due: Duration,
    last_good_traffic: Option<Duration>,
}

impl ProbeClock {
    /// Due at once.
    pub(crate) fn new(now: Duration) -> Self {
        Self { due: now, last_good_traffic: None }
    }

    /// A probe began: the next one is due an interval later.
    pub(crate) fn started(&mut self, now: Duration, interval: Duration) {
        self.due = now + interval;
    }

    /// Due at once, whatever was planned.
    pub(crate) fn at_once(&mut self, now: Duration) {
        self.due = now;
        self.last_good_traffic = None;
    }

    /// The interval was changed: what is planned comes no later than it says.
    pub(crate) fn no_later_than(&mut self, time: Duration) {
        self.due = self.due.min(time);
    }

    /// Nothing is worth asking before `until`.
    pub(crate) fn wait_until(&mut self, until: Duration) {
        self.due = self.due.max(until);
    }

    pub(crate) fn good_traffic(&mut self, now: Duration) {
        self.last_good_traffic = Some(now);
    }

    /// When the next probe is due and of which kind; `None` = it is never probed.
    pub(crate) fn next(&self, endpoint: &Endpoint, budget_left: bool) -> Option<(Duration, ProbeKind)> {
        let check = &endpoint.probe;
        if !check.enabled {
            return None;
        }
        let kind = match (&endpoint.auth, check.kind) {
            (Auth::Passthrough, _) => ProbeKind::Connect,
            (_, ProbeKind::Messages) if !budget_left => ProbeKind::Connect,
            (_, kind) => kind,
        };
        let due = match (kind, self.last_good_traffic) {
            (ProbeKind::Messages | ProbeKind::Command, Some(good)) => self.due.max(good + check.interval),
            _ => self.due,
        };
        Some((due, kind))
    }
}

/// What paid probes have cost today (UTC), over all endpoints.
#[derive(Debug, Clone, Default)]
pub(crate) struct ProbeBudget {
    day: i64,
    spent_nanos: u64,
}

impl ProbeBudget {
    pub(crate) fn spend(&mut self, nanos: u64, unix_ms: i64) {
        let day = unix_ms.div_euclid(DAY_MS);
        if day != self.day {
            *self = Self { day, spent_nanos: 0 };
        }
        self.spent_nanos = self.spent_nanos.saturating_add(nanos);
    }

    /// Whether a limit of `daily_nanos` leaves room for another paid probe.
    pub(crate) fn left(&self, daily_nanos: u64, unix_ms: i64) -> bool {
        let today = unix_ms.div_euclid(DAY_MS) == self.day;
        daily_nanos > if today { self.spent_nanos } else { 0 }
    }

    /// Nano-dollars spent today.
    pub(crate) fn spent(&self, unix_ms: i64) -> u64 {
        if unix_ms.div_euclid(DAY_MS) == self.day { self.spent_nanos } else { 0 }
    }
}
