//! The endpoints of one dialect, or the targets of one priority of a route, in the order in which requests would try them.
//!
//! The order is kept sorted: membership changes (a state, a pause, a pin, a reload) sort it anew, a new latency
//! moves one member. Brackets come before the strategy: pinned first, cooling ones last (only a pin without
//! fallback lets them in at all), before those the groups that cool down, then the tiers.

use std::cmp::Ordering;
use std::sync::Arc;
use std::time::Duration;

use super::groups::Rank;
use super::slot::Slot;
use super::{EndpointId, Lineup, State};
use crate::config::Dialect;
use crate::select::{Candidate, Pool, Strategy};

/// Not pinned, cooling, of a group that cools down, tier.
pub(super) type Bracket = (bool, bool, bool, Rank);

pub(super) struct Lane {
    /// `None` = targets of routes.
    pub(super) dialect: Option<Dialect>,
    pub(super) strategy: Box<dyn Strategy>,
    /// Positions of its endpoints, in file order.
    pub(super) members: Vec<usize>,
    /// Positions of those that may serve, best first.
    pub(super) order: Vec<usize>,
    /// Ends of the brackets inside `order`.
    pub(super) brackets: Vec<usize>,
    /// Members of `order` that have room: without and with the need of a client credential.
    pub(super) free: [usize; 2],
    /// Members of `order` on trial.
    pub(super) trials: usize,
    /// Members of `order` whose share of new requests grows.
    pub(super) warming: usize,
    /// Where the members of groups that cool down begin in `order`.
    pub(super) resting: usize,
    /// Of routes: identities of the members.
    pub(super) ids: Vec<EndpointId>,
    /// Of routes: it has to be sorted before it is used.
    pub(super) stale: bool,
    /// Of routes: the changes of latency that it has followed.
    pub(super) seen: u64,
    /// No group takes over by itself.
    pub(super) by_hand: bool,
    /// Then only groups of this standing may serve.
    pub(super) held: Option<(u8, u32)>,
    /// A pin without fallback holds here.
    pub(super) strict: bool,
    /// A pin with fallback holds here.
    pub(super) preferred: bool,
    /// Where the next new request goes; a position.
    pub(super) current: Option<usize>,
    /// `current` as it was announced last.
    pub(super) announced: Option<EndpointId>,
    pub(super) version: u64,
    /// Changes whenever its members do, or all of their order.
    pub(super) ranked: u64,
    /// How it stood, with the count of `ranked` and the endpoint that served then.
    pub(super) lineup: Option<(u64, Option<usize>, Arc<Lineup>)>,
}

impl Lane {
    pub(super) fn new(dialect: Option<Dialect>, strategy: Box<dyn Strategy>) -> Self {
        Self {
            dialect,
            strategy,
            members: Vec::new(),
            order: Vec::new(),
            brackets: Vec::new(),
            free: [0; 2],
            trials: 0,
            warming: 0,
            resting: 0,
            ids: Vec::new(),
            stale: true,
            seen: 0,
            by_hand: false,
            held: None,
            strict: false,
            preferred: false,
            current: None,
            announced: None,
            version: 0,
            ranked: 0,
            lineup: None,
        }
    }

    /// Whether a member may serve at all.
    pub(super) fn admits(&self, slot: &Slot) -> bool {
        let left_out = (self.strict && !slot.pinned) || !self.holds(slot);
        if slot.paused() || slot.health.state.hard() || left_out {
            return false;
        }
        slot.health.state.usable() || self.strict
    }

    /// Whether the endpoint at this position is one of its members.
    pub(super) fn has(&self, at: usize) -> bool {
        self.members.binary_search(&at).is_ok()
    }

    /// Whether its group may serve: where nothing takes over by itself, only the active one.
    pub(super) fn holds(&self, slot: &Slot) -> bool {
        slot.pinned || self.held.is_none_or(|held| slot.rank.of_group() == held)
    }

    pub(super) fn bracket(slot: &Slot) -> Bracket {
        (!slot.pinned, slot.soft(), slot.resting, slot.rank)
    }

    /// Who comes first of those that take all that comes, else of those that are not merely on trial, else at all.
    pub(super) fn top(&self, slots: &[Slot]) -> Option<usize> {
        let whole = |m: &&usize| self.strict || !(slots[**m].health.on_trial || slots[**m].warming());
        let closed = |m: &&usize| !slots[**m].health.on_trial;
        let order = || self.order.iter();
        order().find(whole).or_else(|| order().find(closed)).or_else(|| order().next()).copied()
    }

    /// An endpoint that is to be tried, of a group that cools down and would serve if it did not. A request makes
    /// one such attempt at most (`tried` tells the groups it has been to), or a dead group would use up all that
    /// it may make.
    pub(super) fn half_open(
        &self,
        slots: &[Slot],
        tried: impl Fn(usize) -> bool,
        open: impl Fn(usize) -> bool,
    ) -> Option<usize> {
        let serves = slots[self.current?].rank;
        self.unproven(slots, tried, |at| slots[at].rank < serves && open(at))
    }

    /// The same, whoever serves.
    pub(super) fn unproven(
        &self,
        slots: &[Slot],
        tried: impl Fn(usize) -> bool,
        open: impl Fn(usize) -> bool,
    ) -> Option<usize> {
        let rests = self.order.get(self.resting..).filter(|rests| !rests.is_empty())?;
        let unproven = |slot: &Slot| {
            slot.health.on_trial || (slot.health.state == State::Unknown && slot.in_flight == 0)
        };
        let fits = |slot: &Slot| unproven(slot) && !tried(slot.group);
        rests.iter().copied().find(|at| fits(&slots[*at]) && open(*at))
    }

    fn compare(&self, a: &Slot, b: &Slot) -> Ordering {
        Self::bracket(a)
            .cmp(&Self::bracket(b))
            .then_with(|| self.strategy.compare(&a.candidate(), &b.candidate()))
            .then_with(|| a.endpoint.index.cmp(&b.endpoint.index))
    }

    /// Sorts everything anew.
    pub(super) fn rank(&mut self, slots: &[Slot]) {
        let any_pinned = |slots: &[Slot]| self.members.iter().any(|m| slots[*m].pinned);
        if !any_pinned(slots) {
            (self.strict, self.preferred) = (false, false);
        }
        let willing = self.members.iter().map(|m| &slots[*m]).filter(|s| self.by_hand && !s.paused());
        self.held = willing.map(|s| s.rank.of_group()).min();
        let mut order = std::mem::take(&mut self.order);
        order.clear();
        order.extend(self.members.iter().copied().filter(|m| self.admits(&slots[*m])));
        order.sort_by(|a, b| self.compare(&slots[*a], &slots[*b]));
        self.brackets.clear();
        let same = |a: &usize, b: &usize| Self::bracket(&slots[*a]) == Self::bracket(&slots[*b]);
        let mut end = 0;
        for chunk in order.chunk_by(same) {
            end += chunk.len();
            self.brackets.push(end);
        }
        let rests = |m: &usize| slots[*m].resting && !slots[*m].pinned;
        self.resting = order.iter().position(rests).unwrap_or(order.len());
        self.order = order;
        self.free = [0; 2];
        (self.trials, self.warming) = (0, 0);
        for at in &self.order {
            let slot = &slots[*at];
            self.free[usize::from(slot.endpoint.is_passthrough())] += usize::from(slot.free(self.strict));
            self.trials += usize::from(slot.health.on_trial);
            self.warming += usize::from(slot.warming());
        }
        self.version += 1;
        self.ranked += 1;
    }

    /// The order as people see it. A rotating strategy does not go by it, so that it is not kept up with each
    /// answer and sorted only here.
    pub(super) fn listed(&self, slots: &[Slot]) -> Vec<usize> {
        let mut listed = self.order.clone();
        if self.strategy.rotates() && self.strategy.by_latency() {
            listed.sort_by(|a, b| self.compare(&slots[*a], &slots[*b]));
        }
        if let Some(at) = self.current.and_then(|current| listed.iter().position(|m| *m == current)) {
            listed[..=at].rotate_right(1);
        }
        listed
    }

    /// Puts one member, whose latency has changed, in its place again.
    pub(super) fn reposition(&mut self, at: usize, slots: &[Slot]) {
        if self.strategy.rotates() {
            return;
        }
        let Some(from) = self.order.iter().position(|m| *m == at) else { return };
        let in_place = |a: Option<&usize>, b: Option<&usize>| match (a, b) {
            (Some(a), Some(b)) => self.compare(&slots[*a], &slots[*b]) == Ordering::Less,
            _ => true,
        };
        let before = from.checked_sub(1).and_then(|i| self.order.get(i));
        if in_place(before, Some(&at)) && in_place(Some(&at), self.order.get(from + 1)) {
            return;
        }
        self.order.remove(from);
        let to = self.order.partition_point(|m| self.compare(&slots[*m], &slots[at]) == Ordering::Less);
        self.order.insert(to, at);
        self.version += 1;
    }

    /// Settles who serves from now on; true if that is somebody else.
    pub(super) fn elect(&mut self, slots: &[Slot]) -> bool {
        let before = self.current;
        self.current = match (before, self.top(slots)) {
            (Some(held), Some(best)) if held != best && self.keeps(&slots[held], &slots[best]) => Some(held),
            (_, best) => best,
        };
        self.current != before
    }

    /// Whether it would serve in the place of whoever serves now, being ahead in the order.
    pub(super) fn leads(&self, slot: &Slot, slots: &[Slot]) -> bool {
        let Some(current) = self.current.map(|at| &slots[at]) else { return true };
        Self::bracket(current) != Self::bracket(slot)
            || self.strategy.leaves(&current.candidate(), &slot.candidate())
    }

    /// Whether the endpoint that serves goes on although another comes first in the order.
    fn keeps(&self, held: &Slot, best: &Slot) -> bool {
        self.admits(held)
            && (self.strict || !held.health.on_trial)
            && (self.strict || !held.warming() || best.warming())
            && Self::bracket(held) == Self::bracket(best)
            && (self.strategy.rotates() || !self.strategy.leaves(&held.candidate(), &best.candidate()))
    }
}

/// One bracket of a lane, as a rotating strategy sees it for one request.
pub(super) struct Bench<'a, F> {
    pub(super) slots: &'a [Slot],
    pub(super) order: &'a [usize],
    pub(super) version: u64,
    pub(super) now: Duration,
    pub(super) open: F,
}

impl<F: Fn(usize) -> bool> Pool for Bench<'_, F> {
    fn len(&self) -> usize {
        self.order.len()
    }

    fn candidate(&self, at: usize) -> Candidate<'_> {
        self.slots[self.order[at]].candidate_now(self.now)
    }

    fn open(&self, at: usize) -> bool {
        (self.open)(self.order[at])
    }

    fn version(&self) -> u64 {
        self.version
    }
}
