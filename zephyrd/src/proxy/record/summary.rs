//! What an answer came to, for requests that it serves without having been asked for by them.

use std::sync::Arc;

use zephyr_core::usage::UsageRecord;

/// The settled record of the request that asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Summary(Arc<UsageRecord>);

impl Summary {
    /// Of a settled record.
    pub(in super::super) fn of(settled: Arc<UsageRecord>) -> Self {
        Self(settled)
    }

    /// Puts it into the record of a request that it serves: what was used, at no cost, and what that saved.
    pub(super) fn tell(&self, facts: &mut UsageRecord) {
        let settled = &*self.0;
        facts.endpoint.clone_from(&settled.endpoint);
        facts.group.clone_from(&settled.group);
        facts.provider.clone_from(&settled.provider);
        facts.upstream_status = settled.upstream_status;
        facts.answered_model.clone_from(&settled.answered_model);
        facts.mismatch = settled.mismatch;
        facts.stop.clone_from(&settled.stop);
        facts.tokens = settled.tokens;
        facts.usage = settled.usage;
        facts.tier = settled.tier;
        facts.price_source = settled.price_source;
        // What asking again would have cost.
        facts.saved_nanos = settled.cost_nanos.saturating_sub(settled.lost_nanos);
    }
}
