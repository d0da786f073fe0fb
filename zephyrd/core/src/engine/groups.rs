//! Groups as tiers: how they stand to each other, what state each is in, and for how long it rests.
//!
//! The lowest number that is usable is active. A group whose endpoints have all failed cools down, so that a
//! request makes at most one attempt there (a half-open one), and the next takes over; the first of its endpoints
//! that is proved to work ends that. What is counted here is counted anew only when an endpoint's state or an
//! operator's wish changes, never per request.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Engine, Notice, State};

/// State of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GroupState {
    /// New requests go there.
    Active,
    /// It is usable, and others come first.
    Standby,
    /// All its endpoints are paused or drained.
    Paused,
    /// All its endpoints have failed.
    Cooling,
    /// All its endpoints have reached a limit.
    Exhausted,
    /// It has no endpoint that is switched on in the config.
    Disabled,
}

impl GroupState {
    /// The name in CLI, API and log.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Standby => "standby",
            Self::Paused => "paused",
            Self::Cooling => "cooling",
            Self::Exhausted => "exhausted",
            Self::Disabled => "disabled",
        }
    }

    /// Whether requests may go there.
    #[must_use]
    pub fn usable(self) -> bool {
        matches!(self, Self::Active | Self::Standby)
    }
}

/// One group as everybody sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupView {
    /// Its name.
    pub name: String,
    /// Its state.
    pub state: GroupState,
    /// When that state ends by itself at the latest, Unix milliseconds; `None` = never, or nobody knows.
    pub until_unix_ms: Option<i64>,
    /// An operator's priority number instead of the config's.
    pub priority: Option<u32>,
    /// An operator prefers it to groups with lower numbers.
    pub activated: bool,
}

/// What of groups and priorities survives a restart. Times are Unix milliseconds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TiersMemory {
    /// Groups that an operator prefers.
    #[serde(default)]
    pub activated: Vec<String>,
    /// Groups that cool down, and until when.
    #[serde(default)]
    pub cooling: Vec<(String, i64)>,
    /// When pauses end that end by themselves, by name of an endpoint or a group.
    #[serde(default)]
    pub pause_ends: Vec<(String, i64)>,
    /// Priority numbers instead of the config's, by name of an endpoint or a group.
    #[serde(default)]
    pub priorities: Vec<(String, u32)>,
}

/// Where an endpoint stands by its group's number and what operators prefer; lower comes first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    /// 0 = preferred for this run, 1 = activated, 2 = any other.
    pub(super) wish: u8,
    pub(super) tier: u32,
    /// The others of a group one endpoint of which is preferred come after it.
    pub(super) second: bool,
}

impl Rank {
    /// What is the same for all endpoints of one group.
    pub(super) fn of_group(self) -> (u8, u32) {
        (self.wish, self.tier)
    }
}

/// An end on the monotonic clock, and on the wall clock as it was told first.
pub(super) type End = (Duration, i64);

/// All groups, and what operators want of them.
pub(super) struct Tiers {
    /// In file order, those without endpoints too.
    pub(super) groups: Vec<Group>,
    /// Groups that an operator prefers; no two of them serve the same dialect.
    pub(super) activated: Vec<String>,
    /// Endpoint or group that comes first in this run.
    pub(super) preferred: Option<String>,
    /// By name of an endpoint or a group.
    pub(super) priorities: BTreeMap<String, u32>,
}

/// One group.
#[derive(Debug, Clone)]
pub(super) struct Group {
    pub(super) name: String,
    /// Positions of its endpoints.
    pub(super) members: Vec<usize>,
    pub(super) cooling: Option<End>,
    /// It has cooled down once since one of its endpoints was usable.
    rested: bool,
    tally: Tally,
    pub(super) state: GroupState,
    pub(super) until: Option<End>,
}

/// How the endpoints of a group are that nobody paused.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Tally {
    /// All of them.
    open: usize,
    usable: usize,
    /// Usable as something showed: neither unknown nor merely on trial.
    proven: usize,
    exhausted: usize,
    /// The first end of an open state.
    until: Option<End>,
}

impl Tally {
    fn failed(&self) -> bool {
        self.open > 0 && self.usable == 0
    }
}

impl Group {
    fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            members: Vec::new(),
            cooling: None,
            rested: false,
            tally: Tally::default(),
            state: GroupState::Disabled,
            until: None,
        }
    }

    pub(super) fn remember(&mut self, cooling: Option<End>) {
        self.rested = cooling.is_some();
        self.cooling = cooling;
    }

    /// What of it has failed has had its rest already.
    pub(super) fn has_rested(&mut self) {
        self.rested = true;
    }
}

impl Tiers {
    pub(super) fn new<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        Self {
            groups: names.map(Group::new).collect(),
            activated: Vec::new(),
            preferred: None,
            priorities: BTreeMap::new(),
        }
    }

    /// The groups of another config; those that it also has are kept.
    pub(super) fn rename(&mut self, names: &[String]) {
        let mut old: HashMap<String, Group> = self.groups.drain(..).map(|g| (g.name.clone(), g)).collect();
        self.groups = names.iter().map(|n| old.remove(n).unwrap_or_else(|| Group::new(n))).collect();
    }
}

impl Engine {
    /// Tells every endpoint its group, after either has changed.
    pub(super) fn assign_groups(&mut self) {
        let Self { slots, tiers, .. } = self;
        tiers.groups.iter_mut().for_each(|g| g.members.clear());
        let by_name: HashMap<String, usize> =
            tiers.groups.iter().enumerate().map(|(g, group)| (group.name.clone(), g)).collect();
        for (at, slot) in slots.iter_mut().enumerate() {
            slot.group = by_name.get(&slot.endpoint.group).copied().unwrap_or_default();
            if let Some(group) = tiers.groups.get_mut(slot.group) {
                group.members.push(at);
            }
        }
    }

    /// Gives every endpoint its standing.
    pub(super) fn rank_groups(&mut self) {
        let Self { slots, tiers, .. } = self;
        let preferred = |name: &String| tiers.preferred.as_ref() == Some(name);
        for group in &tiers.groups {
            let tier = tiers.priorities.get(&group.name).copied();
            let one = group.members.iter().any(|at| preferred(&slots[*at].endpoint.name));
            let wish = match () {
                () if one || preferred(&group.name) => 0,
                () if tiers.activated.contains(&group.name) => 1,
                () => 2,
            };
            for at in &group.members {
                let slot = &mut slots[*at];
                let second = one && !preferred(&slot.endpoint.name);
                slot.rank = Rank { wish, tier: tier.unwrap_or(slot.endpoint.tier), second };
                let own = tiers.priorities.get(&slot.endpoint.name).copied();
                slot.priority = own.unwrap_or(slot.endpoint.priority);
                slot.resting = group.cooling.is_some();
            }
        }
    }

    /// Counts one group anew. Where that begins or ends its rest, or ends its activation, every lane that it is in
    /// is sorted anew.
    pub(super) fn regroup(&mut self, g: usize) {
        if self.count(g) {
            self.rank_groups();
            for lane in 0..self.lanes.len() {
                self.sort(lane);
            }
        }
    }

    /// As [`Self::regroup`], for all groups and without sorting.
    pub(super) fn count_groups(&mut self) {
        for g in 0..self.tiers.groups.len() {
            self.count(g);
        }
        self.rank_groups();
    }

    /// True if the group's standing has changed.
    fn count(&mut self, g: usize) -> bool {
        let now = self.seen;
        let Some(group) = self.tiers.groups.get_mut(g) else { return false };
        let mut tally = Tally::default();
        for slot in group.members.iter().map(|at| &self.slots[*at]).filter(|s| !s.paused()) {
            let state = slot.health.state;
            tally.open += 1;
            tally.usable += usize::from(state.usable());
            let known = state.usable() && state != State::Unknown;
            tally.proven += usize::from(known && !slot.health.on_trial);
            tally.exhausted += usize::from(state == State::Exhausted);
            tally.until = tally.until.into_iter().chain(slot.health.until).min();
        }
        group.tally = tally;
        let rested = group.cooling.is_some();
        let limited = tally.exhausted == tally.open;
        if tally.proven > 0 || tally.open == 0 || (tally.failed() && limited) {
            group.cooling = None;
        } else if tally.failed() && !rested && !group.rested {
            let until = now.mono + self.failover.group_cooldown;
            group.cooling = Some((until, now.unix_ms_at(until)));
            group.rested = true;
            self.next_end = Some(self.next_end.map_or(until, |end| end.min(until)));
        }
        if tally.usable > 0 && group.cooling.is_none() {
            group.rested = false;
        }
        let mut changed = rested != group.cooling.is_some();
        if changed {
            self.notify(Notice::MemoryChanged);
        }
        let name = &self.tiers.groups[g].name;
        if tally.failed() && self.selection.auto_switch && self.tiers.activated.contains(name) {
            let group = name.clone();
            self.tiers.activated.retain(|n| *n != group);
            self.notify(Notice::ActivationEnded { group });
            self.notify(Notice::MemoryChanged);
            changed = true;
        }
        changed
    }

    /// Ends the rests whose time is over.
    pub(super) fn end_rests(&mut self, now: crate::time::Now) {
        let over = |end: Option<End>| end.is_some_and(|(until, _)| until <= now.mono);
        let rested: Vec<usize> =
            (0..self.tiers.groups.len()).filter(|g| over(self.tiers.groups[*g].cooling)).collect();
        for g in &rested {
            self.tiers.groups[*g].cooling = None;
        }
        let ended = self.paused.iter().filter(|(_, p)| over(p.until)).map(|(name, _)| name.clone());
        let ended: Vec<String> = ended.collect();
        for name in &ended {
            self.paused.remove(name);
            for slot in &mut self.slots {
                if slot.endpoint.name == *name || slot.endpoint.group == *name {
                    slot.probe.at_once(now.mono);
                }
            }
            self.notify(Notice::PauseEnded { name: name.clone() });
        }
        if !rested.is_empty() || !ended.is_empty() {
            self.steered();
            self.notify(Notice::MemoryChanged);
        }
    }

    /// When the first open state, rest or pause ends.
    pub(super) fn first_end(&self) -> Option<Duration> {
        let states = self.slots.iter().filter_map(|s| s.health.next_end());
        let rests = self.tiers.groups.iter().filter_map(|g| g.cooling);
        let pauses = self.paused.values().filter_map(|p| p.until);
        let holds = self.next_hold_end(Duration::ZERO);
        states.chain(rests.chain(pauses).map(|(until, _)| until)).chain(holds).min()
    }

    /// Finds out which groups are active, and tells what has changed. A group is active that serves new requests of its
    /// dialect; what routes send it is not looked at.
    pub(super) fn show_groups(&mut self) {
        let now = self.seen;
        let tops: Vec<usize> = {
            let lanes = self.lanes.iter().take(self.of_dialects);
            lanes.filter_map(|lane| lane.top(&self.slots)).collect()
        };
        for g in 0..self.tiers.groups.len() {
            let (state, until) = self.state_of(g, &tops);
            let group = &mut self.tiers.groups[g];
            let from = std::mem::replace(&mut group.state, state);
            if (from, group.until) == (state, until) {
                continue;
            }
            group.until = until;
            self.head_dirty = true;
            if from != state {
                let lasts = until.map(|(until, _)| until.saturating_sub(now.mono));
                let notice = Notice::Group { group: group.name.clone(), from, to: state, lasts };
                self.notify(notice);
            }
        }
    }

    fn state_of(&self, g: usize, tops: &[usize]) -> (GroupState, Option<End>) {
        let group = &self.tiers.groups[g];
        let Tally { open, exhausted, until, .. } = group.tally;
        if group.members.is_empty() {
            return (GroupState::Disabled, None);
        }
        if open == 0 {
            return (GroupState::Paused, self.paused.get(&group.name).and_then(|p| p.until));
        }
        if exhausted == open {
            return (GroupState::Exhausted, until);
        }
        if group.cooling.is_some() || group.tally.failed() {
            return (GroupState::Cooling, group.cooling.or(until));
        }
        let active = tops.iter().map(|at| &self.slots[*at]).any(|top| {
            let here = |at: &usize| {
                let slot = &self.slots[*at];
                slot.lane == top.lane
                    && self.lanes[slot.lane].admits(slot)
                    && slot.rank.of_group() == top.rank.of_group()
            };
            top.group == g || (!top.pinned && group.members.iter().any(here))
        });
        (if active { GroupState::Active } else { GroupState::Standby }, None)
    }

    pub(super) fn group_views(&self) -> Vec<GroupView> {
        let view = |group: &Group| GroupView {
            name: group.name.clone(),
            state: group.state,
            until_unix_ms: group.until.map(|(_, unix_ms)| unix_ms),
            priority: self.tiers.priorities.get(&group.name).copied(),
            activated: self.tiers.activated.contains(&group.name),
        };
        self.tiers.groups.iter().map(view).collect()
    }
}

/// A length of time for people: `40 s`, `12 min`, `3 h`, rounded up.
pub(super) fn span(time: Duration) -> String {
    let seconds = time.as_secs() + u64::from(time.subsec_nanos() > 0);
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7_199 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h", seconds.div_ceil(3_600)),
    }
}
