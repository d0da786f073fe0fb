//! One endpoint in the engine: settings, health, load.

use std::sync::Arc;
use std::time::Duration;

use super::groups::Rank;
use super::limits::{Hold, Runs};
use super::{Admin, EndpointId, EndpointView, Spending, State, recovery};
use crate::config::Endpoint;
use crate::cron::Cron;
use crate::health::{Health, ProbeClock};
use crate::select::Candidate;

/// One endpoint.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) id: EndpointId,
    pub(super) endpoint: Arc<Endpoint>,
    pub(super) health: Health,
    pub(super) probe: ProbeClock,
    /// When it is seen whether a limit is over.
    pub(super) recover: Option<Cron>,
    /// The next such time while it is limited.
    pub(super) recover_at: Option<(Duration, i64)>,
    /// What its probes have cost.
    pub(super) spending: Spending,
    pub(super) admin: Admin,
    /// It, or its group, is pinned (also while paused).
    pub(super) pinned: bool,
    /// Leases held.
    pub(super) in_flight: u32,
    /// Those of them that count for `max_concurrent`.
    pub(super) counted: u32,
    /// The one attempt of a trial or a last resort.
    pub(super) trial_lease: Option<u64>,
    pub(super) last_used_unix_ms: Option<i64>,
    /// Models that it is not asked for, for a time.
    pub(super) holds: Vec<Hold>,
    pub(super) runs: Runs,
    /// It serves paths that are no inference paths.
    pub(super) serves_others: bool,
    /// Conversations that are at home here and warm.
    pub(super) sessions: u32,
    /// Position of its group.
    pub(super) group_at: usize,
    /// Its group is at its limit.
    pub(super) group_full: bool,
    /// Position of the lane of its dialect.
    pub(super) lane: usize,
    /// Positions of all lanes that it is in.
    pub(super) lanes: Vec<usize>,
    /// Position of its group.
    pub(super) group: usize,
    /// Where its group stands, and it in the group.
    pub(super) rank: Rank,
    /// Its own priority number in force.
    pub(super) priority: u32,
    /// Its group cools down: it comes after all others.
    pub(super) resting: bool,
    pub(super) current: bool,
    /// It is waiting in the queue of changes.
    pub(super) dirty: bool,
}

impl Slot {
    pub(super) fn new(id: EndpointId, endpoint: Arc<Endpoint>, now: Duration) -> Self {
        Self {
            id,
            recover: recovery::cron(endpoint.recover.as_deref()),
            recover_at: None,
            spending: Spending::default(),
            endpoint,
            health: Health::default(),
            probe: ProbeClock::new(now),
            admin: Admin::Auto,
            pinned: false,
            in_flight: 0,
            counted: 0,
            trial_lease: None,
            last_used_unix_ms: None,
            holds: Vec::new(),
            runs: Runs::default(),
            serves_others: false,
            sessions: 0,
            group_at: 0,
            group_full: false,
            lane: 0,
            lanes: Vec::new(),
            group: 0,
            rank: Rank::default(),
            priority: 0,
            resting: false,
            current: false,
            dirty: false,
        }
    }

    pub(super) fn paused(&self) -> bool {
        matches!(self.admin, Admin::Paused | Admin::Drained)
    }

    /// At the limit that the operator has set for it or for its group.
    pub(super) fn full(&self) -> bool {
        self.group_full || self.endpoint.max_concurrent.is_some_and(|max| self.counted >= max)
    }

    /// Whether another request may begin; `strict` = a pin without fallback asks no trial permit.
    pub(super) fn free(&self, strict: bool) -> bool {
        !self.full() && (strict || !self.health.on_trial || self.trial_lease.is_none())
    }

    /// Whether it rests: neither usable nor hard.
    pub(super) fn soft(&self) -> bool {
        self.health.state == State::Cooling
    }

    /// A hard state is not worth a usual probe before it ends.
    pub(super) fn hold_probes(&mut self) {
        if let Some((until, _)) = self.health.until.filter(|_| self.health.state.hard()) {
            self.probe.wait_until(until);
        }
    }

    pub(super) fn candidate(&self) -> Candidate<'_> {
        Candidate {
            id: self.id,
            name: &self.endpoint.name,
            latency: self.health.latency.typical(),
            peak: self.health.latency.peak(),
            in_flight: self.in_flight,
            priority: self.priority,
            price: self.endpoint.price,
            weight: self.endpoint.weight,
            share: 1.0,
        }
    }

    /// As [`Self::candidate`], for a request that is placed now.
    pub(super) fn candidate_now(&self, now: Duration) -> Candidate<'_> {
        let share = if self.warming() { self.health.breaker.share(now) } else { 1.0 };
        Candidate { peak: self.health.latency.peak_at(now), share, ..self.candidate() }
    }

    /// Its share of new requests grows: it came back a moment ago. Who holds it by a pin wants it whole.
    pub(super) fn warming(&self) -> bool {
        self.health.breaker.slow_start_ends().is_some() && !self.pinned
    }

    pub(super) fn view(&self) -> EndpointView {
        let health = &self.health;
        EndpointView {
            id: self.id,
            endpoint: Arc::clone(&self.endpoint),
            tier: self.rank.tier,
            priority: self.priority,
            state: health.state,
            admin: self.admin,
            current: self.current,
            latency: health.latency.last_probe(),
            ttft: health.latency.ttft(),
            error: health.error.clone(),
            in_flight: self.in_flight,
            until_unix_ms: health.until.map(|(_, unix_ms)| unix_ms),
            on_trial: health.on_trial,
            doublings: health.breaker.level(),
            slow_start_until_unix_ms: health.whole_share_unix_ms,
            consecutive_failures: health.breaker.run(),
            attempts: health.attempts,
            failures: health.failures,
            last_probe_unix_ms: health.last_probe_unix_ms,
            last_failure_unix_ms: health.last_failure_unix_ms,
            last_used_unix_ms: self.last_used_unix_ms,
            sessions: self.sessions,
            spending: self.spending,
            recover_unix_ms: self.recover_at.map(|(_, unix_ms)| unix_ms),
            history: health.history.iter().cloned().collect(),
            limits: self.limits(),
        }
    }
}
