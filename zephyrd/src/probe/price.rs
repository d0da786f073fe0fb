//! What a probe cost, estimated upwards: it is what a daily budget is kept with, not an invoice.

use zephyr_core::config::Endpoint;

/// Dollars per million tokens, input and output.
struct Price {
    input: u64,
    output: u64,
}

/// The first whose word is in the model's name counts.
const PRICES: [(&str, Price); 7] = [
    ("haiku", Price { input: 1, output: 5 }),
    ("mini", Price { input: 1, output: 5 }),
    ("nano", Price { input: 1, output: 5 }),
    ("flash", Price { input: 1, output: 5 }),
    ("sonnet", Price { input: 6, output: 23 }),
    ("gpt", Price { input: 5, output: 30 }),
    ("opus", Price { input: 15, output: 75 }),
];

/// A model that nobody knows is taken for an expensive one.
const UNKNOWN: Price = Price { input: 15, output: 75 };

/// Tokens of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Tokens {
    pub(super) input: u64,
    pub(super) output: u64,
}

impl Tokens {
    /// What a request with `prompt` uses at most, where the endpoint does not say.
    pub(super) fn at_most(prompt: &str, output: u32) -> Self {
        // No tokenizer makes more than one token of a byte; the frame of a message is some 20.
        Self { input: prompt.len() as u64 + 20, output: u64::from(output) }
    }
}

/// Nano-dollars for `tokens` of `model` at `endpoint`, its price factor applied.
pub(super) fn nanos(endpoint: &Endpoint, model: &str, tokens: Tokens) -> u64 {
    let model = model.to_ascii_lowercase();
    let price = PRICES.iter().find(|(word, _)| model.contains(word)).map_or(&UNKNOWN, |(_, price)| price);
    // A dollar per million tokens is 1,000 nano-dollars per token.
    let list =
        tokens.input.saturating_mul(price.input).saturating_add(tokens.output.saturating_mul(price.output));
    (list.saturating_mul(1000) as f64 * endpoint.price.max(0.0)).ceil() as u64
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

    use super::*;
    use crate::fixtures;

    #[test]
    fn tokens_cost_their_models_price_times_the_endpoints_factor() {
        let mut endpoint = fixtures::endpoint("a");
        let tokens = Tokens { input: 10, output: 2 };
        assert_eq!(nanos(&endpoint, "claude-haiku-4-5", tokens), 20_000);
        assert_eq!(nanos(&endpoint, "nobody-knows", tokens), 300_000);
        endpoint.price = 0.5;
        assert_eq!(nanos(&endpoint, "claude-haiku-4-5", tokens), 10_000);
        endpoint.price = 0.0;
        assert_eq!(nanos(&endpoint, "claude-opus-4", tokens), 0, "a subscription is paid for already");
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
