//! What tokens cost: the config's own prices, then the built-in table, then a default that is flagged.
//!
//! `prices.csv` holds facts of a day; what a vendor bills today is the vendor's word. Off-peak hours, regional
//! surcharges and fast modes are not in it: the factor of an endpoint, or `[[prices]]`, are for that.

mod rates;
mod rule;
mod table;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use wildmatch::WildMatch;

pub use rates::{Price, Rates, cache_saved, cost, cost_rounded_up, rebuild};
pub use rule::PriceRule;

use super::PriceSource;
use super::model_name;

/// The prices in force: those of the config over the built-in table.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Prices {
    rules: Vec<(WildMatch, PriceRule)>,
}

impl Prices {
    /// Prices with these rules, the first that matches wins.
    #[must_use]
    pub fn new(rules: Vec<PriceRule>) -> Self {
        let glob = |rule: &PriceRule| WildMatch::new_case_insensitive(&rule.model);
        Self { rules: rules.into_iter().map(|rule| (glob(&rule), rule)).collect() }
    }

    /// The rules in order.
    pub fn rules(&self) -> impl Iterator<Item = &PriceRule> {
        self.rules.iter().map(|(_, rule)| rule)
    }

    /// What `model` costs at `endpoint` of `group`, before the endpoint's factor, and where that comes from.
    #[must_use]
    pub fn price(&self, model: &str, endpoint: &str, group: &str) -> (Arc<Price>, PriceSource) {
        if self.rules.is_empty()
            && let Some(known) = model_name::plain(model).into_iter().find_map(table::find)
        {
            return (Arc::clone(known), PriceSource::Builtin);
        }
        let names = model_name::candidates(model);
        let known = names.iter().find_map(|name| table::find(name));
        let own = |default: bool| {
            let fits = |(glob, rule): &&(WildMatch, PriceRule)| {
                rule.is_default() == default
                    && rule.is_for(endpoint, group)
                    && (glob.matches(model) || names.iter().any(|name| glob.matches(name)))
            };
            let (_, rule) = self.rules.iter().find(fits)?;
            Some((Arc::new(rule.price(model, known.map(AsRef::as_ref))), PriceSource::Config))
        };
        own(false)
            .or_else(|| Some((Arc::clone(known?), PriceSource::Builtin)))
            .or_else(|| own(true))
            .unwrap_or_else(|| (table::default_price(), PriceSource::Default))
    }
}
