//! What a probe cost, estimated upwards: it is what a daily budget is kept with, not an invoice.

use zephyr_core::config::Endpoint;
use zephyr_core::usage::money::Factor;
use zephyr_core::usage::{Prices, Tier, Tokens, cost_rounded_up};

/// What a probe spent; nothing where it cost nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Spent {
    /// Of this model.
    pub(super) model: String,
    /// So many tokens.
    pub(super) tokens: Tokens,
    /// Nano-dollars, estimated upwards.
    pub(super) nanos: u64,
}

impl Spent {
    /// `tokens` of `model` at `endpoint`.
    pub(super) fn of(prices: &Prices, endpoint: &Endpoint, model: &str, tokens: Tokens) -> Self {
        Self { nanos: nanos(prices, endpoint, model, &tokens), model: model.to_owned(), tokens }
    }
}

/// What a request with `prompt` uses at most, where the endpoint does not say.
pub(super) fn at_most(prompt: &str, output: u32) -> Tokens {
    // No tokenizer makes more than one token of a byte; the frame of a message is some 20.
    Tokens { input: prompt.len() as u64 + 20, output: u64::from(output), ..Tokens::default() }
}

/// Nano-dollars for `tokens` of `model` at `endpoint`, its price factor applied. A model that nobody knows is taken
/// for an expensive one.
fn nanos(prices: &Prices, endpoint: &Endpoint, model: &str, tokens: &Tokens) -> u64 {
    let (price, _) = prices.price(model, &endpoint.name, &endpoint.group);
    let nanos = cost_rounded_up(&price, tokens, Tier::Standard, Factor::of(endpoint.price));
    // A cost is never negative.
    nanos.unsigned_abs()
}

/// The tokens that an answer says it used, in whichever dialect.
pub(super) fn usage(answer: &serde_json::Value) -> (Option<u64>, Option<u64>) {
    let usage = &answer["usage"];
    let first = |keys: [&str; 2]| keys.iter().find_map(|k| usage[k].as_u64());
    (first(["input_tokens", "prompt_tokens"]), first(["output_tokens", "completion_tokens"]))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use zephyr_core::usage::PriceRule;

    use super::*;
    use crate::fixtures;

    #[test]
    fn tokens_cost_their_models_price_times_the_endpoints_factor() {
        let mut endpoint = fixtures::endpoint("a");
        let tokens = Tokens { input: 10, output: 2, ..Tokens::default() };
        let builtin = Prices::default();
        let nanos = |endpoint: &Endpoint, model| nanos(&builtin, endpoint, model, &tokens);
        assert_eq!(nanos(&endpoint, "claude-haiku-4-5"), 20_000);
        assert_eq!(nanos(&endpoint, "gpt-5-mini"), 6_500);
        assert_eq!(nanos(&endpoint, "nobody-knows"), 300_000);
        endpoint.price = 0.5;
        assert_eq!(nanos(&endpoint, "claude-haiku-4-5"), 10_000);
        endpoint.price = 0.000_000_001;
        assert_eq!(nanos(&endpoint, "claude-haiku-4-5"), 1, "upwards");
        endpoint.price = 0.0;
        assert_eq!(nanos(&endpoint, "claude-opus-4"), 0, "a subscription is paid for already");
    }

    #[test]
    fn a_price_of_ones_own_holds_for_probes_too() {
        let rule = PriceRule {
            model: "m".into(),
            endpoint: Some("g".into()),
            input: 1_000_000_000,
            output: 0,
            cache_write_5m: None,
            cache_write_1h: None,
            cache_read: None,
            web_search: None,
        };
        let tokens = at_most("hi", 1);
        assert_eq!(nanos(&Prices::new(vec![rule]), &fixtures::endpoint("a"), "m", &tokens), 22_000);
    }

    #[test]
    fn usage_is_read_in_either_vendors_words() {
        assert_eq!(usage(&json!({"usage": {"input_tokens": 8, "output_tokens": 1}})), (Some(8), Some(1)));
        assert_eq!(
            usage(&json!({"usage": {"prompt_tokens": 9, "completion_tokens": 2}})),
            (Some(9), Some(2))
        );
        assert_eq!(usage(&json!({})), (None, None));
    }
}
