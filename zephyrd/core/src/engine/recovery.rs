//! When it is seen whether a limited endpoint is back before its stated time: at the times of its group's
//! `recover.cron`.
//!
//! What goes out then is a probe that proves the whole way, whatever the endpoint's kind of probe is otherwise; a
//! success ends the limit. Where the credential is the client's there is nothing to ask with.

use std::time::Duration;

use super::slot::Slot;
use super::{Engine, State};
use crate::config::ProbeKind;
use crate::cron::Cron;
use crate::health::Load;
use crate::time::{Now, Zone};

impl Engine {
    /// The machine's time zone, for the times of `recover.cron`; UTC until this is called.
    pub fn set_zone(&mut self, zone: Zone, now: Now) {
        self.see(now);
        self.zone = zone;
        (0..self.slots.len()).for_each(|at| self.plan_recovery(at, now));
    }

    /// Finds out when it is seen next whether an endpoint is back, if it is limited.
    pub(super) fn plan_recovery(&mut self, at: usize, now: Now) {
        let slot = &mut self.slots[at];
        let limited = slot.health.state == State::Exhausted && !slot.endpoint.is_passthrough();
        let wait = match &slot.recover {
            Some(cron) if limited => cron.next_in(now.unix_ms, &self.zone),
            _ => None,
        };
        let next = wait.map(|wait| (now.mono + wait, now.unix_ms_at(now.mono + wait)));
        if std::mem::replace(&mut slot.recover_at, next) != next {
            self.mark(at);
        }
    }

    /// When the next probe of an endpoint is due, and of which kind; `None` = none will be.
    pub(super) fn next_probe_of(
        &self,
        slot: &Slot,
        load: &Load,
        unix_ms: i64,
    ) -> Option<(Duration, ProbeKind)> {
        let budget_left = self.budget.left(slot.endpoint.probe.daily_budget_nanos, unix_ms);
        let usual = slot.probe.next(&slot.endpoint, budget_left, load);
        let proving = match slot.endpoint.probe.kind {
            ProbeKind::Command => Some(ProbeKind::Command),
            _ => budget_left.then_some(ProbeKind::Messages),
        };
        let recovery = slot.recover_at.map(|(at, _)| at).zip(proving);
        match (usual, recovery) {
            (Some(usual), Some(recovery)) if usual.0 < recovery.0 => Some(usual),
            (usual, None) => usual,
            (_, recovery) => recovery,
        }
    }
}

/// The expression of an endpoint's group. The config's check has refused what cannot be read.
pub(super) fn cron(recover: Option<&str>) -> Option<Cron> {
    recover.and_then(|text| Cron::parse(text).ok())
}
