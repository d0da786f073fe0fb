//! Tells watchers and the log what changed.
//!
//! Changes are level-triggered flags, folded per endpoint: they cost next to nothing while nobody polls, and a
//! slow watcher gets fewer of them, never more memory.

use super::lane::Lane;
use super::slot::Slot;
use super::{EndpointId, Engine, Event, Mode, Notice, Serving};

/// Notices kept for the log.
const NOTICES: usize = 256;
/// Endpoints named in one phrase.
const NAMED: usize = 3;

impl Engine {
    /// The endpoint has changed.
    pub(super) fn mark(&mut self, at: usize) {
        let slot = &mut self.slots[at];
        if !std::mem::replace(&mut slot.dirty, true) {
            self.dirty.push_back(slot.id);
        }
    }

    pub(super) fn notify(&mut self, notice: Notice) {
        if self.notices.len() == NOTICES {
            self.notices.pop_front();
        }
        self.notices.push_back(notice);
    }

    pub(super) fn next_event(&mut self) -> Option<Event> {
        if std::mem::take(&mut self.list_dirty) {
            self.dirty.clear();
            self.slots.iter_mut().for_each(|slot| slot.dirty = false);
            return Some(Event::Endpoints(self.slots.iter().map(Slot::view).collect()));
        }
        if std::mem::take(&mut self.head_dirty) {
            return Some(Event::Head {
                mode: self.mode.clone(),
                monitoring_paused: self.monitoring_paused,
                offline_unix_ms: self.offline(),
                serving: self.serving(),
                auto_switch: self.selection.auto_switch,
                groups: self.group_views(),
                waiting: self.tally(),
            });
        }
        while let Some(id) = self.dirty.pop_front() {
            if let Some(at) = self.by_id.get(&id) {
                let slot = &mut self.slots[*at];
                slot.dirty = false;
                return Some(Event::Endpoint(Box::new(slot.view())));
            }
        }
        None
    }

    /// Changes an endpoint's load, keeping its lanes' counts of those with room.
    pub(super) fn load(&mut self, at: usize, change: impl FnOnce(&mut Slot)) {
        let slot = &mut self.slots[at];
        let before = [slot.free(false), slot.free(true)];
        change(slot);
        let after = [slot.free(false), slot.free(true)];
        if before != after {
            let slot = &self.slots[at];
            let passthrough = usize::from(slot.endpoint.is_passthrough());
            for l in &slot.lanes {
                let lane = &mut self.lanes[*l];
                if !(lane.stale && *l >= self.of_dialects) && lane.admits(slot) {
                    let strict = usize::from(lane.strict);
                    let free = &mut lane.free[passthrough];
                    *free = *free + usize::from(after[strict]) - usize::from(before[strict]);
                }
            }
        }
        self.mark(at);
    }

    /// Settles who serves in a lane, and says so.
    pub(super) fn elect(&mut self, l: usize) {
        self.lanes[l].elect(&self.slots);
        self.announce(l, true);
    }

    /// A request was placed: in a rotating lane that is who serves.
    pub(super) fn rotated_to(&mut self, l: usize, at: usize) {
        let of_dialects = self.of_dialects;
        let lane = &mut self.lanes[l];
        if lane.strategy.rotates() && lane.admits(&self.slots[at]) && lane.current != Some(at) {
            lane.current = Some(at);
            if l < of_dialects {
                self.head_dirty = true;
                self.announce(l, false);
            }
        }
    }

    fn announce(&mut self, l: usize, aloud: bool) {
        let lane = &self.lanes[l];
        let (from, to) = (lane.announced, lane.current.map(|at| self.slots[at].id));
        if from == to {
            return;
        }
        for (id, current) in [(from, false), (to, true)] {
            // An endpoint that a reload took away has no position any more.
            if let Some(at) = id.and_then(|id| self.by_id.get(&id).copied()) {
                self.slots[at].current = current;
                self.mark(at);
            }
        }
        self.lanes[l].announced = to;
        self.head_dirty = true;
        if let Some(dialect) = self.lanes[l].dialect.filter(|_| aloud) {
            let name = |id: EndpointId| Some(self.slots[*self.by_id.get(&id)?].endpoint.name.clone());
            let lane = &self.lanes[l];
            let notice = Notice::Switched {
                dialect,
                from: from.and_then(name),
                to: to.and_then(name),
                why: self.why(lane),
            };
            self.notify(notice);
        }
    }

    pub(super) fn serving(&self) -> Vec<Serving> {
        let id = |at: &usize| self.slots[*at].id;
        let one = |lane: &Lane| {
            Some(Serving {
                dialect: lane.dialect?,
                current: lane.current.as_ref().map(id),
                why: self.why(lane),
                order: lane.listed(&self.slots).iter().map(id).collect(),
            })
        };
        self.lanes.iter().filter_map(one).collect()
    }

    /// Why it is that one, for people.
    pub(super) fn why(&self, lane: &Lane) -> String {
        let Some(at) = lane.current else { return self.why_nobody(lane) };
        let slot = &self.slots[at];
        if lane.strict && slot.soft() {
            return format!("pinned, though {}", slot.health.state.name());
        }
        if slot.pinned {
            return "pinned".to_owned();
        }
        if lane.preferred {
            let pinned = lane.members.iter().map(|m| &self.slots[*m]).find(|s| s.pinned);
            return match pinned {
                Some(s) if lane.admits(s) => {
                    format!("fallback: pinned `{}` could not take the last one", s.endpoint.name)
                }
                Some(s) => format!("fallback: pinned `{}` is {}", s.endpoint.name, state(s)),
                None => "fallback".to_owned(),
            };
        }
        match self.why_this_group(lane, at) {
            Some(group) => format!("{group}; {}", self.why_in_group(lane, at)),
            None => self.why_in_group(lane, at),
        }
    }

    fn why_in_group(&self, lane: &Lane, at: usize) -> String {
        let slot = &self.slots[at];
        if lane.members.len() == 1 {
            return "the only one".to_owned();
        }
        if lane.order.len() == 1 {
            return "only usable one".to_owned();
        }
        let second = lane.order.iter().copied().find(|m| *m != at).map(|m| &self.slots[m]);
        let rivals = second.filter(|s| Lane::bracket(s) == Lane::bracket(slot));
        lane.strategy.why(&slot.candidate(), rivals.map(Slot::candidate).as_ref())
    }

    fn why_nobody(&self, lane: &Lane) -> String {
        let members = || lane.members.iter().map(|m| &self.slots[*m]);
        if lane.strict {
            let name = match &self.mode {
                Mode::Pinned { name, .. } => name.as_str(),
                Mode::Auto => "",
            };
            let states: Vec<&str> = members().filter(|s| s.pinned).map(state).collect();
            return format!(
                "nothing usable: pinned `{name}` is {}",
                states.first().copied().unwrap_or("gone")
            );
        }
        if let Some(why) = self.why_no_group(lane) {
            return why;
        }
        let active = || members().filter(|s| !s.paused());
        if active().next().is_some() && active().all(Slot::soft) {
            return "last resort: all are cooling".to_owned();
        }
        let named: Vec<String> =
            members().take(NAMED).map(|s| format!("{} {}", s.endpoint.name, state(s))).collect();
        let more = match lane.members.len().saturating_sub(NAMED) {
            0 => String::new(),
            n => format!(" and {n} more"),
        };
        format!("nothing usable: {}{more}", named.join(", "))
    }
}

/// The state that matters to somebody who wonders why it does not serve.
fn state(slot: &Slot) -> &'static str {
    if slot.paused() { slot.admin.name() } else { slot.health.state.name() }
}
