//! What an answer came to, for requests that it serves without having been asked for by them.

use zephyr_core::usage::{PriceSource, Tier, Tokens, UsageRecord, UsageState};

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Summary {
    endpoint: Option<String>,
    group: Option<String>,
    provider: Option<String>,
    upstream_status: Option<u16>,
    answered_model: Option<String>,
    mismatch: bool,
    stop: Option<String>,
    tokens: Tokens,
    usage: UsageState,
    tier: Tier,
    price_source: PriceSource,
    /// What asking again would have cost.
    worth_nanos: i64,
}

impl Summary {
    /// Of a settled record.
    pub(in super::super) fn of(facts: &UsageRecord) -> Self {
        Self {
            endpoint: facts.endpoint.clone(),
            group: facts.group.clone(),
            provider: facts.provider.clone(),
            upstream_status: facts.upstream_status,
            answered_model: facts.answered_model.clone(),
            mismatch: facts.mismatch,
            stop: facts.stop.clone(),
            tokens: facts.tokens,
            usage: facts.usage,
            tier: facts.tier,
            price_source: facts.price_source,
            worth_nanos: facts.cost_nanos.saturating_sub(facts.lost_nanos),
        }
    }

    /// Puts it into the record of a request that it serves: what was used, at no cost, and what that saved.
    pub(super) fn tell(&self, facts: &mut UsageRecord) {
        facts.endpoint.clone_from(&self.endpoint);
        facts.group.clone_from(&self.group);
        facts.provider.clone_from(&self.provider);
        facts.upstream_status = self.upstream_status;
        facts.answered_model.clone_from(&self.answered_model);
        facts.mismatch = self.mismatch;
        facts.stop.clone_from(&self.stop);
        facts.tokens = self.tokens;
        facts.usage = self.usage;
        facts.tier = self.tier;
        facts.price_source = self.price_source;
        facts.saved_nanos = self.worth_nanos;
    }
}
