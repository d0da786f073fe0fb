//! Why an endpoint gets no requests, or fewer, in one line.

use crate::language::{term, words};
use anstyle::Style;
use zephyr_words::say;

use super::glyph;
use super::number::until;
use super::text::line;
use crate::view::{Endpoint, ModelLimit};

/// Most models that are named in one line.
const NAMED: usize = 2;

/// The state in one word, with the operator's wish where it matters.
pub(crate) fn state(endpoint: &Endpoint) -> String {
    match endpoint.admin.as_str() {
        "paused" => term("state", "paused").into_owned(),
        "drained" if endpoint.in_flight > 0 => term("state", "draining").into_owned(),
        "drained" => term("state", "drained").into_owned(),
        "pinned" => say!(words(), "state-also-pinned", state = term("state", &endpoint.state)),
        _ => term("state", &endpoint.state).into_owned(),
    }
}

/// What is wrong; `None` when nothing is.
pub(crate) fn why_not(endpoint: &Endpoint) -> Option<(String, Style)> {
    let words = words();
    let style = glyph::endpoint(&endpoint.state, &endpoint.admin).1;
    let lead = match (endpoint.admin.as_str(), endpoint.state.as_str()) {
        ("paused" | "drained", _) => return Some((by_operator(endpoint), glyph::DIM)),
        (_, "up" | "unknown") if !endpoint.limits.is_empty() => {
            let limits: Vec<String> = endpoint.limits.iter().take(NAMED).map(limit).collect();
            let limits = limits.join(&say!(words, "semicolon"));
            let told = match endpoint.limits.len().saturating_sub(NAMED) {
                0 => limits,
                more => say!(words, "limits-and-more", limits = limits, n = more),
            };
            return Some((looked_at(endpoint, told), glyph::WARN));
        }
        (_, "up") => return slow_start(endpoint).map(|text| (text, glyph::DIM)),
        (_, "unknown") => say!(words, "why-not-measured"),
        (_, "degraded") if endpoint.rest.on_trial => say!(words, "why-on-trial"),
        (_, "degraded") => say!(words, "why-degraded"),
        (_, "cooling") => say!(words, "why-cooling"),
        (_, "exhausted") => say!(words, "why-exhausted"),
        (_, "auth-failed") => say!(words, "why-auth-failed"),
        (_, "misconfigured") => say!(words, "why-misconfigured"),
        (_, other) => return Some((line(other), style)),
    };
    let mut text = lead.into_owned();
    if let Some(left) = endpoint.until_unix_ms.and_then(until) {
        text = say!(words, "why-left", text = text, span = left);
    }
    text = looked_at(endpoint, text);
    if endpoint.state == "cooling" && endpoint.rest.doublings > 0 {
        text = say!(words, "why-rests", text = text, n = endpoint.rest.doublings.saturating_add(1));
    } else if endpoint.consecutive_failures > 1 {
        text = say!(words, "why-failures", text = text, n = endpoint.consecutive_failures);
    }
    if let Some(error) = &endpoint.error {
        text = say!(words, "why-error", text = text, error = line(error));
    }
    Some((text, style))
}

/// `text`, and when it is seen whether what is limited is back.
fn looked_at(endpoint: &Endpoint, text: String) -> String {
    match endpoint.recover_unix_ms.and_then(until) {
        Some(wait) => say!(words(), "why-looked-at", text = text, span = wait),
        None => text,
    }
}

/// What is not asked for there: which model, why, and for how long still.
pub(crate) fn limit(limit: &ModelLimit) -> String {
    let (model, kind) = (line(&limit.model), line(&term("class", &limit.kind)));
    let mut text = format!("{model} {kind}");
    if let Some(left) = until(limit.until_unix_ms) {
        text = say!(words(), "why-left", text = text, span = left);
    }
    if let Some(detail) = &limit.detail {
        text = say!(words(), "why-error", text = text, error = line(detail));
    }
    text
}

/// It works again and is not asked for everything yet.
fn slow_start(endpoint: &Endpoint) -> Option<String> {
    let left = endpoint.rest.slow_start_until_unix_ms.and_then(until)?;
    Some(say!(words(), "slow-start", span = left))
}

fn by_operator(endpoint: &Endpoint) -> String {
    let state = term("state", &endpoint.admin);
    match &endpoint.error {
        Some(error) => say!(words(), "by-operator-error", state = state, error = line(error)),
        None => say!(words(), "by-operator", state = state, name = line(&endpoint.name)),
    }
}
