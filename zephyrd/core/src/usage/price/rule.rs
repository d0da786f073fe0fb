//! `[[prices]]`: prices that a person wrote, by glob of the model and by endpoint.

use wildmatch::WildMatch;

/// One of `[[prices]]`. Prices are nano-dollars per million tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceRule {
    /// Glob over the model's name; case does not matter.
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
}
