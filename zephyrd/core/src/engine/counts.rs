//! What runs of each group and client: the limits that are not one endpoint's own.

use std::sync::Arc;

use super::{Ask, AskKind, Engine};
use crate::waiting::GroupCap;

impl Engine {
    /// Whether the client has as many requests running as it may. Counts of tokens and other paths are not counted.
    pub(super) fn client_is_full(&self, ask: &Ask<'_>) -> bool {
        ask.kind == AskKind::Inference && self.client_caps.full(ask.client).is_some()
    }

    /// An attempt begins; under which name it counts for its client.
    pub(super) fn count_in(&mut self, at: usize, client: &str) -> Option<Arc<str>> {
        self.count_group(at, |running| running + 1);
        self.client_caps.begin(client)
    }

    /// An attempt has ended.
    pub(super) fn count_out(&mut self, at: usize, client: Option<&str>) {
        self.count_group(at, |running| running.saturating_sub(1));
        if let Some(client) = client {
            self.client_caps.end(client);
        }
    }

    fn count_group(&mut self, at: usize, change: impl FnOnce(u32) -> u32) {
        let g = self.slots[at].group_at;
        let group = &mut self.group_caps[g];
        let before = group.full();
        group.running = change(group.running);
        let full = group.full();
        if before == full {
            return;
        }
        for i in 0..self.group_caps[g].members.len() {
            let member = self.group_caps[g].members[i];
            self.load(member, |slot| slot.group_full = full);
        }
    }

    /// Counts anew what runs of each group of a new plan.
    pub(super) fn build_groups(&mut self) {
        self.group_caps.clear();
        for at in 0..self.slots.len() {
            let group = &self.slots[at].endpoint.group;
            let same =
                |cap: &GroupCap| cap.members.first().is_some_and(|m| self.slots[*m].endpoint.group == *group);
            let g = self.group_caps.iter().position(same).unwrap_or_else(|| {
                self.group_caps.push(GroupCap::default());
                self.group_caps.len() - 1
            });
            let slot = &mut self.slots[at];
            slot.group_at = g;
            let cap = &mut self.group_caps[g];
            cap.members.push(at);
            cap.max = slot.endpoint.group_max_concurrent;
            cap.running += slot.counted;
        }
        for slot in &mut self.slots {
            slot.group_full = self.group_caps[slot.group_at].full();
        }
    }
}
