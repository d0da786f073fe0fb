//! What survives a restart of rests, of how far they have grown, and of what probes have cost.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Engine, Memory, Since, Spending};
use crate::time::Now;

/// Of all endpoints, by name.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Rests {
    /// Where something is to be remembered.
    pub endpoints: BTreeMap<String, Rest>,
    /// What all probes have cost.
    pub probes: Spending,
    /// What each endpoint's have.
    pub spending: BTreeMap<String, Spending>,
}

/// Of one endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Rest {
    /// An open state, by its name; empty where requests may go there.
    pub state: String,
    /// When that ends.
    pub until_unix_ms: i64,
    /// What it rests for, without the endpoint's own words.
    pub error: Option<String>,
    /// It rested, and one attempt at a time tries it.
    pub on_trial: bool,
    /// It rests, or is on trial, for failures.
    pub failing: bool,
    /// Doublings of its next rest.
    pub doublings: u32,
    /// It has not failed since.
    pub healthy_since_unix_ms: Option<i64>,
    /// Until then its share of new requests grows.
    pub slow_start_until_unix_ms: Option<i64>,
}

impl Engine {
    pub(super) fn memorize_rests(&self, now: Now) -> Rests {
        let named = || self.slots.iter().map(|slot| (slot.endpoint.name.clone(), slot));
        Rests {
            endpoints: named().filter_map(|(name, slot)| Some((name, slot.health.rest(now)?))).collect(),
            probes: self.budget,
            spending: named()
                .map(|(name, slot)| (name, slot.spending))
                .filter(|(_, spending)| *spending != Spending::default())
                .collect(),
        }
    }

    pub(super) fn recall_rests(&mut self, memory: &Memory, now: Now) {
        let known = self.remembered(memory);
        let since = Since::new(memory, now);
        self.budget = memory.rests.probes;
        for (name, spending) in &memory.rests.spending {
            let Some(&at) = known.get(name.as_str()) else { continue };
            self.slots[at].spending = *spending;
            self.mark(at);
        }
        for (name, rest) in &memory.rests.endpoints {
            let Some(&at) = known.get(name.as_str()) else { continue };
            self.slots[at].health.take_up(rest, &since, now);
            self.slots[at].hold_probes();
            self.mark(at);
        }
        // What has failed already had its group's rest: that begins no second one.
        self.tiers.groups.iter_mut().for_each(super::groups::Group::has_rested);
        self.steered();
        self.next_end = self.first_end();
    }
}
