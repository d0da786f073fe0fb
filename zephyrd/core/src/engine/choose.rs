//! Gives out leases.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::fit::{Fit, Manner, remaining};
use super::lane::{Bench, Lane};
use super::slot::Slot;
use super::ways::{Way, Ways};
use super::{Ask, AskKind, Decision, EndpointId, Engine, Lease, NoEndpoint, Reason, WhyNot};
use crate::config::Endpoint;
use crate::time::{Now, Rng, SplitMix};

/// Who was chosen.
pub(super) struct Pick {
    at: usize,
    /// Which of the ask's ways leads there; `None` = it is no question of lanes.
    way: Option<usize>,
    last_resort: bool,
    alternatives: usize,
    reason: Reason,
}

/// What keeps a request from endpoints beside what they are: see [`Fit`].
struct Terms {
    avoided: Vec<(EndpointId, Arc<str>)>,
    overloaded: Vec<Arc<Endpoint>>,
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
        let ways = self.ways(ask);
        self.freshen(&ways);
        if self.client_is_full(ask) {
            return Err(self.nobody_for(ask, now));
        }
        match self.pick_plain(&ways, ask, now, rng).or_else(|| self.pick_last(&ways, ask, now)) {
            Some(pick) => Ok(self.grant(&ways, &pick, ask, now)),
            None => Err(self.nobody_for(ask, now)),
        }
    }

    /// Whoever can take it as things are.
    pub(super) fn pick_plain(
        &mut self,
        ways: &Ways,
        ask: &Ask<'_>,
        now: Now,
        rng: &mut dyn Rng,
    ) -> Option<Pick> {
        // Those that limit the client are still there for it, if last.
        let terms = self.terms(ask, now);
        terms.with(self.fit(ways, ask, now), |plain| {
            let pick = self.pick(ways, plain, rng);
            if pick.is_some() || (terms.avoided.is_empty() && self.held.is_empty()) {
                return pick;
            }
            self.pick(ways, Fit { manner: Manner::Limited, ..plain }, rng)
        })
    }

    /// Whoever may be asked although it rests.
    pub(super) fn pick_last(&self, ways: &Ways, ask: &Ask<'_>, now: Now) -> Option<Pick> {
        self.terms(ask, now).with(self.fit(ways, ask, now), |fit| self.pick_resting(ways, fit))
    }

    /// Why nobody can take it.
    pub(super) fn nobody_for(&self, ask: &Ask<'_>, now: Now) -> NoEndpoint {
        let ways = self.ways(ask);
        self.terms(ask, now).with(self.fit(&ways, ask, now), |fit| self.nobody(&ways, fit))
    }

    fn terms(&self, ask: &Ask<'_>, now: Now) -> Terms {
        Terms { avoided: self.avoided(ask, now), overloaded: self.overloaded(ask) }
    }

    fn pick(&mut self, ways: &Ways, fit: Fit<'_>, rng: &mut dyn Rng) -> Option<Pick> {
        match fit.ask.kind {
            AskKind::Other => self.pick_other(fit),
            AskKind::Inference | AskKind::Aside => self.pick_inference(ways, fit, rng),
        }
    }

    /// The right to ask one endpoint, if it may be asked at all: to repeat an attempt on it.
    pub(super) fn lease_at(&mut self, id: EndpointId, ask: &Ask<'_>, now: Now) -> Result<Lease, NoEndpoint> {
        if self.next_end.is_some_and(|end| end <= now.mono) {
            self.end_what_is_over(now);
        }
        let ways = self.ways(ask);
        self.freshen(&ways);
        let again = Fit { manner: Manner::Again, ..self.fit(&ways, ask, now) };
        let Some(at) = self.by_id.get(&id).copied().filter(|_| !self.client_is_full(ask)) else {
            return Err(self.nobody(&ways, again));
        };
        // Of several models that it is asked for the first that nothing speaks against, else the first that may be.
        let fits = |fit: Fit<'_>| {
            let here = |way: &(usize, Way<'_>)| {
                let lane = &self.lanes[way.1.lane];
                lane.has(at) && fit.on(way.1, lane).bars(&self.slots[at]).is_none()
            };
            (0..).zip(ways.iter()).find(here).map(|(i, _)| i)
        };
        let way = if ask.kind == AskKind::Other {
            again.inside(&self.lanes[self.slots[at].lane]).bars(&self.slots[at]).is_none().then_some(None)
        } else {
            fits(Fit { manner: Manner::Plain, ..again }).or_else(|| fits(again)).map(Some)
        };
        let Some(way) = way else { return Err(self.nobody(&ways, again)) };
        let last_resort = self.slots[at].soft();
        let alternatives = self.alternatives(&ways, at, again);
        Ok(self.grant(&ways, &Pick { at, way, last_resort, alternatives, reason: Reason::Same }, ask, now))
    }

    /// The first way that can serve it does; but what merely may be tried in a group that rests gives way to whoever
    /// works behind it, after one attempt.
    fn pick_inference(&mut self, ways: &Ways, fit: Fit<'_>, rng: &mut dyn Rng) -> Option<Pick> {
        if self.pin_is_in(ways) {
            // A pin goes before the priority of a route's targets.
            let pinned = Fit { only_pinned: true, ..fit };
            for i in (0..).zip(ways.iter()).map(|(i, _)| i) {
                if let Some(found) = self.pick_in(ways, i, pinned, rng) {
                    return Some(self.picked(ways, found, fit));
                }
            }
        }
        let works = |lane: &Lane| lane.resting > 0;
        let spare = |i: usize, way: Way<'_>| {
            let lane = &self.lanes[way.lane];
            let behind = || ways.iter().skip(i + 1).any(|way| works(&self.lanes[way.lane]));
            !works(lane) && !lane.order.is_empty() && behind()
        };
        let spared: Vec<usize> =
            (0..).zip(ways.iter()).filter(|(i, way)| spare(*i, *way)).map(|(i, _)| i).collect();
        for (i, way) in (0..).zip(ways.iter()) {
            let found = match spared.contains(&i) {
                true => self.pick_half_open(way, fit).map(|at| (i, at, Reason::Trial)),
                false => self.pick_in(ways, i, fit, rng),
            };
            if let Some(found) = found {
                return Some(self.picked(ways, found, fit));
            }
        }
        let mut spared = spared.into_iter();
        let found = spared.find_map(|i| self.pick_in(ways, i, fit, rng))?;
        Some(self.picked(ways, found, fit))
    }

    fn picked(&self, ways: &Ways, (way, at, reason): (usize, usize, Reason), fit: Fit<'_>) -> Pick {
        let last_resort = self.slots[at].soft();
        let alternatives = self.alternatives(ways, at, fit);
        Pick { at, way: Some(way), last_resort, alternatives, reason }
    }

    fn pick_half_open(&self, way: Way<'_>, fit: Fit<'_>) -> Option<usize> {
        if fit.ask.kind == AskKind::Aside {
            return None;
        }
        let lane = &self.lanes[way.lane];
        let fit = fit.on(way, lane);
        let been = |group| been(&self.slots, &self.by_id, fit.ask, group);
        lane.unproven(&self.slots, been, |at| fit.bars(&self.slots[at]).is_none())
    }

    /// Which way, who, and why.
    fn pick_in(
        &mut self,
        ways: &Ways,
        i: usize,
        fit: Fit<'_>,
        rng: &mut dyn Rng,
    ) -> Option<(usize, usize, Reason)> {
        if let Some(home) = self.home(ways, i, fit) {
            return Some(home);
        }
        let (at, reason) = self.pick_in_lane(ways.get(i)?, fit, rng)?;
        Some((i, at, reason))
    }

    fn pick_in_lane(&mut self, way: Way<'_>, fit: Fit<'_>, rng: &mut dyn Rng) -> Option<(usize, Reason)> {
        let Self { lanes, slots, by_id, .. } = self;
        let lane = &mut lanes[way.lane];
        let strict = lane.strict;
        let aside = fit.ask.kind == AskKind::Aside;
        let fit = fit.on(way, lane);
        let open = |at: usize| fit.bars(&slots[at]).is_none();
        if !aside && let Some(at) = lane.half_open(slots, |group| been(slots, by_id, fit.ask, group), open) {
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

    /// How many others could still serve this ask; with a route, or in other dialects, whether there is one.
    fn alternatives(&self, ways: &Ways, at: usize, fit: Fit<'_>) -> usize {
        let ask = fit.ask;
        let fit = Fit { manner: Manner::Plain, avoided: &[], ..fit };
        if ways.route().is_some() || fit.dialect != ask.dialect {
            let other = |way: Way<'_>| {
                let lane = &self.lanes[way.lane];
                let fit = fit.on(way, lane);
                let mut others = lane.order.iter().filter(|other| **other != at);
                others.any(|other| fit.bars(&self.slots[*other]).is_none())
            };
            return usize::from(ways.iter().any(other));
        }
        let l = match ask.kind {
            AskKind::Other => Some(self.slots[at].lane),
            AskKind::Inference | AskKind::Aside => {
                ways.iter().map(|way| way.lane).find(|l| self.lanes[*l].has(at))
            }
        };
        let Some(lane) = l.map(|l| &self.lanes[l]) else { return 0 };
        let fit = fit.inside(lane);
        let in_all = lane.free[0] + if ask.client_credential.is_some() { lane.free[1] } else { 0 };
        let counted = |at: usize| {
            let slot = &self.slots[at];
            lane.has(at)
                && lane.admits(slot)
                && slot.free(lane.strict)
                && (ask.client_credential.is_some() || !slot.endpoint.is_passthrough())
        };
        let tried = ask.tried.iter().filter_map(|id| self.by_id.get(id)).filter(|t| counted(**t));
        let gone = tried.count() + usize::from(counted(at));
        let limited = self.held.iter().filter(|held| {
            let slot = &self.slots[**held];
            let other = **held != at && !fit.is_tried(slot.id);
            other && counted(**held) && slot.is_limited(&fit)
        });
        in_all.saturating_sub(gone).saturating_sub(limited.count())
    }

    /// Of those that rest, the one whose rest ends first; of the default group, the first.
    fn pick_resting(&self, ways: &Ways, fit: Fit<'_>) -> Option<Pick> {
        let fit = Fit { manner: Manner::Resort, ..fit };
        let rests = |fit: Fit<'_>, at: usize| self.slots[at].soft() && fit.bars(&self.slots[at]).is_none();
        let (at, way) = match fit.ask.kind {
            AskKind::Other => (self.default_members.iter().copied().find(|at| rests(fit, *at))?, None),
            AskKind::Inference | AskKind::Aside => {
                let mut resting = (0..).zip(ways.iter()).filter_map(|(i, way)| {
                    let lane = &self.lanes[way.lane];
                    let fit = fit.on(way, lane);
                    let members = lane.members.iter().copied().filter(|at| rests(fit, *at));
                    let first =
                        members.min_by_key(|at| self.slots[*at].health.until.map(|(until, _)| until))?;
                    Some((first, Some(i)))
                });
                resting.next()?
            }
        };
        Some(Pick { at, way, last_resort: true, alternatives: 0, reason: Reason::LastResort })
    }

    /// The default group's first usable endpoint; a pinned one of it before the others.
    fn pick_other(&self, fit: Fit<'_>) -> Option<Pick> {
        let fits = |at: &usize| fit.bars(&self.slots[*at]).is_none();
        let usable = || self.default_members.iter().copied().filter(fits);
        let at = usable().find(|at| self.slots[*at].pinned).or_else(|| usable().next())?;
        let alternatives = usable().count() - 1;
        Some(Pick { at, way: None, last_resort: false, alternatives, reason: Reason::DefaultGroup })
    }

    /// Whether the ask's route has another model for an endpoint that is asked for `sent`.
    fn has_another_model(&self, ways: &Ways, at: usize, sent: &str, fit: Fit<'_>) -> bool {
        ways.route().is_some()
            && ways.iter().any(|way| {
                let (lane, slot) = (&self.lanes[way.lane], &self.slots[at]);
                let fit = fit.on(way, lane);
                lane.has(at)
                    && fit.sent(slot.id) != sent
                    && !fit.is_tried(slot.id)
                    && !matches!(fit.hold(slot), Some(WhyNot::Limited(..)))
            })
    }

    pub(super) fn grant(&mut self, ways: &Ways, pick: &Pick, ask: &Ask<'_>, now: Now) -> Lease {
        let passed_over = match (pick.reason, pick.way) {
            (Reason::Next | Reason::Current, Some(i)) => self.passed_over(ways, (i, true), pick.at, ask, now),
            (_, Some(i)) => self.passed_over(ways, (i, false), pick.at, ask, now),
            _ => Vec::new(),
        };
        let own = Way { lane: self.slots[pick.at].lane, level: None };
        let way = pick.way.and_then(|i| ways.get(i)).unwrap_or(own);
        let lineup = self.lineup(way.lane, now);
        let rename = way.rename(self.slots[pick.at].id);
        let renamed = rename.is_some_and(|name| **name != *ask.model);
        let model = rename.map_or_else(|| Arc::from(ask.model), Arc::clone);
        let another = self.has_another_model(ways, pick.at, &model, self.fit(ways, ask, now));
        let counts = ask.kind == AskKind::Inference;
        let session = ask.session.filter(|_| counts);
        let (cache_lost, cut) = self.place_session((session, ask.opening), self.slots[pick.at].id, now);
        let route = ways.route().cloned();
        let rename = rename.filter(|_| renamed).cloned();
        let decision = Decision { reason: pick.reason, passed_over, cache_lost, lineup, route, rename };
        self.next_lease += 1;
        let number = self.next_lease;
        let strict = self.lanes[way.lane].strict;
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
            self.rotated_to(way.lane, pick.at);
        }
        let slot = &self.slots[pick.at];
        Lease {
            number,
            id: slot.id,
            endpoint: Arc::clone(&slot.endpoint),
            alternatives: pick.alternatives,
            last_resort: pick.last_resort,
            decision,
            model,
            renamed,
            another,
            dialect: ask.dialect,
            translates: ask.translates,
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

    fn nobody<'f>(&self, ways: &'f Ways, fit: Fit<'f>) -> NoEndpoint {
        let mut retry_after: Option<Duration> = None;
        let mut why = Vec::with_capacity(self.slots.len());
        for (at, slot) in self.slots.iter().enumerate() {
            // Whoever fits plainly was barred from the last resort alone.
            let resort = || self.bars_on(ways, at, Fit { manner: Manner::Resort, ..fit });
            let reason = self.bars_on(ways, at, fit).or_else(resort).unwrap_or(WhyNot::OnTrial);
            if matches!(reason, WhyNot::Tried | WhyNot::State(..) | WhyNot::Limited(..))
                && let Some(left) = ends(slot, reason, fit.now)
            {
                retry_after = Some(retry_after.map_or(left, |known| known.min(left)));
            }
            why.push((slot.endpoint.name.clone(), reason));
        }
        let client_full =
            self.client_caps.full(fit.ask.client).filter(|_| fit.ask.kind == AskKind::Inference);
        let offline = self.offline().is_some() && !self.serves_locally(ways);
        NoEndpoint { why, retry_after, client_full, offline, turn: None, waited: None }
    }
}

impl Terms {
    /// Adds them to what the ask puts up with.
    fn with<T>(&self, plain: Fit<'_>, act: impl FnOnce(Fit<'_>) -> T) -> T {
        let overloaded: Vec<&str> = self.overloaded.iter().map(|endpoint| &*endpoint.provider).collect();
        act(Fit { avoided: &self.avoided, overloaded: &overloaded, ..plain })
    }
}

/// Whether the request has tried somebody of this group.
fn been(slots: &[Slot], by_id: &HashMap<EndpointId, usize>, ask: &Ask<'_>, group: usize) -> bool {
    let tried = ask.tried.iter().chain(ask.tried_as.iter().map(|(id, _)| id));
    let mut tried = tried.filter_map(|id| by_id.get(id));
    tried.any(|at| slots[*at].group == group)
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
