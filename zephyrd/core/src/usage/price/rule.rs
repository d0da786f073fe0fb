//! `[[prices]]`: prices that a person wrote, by glob of the model and by endpoint.

use super::rates::{Price, Rates};
use super::table::DEFAULT_WEB_SEARCH;
use crate::usage::Tier;
use crate::usage::money::rounded;

/// One of `[[prices]]`. Prices are nano-dollars per million tokens; they hold for every tier and length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceRule {
    /// Glob over the model's name; case does not matter. A lone `*` without an endpoint is for models that the
    /// built-in table does not know.
    pub model: String,
    /// Name of the endpoint or group that it holds for; `None` = everywhere.
    pub endpoint: Option<String>,
    /// Input that no cache had a part in.
    pub input: i64,
    /// Output.
    pub output: i64,
    /// Input written to a cache of five minutes; `None` = derived from `input`.
    pub cache_write_5m: Option<i64>,
    /// Input written to a cache of an hour; `None` = derived from `input`.
    pub cache_write_1h: Option<i64>,
    /// Input read from a cache; `None` = derived from `input`.
    pub cache_read: Option<i64>,
    /// A thousand searches of the web; `None` = what the built-in table says of the model.
    pub web_search: Option<i64>,
}

impl PriceRule {
    /// It is the default for models that nobody knows.
    pub(super) fn is_default(&self) -> bool {
        self.model == "*" && self.endpoint.is_none()
    }

    pub(super) fn is_for(&self, endpoint: &str, group: &str) -> bool {
        self.endpoint.as_ref().is_none_or(|name| name == endpoint || name == group)
    }

    /// The price of `model` by this rule. What the rule leaves open is in the same proportion to the input as at
    /// the model's own vendor; where that is not known, as at Anthropic for a Claude, and as input for others.
    pub(super) fn price(&self, model: &str, known: Option<&Price>) -> Price {
        let claude = model.to_ascii_lowercase().contains("claude");
        let (mut of, mut parts) = (100, if claude { [125, 200, 10] } else { [100; 3] });
        if let Some(rates) = known.map(|price| price.rates(0, Tier::Standard)).filter(|rates| rates.input > 0)
        {
            of = rates.input;
            parts = [rates.cache_write_5m, rates.cache_write_1h, rates.cache_read];
        }
        let derived = |part: i64| rounded(i128::from(self.input) * i128::from(part), i128::from(of));
        let rates = Rates {
            input: self.input,
            output: self.output,
            cache_write_5m: self.cache_write_5m.unwrap_or_else(|| derived(parts[0])),
            cache_write_1h: self.cache_write_1h.unwrap_or_else(|| derived(parts[1])),
            cache_read: self.cache_read.unwrap_or_else(|| derived(parts[2])),
            reasoning: self.output,
        };
        let search = self.web_search.unwrap_or_else(|| known.map_or(DEFAULT_WEB_SEARCH, Price::web_search));
        Price::flat(rates, search)
    }
}
