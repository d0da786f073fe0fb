//! What an Anthropic answer tells of itself.
//!
//! `message_start` brings usage as known at the start, `message_delta` as known at the end, and vendors differ in how
//! much each holds. So the two are merged field by field: what the delta tells wins, what it leaves out stays. For
//! input and caches a zero tells nothing: gateways that count only output fill the delta's other fields with zeros.

use crate::dialect::kind;
use crate::peek::{items, members};
use crate::usage::{Draft, MOST, Usage, count, server_tools, tier_of};

/// See [`crate::dialect::Dialect::follow`].
pub(super) fn follow(event: &[u8], data: &[u8], draft: &mut Draft) -> bool {
    match kind(event, data) {
        b"message_start" => {
            members(data, |key, value| {
                if key == b"message" {
                    members(value, |key, value| read(b"", key, value, draft));
                }
            });
        }
        b"message_delta" => {
            let mut told = false;
            members(data, |key, value| match key {
                b"delta" => {
                    members(value, |key, value| read(b"", key, value, draft));
                }
                b"usage" => {
                    usage(value, draft);
                    told = true;
                }
                _ => {}
            });
            if told {
                draft.finish();
            }
        }
        b"message_stop" => return true,
        b"error" => draft.error(data),
        _ => {}
    }
    false
}

/// See [`crate::dialect::Dialect::ends`].
pub(super) fn ends(event: &[u8], data: &[u8]) -> bool {
    kind(event, data) == b"message_stop"
}

/// See [`crate::dialect::Dialect::wants`].
pub(super) fn wants(within: &[u8], key: &[u8]) -> bool {
    within.is_empty() && matches!(key, b"model" | b"stop_reason" | b"usage" | b"error")
}

/// See [`crate::dialect::Dialect::read`]; also for the message in `message_start` and for `delta`.
pub(super) fn read(_within: &[u8], key: &[u8], value: &[u8], draft: &mut Draft) {
    match key {
        b"model" => draft.model(value),
        b"stop_reason" => draft.stop(value),
        b"usage" => usage(value, draft),
        b"error" => draft.error(value),
        _ => {}
    }
}

/// Merges one usage object into what was told before.
fn usage(raw: &[u8], draft: &mut Draft) {
    let mut all = draft.told();
    let merged = merge(raw, &mut all);
    if let Some(tier) = merged.tier {
        draft.tier(tier);
    }
    if merged.told {
        draft.tell(all);
    }
    if let Some(rounds) = merged.rounds {
        let compacted = compactions(rounds);
        draft.beside(|beside| *beside = compacted);
    }
}

/// Merges one usage object into `all`, for whoever keeps count alone.
pub(super) fn take(raw: &[u8], all: &mut Usage) {
    if let Some(tier) = merge(raw, all).tier {
        all.tier = tier_of(tier);
    }
}

/// What a usage object holds beside counts.
#[derive(Default)]
struct Merged<'a> {
    /// It holds a count.
    told: bool,
    tier: Option<&'a [u8]>,
    rounds: Option<&'a [u8]>,
}

fn merge<'a>(raw: &'a [u8], all: &mut Usage) -> Merged<'a> {
    let mut merged = Merged::default();
    let (mut written, mut lives) = (None, [0, 0]);
    members(raw, |key, value| match key {
        b"input_tokens" => merged.told |= keep(&mut all.input, value),
        b"cache_read_input_tokens" => merged.told |= keep(&mut all.cache_read, value),
        b"cache_creation_input_tokens" => written = count(value),
        b"output_tokens" => {
            if let Some(count) = count(value) {
                all.output = count;
                merged.told = true;
            }
        }
        b"cache_creation" => {
            members(value, |key, value| match key {
                b"ephemeral_5m_input_tokens" => lives[0] = count(value).unwrap_or(0),
                b"ephemeral_1h_input_tokens" => lives[1] = count(value).unwrap_or(0),
                _ => {}
            });
        }
        b"output_tokens_details" => {
            members(value, |key, value| {
                if matches!(key, b"thinking_tokens" | b"reasoning_tokens") {
                    keep(&mut all.reasoning, value);
                }
            });
        }
        b"server_tool_use" => server_tools(value, all),
        b"service_tier" if value != b"null" => merged.tier = Some(value),
        b"iterations" => merged.rounds = Some(value),
        _ => {}
    });
    let apart = lives != [0, 0];
    merged.told |= apart || written.is_some();
    if apart {
        [all.cache_write_5m, all.cache_write_1h] = lives;
    }
    if let Some(sum) = written.filter(|sum| *sum > 0) {
        let known = all.cache_write_5m.saturating_add(all.cache_write_1h);
        // What the sum has beyond the parts was written for the usual five minutes. A sum alone, after parts, changes
        // only that.
        if sum > known {
            all.cache_write_5m += sum - known;
        } else if !apart {
            all.cache_write_5m = sum.saturating_sub(all.cache_write_1h);
        }
    }
    merged
}

/// Takes a count over an earlier one, unless it is zero. Whether there was one.
fn keep(place: &mut u64, raw: &[u8]) -> bool {
    let found = count(raw);
    if let Some(count) = found.filter(|c| *c > 0) {
        *place = count;
    }
    found.is_some()
}

/// The sum of the rounds that summarised the conversation: they are billed and stand in `iterations` alone, not in the
/// sums beside it (the vendor's page on compaction).
fn compactions(rounds: &[u8]) -> Usage {
    let mut sum = Usage::default();
    items(rounds, |round| {
        let mut is_compaction = false;
        members(round, |key, value| is_compaction |= key == b"type" && value == b"\"compaction\"");
        if !is_compaction {
            return;
        }
        let mut one = Usage::default();
        merge(round, &mut one);
        for (total, part) in [
            (&mut sum.input, one.input),
            (&mut sum.output, one.output),
            (&mut sum.cache_read, one.cache_read),
            (&mut sum.cache_write_5m, one.cache_write_5m),
            (&mut sum.cache_write_1h, one.cache_write_1h),
        ] {
            *total = total.saturating_add(part).min(MOST);
        }
    });
    sum
}
