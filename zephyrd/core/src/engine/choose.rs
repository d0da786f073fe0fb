//! Gives out leases.

use std::sync::Arc;
use std::time::Duration;

use super::lane::{Bench, Lane};
use super::slot::Slot;
use super::{Ask, AskKind, Decision, EndpointId, Engine, Lease, NoEndpoint, Reason, State, WhyNot};
use crate::time::{Now, Rng};

/// Who was chosen.
struct Pick {
    at: usize,
    last_resort: bool,
    alternatives: usize,
    reason: Reason,
}

impl Engine {
    pub(super) fn choose_lease(
        &mut self,
        ask: &Ask<'_>,
        now: Now,
        rng: &mut dyn Rng,
    ) -> Result<Lease, NoEndpoint> {
        if self.next_end.is_some_and(|end| end <= now.mono) {
            self.end_what_is_over(now);
        }
        match self.pick_beyond_limits(ask, now, rng).or_else(|| self.pick(ask, rng)) {
            Some(pick) => Ok(self.grant(&pick, ask, now)),
            None => Err(self.nobody(ask, now)),
        }
    }

    fn pick(&mut self, ask: &Ask<'_>, rng: &mut dyn Rng) -> Option<Pick> {
        match ask.kind {
            AskKind::Other => self.pick_other(ask),
            AskKind::Inference | AskKind::Aside => self.pick_inference(ask, rng),
        }
    }

    /// As [`Self::pick`], among those that do not limit this client; `None` where none of them does anyway.
    fn pick_beyond_limits(&mut self, ask: &Ask<'_>, now: Now, rng: &mut dyn Rng) -> Option<Pick> {
        let mut avoided: Vec<EndpointId> = self.client_limits.of(ask.client_credential?, now.mono).collect();
        if avoided.is_empty() {
            return None;
        }
        avoided.extend_from_slice(ask.tried);
        let mut pick = self.pick(&Ask { tried: &avoided, ..*ask }, rng).filter(|pick| !pick.last_resort)?;
        if ask.kind != AskKind::Other {
            // Those that limit the client are still there for it, if last.
            pick.alternatives = self.alternatives(self.slots[pick.at].lane, pick.at, ask);
        }
        Some(pick)
    }

    /// The right to ask one endpoint, if it may be asked at all: to repeat an attempt on it.
    pub(super) fn lease_at(&mut self, id: EndpointId, ask: &Ask<'_>, now: Now) -> Result<Lease, NoEndpoint> {
        if self.next_end.is_some_and(|end| end <= now.mono) {
            self.end_what_is_over(now);
        }
        let open = |at: &usize| {
            let slot = &self.slots[*at];
            (slot.health.state.usable() || slot.soft()) && !slot.paused() && !slot.full() && may(slot, ask)
        };
        let Some(at) = self.by_id.get(&id).copied().filter(open) else { return Err(self.nobody(ask, now)) };
        let last_resort = self.slots[at].soft();
        let alternatives = self.alternatives(self.slots[at].lane, at, ask);
        Ok(self.grant(&Pick { at, last_resort, alternatives, reason: Reason::Same }, ask, now))
    }

    fn pick_inference(&mut self, ask: &Ask<'_>, rng: &mut dyn Rng) -> Option<Pick> {
        let lanes = 0..self.lanes.len();
        let mut lanes = lanes.filter(|l| ask.dialect.is_none_or(|d| self.lanes[*l].dialect == d));
        // One lane per dialect: without a dialect the first that can serve does.
        let lanes: [Option<usize>; 3] = std::array::from_fn(|_| lanes.next());
        for l in lanes.into_iter().flatten() {
            if let Some((at, reason)) = self.pick_in_lane(l, ask, rng) {
                let last_resort = self.slots[at].soft();
                let alternatives = self.alternatives(l, at, ask);
                return Some(Pick { at, last_resort, alternatives, reason });
            }
        }
        let rests = lanes.into_iter().flatten().find_map(|l| self.last_resort(&self.lanes[l], ask));
        rests.map(|at| Pick { at, last_resort: true, alternatives: 0, reason: Reason::LastResort })
    }

    fn pick_in_lane(&mut self, l: usize, ask: &Ask<'_>, rng: &mut dyn Rng) -> Option<(usize, Reason)> {
        let Self { lanes, slots, .. } = self;
        let lane = &mut lanes[l];
        let strict = lane.strict;
        let aside = ask.kind == AskKind::Aside;
        let open = |at: usize| {
            let slot = &slots[at];
            (aside || slot.free(strict)) && may(slot, ask)
        };
        if lane.strategy.rotates() && !aside {
            return Some((pick_rotating(lane, slots, open, rng)?, Reason::Turn));
        }
        // A trial goes to one request; who serves all the others is another question.
        if lane.trials > 0 && !aside && !strict {
            let ahead = lane.order.iter().take_while(|at| Some(**at) != lane.current);
            let trial = ahead.copied().find(|at| slots[*at].health.on_trial && open(*at));
            if let Some(at) = trial {
                return Some((at, Reason::Trial));
            }
        }
        if let Some(at) = lane.current.filter(|at| open(*at)) {
            return Some((at, Reason::Current));
        }
        Some((lane.order.iter().copied().find(|at| open(*at))?, Reason::Next))
    }

    /// How many others of the lane could still serve this ask.
    fn alternatives(&self, l: usize, at: usize, ask: &Ask<'_>) -> usize {
        let lane = &self.lanes[l];
        let in_all = lane.free[0] + if ask.client_credential.is_some() { lane.free[1] } else { 0 };
        let counted = |slot: &Slot| {
            slot.ranked
                && slot.lane == l
                && slot.free(lane.strict)
                && (ask.client_credential.is_some() || !slot.endpoint.is_passthrough())
        };
        let tried =
            ask.tried.iter().filter_map(|id| self.by_id.get(id)).filter(|t| counted(&self.slots[**t]));
        in_all.saturating_sub(tried.count()).saturating_sub(usize::from(counted(&self.slots[at])))
    }

    /// Of those that rest, the one whose rest ends first.
    fn last_resort(&self, lane: &Lane, ask: &Ask<'_>) -> Option<usize> {
        let rests = |slot: &Slot| {
            slot.soft()
                && !slot.paused()
                && !slot.full()
                && slot.trial_lease.is_none()
                && (!lane.strict || slot.pinned)
                && may(slot, ask)
        };
        let resting = lane.members.iter().copied().filter(|at| rests(&self.slots[*at]));
        resting.min_by_key(|at| self.slots[*at].health.until.map(|(until, _)| until))
    }

    /// The default group's first usable endpoint; a pinned one of it before the others.
    fn pick_other(&self, ask: &Ask<'_>) -> Option<Pick> {
        let fits = |at: &usize| {
            let slot = &self.slots[*at];
            !slot.paused() && ask.dialect.is_none_or(|d| slot.endpoint.dialect == d) && may(slot, ask)
        };
        let of_group = || self.default_members.iter().copied().filter(fits);
        let usable = || of_group().filter(|at| self.slots[*at].health.state.usable());
        let first = usable().find(|at| self.slots[*at].pinned).or_else(|| usable().next());
        if let Some(at) = first {
            let alternatives = usable().count() - 1;
            return Some(Pick { at, last_resort: false, alternatives, reason: Reason::DefaultGroup });
        }
        let rests = of_group().find(|at| self.slots[*at].soft());
        rests.map(|at| Pick { at, last_resort: true, alternatives: 0, reason: Reason::LastResort })
    }

    fn grant(&mut self, pick: &Pick, ask: &Ask<'_>, now: Now) -> Lease {
        let passed_over = match pick.reason {
            Reason::Next | Reason::Current => self.passed_over(pick.at, ask, now),
            _ => Vec::new(),
        };
        let lineup = self.lineup(self.slots[pick.at].lane, now);
        let decision = Decision { reason: pick.reason, passed_over, lineup };
        self.next_lease += 1;
        let number = self.next_lease;
        let counts = ask.kind == AskKind::Inference;
        let strict = self.lanes[self.slots[pick.at].lane].strict;
        self.load(pick.at, |slot| {
            slot.in_flight += 1;
            slot.counted += u32::from(counts);
            if counts && !strict && (slot.health.on_trial || pick.last_resort) {
                slot.trial_lease = Some(number);
            }
            slot.last_used_unix_ms = Some(now.unix_ms);
        });
        if counts {
            self.rotated_to(pick.at);
        }
        let slot = &self.slots[pick.at];
        Lease {
            number,
            id: slot.id,
            endpoint: Arc::clone(&slot.endpoint),
            alternatives: pick.alternatives,
            last_resort: pick.last_resort,
            decision,
            granted: now.mono,
            counts,
            begun: false,
            client: ask.client_credential.filter(|_| slot.endpoint.is_passthrough()),
        }
    }

    fn nobody(&self, ask: &Ask<'_>, now: Now) -> NoEndpoint {
        let mut retry_after: Option<Duration> = None;
        let mut why = Vec::with_capacity(self.slots.len());
        for slot in &self.slots {
            let reason = self.why_not(slot, ask, now);
            if matches!(reason, WhyNot::Tried | WhyNot::State(..))
                && let Some(left) = remaining(slot, now)
            {
                retry_after = Some(retry_after.map_or(left, |known| known.min(left)));
            }
            why.push((slot.endpoint.name.clone(), reason));
        }
        NoEndpoint { why, retry_after }
    }

    pub(super) fn why_not(&self, slot: &Slot, ask: &Ask<'_>, now: Now) -> WhyNot {
        let inference = ask.kind != AskKind::Other;
        if ask.dialect.is_some_and(|d| d != slot.endpoint.dialect) {
            WhyNot::Dialect
        } else if !inference && !self.default_members.contains(&slot.endpoint.index) {
            WhyNot::OtherGroup
        } else if slot.paused() {
            WhyNot::Paused
        } else if inference && self.lanes[slot.lane].strict && !slot.pinned {
            WhyNot::NotPinned
        } else if slot.endpoint.is_passthrough() && ask.client_credential.is_none() {
            WhyNot::NoClientCredential
        } else if ask.tried.contains(&slot.id) {
            WhyNot::Tried
        } else if !slot.health.state.usable() {
            WhyNot::State(slot.health.state, remaining(slot, now))
        } else if slot.full() {
            WhyNot::Busy
        } else {
            WhyNot::State(State::Degraded, None)
        }
    }
}

/// Whether this request may go there as far as its own nature says.
fn may(slot: &Slot, ask: &Ask<'_>) -> bool {
    (ask.client_credential.is_some() || !slot.endpoint.is_passthrough()) && !tried(ask.tried, slot.id)
}

fn tried(tried: &[EndpointId], id: EndpointId) -> bool {
    !tried.is_empty() && tried.contains(&id)
}

fn remaining(slot: &Slot, now: Now) -> Option<Duration> {
    slot.health.until.map(|(until, _)| until.saturating_sub(now.mono))
}

fn pick_rotating(
    lane: &mut Lane,
    slots: &[Slot],
    open: impl Fn(usize) -> bool,
    rng: &mut dyn Rng,
) -> Option<usize> {
    let mut start = 0;
    for end in &lane.brackets {
        let order = &lane.order[start..*end];
        let bench = Bench { slots, order, version: lane.version, open: &open };
        if let Some(at) = lane.strategy.pick(&bench, rng) {
            return Some(order[at]);
        }
        start = *end;
    }
    None
}
