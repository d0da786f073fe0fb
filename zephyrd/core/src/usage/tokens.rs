//! Tokens of one answer, or of many.

use serde::{Deserialize, Serialize};

/// Tokens in one convention for all vendors: `input` counts what was neither read from a cache nor written to
/// one (OpenAI's `prompt_tokens` include cached ones, Anthropic's `input_tokens` do not).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Tokens {
    /// Input that no cache had a part in.
    pub input: u64,
    /// Output, reasoning included.
    pub output: u64,
    /// Input written to a cache that lasts five minutes.
    pub cache_write_5m: u64,
    /// Input written to a cache that lasts an hour.
    pub cache_write_1h: u64,
    /// Input read from a cache.
    pub cache_read: u64,
    /// The part of `output` that was reasoning.
    pub reasoning: u64,
    /// Searches of the web by the vendor.
    pub web_searches: u64,
    /// Pages fetched by the vendor.
    pub web_fetches: u64,
    /// Runs of code at the vendor.
    pub code_runs: u64,
}

impl Tokens {
    /// Everything that went in, cached or not.
    #[must_use]
    pub fn all_input(&self) -> u64 {
        self.input.saturating_add(self.cached_prefix())
    }

    /// The part of the input that the vendor's cache holds after this answer.
    #[must_use]
    pub fn cached_prefix(&self) -> u64 {
        self.cache_read.saturating_add(self.cache_write_5m).saturating_add(self.cache_write_1h)
    }

    /// Nothing was counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Adds another answer's.
    pub fn add(&mut self, other: &Self) {
        for (sum, more) in self.fields_mut().into_iter().zip(other.fields()) {
            *sum = sum.saturating_add(more);
        }
    }

    /// Every count, in the order of the declaration.
    #[must_use]
    pub fn fields(&self) -> [u64; 9] {
        let Self {
            input,
            output,
            cache_write_5m,
            cache_write_1h,
            cache_read,
            reasoning,
            web_searches,
            web_fetches,
            code_runs,
        } = *self;
        [
            input,
            output,
            cache_write_5m,
            cache_write_1h,
            cache_read,
            reasoning,
            web_searches,
            web_fetches,
            code_runs,
        ]
    }

    /// As [`Self::fields`], to be set.
    pub fn fields_mut(&mut self) -> [&mut u64; 9] {
        [
            &mut self.input,
            &mut self.output,
            &mut self.cache_write_5m,
            &mut self.cache_write_1h,
            &mut self.cache_read,
            &mut self.reasoning,
            &mut self.web_searches,
            &mut self.web_fetches,
            &mut self.code_runs,
        ]
    }
}

/// What sort of service was billed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tier {
    /// The ordinary one.
    #[default]
    Standard,
    /// Batches, at a discount.
    Batch,
    /// Faster or guaranteed, at a surcharge.
    Priority,
    /// Slower, at a discount.
    Flex,
}

impl Tier {
    /// All tiers.
    pub const ALL: [Self; 4] = [Self::Standard, Self::Batch, Self::Priority, Self::Flex];

    /// The name in records.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Batch => "batch",
            Self::Priority => "priority",
            Self::Flex => "flex",
        }
    }
}
