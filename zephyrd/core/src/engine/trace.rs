//! Why a request went where it went, for people: what each choice saw and by what it was made.
//!
//! A choice costs next to nothing for it: how everybody stood is written down once per change of a lane and shared
//! by all choices until the next. Bounded: of a lane the first [`MOST`] in order and [`MOST`] that were out of
//! it are named, the rest is counted.

use std::sync::Arc;

use super::lane::Lane;
use super::{Ask, AskKind, Engine, WhyNot};
use crate::config::Dialect;
use crate::time::Now;

/// Most endpoints that are named of each sort.
const MOST: usize = 16;

/// By what one endpoint was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// It is the one that new requests go to.
    Current,
    /// The first in order that could take it.
    Next,
    /// The conversation is there.
    Stays,
    /// Another is so much better that leaving the conversation's cache behind pays.
    Moves,
    /// Its turn, where each request is placed anew.
    Turn,
    /// The one attempt that tries it after it rested.
    Trial,
    /// It works again after a rest for failures, and its share of new requests grows.
    SlowStart,
    /// Nobody was usable: of those that rest, the one whose rest ends first.
    LastResort,
    /// No other could do: asked again, or the maker of an id that the request names.
    Same,
    /// The first usable one of the group that serves such paths.
    DefaultGroup,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 10] = [
        Self::Current,
        Self::Next,
        Self::Stays,
        Self::Moves,
        Self::Turn,
        Self::Trial,
        Self::SlowStart,
        Self::LastResort,
        Self::Same,
        Self::DefaultGroup,
    ];

    /// The name in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Next => "next",
            Self::Stays => "stays",
            Self::Moves => "moves",
            Self::Turn => "turn",
            Self::Trial => "trial",
            Self::SlowStart => "slow-start",
            Self::LastResort => "last-resort",
            Self::Same => "same",
            Self::DefaultGroup => "default-group",
        }
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Current => "it serves new requests",
            Self::Next => "the next in order that could take it",
            Self::Stays => "the conversation is there",
            Self::Moves => "the conversation moves: what it gains is worth its cache",
            Self::Turn => "its turn",
            Self::Trial => "on trial after a rest: one attempt sees whether it is back",
            Self::SlowStart => "back after a rest: its share of new requests grows",
            Self::LastResort => "last resort: nobody was usable, and its rest ends first",
            Self::Same => "the same again",
            Self::DefaultGroup => "the first usable one of the default group",
        })
    }
}

/// What one choice saw.
#[derive(Debug, Clone)]
pub struct Decision {
    /// By what it was made.
    pub reason: Reason,
    /// Who came before the chosen one and could not take this request, by name; at most 16.
    pub passed_over: Vec<(String, WhyNot)>,
    /// Tokens of the conversation that another endpoint holds in its cache and the chosen one has to read anew.
    pub cache_lost: u64,
    /// How the endpoints of its dialect stood.
    pub lineup: Arc<Lineup>,
}

/// How the endpoints of one dialect stood when it last changed who may serve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lineup {
    /// The dialect.
    pub dialect: Dialect,
    /// When it was written down, Unix milliseconds: what lasts, lasts from then.
    pub unix_ms: i64,
    /// Who was ahead and why, as [`super::Serving::why`].
    pub why: String,
    /// Names in the order in which requests tried them; at most 16.
    pub order: Vec<String>,
    /// Names of those that could not serve, and why; at most 16.
    pub out: Vec<(String, WhyNot)>,
    /// How many more there were of either sort.
    pub more: usize,
}

/// One endpoint as it would be looked at for a request now.
#[derive(Debug, Clone, PartialEq)]
pub struct Route {
    /// Its name.
    pub endpoint: String,
    /// What speaks against it; `None` = it would be tried, in this place.
    pub why_not: Option<WhyNot>,
    /// Where the request would go first.
    pub first: bool,
}

impl Engine {
    /// How a lane stands, written down anew only when it has changed.
    pub(super) fn lineup(&mut self, l: usize, now: Now) -> Arc<Lineup> {
        let lane = &self.lanes[l];
        // Where each request is placed anew, who had the last one says nothing.
        let current = lane.current.filter(|_| !lane.strategy.rotates());
        if let Some((ranked, ahead, lineup)) = &lane.lineup
            && (*ranked, *ahead) == (lane.ranked, current)
        {
            return Arc::clone(lineup);
        }
        let lineup = Arc::new(self.write_down(lane, now));
        let lane = &mut self.lanes[l];
        lane.lineup = Some((lane.ranked, current, Arc::clone(&lineup)));
        lineup
    }

    fn write_down(&self, lane: &Lane, now: Now) -> Lineup {
        let ask = Ask { client_credential: Some(0), ..Ask::inference(lane.dialect) };
        let name = |at: &usize| self.slots[*at].endpoint.name.clone();
        let out = lane.members.iter().filter(|m| !self.slots[**m].ranked);
        let out = out.filter_map(|m| Some((name(m), self.bars(&self.slots[*m], &ask, now)?)));
        let out: Vec<_> = out.take(MOST).collect();
        let order: Vec<String> = lane.order.iter().take(MOST).map(name).collect();
        let more = lane.members.len() - order.len() - out.len();
        Lineup { dialect: lane.dialect, unix_ms: now.unix_ms, why: self.why(lane), order, out, more }
    }

    /// Who stood before `at` in its lane's order and was not taken.
    pub(super) fn passed_over(&self, at: usize, ask: &Ask<'_>, now: Now) -> Vec<(String, WhyNot)> {
        let lane = &self.lanes[self.slots[at].lane];
        if lane.order.first() == Some(&at) || !self.slots[at].ranked {
            return Vec::new();
        }
        let before = lane.order.iter().take_while(|m| **m != at).map(|m| &self.slots[*m]);
        let refused =
            before.filter_map(|slot| Some((slot.endpoint.name.clone(), self.bars(slot, ask, now)?)));
        refused.take(MOST).collect()
    }

    /// Where a request would go now: its candidates in order, then those that it cannot use, in file order. Nothing
    /// changes by it; where each request is placed anew, the order is that of a failover.
    #[must_use]
    pub fn route(&self, ask: &Ask<'_>, now: Now) -> Vec<Route> {
        let lanes = self.lanes.iter().filter(|l| ask.dialect.is_none_or(|d| l.dialect == d));
        let ordered: Vec<usize> = match ask.kind {
            AskKind::Other => self.default_members.clone(),
            AskKind::Inference | AskKind::Aside => lanes.flat_map(|l| l.listed(&self.slots)).collect(),
        };
        let mut routes: Vec<Route> = Vec::new();
        let mut rest: Vec<Route> = Vec::new();
        let others = (0..self.slots.len()).filter(|at| !ordered.contains(at));
        for at in ordered.iter().copied().chain(others) {
            let slot = &self.slots[at];
            let why_not = self.bars(slot, ask, now);
            let route = Route { endpoint: slot.endpoint.name.clone(), why_not, first: false };
            if why_not.is_none() && ordered.contains(&at) { routes.push(route) } else { rest.push(route) }
        }
        if let Some(first) = routes.first_mut() {
            first.first = true;
        }
        routes.extend(rest);
        routes
    }
}
