//! Takes leases and probe verdicts back and learns from them; lets time pass.

use std::time::Duration;

use super::limits::Told;
use super::{Ask, EndpointId, Engine, Lease, Notice, Outcome, State, Verdict};
use crate::config::{Dialect, Endpoint, ProbeKind};
use crate::failover::Class;
use crate::health::Sample;
use crate::time::Now;

/// What of a slot decides its place; compared before and after an event.
#[derive(PartialEq, Clone, Copy)]
struct Standing {
    state: State,
    on_trial: bool,
    /// Its share of new requests is growing.
    warming: bool,
    latency: Option<Duration>,
    peak: Option<Duration>,
    until: Option<Duration>,
}

impl Standing {
    /// Something has shown that it works.
    fn proven(self) -> bool {
        self.state.usable() && self.state != State::Unknown && !self.on_trial
    }

    /// Whether whoever has failed there may try it again: its rest is over, or it has shown that it works.
    fn recovered(self, after: Self) -> bool {
        let better = !self.state.usable() && after.state.usable();
        let proved = after.state == State::Up && self.state != State::Up;
        better || proved || self.on_trial && after.state.usable() && !after.on_trial
    }
}

impl Engine {
    pub(super) fn settle_lease(&mut self, lease: Lease, outcome: &Outcome, now: Now) {
        if lease.counts {
            self.traffic.ends(now.mono);
        }
        let Some(&at) = self.by_id.get(&lease.id) else {
            if let Some(client) = lease.by.as_deref() {
                self.client_caps.end(client);
            }
            return;
        };
        self.load(at, |slot| {
            slot.in_flight = slot.in_flight.saturating_sub(1);
            slot.counted = slot.counted.saturating_sub(u32::from(lease.counts));
            if slot.trial_lease == Some(lease.number) {
                slot.trial_lease = None;
            }
        });
        if lease.counts {
            self.count_out(at, lease.by.as_deref());
        }
        self.session_ended(&lease, outcome, now);
        let excused = self.excused(at, outcome.class, outcome.reach, Some(lease.granted), now);
        if outcome.neutral {
            return;
        }
        let last = self.nobody_else(at, &lease.ask(), lease.credential);
        let told = Told::by_lease(&lease, outcome);
        let before = self.said_before(at, &told);
        self.learn(at, now, |engine| {
            let cooldown = engine.failover.cooldown;
            let slot = &mut engine.slots[at];
            if !lease.begun && outcome.class == Class::Ok {
                slot.health.begun(outcome.ttft, &mut engine.factor, lease.granted, now);
            }
            let sample = Sample {
                class: outcome.class,
                retry_after: outcome.retry_after,
                detail: outcome.detail.as_deref(),
                passthrough: slot.endpoint.is_passthrough(),
                named: !lease.model.is_empty(),
                before,
                cooldown,
                last,
            };
            if excused {
                return slot.health.excused(&sample, now.unix_ms);
            }
            slot.health.attempt(&sample, lease.granted, lease.start.as_ref(), now, &mut engine.jitter);
            if outcome.class == Class::Ok {
                slot.probe.good_traffic(now.mono);
            }
        });
        if !(lease.begun && outcome.class == Class::Ok) {
            self.limit(at, &told, now);
            self.limit_client(&lease, &told, now);
        }
    }

    pub(super) fn lease_begun(&mut self, lease: &mut Lease, ttft: Option<Duration>, now: Now) {
        if std::mem::replace(&mut lease.begun, true) {
            return;
        }
        let Some(&at) = self.by_id.get(&lease.id) else { return };
        self.session_answered(lease, now);
        self.load(at, |slot| {
            if slot.trial_lease == Some(lease.number) {
                slot.trial_lease = None;
            }
        });
        self.answered(at, now);
        self.learn(at, now, |engine| {
            let slot = &mut engine.slots[at];
            lease.start = slot.health.begun(ttft, &mut engine.factor, lease.granted, now);
            slot.probe.good_traffic(now.mono);
        });
        let good = Outcome::of(Class::Ok);
        let told = Told::by_lease(lease, &good);
        self.limit(at, &told, now);
        self.limit_client(lease, &told, now);
    }

    pub(super) fn learn_from_probe(&mut self, id: EndpointId, verdict: &Verdict, now: Now) {
        let Some(&at) = self.by_id.get(&id) else { return };
        let excused = self.excused(at, verdict.class, verdict.reach, None, now);
        let ask =
            Ask { dialect: Some(self.slots[at].endpoint.dialect), ..Ask::inference(Dialect::Anthropic) };
        let last = self.nobody_else(at, &ask, true);
        let load = self.traffic.load(now.mono);
        let endpoint = std::sync::Arc::clone(&self.slots[at].endpoint);
        let told = Told::by_probe(&endpoint, verdict, now);
        let before = self.said_before(at, &told);
        self.learn(at, now, |engine| {
            let cooldown = engine.failover.cooldown;
            let slot = &mut engine.slots[at];
            let sample = Sample {
                class: verdict.class,
                retry_after: verdict.retry_after,
                detail: verdict.detail.as_deref(),
                passthrough: slot.endpoint.is_passthrough(),
                named: !told.model.is_empty(),
                before,
                cooldown,
                last,
            };
            if excused {
                return slot.health.excused_probe(&sample, now.unix_ms);
            }
            // Where probes that prove the way are the rule, a connect in their stead measures nothing like them; nor
            // does a model that is asked for only to see whether it is back.
            let wont = slot.probe.next(&slot.endpoint, true, &load).map(|(_, kind)| kind);
            let like = match &verdict.model {
                _ if !verdict.proves => !matches!(wont, Some(ProbeKind::Messages | ProbeKind::Command)),
                Some(model) => *model == endpoint.probe.model,
                None => true,
            };
            let latency = verdict.latency.filter(|_| like);
            slot.health.probe(&sample, latency, verdict.proves, now, &mut engine.jitter);
        });
        // A cheap probe's good answer proves nothing of what a limit is about.
        if verdict.proves || verdict.class != Class::Ok {
            self.limit(at, &told, now);
        }
    }

    pub(super) fn end_what_is_over(&mut self, now: Now) {
        self.end_holds(now);
        for at in 0..self.slots.len() {
            if self.slots[at].health.next_end().is_some_and(|end| end <= now.mono) {
                self.learn(at, now, |engine| {
                    let _ = engine.slots[at].health.expire(now.mono);
                });
            }
        }
        self.end_rests(now);
        self.next_end = self.first_end();
    }

    /// Whether such a request, which could use this endpoint, could use no other now. `credential` = it brought one of
    /// its own.
    fn nobody_else(&mut self, at: usize, ask: &Ask<'_>, credential: bool) -> bool {
        let ways = self.ways(ask);
        self.freshen(&ways);
        let other = |m: &usize| {
            let slot = &self.slots[*m];
            let usable = slot.health.state.usable() && !slot.health.on_trial;
            *m != at && usable && (credential || !slot.endpoint.is_passthrough())
        };
        !ways.iter().any(|way| self.lanes[way.lane].order.iter().any(other))
    }

    /// Lets `change` happen to one endpoint's health and draws every conclusion.
    pub(super) fn learn(&mut self, at: usize, now: Now, change: impl FnOnce(&mut Self)) {
        let before = self.standing(at);
        change(self);
        self.unsaved = true;
        let after = self.standing(at);
        self.mark(at);
        self.slots[at].hold_probes();
        if let Some(end) = self.slots[at].health.next_end() {
            self.next_end = Some(self.next_end.map_or(end, |known| known.min(end)));
        }
        if before.state != after.state {
            self.state_changed(at, before.state, now);
        }
        if before.recovered(after) {
            self.recovered(self.slots[at].id);
        }
        self.queue.doubtful |= after.state.hard() && before.state != after.state;
        let lane = self.slots[at].lane;
        let both_usable = before.state.usable() && after.state.usable();
        let moved = (before.on_trial, before.warming) != (after.on_trial, after.warming)
            || (before.state != after.state && !both_usable);
        // What its group is told by besides.
        let retold = (before.proven(), before.until) != (after.proven(), after.until);
        if moved || retold {
            self.regroup(self.slots[at].group);
        }
        if moved {
            for i in 0..self.slots[at].lanes.len() {
                self.sort(self.slots[at].lanes[i]);
            }
        } else if (before.latency, before.peak) != (after.latency, after.peak)
            && self.lanes[lane].strategy.by_latency()
        {
            self.moved(at);
        } else if !retold {
            return;
        }
        self.head_dirty = true;
        self.elect(lane);
        if moved || retold {
            self.show_groups();
        }
    }

    fn standing(&self, at: usize) -> Standing {
        let health = &self.slots[at].health;
        Standing {
            state: health.state,
            on_trial: health.on_trial,
            warming: self.slots[at].warming(),
            latency: health.latency.typical(),
            peak: health.latency.peak(),
            until: health.until.map(|(until, _)| until),
        }
    }

    fn state_changed(&mut self, at: usize, from: State, now: Now) {
        self.head_dirty = true;
        let slot = &mut self.slots[at];
        let until = slot.health.until.map(|(until, _)| until);
        if until.is_none() && from.hard() {
            slot.probe.within_an_interval(&slot.endpoint, &self.traffic.load(now.mono), now.mono);
        }
        self.plan_recovery(at, now);
        let slot = &self.slots[at];
        let notice = Notice::State {
            endpoint: slot.endpoint.name.clone(),
            from,
            to: slot.health.state,
            detail: slot.health.error.clone().filter(|_| slot.health.state != State::Up),
            lasts: until.map(|until| until.saturating_sub(now.mono)),
        };
        self.notify(notice);
    }

    pub(super) fn due_probes(&self, now: Now) -> Vec<(EndpointId, std::sync::Arc<Endpoint>, ProbeKind)> {
        if self.monitoring_paused {
            return Vec::new();
        }
        let load = self.traffic.load(now.mono);
        self.slots
            .iter()
            .filter(|slot| !slot.paused())
            .flat_map(|slot| self.due_probes_of(slot, &load, now))
            .collect()
    }

    /// When the first probe is due, of those due after `after`.
    pub(super) fn next_probe_after(&self, after: Option<Duration>) -> Option<Duration> {
        if self.monitoring_paused {
            return None;
        }
        let load = self.traffic.load(self.seen.mono);
        let times = self
            .slots
            .iter()
            .filter(|s| !s.paused())
            .filter_map(|slot| self.next_probe_of(slot, &load, self.seen.unix_ms));
        times.filter(|time| after.is_none_or(|after| *time > after)).min()
    }
}
