//! When it is seen whether what is limited is back before its stated time: at the times of its group's
//! `recover.cron`.
//!
//! What goes out then is a probe that proves the whole way, whatever the endpoint's kind of probe is otherwise: one for
//! a limited endpoint, one with each model that is limited there. A success ends the limit. Where the credential is the
//! client's there is nothing to ask with; a probe's command has a model of its own, so it tells of no other.

use std::sync::Arc;
use std::time::Duration;

use super::limits::Hold;
use super::slot::Slot;
use super::{EndpointId, Engine, State};
use crate::config::{Endpoint, ProbeKind};
use crate::cron::Cron;
use crate::health::Load;
use crate::time::{Now, Zone};

/// One probe: of which endpoint, with the settings to go by, and of which kind.
type Due = (EndpointId, Arc<Endpoint>, ProbeKind);

impl Engine {
    /// The machine's time zone, for the times of `recover.cron`; UTC until this is called.
    pub fn set_zone(&mut self, zone: Zone, now: Now) {
        self.see(now);
        self.zone = zone;
        self.plan_recoveries(now);
    }

    /// [`Self::plan_recovery`] of all endpoints.
    pub(super) fn plan_recoveries(&mut self, now: Now) {
        (0..self.slots.len()).for_each(|at| self.plan_recovery(at, now));
    }

    /// Finds out when it is seen next whether an endpoint, or a model there, is back, if one is limited.
    pub(super) fn plan_recovery(&mut self, at: usize, now: Now) {
        let slot = &mut self.slots[at];
        let wait = match &slot.recover {
            Some(cron) if slot.awaits_recovery() => cron.next_in(now.unix_ms, &self.zone),
            _ => None,
        };
        let next = wait.map(|wait| (now.mono + wait, now.unix_ms_at(now.mono + wait)));
        if std::mem::replace(&mut slot.recover_at, next) != next {
            self.mark(at);
        }
    }

    /// When the next probe of an endpoint is due; `None` = none will be.
    pub(super) fn next_probe_of(&self, slot: &Slot, load: &Load, unix_ms: i64) -> Option<Duration> {
        let usual = self.usual_probe(slot, load, unix_ms).map(|(time, _)| time);
        let recovery = self.recovery_kind(slot, unix_ms).and(slot.recover_at).map(|(time, _)| time);
        usual.into_iter().chain(recovery).min()
    }

    /// The probes of an endpoint that are due now. Those of a recovery are in the place of the usual one.
    pub(super) fn due_probes_of(&self, slot: &Slot, load: &Load, now: Now) -> Vec<Due> {
        let probe = |endpoint: &Arc<Endpoint>, kind| (slot.id, Arc::clone(endpoint), kind);
        let proving = slot.recover_at.filter(|(time, _)| *time <= now.mono);
        let Some(kind) = proving.and_then(|_| self.recovery_kind(slot, now.unix_ms)) else {
            let usual = self.usual_probe(slot, load, now.unix_ms).filter(|(time, _)| *time <= now.mono);
            return usual.map(|(_, kind)| probe(&slot.endpoint, kind)).into_iter().collect();
        };
        let whole = (slot.health.state == State::Exhausted).then(|| probe(&slot.endpoint, kind));
        let models = slot.limited_models().into_iter().map(|model| {
            let mut endpoint = Endpoint::clone(&slot.endpoint);
            model.clone_into(&mut endpoint.probe.model);
            (slot.id, Arc::new(endpoint), kind)
        });
        whole.into_iter().chain(models).collect()
    }

    fn usual_probe(&self, slot: &Slot, load: &Load, unix_ms: i64) -> Option<(Duration, ProbeKind)> {
        let left = self.budget.left(slot.endpoint.probe.daily_budget_nanos, unix_ms);
        slot.probe.next(&slot.endpoint, left, load)
    }

    /// What proves the whole way, if there is money for it.
    fn recovery_kind(&self, slot: &Slot, unix_ms: i64) -> Option<ProbeKind> {
        let check = &slot.endpoint.probe;
        match check.kind {
            ProbeKind::Command => Some(ProbeKind::Command),
            _ => self.budget.left(check.daily_budget_nanos, unix_ms).then_some(ProbeKind::Messages),
        }
    }
}

impl Slot {
    /// Whether there is anything to ask for, and something to ask with.
    fn awaits_recovery(&self) -> bool {
        let limited = self.health.state == State::Exhausted || !self.limited_models().is_empty();
        limited && !self.endpoint.is_passthrough()
    }

    /// The models that a limit keeps away which a probe can tell to be over. Where nobody says that asking is in vain,
    /// requests find out by themselves.
    fn limited_models(&self) -> Vec<&str> {
        if self.endpoint.probe.kind == ProbeKind::Command {
            return Vec::new();
        }
        let limits = self.holds.iter().filter(|hold| !hold.over && !hold.soft());
        let mut models: Vec<&str> = limits.map(|Hold { model, .. }| &**model).collect();
        models.sort_unstable();
        models.dedup();
        models
    }
}

/// The expression of an endpoint's group. The config's check has refused what cannot be read.
pub(super) fn cron(recover: Option<&str>) -> Option<Cron> {
    recover.and_then(|text| Cron::parse(text).ok())
}
