//! Gives out leases.

use std::sync::Arc;
use std::time::Duration;

use super::fit::{Fit, Manner, remaining};
use super::lane::{Bench, Lane};
use super::slot::Slot;
use super::{Ask, AskKind, Decision, EndpointId, Engine, Lease, NoEndpoint, Reason, WhyNot};
use crate::time::{Now, Rng, SplitMix};

/// Who was chosen.
pub(super) struct Pick {
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
        if self.client_is_full(ask) {
            return Err(self.nobody_for(ask, now));
        }
        match self.pick_plain(ask, now, rng).or_else(|| self.pick_last(ask, now)) {
            Some(pick) => Ok(self.grant(&pick, ask, now)),
            None => Err(self.nobody_for(ask, now)),
        }
    }

    /// Whoever can take it as things are.
    pub(super) fn pick_plain(&mut self, ask: &Ask<'_>, now: Now, rng: &mut dyn Rng) -> Option<Pick> {
        // Those that limit the client are still there for it, if last.
        let avoided = self.avoided(ask, now);
        let overloaded = self.overloaded(ask);
        let overloaded: Vec<&str> = overloaded.iter().map(|endpoint| &*endpoint.provider).collect();
        let fit =
            |manner| Fit { ask, now, manner, strict: false, avoided: &avoided, overloaded: &overloaded };
        let plain = fit(Manner::Plain);
        let mut pick = self.pick(plain, rng);
        if pick.is_none() && !(avoided.is_empty() && self.held.is_empty()) {
            pick = self.pick(fit(Manner::Limited), rng);
        }
        pick
    }

    /// Whoever may be asked although it rests.
    pub(super) fn pick_last(&self, ask: &Ask<'_>, now: Now) -> Option<Pick> {
        self.with_fit(ask, now, |fit| self.pick_resting(fit))
    }

    /// Why nobody can take it.
    pub(super) fn nobody_for(&self, ask: &Ask<'_>, now: Now) -> NoEndpoint {
        self.with_fit(ask, now, |fit| self.nobody(fit))
    }

    fn with_fit<T>(&self, ask: &Ask<'_>, now: Now, act: impl FnOnce(Fit<'_>) -> T) -> T {
        let avoided = self.avoided(ask, now);
        let overloaded = self.overloaded(ask);
        let overloaded: Vec<&str> = overloaded.iter().map(|endpoint| &*endpoint.provider).collect();
        let manner = Manner::Plain;
        act(Fit { ask, now, manner, strict: false, avoided: &avoided, overloaded: &overloaded })
    }

    fn pick(&mut self, fit: Fit<'_>, rng: &mut dyn Rng) -> Option<Pick> {
        match fit.ask.kind {
            AskKind::Other => self.pick_other(fit),
            AskKind::Inference | AskKind::Aside => self.pick_inference(fit, rng),
        }
    }

    /// The right to ask one endpoint, if it may be asked at all: to repeat an attempt on it.
    pub(super) fn lease_at(&mut self, id: EndpointId, ask: &Ask<'_>, now: Now) -> Result<Lease, NoEndpoint> {
        if self.next_end.is_some_and(|end| end <= now.mono) {
            self.end_what_is_over(now);
        }
        let fit = Fit { ask, now, manner: Manner::Again, strict: false, avoided: &[], overloaded: &[] };
        let fits = |at: &usize| !self.client_is_full(ask) && fit.bars(&self.slots[*at]).is_none();
        let Some(at) = self.by_id.get(&id).copied().filter(fits) else { return Err(self.nobody(fit)) };
        let last_resort = self.slots[at].soft();
        let alternatives = self.alternatives(self.slots[at].lane, at, ask, now);
        Ok(self.grant(&Pick { at, last_resort, alternatives, reason: Reason::Same }, ask, now))
    }

    /// The lanes that an ask may be served by: one per dialect, at most three.
    pub(super) fn lanes_of(&self, ask: &Ask<'_>) -> [Option<usize>; 3] {
        let mut lanes =
            (0..self.lanes.len()).filter(|l| ask.dialect.is_none_or(|d| self.lanes[*l].dialect == d));
        std::array::from_fn(|_| lanes.next())
    }

    fn pick_inference(&mut self, fit: Fit<'_>, rng: &mut dyn Rng) -> Option<Pick> {
        // Without a dialect the first that can serve does.
        for l in self.lanes_of(fit.ask).into_iter().flatten() {
            if let Some((at, reason)) = self.pick_in_lane(l, fit, rng) {
                let last_resort = self.slots[at].soft();
                let alternatives = self.alternatives(l, at, fit.ask, fit.now);
                return Some(Pick { at, last_resort, alternatives, reason });
            }
        }
        None
    }

    fn pick_in_lane(&mut self, l: usize, fit: Fit<'_>, rng: &mut dyn Rng) -> Option<(usize, Reason)> {
        if let Some(home) = self.home(l, fit) {
            return Some(home);
        }
        let Self { lanes, slots, by_id, .. } = self;
        let lane = &mut lanes[l];
        let strict = lane.strict;
        let aside = fit.ask.kind == AskKind::Aside;
        let fit = Fit { strict, ..fit };
        let open = |at: usize| fit.bars(&slots[at]).is_none();
        let been = |group| {
            let tried = fit.ask.tried.iter().filter_map(|id| by_id.get(id));
            tried.into_iter().any(|at| slots[*at].group == group)
        };
        if !aside && let Some(at) = lane.half_open(slots, been, open) {
            return Some((at, Reason::Trial));
        }
        if lane.strategy.rotates() && !aside {
            return Some((pick_rotating(lane, slots, fit.now.mono, open, rng)?, Reason::Turn));
        }
        // A trial goes to one request; who serves all the others is another question.
        if lane.trials > 0 && !aside && !strict {
            let ahead = lane.order.iter().take_while(|at| Some(**at) != lane.current);
            let trial = ahead.copied().find(|at| slots[*at].health.on_trial && open(*at));
            if let Some(at) = trial {
                return Some((at, Reason::Trial));
            }
        }
        if lane.warming > 0
            && !aside
            && !strict
            && let Some(at) = pick_warming(lane, slots, fit, open, rng)
        {
            return Some((at, Reason::SlowStart));
        }
        if let Some(at) = lane.current.filter(|at| open(*at)) {
            return Some((at, Reason::Current));
        }
        Some((lane.order.iter().copied().find(|at| open(*at))?, Reason::Next))
    }

    /// How many others of the lane could still serve this ask.
    fn alternatives(&self, l: usize, at: usize, ask: &Ask<'_>, now: Now) -> usize {
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
        let gone = tried.count() + usize::from(counted(&self.slots[at]));
        let limited = self.held.iter().map(|held| &self.slots[*held]).filter(|slot| {
            let other = slot.id != self.slots[at].id && !ask.tried.contains(&slot.id);
            other && counted(slot) && slot.is_limited(ask, now)
        });
        in_all.saturating_sub(gone).saturating_sub(limited.count())
    }

    /// Of those that rest, the one whose rest ends first; of the default group, the first.
    fn pick_resting(&self, fit: Fit<'_>) -> Option<Pick> {
        let fit = Fit { manner: Manner::Resort, ..fit };
        let rests = |fit: Fit<'_>, at: usize| self.slots[at].soft() && fit.bars(&self.slots[at]).is_none();
        let at = match fit.ask.kind {
            AskKind::Other => self.default_members.iter().copied().find(|at| rests(fit, *at)),
            AskKind::Inference | AskKind::Aside => {
                let lanes = self.lanes_of(fit.ask).into_iter().flatten().map(|l| &self.lanes[l]);
                let mut resting = lanes.filter_map(|lane| {
                    let fit = Fit { strict: lane.strict, ..fit };
                    let members = lane.members.iter().copied().filter(|at| rests(fit, *at));
                    members.min_by_key(|at| self.slots[*at].health.until.map(|(until, _)| until))
                });
                resting.next()
            }
        };
        at.map(|at| Pick { at, last_resort: true, alternatives: 0, reason: Reason::LastResort })
    }

    /// The default group's first usable endpoint; a pinned one of it before the others.
    fn pick_other(&self, fit: Fit<'_>) -> Option<Pick> {
        let fits = |at: &usize| fit.bars(&self.slots[*at]).is_none();
        let usable = || self.default_members.iter().copied().filter(fits);
        let at = usable().find(|at| self.slots[*at].pinned).or_else(|| usable().next())?;
        let alternatives = usable().count() - 1;
        Some(Pick { at, last_resort: false, alternatives, reason: Reason::DefaultGroup })
    }

    pub(super) fn grant(&mut self, pick: &Pick, ask: &Ask<'_>, now: Now) -> Lease {
        let passed_over = match pick.reason {
            Reason::Next | Reason::Current => self.passed_over(pick.at, ask, now),
            _ => Vec::new(),
        };
        let lineup = self.lineup(self.slots[pick.at].lane, now);
        let counts = ask.kind == AskKind::Inference;
        let session = ask.session.filter(|_| counts);
        let (cache_lost, cut) = self.place_session((session, ask.opening), self.slots[pick.at].id, now);
        let decision = Decision { reason: pick.reason, passed_over, cache_lost, lineup };
        self.next_lease += 1;
        let number = self.next_lease;
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
            self.traffic.begins(ask.tried.is_empty() && pick.reason != Reason::Same, now.mono);
        }
        let by = if counts { self.count_in(pick.at, ask.client) } else { None };
        if counts && pick.reason != Reason::Stays {
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
            rename: None,
            model: ask.model.into(),
            granted: now.mono,
            counts,
            by,
            begun: false,
            session,
            cut,
            start: None,
            credential: ask.client_credential.is_some(),
            client: ask.client_credential.filter(|_| slot.endpoint.is_passthrough()),
        }
    }

    fn nobody(&self, fit: Fit<'_>) -> NoEndpoint {
        let mut retry_after: Option<Duration> = None;
        let mut why = Vec::with_capacity(self.slots.len());
        for slot in &self.slots {
            let fit = Fit { strict: self.lanes[slot.lane].strict, ..fit };
            // Whoever fits plainly was barred from the last resort alone.
            let resort = || Fit { manner: Manner::Resort, ..fit }.bars(slot);
            let reason = fit.bars(slot).or_else(resort).unwrap_or(WhyNot::OnTrial);
            if matches!(reason, WhyNot::Tried | WhyNot::State(..) | WhyNot::Limited(..))
                && let Some(left) = ends(slot, reason, fit.now)
            {
                retry_after = Some(retry_after.map_or(left, |known| known.min(left)));
            }
            why.push((slot.endpoint.name.clone(), reason));
        }
        let client_full =
            self.client_caps.full(fit.ask.client).filter(|_| fit.ask.kind == AskKind::Inference);
        NoEndpoint { why, retry_after, client_full, waited: None }
    }
}

/// When what keeps a request from an endpoint ends, where that is known.
fn ends(slot: &Slot, why: WhyNot, now: Now) -> Option<Duration> {
    match why {
        WhyNot::Limited(_, left) => Some(left),
        _ => remaining(slot, now),
    }
}

/// Somebody who came back a moment ago and would serve but for that, by its growing share. A conversation has its
/// own moment at which it moves, so that it moves once: to and fro would cost its prompt cache each time.
fn pick_warming(
    lane: &Lane,
    slots: &[Slot],
    fit: Fit<'_>,
    open: impl Fn(usize) -> bool,
    rng: &mut dyn Rng,
) -> Option<usize> {
    let ahead = lane.order.iter().copied().take_while(|at| Some(*at) != lane.current);
    let mut warming = ahead.filter(|at| slots[*at].warming() && open(*at) && lane.leads(&slots[*at], slots));
    warming.find(|at| {
        let slot = &slots[*at];
        let moment = match fit.ask.session {
            Some(session) => SplitMix::new(session ^ u64::from(slot.id.0).rotate_left(32)).unit(),
            None => rng.unit(),
        };
        moment < slot.health.breaker.share(fit.now.mono)
    })
}

fn pick_rotating(
    lane: &mut Lane,
    slots: &[Slot],
    now: Duration,
    open: impl Fn(usize) -> bool,
    rng: &mut dyn Rng,
) -> Option<usize> {
    let (mut start, mut spared) = (0, None);
    for end in &lane.brackets {
        let order = &lane.order[start..*end];
        let bench = Bench { slots, order, version: lane.version, now, open: &open };
        start = *end;
        let Some(at) = lane.strategy.pick(&bench, rng).map(|at| order[at]) else { continue };
        // Inside a bracket the strategy knows of growing shares. A bracket of nobody else takes its share of all.
        let alone = || order.iter().all(|m| slots[*m].warming() || !open(*m));
        if lane.warming > 0 && alone() && rng.unit() >= slots[at].health.breaker.share(now) {
            spared.get_or_insert(at);
            continue;
        }
        return Some(at);
    }
    spared
}
