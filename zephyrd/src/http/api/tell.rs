//! How numbers and texts are told in every family.

use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;
use zephyr_core::config::{Problem, Severity};
use zephyr_core::usage::Tokens;
use zephyr_core::usage::money::NANOS;

use crate::desk::Desk;
use crate::http::time::rfc3339;
use crate::system::text::clean;

/// Dollars, for people and charts; the exact sum is in nano-dollars beside it.
pub(in crate::http) fn usd(nanos: i64) -> f64 {
    nanos as f64 / NANOS as f64
}

/// Milliseconds, to the microsecond.
pub(super) fn millis(time: Duration) -> f64 {
    time.as_micros() as f64 / 1000.0
}

/// Whole milliseconds.
pub(super) fn whole_millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// A text that may be missing; an empty one is missing.
pub(super) fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| clean(text))
}

/// The time of an answer.
pub(in crate::http) fn now(desk: &Desk) -> String {
    rfc3339(desk.handle.clock().now().unix_ms)
}

/// Tokens by kind.
#[derive(Debug, Clone, Copy, Default, Serialize, ToSchema)]
pub(in crate::http) struct TokensTold {
    /// Input that no cache had a part in.
    input: u64,
    output: u64,
    /// Input written to the vendor's cache for five minutes.
    cache_write_5m: u64,
    /// Input written to the vendor's cache for an hour.
    cache_write_1h: u64,
    /// Input read from the vendor's cache.
    cache_read: u64,
    /// The part of the output that was thinking.
    reasoning: u64,
    web_searches: u64,
    web_fetches: u64,
    code_runs: u64,
    /// Input of all kinds.
    all_input: u64,
    /// The same and output.
    total: u64,
}

impl From<&Tokens> for TokensTold {
    fn from(t: &Tokens) -> Self {
        Self {
            input: t.input,
            output: t.output,
            cache_write_5m: t.cache_write_5m,
            cache_write_1h: t.cache_write_1h,
            cache_read: t.cache_read,
            reasoning: t.reasoning,
            web_searches: t.web_searches,
            web_fetches: t.web_fetches,
            code_runs: t.code_runs,
            all_input: t.all_input(),
            total: t.all_input().saturating_add(t.output),
        }
    }
}

/// One thing that is wrong with a config.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct ProblemTold {
    /// `error` (it cannot be used) or `warning`.
    severity: &'static str,
    /// The file, or the environment variable.
    source: String,
    /// 1-based; 0 where the source has no lines.
    line: u32,
    /// 1-based, in characters; 0 where the source has no lines.
    column: u32,
    message: String,
    /// What to do about it.
    hint: Option<String>,
}

impl From<&Problem> for ProblemTold {
    fn from(p: &Problem) -> Self {
        Self {
            severity: if p.severity == Severity::Error { "error" } else { "warning" },
            source: clean(&p.source),
            line: p.line,
            column: p.column,
            message: clean(&p.message),
            hint: p.hint.as_deref().map(clean),
        }
    }
}
