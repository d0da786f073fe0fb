//! Whether a slot fits an ask now: the one place that says so, for every pick and for what people are told.
//!
//! A check is a few comparisons, and nothing is looked up by key while nothing bars anybody: it runs for each
//! endpoint that a pick passes over.

use std::time::Duration;

use super::limits::Hold;
use super::slot::Slot;
use super::{Ask, AskKind, EndpointId, Engine, WhyNot};
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
    /// A pin without fallback holds in the lane: what is not pinned is out, and a pinned one may rest.
    pub(super) strict: bool,
    /// Endpoints that limit this client's own credential; they are asked when nobody else fits.
    pub(super) avoided: &'a [EndpointId],
    /// Providers that were overloaded at two of the endpoints that the request has tried.
    pub(super) overloaded: &'a [&'a str],
}

impl Fit<'_> {
    /// What keeps the ask from the slot; `None` = it may go there.
    pub(super) fn bars(&self, slot: &Slot) -> Option<WhyNot> {
        self.nature(slot).or_else(|| self.health(slot)).or_else(|| self.room(slot))
    }

    /// What the ask is, and what the operator wants.
    fn nature(&self, slot: &Slot) -> Option<WhyNot> {
        let ask = self.ask;
        if ask.dialect.is_some_and(|d| d != slot.endpoint.dialect) {
            Some(WhyNot::Dialect)
        } else if ask.kind == AskKind::Other && !slot.serves_others {
            Some(WhyNot::OtherGroup)
        } else if slot.paused() {
            Some(WhyNot::Paused)
        } else if ask.kind != AskKind::Other && self.strict && !slot.pinned {
            Some(WhyNot::NotPinned)
        } else if ask.kind != AskKind::Other && slot.held_back && self.manner != Manner::Again {
            Some(WhyNot::Standby)
        } else if ask.client_credential.is_none() && slot.endpoint.is_passthrough() {
            Some(WhyNot::NoClientCredential)
        } else if named(ask.tried, slot.id) {
            Some(WhyNot::Tried)
        } else {
            None
        }
    }

    /// What was seen of it.
    fn health(&self, slot: &Slot) -> Option<WhyNot> {
        let put_up_with = matches!(self.manner, Manner::Resort | Manner::Again);
        let may_rest = put_up_with || (self.strict && self.ask.kind != AskKind::Other);
        let state = slot.health.state;
        if !(state.usable() || may_rest && slot.soft()) {
            return Some(WhyNot::State(state, remaining(slot, self.now)));
        }
        if self.manner == Manner::Plain && named(self.avoided, slot.id) {
            return Some(WhyNot::ClientLimit);
        }
        if slot.holds.is_empty() { None } else { self.hold(slot) }
    }

    /// What was said of the model.
    fn hold(&self, slot: &Slot) -> Option<WhyNot> {
        if self.ask.kind != AskKind::Inference {
            return None;
        }
        let (model, now) = (self.ask.model, self.now.mono);
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
    /// What speaks against an endpoint for this request now; `None` = it can take it.
    pub(super) fn bars(&self, slot: &Slot, ask: &Ask<'_>, now: Now) -> Option<WhyNot> {
        let strict = self.lanes[slot.lane].strict;
        let avoided = self.avoided(ask, now);
        Fit { ask, now, manner: Manner::Plain, strict, avoided: &avoided, overloaded: &[] }.bars(slot)
    }

    /// Where this client's own credential is limited.
    pub(super) fn avoided(&self, ask: &Ask<'_>, now: Now) -> Vec<EndpointId> {
        match ask.client_credential {
            Some(client) => self.client_limits.of(client, ask.model, now.mono).collect(),
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
