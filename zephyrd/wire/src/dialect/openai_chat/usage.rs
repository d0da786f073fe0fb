//! What a Chat Completions answer tells of itself.
//!
//! Usage comes in a last chunk without choices, in every chunk (the last one counts), inside `choices[0]` (Moonshot)
//! or inside an object of the vendor's own (Groq). So a chunk is searched for the keys as text: inside a JSON string
//! their quotes would be escaped. Most chunks have none or `null`, and are not parsed.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use crate::peek::{first_value, members};
use crate::usage::{Draft, Usage, count, server_tools};

static FINISH: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\"finish_reason\""));
static USAGE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\"usage\""));

/// See [`crate::dialect::Dialect::follow`].
pub(super) fn follow(data: &[u8], draft: &mut Draft) -> bool {
    if data == b"[DONE]" {
        return true;
    }
    let finish = finish(data);
    let counts = told(&USAGE, data, |value| value.first() == Some(&b'{'));
    if finish.is_some() || draft.seeks_model() || data.starts_with(b"{\"error\"") {
        members(data, |key, value| read(b"", key, value, draft));
    }
    if let Some(value) = finish {
        draft.stop(value);
    }
    if let Some(value) = counts {
        usage(value, draft);
        if draft.reading().stop.is_some() {
            draft.finish();
        }
    }
    finish.is_some()
}

/// See [`crate::dialect::Dialect::ends`].
pub(super) fn ends(data: &[u8]) -> bool {
    data == b"[DONE]" || finish(data).is_some()
}

/// Why the model stopped. Some servers leave `[DONE]` out; a finish reason is as good.
fn finish(data: &[u8]) -> Option<&[u8]> {
    told(&FINISH, data, |value| value.first() == Some(&b'"') && value != b"\"\"")
}

/// The value of the first `"key":` that is `wanted`.
fn told<'a>(key: &Finder<'_>, data: &'a [u8], wanted: impl Fn(&[u8]) -> bool) -> Option<&'a [u8]> {
    let mut rest = data;
    while let Some(at) = key.find(rest) {
        rest = &rest[at + key.needle().len()..];
        // The text of a value, not a key, has no colon behind it.
        let Some(value) = rest.trim_ascii_start().strip_prefix(b":") else { continue };
        if let Some(value) = first_value(value).filter(|v| wanted(v)) {
            return Some(value);
        }
    }
    None
}

/// See [`crate::dialect::Dialect::wants`].
pub(super) fn wants(within: &[u8], key: &[u8]) -> bool {
    match within {
        b"" => matches!(key, b"model" | b"usage" | b"service_tier" | b"error"),
        b"choices" => matches!(key, b"finish_reason" | b"usage"),
        _ => false,
    }
}

/// See [`crate::dialect::Dialect::read`].
pub(super) fn read(_within: &[u8], key: &[u8], value: &[u8], draft: &mut Draft) {
    match key {
        b"model" => draft.model(value),
        b"finish_reason" => draft.stop(value),
        b"usage" => usage(value, draft),
        b"service_tier" if value != b"null" => draft.tier(value),
        b"error" => draft.error(value),
        _ => {}
    }
}

/// Reads a usage object of either OpenAI dialect in the place of an earlier one.
pub(in crate::dialect) fn usage(raw: &[u8], draft: &mut Draft) {
    let mut seen = Counts::default();
    let mut all = Usage::default();
    members(raw, |key, value| match key {
        b"prompt_tokens" | b"input_tokens" => seen.prompt = count(value),
        b"completion_tokens" | b"output_tokens" => seen.completion = count(value),
        b"total_tokens" => seen.total = count(value),
        // DeepSeek's and Moonshot's own places for what the details tell elsewhere.
        b"prompt_cache_hit_tokens" | b"cached_tokens" => most(&mut seen.cached, value),
        b"prompt_cache_miss_tokens" => seen.missed = count(value),
        b"cache_creation_input_tokens" => most(&mut seen.written, value),
        b"prompt_tokens_details" | b"input_tokens_details" => {
            members(value, |key, value| match key {
                b"cached_tokens" => most(&mut seen.cached, value),
                b"cache_write_tokens" | b"cache_creation_tokens" => most(&mut seen.written, value),
                _ => {}
            });
        }
        b"completion_tokens_details" | b"output_tokens_details" => {
            members(value, |key, value| {
                if key == b"reasoning_tokens" {
                    all.reasoning = count(value).unwrap_or(0);
                }
            });
        }
        b"server_tool_use" => server_tools(value, &mut all),
        _ => {}
    });
    if seen.prompt.or(seen.missed).or(seen.completion).or(seen.total).is_none() {
        return;
    }
    all.cache_read = seen.cached;
    all.cache_write_5m = seen.written;
    all.input = seen.input();
    all.output = seen.output(all.reasoning);
    draft.tell(all);
}

/// The counts of one usage object, as they stand there.
#[derive(Default)]
struct Counts {
    prompt: Option<u64>,
    completion: Option<u64>,
    total: Option<u64>,
    missed: Option<u64>,
    cached: u64,
    written: u64,
}

impl Counts {
    /// What was neither read from nor written to a cache.
    fn input(&self) -> u64 {
        let Some(prompt) = self.prompt else { return self.missed.unwrap_or(0) };
        // Parts that exceed the whole were not counted in it.
        prompt.checked_sub(self.cached + self.written).unwrap_or(prompt)
    }

    /// What was written, with reasoning: some vendors (xAI) count it apart, which their total shows.
    fn output(&self, reasoning: u64) -> u64 {
        let completion = self.completion.unwrap_or(0);
        let apart = completion + reasoning;
        let total_has_both = self.total.is_some_and(|total| total >= self.prompt.unwrap_or(0) + apart);
        if reasoning > completion || total_has_both { apart } else { completion }
    }
}

fn most(place: &mut u64, raw: &[u8]) {
    *place = count(raw).unwrap_or(0).max(*place);
}
