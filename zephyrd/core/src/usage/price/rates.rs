//! The price of one model, and what an answer costs by it.
//!
//! An answer is priced by one level, which all of its input decides, and one tier of service. It is rounded once.

use crate::usage::money::{Factor, rounded};
use crate::usage::{Tier, Tokens};

/// Tokens that the rates of a price are for.
const MILLION: i128 = 1_000_000;
/// A nano-dollar in tokens times rates times the billionths of a factor.
const UNIT: i128 = MILLION * 1_000_000_000;

/// Nano-dollars per million tokens; none is negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// Input that no cache had a part in.
    pub input: i64,
    /// Output.
    pub output: i64,
    /// Input written to a cache of five minutes.
    pub cache_write_5m: i64,
    /// Input written to a cache of an hour.
    pub cache_write_1h: i64,
    /// Input read from a cache.
    pub cache_read: i64,
    /// The part of the output that was reasoning.
    pub reasoning: i64,
}

/// The rates of answers with more than so much input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Level {
    /// Holds where all input together is more than this.
    pub(super) above: u64,
    /// The ordinary tier.
    pub(super) standard: Rates,
    /// Other tiers, as far as the vendor has them.
    pub(super) tiers: Vec<(Tier, Rates)>,
}

/// What a model costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    /// The first is for every answer, the others for longer ones, ascending.
    base: Level,
    longer: Vec<Level>,
    /// A thousand searches of the web, in nano-dollars.
    web_search: i64,
}

impl Price {
    /// A price that is the same for every length and tier.
    #[must_use]
    pub const fn flat(rates: Rates, web_search: i64) -> Self {
        let base = Level { above: 0, standard: rates, tiers: Vec::new() };
        Self { base, longer: Vec::new(), web_search }
    }

    /// A price of levels: the base and those of longer answers, ascending.
    pub(super) fn of_levels(base: Level, longer: Vec<Level>, web_search: i64) -> Self {
        Self { base, longer, web_search }
    }

    /// The rates for an answer with so much input in all. A tier that the vendor has no price for is the
    /// ordinary one.
    #[must_use]
    pub fn rates(&self, all_input: u64, tier: Tier) -> &Rates {
        let level = self.longer.iter().rev().find(|level| all_input > level.above).unwrap_or(&self.base);
        level.tiers.iter().find(|(t, _)| *t == tier).map_or(&level.standard, |(_, rates)| rates)
    }

    /// The price of a thousand searches of the web, in nano-dollars.
    #[must_use]
    pub fn web_search(&self) -> i64 {
        self.web_search
    }

    #[cfg(test)]
    pub(super) fn levels(&self) -> impl Iterator<Item = &Level> {
        std::iter::once(&self.base).chain(&self.longer)
    }
}

/// What an answer costs, in nano-dollars: rounded once, half up, never negative, saturating.
#[must_use]
pub fn cost(price: &Price, tokens: &Tokens, tier: Tier, factor: Factor) -> i64 {
    rounded(product(price, tokens, tier, factor), UNIT).max(0)
}

/// As [`cost`], but the next whole nano-dollar above: an estimate that is never too low.
#[must_use]
pub fn cost_rounded_up(price: &Price, tokens: &Tokens, tier: Tier, factor: Factor) -> i64 {
    rounded(product(price, tokens, tier, factor).saturating_add(UNIT / 2 - 1), UNIT).max(0)
}

/// Tokens times rates times the factor, in the unit that [`UNIT`] is a nano-dollar in. What saturates here is far
/// above what an `i64` holds.
fn product(price: &Price, tokens: &Tokens, tier: Tier, factor: Factor) -> i128 {
    let rates = price.rates(tokens.all_input(), tier);
    let reasoning = tokens.reasoning.min(tokens.output);
    let parts = [
        (tokens.input, rates.input),
        (tokens.output - reasoning, rates.output),
        (reasoning, rates.reasoning),
        (tokens.cache_write_5m, rates.cache_write_5m),
        (tokens.cache_write_1h, rates.cache_write_1h),
        (tokens.cache_read, rates.cache_read),
    ];
    let tokens_cost =
        parts.into_iter().fold(0, |sum: i128, (count, rate)| sum.saturating_add(times(count, rate)));
    let searches = times(tokens.web_searches, price.web_search).saturating_mul(MILLION / 1000);
    tokens_cost.saturating_add(searches).saturating_mul(i128::from(factor.billionths()))
}

/// What the vendor's prompt cache spared in an answer, in nano-dollars: what was read from it at the price of
/// input, less what reading cost and less the surcharge of writing; negative where writing was dearer.
#[must_use]
pub fn cache_saved(price: &Price, tokens: &Tokens, tier: Tier, factor: Factor) -> i64 {
    let rates = price.rates(tokens.all_input(), tier);
    let parts = [
        (tokens.cache_read, rates.cache_read),
        (tokens.cache_write_5m, rates.cache_write_5m),
        (tokens.cache_write_1h, rates.cache_write_1h),
    ];
    let spared = parts.into_iter().fold(0, |sum: i128, (count, rate)| {
        sum.saturating_add(times(count, rates.input)).saturating_sub(times(count, rate))
    });
    rounded(spared.saturating_mul(i128::from(factor.billionths())), UNIT)
}

/// What it costs more to write the prefix that a vendor's cache holds after this answer anew than to read it, in
/// nano-dollars before any factor; written for as long as it was bought for now, five minutes where nothing was.
#[must_use]
pub fn rebuild(price: &Price, tokens: &Tokens, tier: Tier) -> i64 {
    let rates = price.rates(tokens.all_input(), tier);
    let write = if tokens.cache_write_1h > 0 { rates.cache_write_1h } else { rates.cache_write_5m };
    rounded(times(tokens.cached_prefix(), write.saturating_sub(rates.cache_read)), MILLION).max(0)
}

fn times(count: u64, rate: i64) -> i128 {
    i128::from(count) * i128::from(rate)
}
