//! What an answer says of limits: when to come back, and what is used up.
//!
//! Read are `retry-after` in its forms; the windows of an Anthropic subscription (`anthropic-ratelimit-unified-*`,
//! resets in Unix seconds); the counters of a minute of Anthropic (`anthropic-ratelimit-tokens-reset`, RFC 3339) and
//! of OpenAI (`x-ratelimit-reset-tokens`, `6m0s`); and `resets_in_seconds` in an error's body. Points in time are
//! read against the answer's own `Date`, so that a wrong clock on either side does no harm; only where there is none,
//! against the time that is passed in. Nothing that is stated is made shorter.

use std::time::Duration;

use http::header::{AsHeaderName, DATE, HeaderMap, HeaderName};

use crate::retry_after::{LONGEST, retry_after, seconds};

const UNIFIED: &str = "anthropic-ratelimit-unified-";
static STATUS: HeaderName = HeaderName::from_static("anthropic-ratelimit-unified-status");
/// Names of the windows that all models of a subscription draw on.
const SHARED: [&str; 5] = ["5h", "7d", "five_hour", "seven_day", "weekly"];
/// What has a status among the unified headers and is no window.
const NO_WINDOW: [&str; 2] = ["overage", "fallback"];

/// What an answer says of limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RateLimit {
    /// When to come back, where that is told: until the last of what is used up has been reset.
    pub wait: Option<Duration>,
    /// What of a subscription is used up.
    pub rejected: Option<Rejected>,
    /// It is nearly used up; nothing follows from it.
    pub warned: bool,
}

/// Whose window of a subscription is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rejected {
    /// One that all its models draw on.
    Account,
    /// One of some models alone.
    Family,
}

/// Reads the headers of an answer that came at `now_unix_ms`, which is asked only where it matters.
#[must_use]
pub fn rate_limit(headers: &HeaderMap, now_unix_ms: impl FnOnce() -> i64) -> RateLimit {
    let told = retry_after(headers);
    let clock = || clock(headers, now_unix_ms);
    match text(headers, &STATUS) {
        Some("rejected") => {
            let (rejected, reset) = rejected(headers, clock());
            RateLimit { wait: told.max(reset), rejected: Some(rejected), warned: false }
        }
        status => RateLimit {
            wait: told.or_else(|| counters(headers, clock)),
            rejected: None,
            warned: status == Some("allowed_warning"),
        },
    }
}

/// The wait that an error's body states: `{"error": {"resets_in_seconds": …}}`.
#[must_use]
pub fn stated_in_body(body: &[u8]) -> Option<Duration> {
    #[derive(serde::Deserialize)]
    struct Body {
        error: Stated,
    }
    #[derive(serde::Deserialize)]
    struct Stated {
        resets_in_seconds: f64,
    }
    let said = serde_json::from_slice::<Body>(body).ok()?.error.resets_in_seconds;
    let plain = said.is_finite() && said > 0.0;
    plain.then(|| Duration::from_secs_f64(said.min(LONGEST)))
}

/// The answer's own time, Unix seconds.
fn clock(headers: &HeaderMap, now_unix_ms: impl FnOnce() -> i64) -> f64 {
    let date =
        headers.get(DATE).and_then(|v| v.to_str().ok()).and_then(|t| httpdate::parse_http_date(t).ok());
    let own = date.and_then(|t| t.duration_since(std::time::UNIX_EPOCH).ok());
    own.map_or_else(|| now_unix_ms() as f64 / 1e3, |t| t.as_secs_f64())
}

fn text(headers: &HeaderMap, name: impl AsHeaderName) -> Option<&str> {
    headers.get(name).and_then(|v| v.to_str().ok()).map(str::trim)
}

/// Whose window is used up, and when the last of those that are is reset.
fn rejected(headers: &HeaderMap, clock: f64) -> (Rejected, Option<Duration>) {
    let reset = |window: &str| unix(text(headers, format!("{UNIFIED}{window}-reset"))?, clock);
    let windows = headers.iter().filter_map(|(name, value)| {
        let window = name.as_str().strip_prefix(UNIFIED)?.strip_suffix("-status")?;
        (value.as_bytes() == b"rejected" && !NO_WINDOW.contains(&window)).then_some(window)
    });
    let (shared, family): (Vec<&str>, Vec<&str>) = windows.partition(|window| SHARED.contains(window));
    let overall = || text(headers, format!("{UNIFIED}reset")).and_then(|t| unix(t, clock));
    let last = |of: &[&str]| of.iter().filter_map(|window| reset(window)).max().or_else(overall);
    if !shared.is_empty() {
        return (Rejected::Account, last(&shared));
    }
    // No window says so itself: the claim that decided does.
    let claim = text(headers, format!("{UNIFIED}representative-claim"));
    match claim {
        _ if !family.is_empty() => (Rejected::Family, last(&family)),
        Some(claim) if !SHARED.contains(&claim) => (Rejected::Family, last(&[claim])),
        Some("five_hour") => (Rejected::Account, last(&["5h"])),
        Some("seven_day") => (Rejected::Account, last(&["7d"])),
        _ => (Rejected::Account, overall()),
    }
}

/// When the last of the counters that are at nothing is filled again.
fn counters(headers: &HeaderMap, clock: impl FnOnce() -> f64) -> Option<Duration> {
    let mut spent = headers.iter().filter_map(|(name, value)| {
        let name = name.as_str();
        let reset = if let Some(of) = name.strip_prefix("x-ratelimit-remaining-") {
            format!("x-ratelimit-reset-{of}")
        } else if name.starts_with("anthropic-ratelimit-") {
            format!("{}-reset", name.strip_suffix("-remaining")?)
        } else {
            return None;
        };
        let empty = value.to_str().ok()?.trim().parse::<f64>().ok()? <= 0.0;
        if empty { text(headers, reset) } else { None }
    });
    let first = spent.next()?;
    let clock = clock();
    let waits = std::iter::once(first).chain(spent).filter_map(|stated| moment(stated, clock));
    waits.max().filter(|wait| !wait.is_zero())
}

/// From the clock to a time in Unix seconds; the past is no wait.
fn unix(stated: &str, clock: f64) -> Option<Duration> {
    let at: f64 = stated.parse().ok()?;
    let left = at - clock;
    (at.is_finite() && left > 0.0).then(|| Duration::from_secs_f64(left.min(LONGEST)))
}

/// From the clock to a time in any of the forms that counters use.
fn moment(stated: &str, clock: f64) -> Option<Duration> {
    if let Ok(at) = stated.parse::<jiff::Timestamp>() {
        return unix(&at.as_second().to_string(), clock);
    }
    seconds(stated, 1.0).or_else(|| span(stated))
}

/// `6m0s`, `1h2m3.5s`, `120ms`.
fn span(stated: &str) -> Option<Duration> {
    let mut rest = stated;
    let mut all = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
        let (number, tail) = rest.split_at(digits);
        let unit = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit);
        let unit = match unit {
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3_600.0,
            "d" => 86_400.0,
            _ => return None,
        };
        all = all.checked_add(seconds(number, unit)?)?;
        rest = tail;
    }
    (!stated.is_empty()).then_some(all)
}

#[cfg(test)]
mod tests;
