//! Takes up the changes between two plans.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::lane::Lane;
use super::slot::Slot;
use super::{EndpointId, Engine, recovery};
use crate::config::{Change, Endpoint};
use crate::select::{self, Strategy};
use crate::time::Now;

impl Engine {
    pub(super) fn take_up(&mut self, changes: &[Change], order: &[String], now: Now) {
        let mut slots: HashMap<String, Slot> =
            self.slots.drain(..).map(|slot| (slot.endpoint.name.clone(), slot)).collect();
        let mut new_strategy = false;
        for change in changes {
            match change {
                Change::Removed(name) => drop(slots.remove(name)),
                Change::Added(endpoint) | Change::Changed(endpoint) => {
                    let slot = self.changed(slots.remove(&endpoint.name), endpoint, now);
                    slots.insert(endpoint.name.clone(), slot);
                }
                Change::Selection(selection, threshold) => {
                    (self.selection, self.threshold) = (*selection, *threshold);
                    new_strategy = true;
                }
                Change::Failover(failover) => self.failover = failover.clone(),
                Change::Suspension(_) | Change::Clients(_) => self.take_up_waiting(change),
                Change::Groups(names) => self.tiers.rename(names),
                Change::Routes(routes) => self.take_up_routes(routes),
            }
        }
        self.slots = order.iter().filter_map(|name| slots.remove(name)).collect();
        self.by_id = self.slots.iter().enumerate().map(|(at, slot)| (slot.id, at)).collect();
        self.dirty = VecDeque::new();
        self.slots.iter_mut().for_each(|slot| slot.dirty = false);
        self.list_dirty = true;
        self.assign_groups();
        self.default_members = self.default_members();
        self.slots.iter_mut().for_each(|slot| slot.serves_others = false);
        self.default_members.iter().for_each(|at| self.slots[*at].serves_others = true);
        self.build_groups();
        self.build_lanes(new_strategy);
        self.forget_the_unknown();
        self.forget_the_unreachable();
        self.steered();
        self.plan_recoveries(now);
        self.index_holds();
        self.next_end = self.first_end();
    }

    /// The slot of an endpoint with new settings. Another URL, dialect or credential makes it another endpoint:
    /// nothing that was known of the old one is true of it, and late settles must not meet it.
    fn changed(&mut self, old: Option<Slot>, endpoint: &Arc<Endpoint>, now: Now) -> Slot {
        match old {
            Some(mut slot) if same_place(&slot.endpoint, endpoint) => {
                slot.endpoint = Arc::clone(endpoint);
                slot.recover = recovery::cron(endpoint.recover.as_deref());
                slot.probe.within_an_interval(endpoint, &self.traffic.load(now.mono), now.mono);
                slot.hold_probes();
                slot
            }
            _ => {
                self.next_id += 1;
                Slot::new(EndpointId(self.next_id), Arc::clone(endpoint), now.mono)
            }
        }
    }

    fn default_members(&self) -> Vec<usize> {
        let marked = |slot: &Slot| slot.endpoint.default_group;
        let first = self.slots.iter().map(|s| s.group).min();
        let any = self.slots.iter().any(marked);
        let serves = |slot: &Slot| if any { marked(slot) } else { first == Some(slot.group) };
        (0..self.slots.len()).filter(|at| serves(&self.slots[*at])).collect()
    }

    /// One lane per dialect, in the order of the dialects' first endpoints. Who serves goes on serving.
    fn build_lanes(&mut self, new_strategy: bool) {
        let mut old: Vec<Lane> = std::mem::take(&mut self.lanes);
        let routed = old.split_off(self.of_dialects.min(old.len()));
        for at in 0..self.slots.len() {
            let dialect = Some(self.slots[at].endpoint.dialect);
            let lane = match self.lanes.iter().position(|l| l.dialect == dialect) {
                Some(lane) => lane,
                None => {
                    let kept = old.iter().position(|l| l.dialect == dialect).map(|i| old.swap_remove(i));
                    let mut lane = kept.unwrap_or_else(|| Lane::new(dialect, self.a_strategy()));
                    if new_strategy {
                        lane.strategy = self.a_strategy();
                    }
                    lane.members.clear();
                    self.lanes.push(lane);
                    self.lanes.len() - 1
                }
            };
            self.lanes[lane].members.push(at);
            self.slots[at].lane = lane;
        }
        for lane in &mut self.lanes {
            // Positions have changed; identities have not.
            lane.current = lane.announced.and_then(|id| self.by_id.get(&id).copied());
        }
        // Dialects that nobody speaks any more fall silent without a notice: their endpoints' removal is one.
        self.build_routes(routed, new_strategy);
    }

    pub(super) fn a_strategy(&self) -> Box<dyn Strategy> {
        select::make(self.selection.strategy, self.threshold)
    }
}

fn same_place(old: &Endpoint, new: &Endpoint) -> bool {
    (&old.url, old.dialect, &old.auth) == (&new.url, new.dialect, &new.auth)
}
