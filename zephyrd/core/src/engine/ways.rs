//! Which lanes a request may be served by, in which order, and which model each of them is asked for.
//!
//! Without a route that is the lane of its dialect; where the plan has nobody of that dialect and the request can be
//! translated, the lanes of all others in turn. With a route it is one lane per priority of its targets. Two sets of
//! the same endpoints are one lane, whichever routes they serve, so that many routes cost little.
//!
//! Lanes of dialects are kept in order with every change. Others are put in order when a request comes for them: a
//! change only marks them, so that it costs the same with a thousand routes as with none.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::lane::Lane;
use super::{Ask, AskKind, EndpointId, Engine};
use crate::config::{Dialect, Route, Target};

/// So many changed latencies are followed one by one; after more a lane is sorted anew. With many routes each is asked for
/// rarely, and sorting half of 1,000 endpoints costs 120 µs.
const FOLLOWED: usize = 256;

/// The targets of one priority of one route.
#[derive(Debug)]
pub(super) struct Level {
    pub(super) lane: usize,
    pub(super) priority: u32,
    names: Names,
}

/// The models that endpoints are asked for; `None` = the client's.
#[derive(Debug)]
enum Names {
    /// All of them for the same.
    Same(Option<Arc<str>>),
    /// By endpoint, sorted.
    Each(Vec<(EndpointId, Option<Arc<str>>)>),
}

impl Level {
    /// The model that an endpoint of it is asked for instead of the client's.
    pub(super) fn rename(&self, id: EndpointId) -> Option<&Arc<str>> {
        match &self.names {
            Names::Same(name) => name.as_ref(),
            Names::Each(names) => {
                let at = names.binary_search_by_key(&id, |(id, _)| *id).ok()?;
                names[at].1.as_ref()
            }
        }
    }

    /// Whether all of its endpoints are asked for this model.
    fn all_as(&self, name: Option<&Arc<str>>) -> bool {
        matches!(&self.names, Names::Same(same) if same.as_ref() == name)
    }
}

/// The levels of one route, those without endpoints left out.
#[derive(Debug)]
pub(super) struct Levels {
    pub(super) pattern: Arc<str>,
    levels: Vec<Level>,
}

/// One lane that a request may be served by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way<'w> {
    pub(super) lane: usize,
    /// `None` = no route.
    pub(super) level: Option<&'w Level>,
}

impl<'w> Way<'w> {
    /// The model that an endpoint is asked for instead of the client's.
    pub(super) fn rename(&self, id: EndpointId) -> Option<&'w Arc<str>> {
        self.level.and_then(|level| level.rename(id))
    }

    /// Whether all endpoints of it are asked for this model.
    pub(super) fn all_as(&self, name: Option<&Arc<str>>) -> bool {
        self.level.map_or(name.is_none(), |level| level.all_as(name))
    }
}

/// All of them, in the order in which they are tried. Good until the next reload.
#[derive(Debug, Clone)]
pub(super) struct Ways {
    route: Option<Arc<Levels>>,
    lanes: [Option<usize>; 3],
    /// The only dialect that will do; `None` = any.
    pub(super) dialect: Option<Dialect>,
}

impl Ways {
    /// The one at `i`.
    pub(super) fn get(&self, i: usize) -> Option<Way<'_>> {
        match &self.route {
            Some(route) => route.levels.get(i).map(|level| Way { lane: level.lane, level: Some(level) }),
            None => (*self.lanes.get(i)?).map(|lane| Way { lane, level: None }),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Way<'_>> {
        (0..).map_while(|i| self.get(i))
    }

    /// The route's pattern.
    pub(super) fn route(&self) -> Option<&Arc<str>> {
        self.route.as_ref().map(|route| &route.pattern)
    }
}

/// The last positions whose latency has changed, for lanes that are put in order later.
#[derive(Debug, Default)]
pub(super) struct Moves {
    last: VecDeque<usize>,
    total: u64,
}

impl Moves {
    fn push(&mut self, at: usize) {
        if self.last.len() == FOLLOWED {
            self.last.pop_front();
        }
        self.last.push_back(at);
        self.total += 1;
    }

    /// Those since `seen`; `None` = too many.
    fn since(&self, seen: u64) -> Option<impl Iterator<Item = usize>> {
        let new = usize::try_from(self.total - seen).unwrap_or(usize::MAX);
        let skip = self.last.len().checked_sub(new)?;
        Some(self.last.iter().copied().skip(skip))
    }
}

impl Engine {
    /// The lanes that an ask may be served by. A route that a reload took away is none.
    pub(super) fn ways(&self, ask: &Ask<'_>) -> Ways {
        let any = ask.translates;
        let route = ask.route.filter(|_| ask.kind != AskKind::Other);
        if let Some(route) = route.and_then(|pattern| self.routes.get(pattern)) {
            let dialect = ask.dialect.filter(|_| !any);
            return Ways { route: Some(Arc::clone(route)), lanes: [None; 3], dialect };
        }
        let speaks = |dialect: Option<Dialect>| {
            let lanes = 0..self.of_dialects;
            lanes.filter(move |l| dialect.is_none_or(|d| self.lanes[*l].dialect == Some(d)))
        };
        let own = speaks(ask.dialect).next().is_some();
        let dialect = ask.dialect.filter(|_| own || !any);
        let mut lanes = speaks(dialect);
        Ways { route: None, lanes: std::array::from_fn(|_| lanes.next()), dialect }
    }

    /// Puts the lanes in order that are behind.
    pub(super) fn freshen(&mut self, ways: &Ways) {
        for way in ways.iter() {
            self.freshen_lane(way.lane);
        }
    }

    /// As [`Self::freshen`], for every lane.
    pub(super) fn freshen_all(&mut self) {
        (self.of_dialects..self.lanes.len()).for_each(|l| self.freshen_lane(l));
    }

    fn freshen_lane(&mut self, l: usize) {
        if l < self.of_dialects {
            return;
        }
        let Self { lanes, slots, moves, .. } = self;
        let lane = &mut lanes[l];
        if !lane.stale && lane.seen == moves.total {
            return;
        }
        let stale = std::mem::take(&mut lane.stale);
        match moves.since(lane.seen).filter(|_| !stale) {
            Some(moved) => {
                let mut done: Vec<usize> = Vec::new();
                for at in moved {
                    if !done.contains(&at) {
                        lane.reposition(at, slots);
                        done.push(at);
                    }
                }
            }
            None => lane.rank(slots),
        }
        lane.seen = moves.total;
        lane.elect(slots);
        lane.announced = lane.current.map(|at| slots[at].id);
    }

    /// What decides who is in a lane or in which bracket has changed.
    pub(super) fn sort(&mut self, l: usize) {
        if l >= self.of_dialects {
            self.lanes[l].stale = true;
            return;
        }
        self.lanes[l].rank(&self.slots);
        self.elect(l);
    }

    /// Another latency: one endpoint moves in every lane that it is in.
    pub(super) fn moved(&mut self, at: usize) {
        let own = self.slots[at].lane;
        self.lanes[own].reposition(at, &self.slots);
        if self.lanes.len() > self.of_dialects && !self.lanes[own].strategy.rotates() {
            self.moves.push(at);
        }
    }

    /// The lanes of the routes, after the endpoints or the routes have changed. Sets of endpoints that were there
    /// before keep who serves.
    pub(super) fn build_routes(&mut self, mut old: Vec<Lane>, new_strategy: bool) {
        self.of_dialects = self.lanes.len();
        self.moves = Moves::default();
        self.routes.clear();
        let mut known: HashMap<Vec<usize>, usize> =
            self.lanes.iter().enumerate().map(|(l, lane)| (lane.members.clone(), l)).collect();
        for route in &self.route_plan.clone() {
            let levels = route.levels().filter_map(|targets| self.level(targets, &mut known));
            let levels: Vec<Level> = levels.collect();
            let pattern: Arc<str> = Arc::from(route.model.as_str());
            self.routes.insert(Arc::clone(&pattern), Arc::new(Levels { pattern, levels }));
        }
        for l in self.of_dialects..self.lanes.len() {
            let ids: Vec<EndpointId> = self.lanes[l].members.iter().map(|at| self.slots[*at].id).collect();
            if let Some(kept) = old.iter().position(|lane| lane.ids == ids) {
                let kept = old.swap_remove(kept);
                let lane = &mut self.lanes[l];
                lane.announced = kept.announced;
                lane.current = kept.announced.and_then(|id| self.by_id.get(&id).copied());
                if !new_strategy {
                    lane.strategy = kept.strategy;
                }
            }
            self.lanes[l].ids = ids;
        }
        self.slots.iter_mut().for_each(|slot| slot.lanes.clear());
        for (l, lane) in self.lanes.iter().enumerate() {
            lane.members.iter().for_each(|at| self.slots[*at].lanes.push(l));
        }
    }

    fn level(&mut self, targets: &[Target], known: &mut HashMap<Vec<usize>, usize>) -> Option<Level> {
        let target = |at: usize| {
            let endpoint = &self.slots[at].endpoint;
            targets.iter().find(|target| target.place.is(&endpoint.name, &endpoint.group))
        };
        let members = (0..self.slots.len()).filter_map(|at| Some((at, target(at)?)));
        let members: Vec<(usize, &Target)> = members.collect();
        let (_, first) = members.first()?;
        let names = if members.iter().all(|(_, target)| target.model == first.model) {
            Names::Same(first.model.clone())
        } else {
            let mut names: Vec<_> =
                members.iter().map(|(at, target)| (self.slots[*at].id, target.model.clone())).collect();
            names.sort_by_key(|(id, _)| *id);
            Names::Each(names)
        };
        let priority = first.priority;
        let members: Vec<usize> = members.into_iter().map(|(at, _)| at).collect();
        let lane = *known.entry(members).or_insert_with_key(|members| {
            let mut lane = Lane::new(None, self.a_strategy());
            lane.members.clone_from(members);
            self.lanes.push(lane);
            self.lanes.len() - 1
        });
        Some(Level { lane, priority, names })
    }

    /// Whether the routes are these ones.
    pub(super) fn take_up_routes(&mut self, routes: &[Arc<Route>]) {
        self.route_plan = routes.to_vec();
    }
}
