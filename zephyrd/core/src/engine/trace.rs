//! Why a request went where it went, for people: what each choice saw and by what it was made.
//!
//! A choice costs next to nothing for it: how everybody stood is written down once per change of a lane and shared
//! by all choices until the next. Bounded: of a lane the first [`MOST`] in order and [`MOST`] that were out of
//! it are named, the rest is counted.

use std::sync::Arc;

use super::fit::Fit;
use super::lane::Lane;
use super::ways::{Way, Ways};
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
    /// How those it was chosen from stood.
    pub lineup: Arc<Lineup>,
    /// Pattern of the model's route; `None` = it has none.
    pub route: Option<Arc<str>>,
    /// The model that is asked for there instead of the client's.
    pub rename: Option<Arc<str>>,
}

/// How the endpoints of one dialect, or the targets of one priority of a route, stood when it last changed who may serve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lineup {
    /// The dialect; `None` = targets of a route.
    pub dialect: Option<Dialect>,
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
    /// The model that it would be asked for instead of the client's.
    pub model: Option<Arc<str>>,
    /// Priority of the route's target; `None` = no route.
    pub priority: Option<u32>,
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
        let ask =
            Ask { client_credential: Some(0), dialect: lane.dialect, ..Ask::inference(Dialect::Anthropic) };
        let fit = Fit::plain(&ask, now, lane.dialect).inside(lane);
        let name = |at: &usize| self.slots[*at].endpoint.name.clone();
        let out = lane.members.iter().filter(|m| !lane.admits(&self.slots[**m]));
        let out = out.filter_map(|m| Some((name(m), fit.bars(&self.slots[*m])?)));
        let out: Vec<_> = out.take(MOST).collect();
        let order: Vec<String> = lane.order.iter().take(MOST).map(name).collect();
        let more = lane.members.len() - order.len() - out.len();
        Lineup { dialect: lane.dialect, unix_ms: now.unix_ms, why: self.why(lane), order, out, more }
    }

    /// Who stood before `at`, which the way at `i` led to, and was not taken: those of the ways before it, and, where
    /// `own` says so, of its own lane.
    pub(super) fn passed_over(
        &self,
        ways: &Ways,
        (i, own): (usize, bool),
        at: usize,
        ask: &Ask<'_>,
        now: Now,
    ) -> Vec<(String, WhyNot)> {
        let avoided = self.avoided(ask, now);
        let plain = Fit { avoided: &avoided, ..self.fit(ways, ask, now) };
        let mut out = Vec::new();
        for (w, way) in (0..=i).zip(ways.iter()) {
            let lane = &self.lanes[way.lane];
            let fit = plain.on(way, lane);
            let refused = |m: &usize| {
                let slot = &self.slots[*m];
                Some((slot.endpoint.name.clone(), fit.bars(slot)?))
            };
            let left = MOST - out.len();
            if w < i {
                out.extend(lane.members.iter().filter_map(refused).take(left));
            } else if own && lane.order.first() != Some(&at) && lane.admits(&self.slots[at]) {
                let before = lane.order.iter().take_while(|m| **m != at);
                out.extend(before.filter_map(refused).take(left));
            }
        }
        out
    }

    /// Where a request would go now: its candidates in order, then those that it cannot use, in file order; with a route
    /// by priority of its targets, and nobody else. Nothing changes by it; where each request is placed anew, the order
    /// is that of a failover.
    #[must_use]
    pub fn route(&mut self, ask: &Ask<'_>, now: Now) -> Vec<Route> {
        let ways = self.ways(ask);
        self.freshen(&ways);
        let avoided = self.avoided(ask, now);
        let plain = Fit { avoided: &avoided, ..self.fit(&ways, ask, now) };
        let mut routes: Vec<Route> = Vec::new();
        let mut seen: Vec<usize> = Vec::new();
        let one = |at: usize, way: Option<Way<'_>>, why_not: Option<WhyNot>| Route {
            endpoint: self.slots[at].endpoint.name.clone(),
            model: way.and_then(|way| way.rename(self.slots[at].id)).cloned(),
            priority: way.and_then(|way| way.level).map(|level| level.priority),
            why_not,
            first: false,
        };
        if ask.kind == AskKind::Other {
            for at in &self.default_members {
                routes.push(one(*at, None, self.bars_on(&ways, *at, plain)));
            }
            seen.clone_from(&self.default_members);
        } else {
            for way in ways.iter() {
                let lane = &self.lanes[way.lane];
                let fit = plain.on(way, lane);
                let ordered = lane.listed(&self.slots);
                let out = lane.members.iter().copied().filter(|at| !ordered.contains(at));
                let all = ordered.iter().copied().chain(out);
                let mut all: Vec<Route> =
                    all.map(|at| one(at, Some(way), fit.bars(&self.slots[at]))).collect();
                all.sort_by_key(|route| route.why_not.is_some());
                routes.append(&mut all);
                seen.extend(&lane.members);
            }
        }
        if ways.route().is_none() {
            routes.sort_by_key(|route| route.why_not.is_some());
            let others = (0..self.slots.len()).filter(|at| !seen.contains(at));
            routes.extend(others.map(|at| one(at, None, self.bars_on(&ways, at, plain))));
        }
        if let Some(first) = routes.iter_mut().find(|route| route.why_not.is_none()) {
            first.first = true;
        }
        routes
    }
}
