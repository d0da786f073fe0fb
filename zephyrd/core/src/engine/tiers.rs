//! What operators want of groups and priorities: activate, pause for a time, other numbers; and what of that is
//! remembered.
//!
//! An activated group comes before those with lower numbers until it fails or is paused, or until another of its
//! dialects is activated; activating the one that would serve anyway is going back to the order of the numbers.
//! Where groups do not take over by themselves (`auto_switch = false`) it stays active while it fails. What is
//! preferred for one run comes before all that, and ends when somebody activates another.

use std::time::Duration;

use super::groups::{End, TiersMemory, span};
use super::lane::Lane;
use super::steer::Pause;
use super::{Admin, Engine, GroupState, Memory, Refusal, Since, State};
use crate::time::Now;

impl Engine {
    pub(super) fn activate(&mut self, name: &str, force: bool, now: Now) -> Result<(), Refusal> {
        let g = self.group_named(name)?;
        let group = &self.tiers.groups[g];
        let (state, members) = (group.state, group.members.clone());
        let left = group.until.map(|(until, _)| until.saturating_sub(now.mono));
        let name = || name.to_owned();
        match (state, left) {
            (GroupState::Disabled, _) => return Err(Refusal::Disabled { group: name() }),
            (GroupState::Paused, left) if !force => return Err(Refusal::Paused { group: name(), left }),
            (GroupState::Cooling, Some(left)) if !force => {
                return Err(Refusal::Cooling { group: name(), left });
            }
            _ => {}
        }
        let lifted = state == GroupState::Paused;
        let could = |at: &usize| {
            let slot = &self.slots[*at];
            (lifted || !slot.paused()) && (slot.health.state.usable() || (force && slot.soft()))
        };
        if !members.iter().any(could) {
            return Err(Refusal::NoHealthyEndpoint { group: name(), why: self.why_unhealthy(&members, now) });
        }
        if state.usable() && self.serves_alone(g) {
            return Err(Refusal::AlreadyActive { group: name() });
        }
        if lifted {
            self.resume(&name(), now)?;
        }
        if force {
            self.cut_short(g, now);
        }
        self.put_first(g);
        Ok(())
    }

    /// Ends the rest of a group and of its endpoints: each may be tried now.
    fn cut_short(&mut self, g: usize, now: Now) {
        self.tiers.groups[g].cooling = None;
        for at in self.tiers.groups[g].members.clone() {
            let slot = &mut self.slots[at];
            if slot.soft() {
                slot.health.until = Some((now.mono, now.unix_ms));
            }
        }
        self.end_what_is_over(now);
    }

    /// Prefers a group, in place of those that serve one of its dialects.
    fn put_first(&mut self, g: usize) {
        let lanes: Vec<usize> = self.tiers.groups[g].members.iter().map(|at| self.slots[*at].lane).collect();
        let rival = |name: &String| {
            let meant = |at: usize| {
                let endpoint = &self.slots[at].endpoint;
                endpoint.name == *name || endpoint.group == *name
            };
            (0..self.slots.len()).any(|at| meant(at) && lanes.contains(&self.slots[at].lane))
        };
        let rivals: Vec<String> = self.tiers.activated.iter().filter(|n| rival(n)).cloned().collect();
        let overruled = self.tiers.preferred.as_ref().is_some_and(rival);
        self.tiers.activated.retain(|n| !rivals.contains(n));
        if overruled {
            self.tiers.preferred = None;
        }
        self.rank_groups();
        if !self.comes_first(g) {
            let name = self.tiers.groups[g].name.clone();
            self.tiers.activated.push(name);
        }
    }

    /// Whether the group comes before all others that nobody paused, wherever it serves.
    fn comes_first(&self, g: usize) -> bool {
        let group = &self.tiers.groups[g];
        group.members.iter().map(|at| &self.slots[*at]).all(|own| {
            let lane = &self.lanes[own.lane];
            let others = lane.members.iter().map(|at| &self.slots[*at]);
            let mut others = others.filter(|s| s.group != g && !s.paused());
            others.all(|other| own.rank.of_group() < other.rank.of_group())
        })
    }

    /// Whether the group and no other gets new requests, wherever it serves.
    fn serves_alone(&self, g: usize) -> bool {
        let served = self.tiers.groups[g].members.iter().map(|at| self.slots[*at].lane);
        served.into_iter().all(|lane| {
            let lane = &self.lanes[lane];
            let first = lane.brackets.first().map_or(0, |end| *end);
            first > 0 && lane.order.iter().take(first).all(|at| self.slots[*at].group == g)
        })
    }

    fn why_unhealthy(&self, members: &[usize], now: Now) -> String {
        let one = |at: &usize| {
            let slot = &self.slots[*at];
            let name = &slot.endpoint.name;
            if slot.paused() {
                return format!("`{name}` is {}", slot.admin.name());
            }
            let left = slot.health.until.map(|(until, _)| until.saturating_sub(now.mono));
            let left = left.map(|left| format!(" for another {}", span(left))).unwrap_or_default();
            format!("`{name}` is {}{left}", slot.health.state.name())
        };
        let told: Vec<String> = members.iter().take(3).map(one).collect();
        let more = match members.len().saturating_sub(3) {
            0 => String::new(),
            n => format!(", and {n} more"),
        };
        format!("{}{more}", told.join(", "))
    }

    pub(super) fn pause_group(
        &mut self,
        name: &str,
        lasts: Option<Duration>,
        now: Now,
    ) -> Result<(), Refusal> {
        self.group_named(name).and_then(|g| self.switched_on(g))?;
        let until = lasts.map(|lasts| {
            let until = now.mono.saturating_add(lasts);
            (until, now.unix_ms_at(until))
        });
        self.pause(name, Pause { admin: Admin::Paused, until });
        Ok(())
    }

    pub(super) fn resume_group(&mut self, name: &str, now: Now) -> Result<(), Refusal> {
        self.group_named(name).and_then(|g| self.switched_on(g))?;
        self.resume(name, now)
    }

    /// Pauses an endpoint or a group; whoever pauses a group no longer prefers it.
    pub(super) fn pause(&mut self, name: &str, pause: Pause) {
        if let Some((until, _)) = pause.until {
            self.next_end = Some(self.next_end.map_or(until, |end| end.min(until)));
        }
        self.paused.insert(name.to_owned(), pause);
        self.tiers.activated.retain(|n| n != name);
    }

    pub(super) fn prioritise(&mut self, name: &str, priority: Option<u32>) -> Result<(), Refusal> {
        if !self.tiers.groups.iter().any(|g| g.name == name) {
            self.known(name)?;
        }
        match priority {
            Some(priority) => {
                self.tiers.priorities.insert(name.to_owned(), priority);
            }
            None if self.tiers.priorities.remove(name).is_none() => {
                return Err(Refusal::NotOverridden { name: name.to_owned() });
            }
            None => {}
        }
        self.list_dirty = true;
        Ok(())
    }

    pub(super) fn prefer(&mut self, name: &str) -> Result<(), Refusal> {
        self.known(name)?;
        self.tiers.preferred = Some(name.to_owned());
        Ok(())
    }

    fn group_named(&self, name: &str) -> Result<usize, Refusal> {
        if let Some(g) = self.tiers.groups.iter().position(|g| g.name == name) {
            return Ok(g);
        }
        let of_endpoint = self.slots.iter().find(|s| s.endpoint.name == name);
        let nearest = match of_endpoint {
            Some(slot) => Some(slot.endpoint.group.clone()),
            None => super::steer::nearest(name, self.tiers.groups.iter().map(|g| &g.name)),
        };
        Err(Refusal::UnknownGroup { name: name.to_owned(), nearest })
    }

    fn switched_on(&self, g: usize) -> Result<(), Refusal> {
        let group = &self.tiers.groups[g];
        if group.members.is_empty() { Err(Refusal::Disabled { group: group.name.clone() }) } else { Ok(()) }
    }

    pub(super) fn tiers_memory(&self) -> TiersMemory {
        let unix = |(name, end): (&String, Option<End>)| Some((name.clone(), end?.1));
        TiersMemory {
            activated: self.tiers.activated.clone(),
            cooling: self.tiers.groups.iter().filter_map(|g| unix((&g.name, g.cooling))).collect(),
            pause_ends: self.paused.iter().filter_map(|(name, p)| unix((name, p.until))).collect(),
            priorities: self.tiers.priorities.iter().map(|(name, n)| (name.clone(), *n)).collect(),
        }
    }

    /// Pauses are known already. What is over ends with the next look at the time.
    pub(super) fn remember_tiers(&mut self, memory: &Memory) {
        let since = Since::new(memory, self.seen);
        let now = self.seen.mono;
        let end = |unix_ms: i64| -> End { (since.until(unix_ms).unwrap_or(now), unix_ms) };
        let memory = &memory.tiers;
        for (name, unix_ms) in &memory.pause_ends {
            if let Some(pause) = self.paused.get_mut(name) {
                pause.until = Some(end(*unix_ms));
            }
        }
        for group in &mut self.tiers.groups {
            let kept = memory.cooling.iter().find(|(name, _)| *name == group.name);
            let cooling = kept.map(|(_, unix_ms)| end(*unix_ms));
            group.remember(cooling);
        }
        self.tiers.activated.clone_from(&memory.activated);
        self.tiers.priorities = memory.priorities.iter().cloned().collect();
    }

    /// Drops what was wanted of names that no longer exist; true if there was any.
    pub(super) fn forget_unknown_tiers(&mut self) -> bool {
        let Self { slots, tiers, .. } = self;
        let exists = |name: &String| {
            tiers.groups.iter().any(|g| g.name == *name) || slots.iter().any(|s| s.endpoint.name == *name)
        };
        let before = (tiers.activated.len(), tiers.priorities.len());
        tiers.activated.retain(exists);
        tiers.priorities.retain(|name, _| exists(name));
        before != (tiers.activated.len(), tiers.priorities.len())
    }

    /// Why the group of who serves does, where its number alone does not tell.
    pub(super) fn why_this_group(&self, lane: &Lane, at: usize) -> Option<String> {
        let own = &self.slots[at];
        let name = &own.endpoint.group;
        match own.rank.wish {
            0 => return Some("preferred at the start".to_owned()),
            1 => return Some(format!("group {name} is activated")),
            _ => {}
        }
        let before = |at: &&usize| self.slots[**at].rank.of_group() < own.rank.of_group();
        let ahead = lane.members.iter().filter(before).min_by_key(|at| self.slots[**at].rank)?;
        let ahead = &self.tiers.groups[self.slots[*ahead].group];
        (!ahead.state.usable()).then(|| format!("group {} is {}", ahead.name, ahead.state.name()))
    }

    /// Where no group takes over by itself: the active one, and how to switch to the first that could serve.
    pub(super) fn why_no_group(&self, lane: &Lane) -> Option<String> {
        let held = lane.held?;
        let members = || lane.members.iter().map(|at| &self.slots[*at]).filter(|s| !s.paused());
        let active = members().find(|s| s.rank.of_group() == held)?;
        let ready = members().filter(|s| !lane.holds(s) && s.health.state.usable());
        let next = ready.min_by_key(|s| s.rank)?;
        let failed = members().filter(|s| s.group == active.group);
        let state =
            match failed.clone().count() > 0 && failed.clone().all(|s| s.health.state == State::Exhausted) {
                true => GroupState::Exhausted,
                false => GroupState::Cooling,
            };
        let (active, next) = (&active.endpoint.group, &next.endpoint.group);
        Some(format!(
            "group {active} is {}, and none takes over (`auto_switch = false`): `zephyrctl group activate {next}`",
            state.name()
        ))
    }
}
