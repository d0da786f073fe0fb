//! Prices looked up lately: the same few models are asked for again and again, and taking their names apart costs more
//! than all else of settling a request.

use std::sync::{Arc, Mutex, PoisonError};

use zephyr_core::config::Endpoint;
use zephyr_core::usage::{Price, PriceSource, Prices, is_mismatch};

/// Most that are remembered; then all are forgotten.
const MOST: usize = 64;

/// What an answer's model says about its price.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tariff {
    pub(super) price: Arc<Price>,
    /// Where the price came from.
    pub(super) source: PriceSource,
    /// The answer names another model than was asked for.
    pub(super) mismatch: bool,
}

/// See the module.
#[derive(Default)]
pub(super) struct Tariffs(Mutex<Known>);

#[derive(Default)]
struct Known {
    /// By these prices.
    by: Option<Arc<Prices>>,
    tariffs: Vec<(Names, Tariff)>,
}

struct Names {
    endpoint: String,
    group: String,
    asked: String,
    answered: String,
}

impl Tariffs {
    /// The tariff of an answer at `endpoint`: that of the model asked for; where nobody knows it, of the one that the
    /// answer names.
    pub(super) fn of(&self, by: &Arc<Prices>, endpoint: &Endpoint, asked: &str, answered: &str) -> Tariff {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.by.as_ref().is_some_and(|before| Arc::ptr_eq(before, by)) {
            *known = Known { by: Some(Arc::clone(by)), tariffs: Vec::new() };
        }
        let same = |names: &Names| {
            names.asked == asked
                && names.answered == answered
                && names.endpoint == endpoint.name
                && names.group == endpoint.group
        };
        if let Some((_, tariff)) = known.tariffs.iter().find(|(names, _)| same(names)) {
            return tariff.clone();
        }
        if known.tariffs.len() == MOST {
            known.tariffs.clear();
        }
        let tariff = look_up(by, endpoint, asked, answered);
        let names = Names {
            endpoint: endpoint.name.clone(),
            group: endpoint.group.clone(),
            asked: asked.to_owned(),
            answered: answered.to_owned(),
        };
        known.tariffs.push((names, tariff.clone()));
        tariff
    }
}

fn look_up(prices: &Prices, endpoint: &Endpoint, asked: &str, answered: &str) -> Tariff {
    let (mut price, mut source) = prices.price(asked, &endpoint.name, &endpoint.group);
    if source == PriceSource::Default && !answered.is_empty() && answered != asked {
        (price, source) = prices.price(answered, &endpoint.name, &endpoint.group);
    }
    Tariff { price, source, mismatch: is_mismatch(asked, answered) }
}

#[cfg(test)]
mod tests {
    use zephyr_core::usage::PriceRule;

    use super::*;
    use crate::fixtures;

    #[test]
    fn what_is_remembered_is_what_is_looked_up() {
        let by = Arc::new(Prices::default());
        let tariffs = Tariffs::default();
        let models: Vec<String> = (0..MOST).map(|n| format!("unknown-{n}")).collect();
        let named = ["claude-opus-4-5", "claude-haiku-4-5-20251001", "gpt-5", "demo", ""];
        let asked: Vec<&str> = models.iter().map(String::as_str).chain(named).collect();
        for endpoint in ["a", "b", "a"].map(fixtures::endpoint) {
            for asked in &asked {
                for answered in named.into_iter().chain(named) {
                    let tariff = tariffs.of(&by, &endpoint, asked, answered);
                    assert_eq!(tariff, look_up(&by, &endpoint, asked, answered));
                }
            }
        }
    }

    #[test]
    fn other_prices_are_looked_up_anew() {
        let rule = PriceRule {
            model: "m".to_owned(),
            endpoint: Some("a".to_owned()),
            input: 7_000,
            output: 0,
            cache_write_5m: None,
            cache_write_1h: None,
            cache_read: None,
            web_search: None,
        };
        let (table, own) = (Arc::new(Prices::default()), Arc::new(Prices::new(vec![rule])));
        let tariffs = Tariffs::default();
        let source = |by, endpoint| tariffs.of(by, &fixtures::endpoint(endpoint), "m", "m").source;
        assert_eq!(source(&table, "a"), PriceSource::Default);
        assert_eq!(source(&own, "a"), PriceSource::Config);
        assert_eq!(source(&own, "b"), PriceSource::Default);
        assert_eq!(source(&table, "a"), PriceSource::Default);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let by = Arc::new(Prices::default());
        let tariffs = Tariffs::default();
        for n in 0..10 * MOST {
            tariffs.of(&by, &fixtures::endpoint("a"), &format!("m{n}"), "");
            assert!(tariffs.0.lock().unwrap().tariffs.len() <= MOST);
        }
    }
}
