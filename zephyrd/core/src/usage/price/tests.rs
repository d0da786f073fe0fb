//! Look-ups by every sort of name, and laws of cost.

use proptest::prelude::*;

use super::*;
use crate::usage::money::{Factor, NANOS};
use crate::usage::{Tier, Tokens};

const M: u64 = 1_000_000;

fn builtin(model: &str) -> (Arc<Price>, PriceSource) {
    Prices::default().price(model, "e", "g")
}

/// Dollars for a million tokens of input, of output, written for 5 minutes, written for an hour, and read.
fn rates(price: &Price) -> [f64; 5] {
    let r = price.rates(0, Tier::Standard);
    [r.input, r.output, r.cache_write_5m, r.cache_write_1h, r.cache_read].map(|n| n as f64 / 1e9)
}

#[test]
fn a_model_is_found_by_every_way_to_write_it() {
    let sonnet = [3.0, 15.0, 3.75, 6.0, 0.3];
    let opus_4 = [15.0, 75.0, 18.75, 30.0, 1.5];
    for (name, expected) in [
        ("claude-sonnet-4-5", sonnet),
        ("Claude-Sonnet-4-5", sonnet),
        ("claude-sonnet-4-5-20250929", sonnet),
        ("claude-sonnet-4-5[1m]", sonnet),
        ("claude-sonnet-4-5-20250929[1M]", sonnet),
        ("claude-sonnet-4-5-latest", sonnet),
        ("claude-sonnet-4-5-thinking", sonnet),
        ("claude-sonnet-4-5@20250929", sonnet),
        ("anthropic/claude-sonnet-4.5", sonnet),
        ("openrouter/anthropic/claude-sonnet-4.5:beta", sonnet),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", sonnet),
        ("bedrock/global.anthropic.claude-sonnet-4-5-20250929-v1:0", sonnet),
        ("anthropic.claude-3-5-sonnet-20241022-v2:0", sonnet),
        ("claude-3-5-sonnet-v2@20241022", sonnet),
        ("claude-3-5-sonnet-latest", sonnet),
        ("anthropic/claude-4.5-sonnet-20250929", sonnet),
        ("claude-opus-4-20250514", opus_4),
        ("claude-opus-4-0", opus_4),
        ("claude-opus-4-1", opus_4),
        ("claude-haiku-4-5-20251001", [1.0, 5.0, 1.25, 2.0, 0.1]),
        ("claude-3-5-haiku-latest", [0.8, 4.0, 1.0, 1.6, 0.08]),
        ("gpt-5", [1.25, 10.0, 1.25, 1.25, 0.125]),
        ("gpt-5-2025-08-07", [1.25, 10.0, 1.25, 1.25, 0.125]),
        ("openai/gpt-5-mini", [0.25, 2.0, 0.25, 0.25, 0.025]),
        ("gpt-4o-2024-05-13", [5.0, 15.0, 5.0, 5.0, 5.0]),
        ("gpt-4o-2024-08-06", [2.5, 10.0, 2.5, 2.5, 1.25]),
        ("o3-2025-04-16", [2.0, 8.0, 2.0, 2.0, 0.5]),
        ("gpt-5.1-codex-mini", [0.25, 2.0, 0.25, 0.25, 0.025]),
        ("deepseek-chat", [0.28, 0.42, 0.28, 0.28, 0.028]),
        ("moonshotai/kimi-k2.5", [0.6, 3.0, 0.6, 0.6, 0.1]),
        ("z-ai/GLM-4.6", [0.6, 2.2, 0.6, 0.6, 0.11]),
        ("qwen3-coder-plus", [1.0, 5.0, 1.0, 1.0, 0.1]),
        ("qwen-plus-2025-01-25", [0.4, 1.2, 0.4, 0.4, 0.4]),
    ] {
        let (price, source) = builtin(name);
        assert_eq!((rates(&price), source), (expected, PriceSource::Builtin), "{name}");
    }
}

#[test]
fn what_only_begins_like_a_model_has_the_default_price_and_says_so() {
    for name in [
        "",
        "claude",
        "claude-sonnet-4-5-turbo",
        "claude-sonnet-45",
        "gpt-5-ultra",
        "gpt-5-2025",
        "gpt-4o-mini-next",
        "deepseek/deepseek-chat:free",
        "together/gpt-5",
        "deepseek-ai/DeepSeek-V3",
        "demo",
        "ft:gpt-4o-2024-08-06:acme::1",
        &"a".repeat(10_000),
    ] {
        let (price, source) = builtin(name);
        assert_eq!((rates(&price), source), ([15.0, 75.0, 18.75, 30.0, 1.5], PriceSource::Default), "{name}");
    }
}

#[test]
fn all_input_decides_the_level_and_the_tier_its_rates() {
    let (price, _) = builtin("gpt-5.4");
    let input = |all, tier| price.rates(all, tier).input / 1_000_000;
    assert_eq!([272_000, 272_001].map(|all| input(all, Tier::Standard)), [2_500, 5_000]);
    assert_eq!([272_000, 272_001].map(|all| input(all, Tier::Flex)), [1_250, 2_500]);
    assert_eq!(
        [272_000, 272_001].map(|all| input(all, Tier::Priority)),
        [5_000, 5_000],
        "no such tier above"
    );
    let (price, _) = builtin("claude-haiku-5-5");
    let tokens = |cache_read| Tokens { input: 1000, cache_read, ..Tokens::default() };
    // 0.1 × 1,000 + 0.01 × 99,000; above 100,000: 0.5 and 0.05.
    assert_eq!(cost(&price, &tokens(99_000), Tier::Standard, Factor::ONE), 1_090_000);
    assert_eq!(cost(&price, &tokens(99_001), Tier::Standard, Factor::ONE), 5_450_050);
}

#[test]
fn an_answer_costs_the_sum_of_its_parts_times_the_factor_rounded_once() {
    let (price, _) = builtin("claude-sonnet-4-5");
    let tokens = Tokens {
        input: 10,
        output: 100,
        cache_write_5m: 1000,
        cache_write_1h: 2000,
        cache_read: 50_000,
        reasoning: 80,
        web_searches: 3,
        web_fetches: 9,
        code_runs: 9,
    };
    // 30 + 1,500 + 3,750 + 12,000 + 15,000 micro-dollars, and three searches of a cent.
    assert_eq!(cost(&price, &tokens, Tier::Standard, Factor::ONE), 62_280_000);
    assert_eq!(cost(&price, &tokens, Tier::Standard, Factor::of(0.5)), 31_140_000);
    assert_eq!(cost(&price, &tokens, Tier::Standard, Factor::ZERO), 0, "a subscription is paid for already");
    assert_eq!(cost(&price, &tokens, Tier::Batch, Factor::ONE), 16_140_000 + 30_000_000);
    // 50,000 × (3 − 0.3) − 1,000 × 0.75 − 2,000 × 3
    assert_eq!(cache_saved(&price, &tokens, Tier::Standard, Factor::ONE), 128_250_000);
    let written = Tokens { cache_write_1h: 1, ..Tokens::default() };
    assert_eq!(cache_saved(&price, &written, Tier::Standard, Factor::ONE), -3000);
    // A token of 5,000 nano-dollars times 0.0001 is half of one.
    let one = Tokens { output: 1, ..Tokens::default() };
    let (haiku, _) = builtin("claude-haiku-4-5");
    assert_eq!(cost(&haiku, &one, Tier::Standard, Factor::of(0.0001)), 1, "half up");
    assert_eq!(cost(&haiku, &one, Tier::Standard, Factor::of(0.000_099)), 0);
    let up = |factor| cost_rounded_up(&haiku, &one, Tier::Standard, Factor::of(factor));
    assert_eq!([1e-9, 0.0002, 0.0003, 0.0].map(up), [1, 1, 2, 0]);
}

#[test]
fn reasoning_has_its_own_price_where_the_vendor_has_one() {
    let (price, _) = builtin("qwen-plus-latest");
    let tokens = Tokens { output: 100, reasoning: 60, ..Tokens::default() };
    assert_eq!(cost(&price, &tokens, Tier::Standard, Factor::ONE), 40 * 1200 + 60 * 4000);
    let more = Tokens { reasoning: 1000, ..tokens };
    assert_eq!(
        cost(&price, &more, Tier::Standard, Factor::ONE),
        100 * 4000,
        "reasoning is a part of the output"
    );
}

#[test]
fn a_rule_for_something_else_changes_no_other_price() {
    let prices = Prices::new(vec![rule("nothing", None, 1)]);
    for (name, _) in super::table::tests::all() {
        for name in
            [name.to_owned(), format!("{name}-20991231"), format!("{name}-2099-12-31"), format!("{name}-x")]
        {
            assert_eq!(prices.price(&name, "e", "g"), builtin(&name), "{name}");
        }
    }
}

fn rule(model: &str, endpoint: Option<&str>, input: i64) -> PriceRule {
    PriceRule {
        model: model.to_owned(),
        endpoint: endpoint.map(str::to_owned),
        input: input * NANOS,
        output: input * 2 * NANOS,
        cache_write_5m: None,
        cache_write_1h: None,
        cache_read: None,
        web_search: None,
    }
}

#[test]
fn own_prices_go_first_in_order_and_a_lone_star_last() {
    let prices = Prices::new(vec![
        rule("*", None, 1),
        rule("*", Some("local"), 2),
        rule("claude-*", Some("reseller"), 3),
        rule("claude-opus-*", None, 4),
        rule("claude-*", None, 5),
    ]);
    let input = |model: &str, endpoint: &str, group: &str| {
        let (price, source) = prices.price(model, endpoint, group);
        (price.rates(0, Tier::Standard).input / NANOS, source)
    };
    assert_eq!(input("gpt-5-pro", "e", "g"), (15, PriceSource::Builtin));
    assert_eq!(input("demo", "e", "g"), (1, PriceSource::Config));
    assert_eq!(input("demo", "local", "g"), (2, PriceSource::Config));
    assert_eq!(input("gpt-5-pro", "local", "g"), (2, PriceSource::Config));
    assert_eq!(input("claude-opus-4-5", "e", "reseller"), (3, PriceSource::Config), "by group");
    assert_eq!(input("anthropic/Claude-Opus-4.5", "e", "g"), (4, PriceSource::Config));
    assert_eq!(input("claude-x", "e", "g"), (5, PriceSource::Config));
}

#[test]
fn what_an_own_price_leaves_open_follows_the_vendor() {
    let prices = Prices::new(vec![
        PriceRule { cache_read: Some(0), web_search: Some(7), ..rule("given", None, 1) },
        rule("*", Some("e"), 2),
    ]);
    let of = |model: &str| rates(&prices.price(model, "e", "g").0);
    assert_eq!(of("claude-sonnet-4-5"), [2.0, 4.0, 2.5, 4.0, 0.2]);
    assert_eq!(of("claude-of-next-year"), [2.0, 4.0, 2.5, 4.0, 0.2]);
    assert_eq!(of("gpt-5"), [2.0, 4.0, 2.0, 2.0, 0.2]);
    assert_eq!(of("glm-4.7-flash"), [2.0, 4.0, 2.0, 2.0, 2.0], "free at its vendor");
    assert_eq!(of("llama"), [2.0, 4.0, 2.0, 2.0, 2.0]);
    let (given, _) = prices.price("given", "e", "g");
    assert_eq!((rates(&given), given.web_search()), ([1.0, 2.0, 1.0, 1.0, 0.0], 7));
    let (long, _) = prices.price("gpt-5.4", "e", "g");
    assert_eq!(long.rates(M, Tier::Priority).input, 2 * NANOS, "for every tier and length");
}

fn some_tokens(most: u64) -> impl Strategy<Value = Tokens> {
    prop::array::uniform9(0..=most).prop_map(|counts| {
        let mut tokens = Tokens::default();
        for (field, count) in tokens.fields_mut().into_iter().zip(counts) {
            *field = count;
        }
        tokens
    })
}

fn some_price() -> impl Strategy<Value = Arc<Price>> {
    let mut all: Vec<_> = super::table::tests::all().collect();
    all.sort_by_key(|(name, _)| *name);
    prop::sample::select(all).prop_map(|(_, price)| Arc::clone(price))
}

fn some_factor() -> impl Strategy<Value = Factor> {
    prop_oneof![Just(Factor::ONE), Just(Factor::ZERO), (0.0..1000.0f64).prop_map(Factor::of)]
}

proptest! {
    #[test]
    fn more_tokens_never_cost_less(
        price in some_price(), tokens in some_tokens(400_000), field in 0usize..9, more in 1u64..400_000, factor in some_factor(),
        tier in prop::sample::select(Tier::ALL.to_vec()),
    ) {
        // Beyond a threshold a tier may be missing, and what is asked for in it becomes an ordinary answer.
        let tier = if price.levels().all(|l| tier == Tier::Standard || l.tiers.iter().any(|(t, _)| *t == tier)) { tier } else { Tier::Standard };
        let mut larger = tokens;
        let count = &mut *larger.fields_mut()[field];
        *count += more;
        prop_assert!(cost(&price, &larger, tier, factor) >= cost(&price, &tokens, tier, factor));
    }

    #[test]
    fn parts_differ_from_the_whole_by_less_than_their_number(tokens in some_tokens(100_000), factor in some_factor(), price in some_price()) {
        let price = Price::flat(*price.rates(0, Tier::Standard), price.web_search());
        let tokens = Tokens { reasoning: 0, ..tokens };
        let whole = cost(&price, &tokens, Tier::Standard, factor);
        let parts: i64 = (0..9).map(|i| {
            let mut part = Tokens::default();
            *part.fields_mut()[i] = tokens.fields()[i];
            cost(&price, &part, Tier::Standard, factor)
        }).sum();
        prop_assert!(whole.abs_diff(parts) < 9, "{whole} {parts}");
    }

    #[test]
    fn nothing_overflows_and_no_factor_costs_nothing(price in some_price(), tokens in some_tokens(u64::MAX), factor in some_factor()) {
        for tier in Tier::ALL {
            prop_assert!(cost(&price, &tokens, tier, factor) >= 0);
            prop_assert_eq!(cost(&price, &tokens, tier, Factor::ZERO), 0);
            prop_assert_eq!(cache_saved(&price, &tokens, tier, Factor::ZERO), 0);
            let _ = cache_saved(&price, &tokens, tier, factor);
        }
    }

    #[test]
    fn any_name_has_a_price(name in "\\PC{0,40}", model in "[a-z0-9./:@\\[\\]-]{0,40}") {
        for name in [name, format!("claude-{model}"), model] {
            let (price, _) = builtin(&name);
            prop_assert!(price.rates(0, Tier::Standard).output >= 0);
        }
    }
}

#[test]
fn the_largest_counts_saturate() {
    let dear = Price::flat(
        Rates {
            input: i64::MAX,
            output: i64::MAX,
            cache_write_5m: i64::MAX,
            cache_write_1h: 0,
            cache_read: 0,
            reasoning: i64::MAX,
        },
        i64::MAX,
    );
    let mut most = Tokens::default();
    most.fields_mut().into_iter().for_each(|count| *count = u64::MAX);
    assert_eq!(cost(&dear, &most, Tier::Standard, Factor::of(1000.0)), i64::MAX);
    assert_eq!(cache_saved(&dear, &most, Tier::Standard, Factor::of(1000.0)), i64::MAX);
    assert_eq!(cost(&dear, &most, Tier::Standard, Factor::ZERO), 0);
}

#[test]
fn a_rebuild_costs_what_writing_costs_more_than_reading() {
    let (price, _) = builtin("claude-sonnet-4-5");
    let cost = |tokens| rebuild(&price, &tokens, Tier::Standard);
    let read = Tokens { cache_read: 100_000, input: 7, output: 9, ..Tokens::default() };
    assert_eq!(cost(read), 345_000_000);
    assert_eq!(cost(Tokens { cache_write_1h: 10_000, ..read }), 627_000_000);
    assert_eq!(cost(Tokens { cache_read: 0, ..read }), 0);
}
