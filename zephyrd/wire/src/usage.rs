//! What an answer tells of itself: tokens, model, why it stopped; one convention for all vendors.
//!
//! [`Draft`] is what the dialects write while an answer passes. Counts are read leniently (`null`, floats, strings
//! and nonsense appear) and bounded by [`MOST`], so that sums of them never overflow.

use crate::dialect::error_of;
use crate::peek::{members, text};

/// The largest count that is believed; more is cut to it. No answer has a million million tokens, and its price
/// still fits into 63 bits of nano-dollars.
pub const MOST: u64 = 1_000_000_000_000;

/// Tokens of one answer, in one convention for all vendors: `input` counts what was neither read from nor written
/// to a cache (OpenAI's `prompt_tokens` include cached ones; Anthropic's `input_tokens` do not).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Tokens read, caches aside.
    pub input: u64,
    /// Tokens written, reasoning included.
    pub output: u64,
    /// Tokens written to a cache that lives five minutes, or where no life is told.
    pub cache_write_5m: u64,
    /// Tokens written to a cache that lives an hour.
    pub cache_write_1h: u64,
    /// Tokens read from a cache.
    pub cache_read: u64,
    /// Of `output`: reasoning, where it is told apart.
    pub reasoning: u64,
    /// Web searches that the vendor ran.
    pub web_searches: u64,
    /// Web pages that the vendor fetched.
    pub web_fetches: u64,
    /// Programs that the vendor ran.
    pub code_runs: u64,
    /// What the answer was served as.
    pub tier: Tier,
}

/// How an answer was served, by `service_tier`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Tier {
    /// As usual; also every name that is not known.
    #[default]
    Standard,
    /// In a batch.
    Batch,
    /// First, at a higher price.
    Priority,
    /// When there was room, at a lower price.
    Flex,
}

/// What an answer has told so far.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reading {
    /// Tokens, if any were told.
    pub usage: Option<Usage>,
    /// The vendor's last word on usage has come: with `message_delta`, the final chunk, `response.completed`, or the
    /// whole body.
    pub is_final: bool,
    /// The model that answered, at most 200 bytes.
    pub model: Option<String>,
    /// `stop_reason`, `finish_reason` or `status`, at most 64 bytes.
    pub stop: Option<String>,
    /// An error event or error object: its type (at most 64 bytes) and message (at most 500).
    pub error: Option<(String, String)>,
    /// A bound, or an unknown or broken encoding, kept bytes from being read: there may have been more to tell.
    pub untapped: bool,
}

/// A [`Reading`] that is being written.
#[derive(Debug, Default)]
pub struct Draft {
    reading: Reading,
    /// What usage objects have told.
    told: Option<Usage>,
    /// What is not part of the vendor's own sums and comes on top.
    beside: Usage,
    tier: Tier,
    /// How often a model has been sought.
    sought: u8,
}

impl Draft {
    /// What has been read so far.
    #[must_use]
    pub fn reading(&self) -> &Reading {
        &self.reading
    }

    /// The reading, done.
    #[must_use]
    pub fn into_reading(self) -> Reading {
        self.reading
    }

    /// Takes down the model, a raw JSON value.
    pub(crate) fn model(&mut self, raw: &[u8]) {
        if let Some(model) = text(raw).filter(|m| !m.is_empty()) {
            self.reading.model = Some(cut(&model, 200));
        }
    }

    /// Whether a model is still to be sought: in the first events, until one is known.
    pub(crate) fn seeks_model(&mut self) -> bool {
        let seeks = self.reading.model.is_none() && self.sought < 8;
        self.sought += u8::from(seeks);
        seeks
    }

    /// Takes down why the answer stopped, a raw JSON value.
    pub(crate) fn stop(&mut self, raw: &[u8]) {
        if let Some(stop) = text(raw).filter(|s| !s.is_empty()) {
            self.reading.stop = Some(cut(&stop, 64));
        }
    }

    /// Takes down an error: the raw value of `error`, or an event's whole data.
    pub(crate) fn error(&mut self, raw: &[u8]) {
        if self.reading.error.is_some() || raw == b"null" {
            return;
        }
        let value = serde_json::from_slice::<serde_json::Value>(raw).unwrap_or_default();
        let (kind, message) = error_of(&value).unwrap_or_default();
        self.reading.error = Some((cut(&kind, 64), cut(&message, 500)));
    }

    /// Takes down `service_tier`, a raw JSON value.
    pub(crate) fn tier(&mut self, raw: &[u8]) {
        self.tier = tier_of(raw);
        self.publish();
    }

    /// What usage objects have told so far.
    pub(crate) fn told(&self) -> Usage {
        self.told.unwrap_or_default()
    }

    /// Puts `usage` in the place of what was told before.
    pub(crate) fn tell(&mut self, usage: Usage) {
        self.told = Some(usage);
        self.publish();
    }

    /// Changes what comes on top of the vendor's own sums.
    pub(crate) fn beside(&mut self, change: impl FnOnce(&mut Usage)) {
        change(&mut self.beside);
        self.publish();
    }

    /// No more is to be told about usage.
    pub(crate) fn finish(&mut self) {
        self.reading.is_final |= self.told.is_some();
    }

    /// Bytes have passed that were not read.
    pub(crate) fn untapped(&mut self) {
        self.reading.untapped = true;
    }

    fn publish(&mut self) {
        let Some(told) = self.told else { return };
        let sum = |a: u64, b: u64| a.saturating_add(b).min(MOST);
        let beside = self.beside;
        self.reading.usage = Some(Usage {
            input: sum(told.input, beside.input),
            output: sum(told.output, beside.output),
            cache_write_5m: sum(told.cache_write_5m, beside.cache_write_5m),
            cache_write_1h: sum(told.cache_write_1h, beside.cache_write_1h),
            cache_read: sum(told.cache_read, beside.cache_read),
            reasoning: sum(told.reasoning, beside.reasoning),
            // Counted as events and told in sums: whichever saw more.
            web_searches: told.web_searches.max(beside.web_searches),
            web_fetches: told.web_fetches.max(beside.web_fetches),
            code_runs: told.code_runs.max(beside.code_runs),
            tier: self.tier,
        });
    }
}

/// The tier that `service_tier`, a raw JSON value, names.
pub(crate) fn tier_of(raw: &[u8]) -> Tier {
    match raw {
        b"\"batch\"" => Tier::Batch,
        b"\"priority\"" => Tier::Priority,
        b"\"flex\"" => Tier::Flex,
        _ => Tier::Standard,
    }
}

/// A count as vendors write it: a number, or one in a string; at most [`MOST`]. `None` for everything else, negative
/// numbers included.
pub(crate) fn count(raw: &[u8]) -> Option<u64> {
    let raw = raw.strip_prefix(b"\"").and_then(|r| r.strip_suffix(b"\"")).unwrap_or(raw).trim_ascii();
    if !raw.first()?.is_ascii_digit() {
        return None;
    }
    if raw.iter().all(u8::is_ascii_digit) {
        let sum = raw.iter().fold(0u64, |sum, digit| {
            sum.saturating_mul(10).saturating_add(u64::from(digit - b'0')).min(MOST)
        });
        return Some(sum);
    }
    let number: f64 = std::str::from_utf8(raw).ok()?.parse().ok()?;
    // A cast from floats saturates; the fraction of a token is nothing.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let number = number as u64;
    Some(number.min(MOST))
}

/// Reads `server_tool_use`; a zero takes nothing back.
pub(crate) fn server_tools(raw: &[u8], usage: &mut Usage) {
    let keep = |place: &mut u64, raw: &[u8]| *place = count(raw).unwrap_or(0).max(*place);
    members(raw, |key, value| match key {
        b"web_search_requests" => keep(&mut usage.web_searches, value),
        b"web_fetch_requests" => keep(&mut usage.web_fetches, value),
        b"code_execution_requests" => keep(&mut usage.code_runs, value),
        _ => {}
    });
}

/// At most `most` bytes of `text`.
fn cut(text: &str, most: usize) -> String {
    let end = (0..=most.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text[..end].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_as_vendors_write_them() {
        for (raw, want) in [
            ("0", Some(0)),
            ("17", Some(17)),
            ("17.9", Some(17)),
            ("1.2e3", Some(1200)),
            ("\"42\"", Some(42)),
            ("\" 42 \"", Some(42)),
            ("-5", None),
            ("null", None),
            ("true", None),
            ("\"\"", None),
            ("\"inf\"", None),
            ("{}", None),
            ("18446744073709551616", Some(MOST)),
            ("1e400", Some(MOST)),
            ("12a", None),
        ] {
            assert_eq!(count(raw.as_bytes()), want, "{raw}");
        }
    }

    #[test]
    fn long_words_are_cut_between_characters() {
        let mut draft = Draft::default();
        draft.stop(format!("\"{}é\"", "x".repeat(63)).as_bytes());
        assert_eq!(draft.reading().stop.as_deref(), Some("x".repeat(63).as_str()));
    }
}
