//! What the next process should know of limits: models that are not asked for, and how often in a row something was
//! refused. What the endpoints said of it in words is not kept. An endpoint's own state is kept by `rests`.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::limits::{Hold, Run, Runs};
use super::slot::Slot;
use super::{Engine, Memory, Since};
use crate::failover::Class;
use crate::time::Now;

/// What is kept of limits, by endpoint.
pub type KeptLimits = BTreeMap<String, KeptLimit>;

/// What is kept of one endpoint's limits.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeptLimit {
    /// Models that are not asked for.
    pub models: Vec<KeptHold>,
    /// How often in a row its credential met a limit.
    pub limited: u32,
    /// How often in a row it was refused.
    pub refused: u32,
    /// How often in a row what answered was no API.
    pub misconfigured: u32,
}

/// One model that is not asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeptHold {
    /// Name of the class of outcome that said so.
    pub class: String,
    /// The model.
    pub model: String,
    /// Until when, Unix milliseconds.
    pub until_unix_ms: i64,
    /// How often in a row it was said.
    pub count: u32,
}

impl Engine {
    pub(super) fn memorize_limits(&self, now: Now) -> KeptLimits {
        let kept = |slot: &Slot| {
            let holds = slot.holds.iter().filter(|hold| hold.holds(&hold.model, now.mono));
            KeptLimit {
                models: holds
                    .map(|hold| KeptHold {
                        class: hold.class.name().to_owned(),
                        model: hold.model.to_string(),
                        until_unix_ms: now.unix_ms_at(hold.until.0),
                        count: hold.run.count,
                    })
                    .collect(),
                limited: slot.runs.limited.count,
                refused: slot.runs.refused.count,
                misconfigured: slot.runs.misconfigured.count,
            }
        };
        let all = self.slots.iter().map(|slot| (slot.endpoint.name.clone(), kept(slot)));
        all.filter(|(_, limit)| *limit != KeptLimit::default()).collect()
    }

    pub(super) fn recall_limits(&mut self, memory: &Memory, now: Now) {
        let known = self.remembered(memory);
        let since = Since::new(memory, now);
        let run = |count| Run::of(count, now.mono);
        for (name, kept) in &memory.limits {
            let Some(&at) = known.get(name.as_str()) else { continue };
            let slot = &mut self.slots[at];
            slot.runs = Runs {
                limited: run(kept.limited),
                refused: run(kept.refused),
                misconfigured: run(kept.misconfigured),
            };
            for hold in &kept.models {
                let class = Class::ALL.into_iter().find(|class| class.name() == hold.class);
                if let (Some(class), Some(until)) = (class, since.until(hold.until_unix_ms)) {
                    let until = (until, now.unix_ms_at(until));
                    slot.put(Hold::kept(Arc::from(&*hold.model), class, until, run(hold.count), now.mono));
                }
            }
            self.mark(at);
        }
        self.index_holds();
        self.next_end = self.first_end();
    }
}
