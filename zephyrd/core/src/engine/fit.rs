//! Whether a slot fits an ask now: the one place that says so, for every pick and for what people are told.
//!
//! A check is a few comparisons, and nothing is looked up by key while nothing bars anybody: it runs for each
//! endpoint that a pick passes over.

use std::sync::Arc;
use std::time::Duration;

use super::lane::Lane;
use super::limits::Hold;
use super::slot::Slot;
use super::ways::{Level, Way, Ways};
use super::{Ask, AskKind, EndpointId, Engine, Mode, WhyNot};
use crate::config::Dialect;
use crate::failover::Class;
use crate::time::Now;

/// How much an ask puts up with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// Nothing that speaks against an endpoint.
    Plain,
    /// Nobody fits plainly: one that limits the client's own credential will do, and one where asking for the model is
    /// not plainly in vain.
    Limited,
    /// Nobody fits so: one that rests will do, for one request at a time.
    Resort,
    /// The endpoint was asked already and is to be asked once more.
    Again,
}

/// One ask at one moment in one lane.
#[derive(Clone, Copy)]
pub(super) struct Fit<'a> {
    pub(super) ask: &'a Ask<'a>,
    pub(super) now: Now,
    pub(super) manner: Manner,
    /// The only dialect that will do; `None` = any.
    pub(super) dialect: Option<Dialect>,
    /// A pin without fallback holds in the lane: what is not pinned is out, and a pinned one may rest.
    pub(super) strict: bool,
    /// Only what is pinned will do, for now.
    pub(super) only_pinned: bool,
    /// Where no group takes over by itself: the standing of the lane's active one.
    pub(super) held: Option<(u8, u32)>,
    /// The targets of a route that the lane stands for.
    pub(super) level: Option<&'a Level>,
    /// Endpoints that limit this client's own credential, and for which model (empty = for all); they are asked when
    /// nobody else fits.
    pub(super) avoided: &'a [(EndpointId, Arc<str>)],
    /// Providers that were overloaded at two of the endpoints that the request has tried.
    pub(super) overloaded: &'a [&'a str],
}

impl<'a> Fit<'a> {
    /// An ask outside of any lane that puts up with nothing.
    pub(super) fn plain(ask: &'a Ask<'a>, now: Now, dialect: Option<Dialect>) -> Self {
        Self {
            ask,
            now,
            manner: Manner::Plain,
            dialect,
            strict: false,
            only_pinned: false,
            held: None,
            level: None,
            avoided: &[],
            overloaded: &[],
        }
    }

    /// The same in one of its lanes.
    pub(super) fn on(self, way: Way<'a>, lane: &Lane) -> Self {
        Self { level: way.level, ..self.inside(lane) }
    }

    /// The same in a lane, whatever models its endpoints are asked for.
    pub(super) fn inside(self, lane: &Lane) -> Self {
        Self { strict: self.strict || lane.strict, held: lane.held, ..self }
    }

    /// The model that an endpoint is asked for.
    pub(super) fn sent(&self, id: EndpointId) -> &'a str {
        self.level.and_then(|level| level.rename(id)).map_or(self.ask.model, |name| name)
    }

    /// What keeps the ask from the slot; `None` = it may go there.
    pub(super) fn bars(&self, slot: &Slot) -> Option<WhyNot> {
        self.nature(slot).or_else(|| self.health(slot)).or_else(|| self.room(slot))
    }

    /// What the ask is, and what the operator wants.
    fn nature(&self, slot: &Slot) -> Option<WhyNot> {
        let ask = self.ask;
        if self.dialect.is_some_and(|d| d != slot.endpoint.dialect) || self.gives_away(slot) {
            Some(WhyNot::Dialect)
        } else if ask.kind == AskKind::Other && !slot.serves_others {
            Some(WhyNot::OtherGroup)
        } else if slot.paused() {
            Some(WhyNot::Paused)
        } else if ask.kind != AskKind::Other && (self.strict || self.only_pinned) && !slot.pinned {
            Some(WhyNot::NotPinned)
        } else if ask.kind != AskKind::Other && self.held_back(slot) && self.manner != Manner::Again {
            Some(WhyNot::Standby)
        } else if ask.client_credential.is_none() && slot.endpoint.is_passthrough() {
            Some(WhyNot::NoClientCredential)
        } else if self.is_tried(slot.id) {
            Some(WhyNot::Tried)
        } else {
            None
        }
    }

    /// A client's login is for the vendor whose dialect it speaks: only a route takes it to another.
    fn gives_away(&self, slot: &Slot) -> bool {
        let foreign = self.ask.dialect.is_some_and(|d| d != slot.endpoint.dialect);
        foreign && self.level.is_none() && slot.endpoint.is_passthrough()
    }

    /// Another group is active, and none takes over by itself.
    fn held_back(&self, slot: &Slot) -> bool {
        !slot.pinned && self.held.is_some_and(|held| slot.rank.of_group() != held)
    }

    /// It was asked already, for whatever model or for the same.
    pub(super) fn is_tried(&self, id: EndpointId) -> bool {
        let same = |(tried, model): &(EndpointId, Arc<str>)| *tried == id && **model == *self.sent(id);
        named(self.ask.tried, id) || (!self.ask.tried_as.is_empty() && self.ask.tried_as.iter().any(same))
    }

    /// It limits this client's own credential.
    fn avoids(&self, id: EndpointId) -> bool {
        let limits = |(limited, model): &(EndpointId, Arc<str>)| {
            *limited == id && (model.is_empty() || **model == *self.sent(id))
        };
        !self.avoided.is_empty() && self.avoided.iter().any(limits)
    }

    /// What was seen of it.
    fn health(&self, slot: &Slot) -> Option<WhyNot> {
        let put_up_with = matches!(self.manner, Manner::Resort | Manner::Again);
        let may_rest = put_up_with || (self.strict && self.ask.kind != AskKind::Other);
        let state = slot.health.state;
        if !(state.usable() || may_rest && slot.soft()) {
            return Some(WhyNot::State(state, remaining(slot, self.now)));
        }
        if self.manner == Manner::Plain && self.avoids(slot.id) {
            return Some(WhyNot::ClientLimit);
        }
        if slot.holds.is_empty() { None } else { self.hold(slot) }
    }

    /// What was said of the model.
    pub(super) fn hold(&self, slot: &Slot) -> Option<WhyNot> {
        if self.ask.kind != AskKind::Inference {
            return None;
        }
        let (model, now) = (self.sent(slot.id), self.now.mono);
        let bars = |hold: &&Hold| {
            let asked = match self.manner {
                Manner::Plain => false,
                // Another provider first, the same one once.
                Manner::Limited | Manner::Resort => {
                    hold.class != Class::Overloaded || !self.overloaded.contains(&&*slot.endpoint.provider)
                }
                Manner::Again => true,
            };
            hold.holds(model, now) && !(hold.soft() && asked)
        };
        let hold = slot.holds.iter().filter(bars).max_by_key(|hold| hold.until.0)?;
        Some(WhyNot::Limited(hold.class, hold.until.0.saturating_sub(now)))
    }

    /// What runs there.
    fn room(&self, slot: &Slot) -> Option<WhyNot> {
        let inference = self.ask.kind == AskKind::Inference;
        let (counts, one_at_a_time) = match self.manner {
            Manner::Plain | Manner::Limited => (inference, inference && !self.strict && slot.health.on_trial),
            Manner::Resort => (self.ask.kind != AskKind::Other, self.ask.kind != AskKind::Other),
            Manner::Again => (true, false),
        };
        if counts && slot.full() {
            Some(WhyNot::Busy)
        } else if one_at_a_time && slot.trial_lease.is_some() {
            Some(WhyNot::OnTrial)
        } else {
            None
        }
    }
}

impl Engine {
    /// An ask that puts up with nothing. A pin without fallback holds for all of its ways, wherever the pinned one is.
    pub(super) fn fit<'a>(&self, ways: &Ways, ask: &'a Ask<'a>, now: Now) -> Fit<'a> {
        let strict = self.mode != Mode::Auto
            && self.are_one(ways, ask)
            && ways.iter().any(|way| self.lanes[way.lane].strict);
        Fit { strict, ..Fit::plain(ask, now, ways.dialect) }
    }

    /// Whether somebody is pinned in one of several ways.
    pub(super) fn pin_is_in(&self, ways: &Ways) -> bool {
        let pinned = |way: Way<'_>| self.lanes[way.lane].strict || self.lanes[way.lane].preferred;
        self.mode != Mode::Auto && ways.get(1).is_some() && ways.iter().any(pinned)
    }

    /// Whether its ways are for one request, and not merely for whoever there is.
    fn are_one(&self, ways: &Ways, ask: &Ask<'_>) -> bool {
        ways.route().is_some() || (ask.dialect.is_some() && ask.kind != AskKind::Other)
    }

    /// What speaks against an endpoint for this request now; `None` = it can take it.
    pub(super) fn bars(&self, at: usize, ask: &Ask<'_>, now: Now) -> Option<WhyNot> {
        let ways = self.ways(ask);
        let avoided = self.avoided(ask, now);
        self.bars_on(&ways, at, Fit { avoided: &avoided, ..self.fit(&ways, ask, now) })
    }

    /// The same in whatever lane it fits best.
    pub(super) fn bars_on<'f>(&self, ways: &'f Ways, at: usize, fit: Fit<'f>) -> Option<WhyNot> {
        let slot = &self.slots[at];
        if fit.ask.kind == AskKind::Other {
            return fit.inside(&self.lanes[slot.lane]).bars(slot);
        }
        let mut why = None;
        for way in ways.iter() {
            let lane = &self.lanes[way.lane];
            if lane.has(at) {
                let here = fit.on(way, lane).bars(slot)?;
                // What says more than that it was asked for another model.
                why = why.filter(|told| *told != WhyNot::Tried).or(Some(here));
            }
        }
        let outside = if ways.route().is_some() { WhyNot::NotRouted } else { WhyNot::Dialect };
        Some(why.unwrap_or(outside))
    }

    /// Where this client's own credential is limited, and for which models.
    pub(super) fn avoided(&self, ask: &Ask<'_>, now: Now) -> Vec<(EndpointId, Arc<str>)> {
        match ask.client_credential {
            Some(client) => self.client_limits.of(client, now.mono).collect(),
            None => Vec::new(),
        }
    }
}

/// How long its state lasts, where it has an end.
pub(super) fn remaining(slot: &Slot, now: Now) -> Option<Duration> {
    slot.health.until.map(|(until, _)| until.saturating_sub(now.mono))
}

fn named(ids: &[EndpointId], id: EndpointId) -> bool {
    !ids.is_empty() && ids.contains(&id)
}
