//! Keeps conversations where their cache is.
//!
//! A conversation stays at its endpoint while that may be asked for it and its cache there is warm. Pins, pauses, hard
//! states and limits go before, and so does what the request has tried. Among endpoints of one tier it moves for speed
//! or price where that pays ([`crate::affinity`]); strategies that know no gain never move it. One that has failed
//! over stays where it went: only a cold cache brings it back. So does one that a route has sent on to a target of
//! lower priority, as long as that is asked for the same model; from another model it goes back as soon as it can.

use std::collections::HashMap;

use super::fit::Fit;
use super::lane::Lane;
use super::slot::Slot;
use super::ways::{Way, Ways};
use super::{Ask, EndpointId, Engine, Lease, Outcome, Reason};
use crate::affinity::{Foreign, KeptSession, Stakes};
use crate::config::StrategyKind;
use crate::failover::Class;
use crate::time::Now;

impl Engine {
    /// Where the conversation of this ask is, or where it is worth moving to, if that is in the way at `i` or in one
    /// behind it that is as good: by which way, and where. `None` = the strategy decides.
    pub(super) fn home(&self, ways: &Ways, i: usize, fit: Fit<'_>) -> Option<(usize, usize, Reason)> {
        let key = fit.ask.session.filter(|_| self.selection.affinity && !fit.ask.opening)?;
        let session = self.sessions.get(key)?;
        let at = *self.by_id.get(&session.home())?;
        let slot = &self.slots[at];
        let first = ways.get(i)?;
        let here = |way: &(usize, Way<'_>)| {
            let same = way.0 == i || first.all_as(way.1.rename(slot.id));
            same && self.lanes[way.1.lane].has(at)
        };
        let (w, way) = (0..).zip(ways.iter()).skip(i).find(here)?;
        let lane = &self.lanes[way.lane];
        let fit = fit.on(way, lane);
        if !lane.admits(slot) || !session.is_warm(fit.now.mono) || fit.bars(slot).is_some() {
            return None;
        }
        // Where nothing has answered yet there is nothing to keep, only requests to keep together.
        if !session.is_answered() && slot.health.breaker.run() > 0 {
            return None;
        }
        let (pinned, soft, ..) = Lane::bracket(slot);
        let leads = |lane: &Lane| lane.order.first().map(|at| Lane::bracket(&self.slots[*at]));
        let (first_pinned, first_soft, ..) = leads(lane)?;
        // Unpinned comes after pinned, and cooling after all others: also where that is another lane's.
        let ahead = leads(&self.lanes[first.lane]).is_some_and(|(p, s, ..)| (p, s) < (pinned, soft));
        if (pinned, soft) != (first_pinned, first_soft) || ahead {
            return None;
        }
        let stakes = |target: usize| session.stakes(slot.endpoint.price, self.slots[target].endpoint.price);
        match self.better(lane, at, fit, stakes) {
            Some(target) => Some((w, target, Reason::Moves)),
            None => Some((w, at, Reason::Stays)),
        }
    }

    /// The endpoint that serves new requests, if a conversation gains more there than it loses.
    fn better(
        &self,
        lane: &Lane,
        home: usize,
        fit: Fit<'_>,
        stakes: impl Fn(usize) -> Option<Stakes>,
    ) -> Option<usize> {
        let strategy = self.selection.strategy;
        if !matches!(strategy, StrategyKind::Fastest | StrategyKind::Cheapest) {
            return None;
        }
        let target = lane.current.filter(|target| *target != home)?;
        let (here, there) = (&self.slots[home], &self.slots[target]);
        if Lane::bracket(here) != Lane::bracket(there)
            || there.health.on_trial
            || fit.bars(there).is_some()
            || !lane.strategy.leaves(&here.candidate(), &there.candidate())
        {
            return None;
        }
        let stakes = stakes(target)?;
        let price = there.endpoint.price.total_cmp(&here.endpoint.price);
        let pays = if strategy == StrategyKind::Cheapest && price.is_ne() {
            stakes.saves_money()
        } else {
            let typical = |slot: &Slot| slot.health.latency.typical();
            stakes.saves_time(typical(here)?, typical(there)?)
        };
        pays.then_some(target)
    }

    /// Who else has written in the history that `id` refuses; nobody is named who cannot be asked now.
    pub(super) fn who_else_wrote(&self, ask: &Ask<'_>, id: EndpointId, now: Now) -> Foreign {
        let Some(key) = ask.session else { return Foreign::Others(None) };
        match self.sessions.foreign(key, id) {
            Foreign::Others(Some(writer)) => {
                let at = self.by_id.get(&writer);
                let fits = at.is_some_and(|at| self.bars(*at, ask, now).is_none());
                Foreign::Others(Some(writer).filter(|_| fits))
            }
            known => known,
        }
    }

    /// A request of this conversation goes to `id`: how much of its cache is left behind, and what `id` refuses of its
    /// history.
    pub(super) fn place_session(
        &mut self,
        (session, opening): (Option<u64>, bool),
        id: EndpointId,
        now: Now,
    ) -> (u64, Option<u64>) {
        let Some(key) = session else { return (0, None) };
        if opening {
            self.sessions.opens(key, id, now.mono);
            self.count_sessions();
            return (0, None);
        }
        let left = self.sessions.get(key).filter(|s| s.home() != id && s.is_warm(now.mono));
        let left = left.map_or(0, |session| session.cached_tokens());
        self.sessions.placed(key, id, now.mono);
        self.count_sessions();
        (left, self.sessions.cut_of(key, id))
    }

    /// An answer has begun to come.
    pub(super) fn session_answered(&mut self, lease: &Lease, now: Now) {
        if let Some(key) = lease.session {
            self.sessions.answered(key, lease.id, now.mono);
            self.count_sessions();
        }
    }

    /// An attempt is over.
    pub(super) fn session_ended(&mut self, lease: &Lease, outcome: &Outcome, now: Now) {
        if lease.begun {
            if let Some(key) = lease.session {
                self.sessions.ended(key, lease.id, now.mono);
            }
        } else if outcome.class == Class::Ok {
            self.session_answered(lease, now);
        }
    }

    /// Gives every endpoint its count.
    pub(super) fn count_sessions(&mut self) {
        let mut changes = std::mem::take(&mut self.sessions.changes);
        for (id, change) in changes.drain(..) {
            if let Some(at) = self.by_id.get(&id).copied() {
                let slot = &mut self.slots[at];
                slot.sessions = slot.sessions.saturating_add_signed(change);
                self.mark(at);
            }
        }
        self.sessions.changes = changes;
    }

    pub(super) fn kept_sessions(&self, now: Now) -> Vec<KeptSession> {
        self.sessions.export(now, |id| {
            let at = *self.by_id.get(&id)?;
            Some(self.slots[at].endpoint.name.clone())
        })
    }

    /// Takes up what an earlier process knew, of the endpoints that are still the same ones.
    pub(super) fn remember_sessions(&mut self, kept: &[KeptSession], known: &HashMap<&str, usize>) {
        let Self { sessions, slots, seen, .. } = self;
        sessions.import(kept, *seen, |name| known.get(name).map(|at| slots[*at].id));
        self.count_sessions();
    }
}
