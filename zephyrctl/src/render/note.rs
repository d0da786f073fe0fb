//! Why an endpoint gets no requests, or fewer, in one line.

use anstyle::Style;

use super::glyph;
use super::number::until;
use super::text::line;
use crate::view::{Endpoint, ModelLimit};

/// Most models that are named in one line.
const NAMED: usize = 2;

/// The state in one word, with the operator's wish where it matters.
pub(crate) fn state(endpoint: &Endpoint) -> String {
    match endpoint.admin.as_str() {
        "paused" => "paused".to_owned(),
        "drained" if endpoint.in_flight > 0 => "draining".to_owned(),
        "drained" => "drained".to_owned(),
        "pinned" => format!("{}, pinned", endpoint.state),
        _ => endpoint.state.clone(),
    }
}

/// What is wrong; `None` when nothing is.
pub(crate) fn why_not(endpoint: &Endpoint) -> Option<(String, Style)> {
    let style = glyph::endpoint(&endpoint.state, &endpoint.admin).1;
    let lead = match (endpoint.admin.as_str(), endpoint.state.as_str()) {
        ("paused" | "drained", _) => return Some((by_operator(endpoint), glyph::DIM)),
        (_, "up" | "unknown") if !endpoint.limits.is_empty() => {
            let limits: Vec<String> = endpoint.limits.iter().take(NAMED).map(limit).collect();
            let more = endpoint.limits.len().saturating_sub(NAMED);
            let more = if more == 0 { String::new() } else { format!(" and {more} more") };
            return Some((limits.join("; ") + &more, glyph::WARN));
        }
        (_, "up") => return slow_start(endpoint).map(|text| (text, glyph::DIM)),
        (_, "unknown") => "not measured yet",
        (_, "degraded") if endpoint.rest.on_trial => "on trial after a rest: one request at a time",
        (_, "degraded") => "slow or failing",
        (_, "cooling") => "cooling down",
        (_, "exhausted") => "its limit is used up",
        (_, "auth-failed") => "its credential was refused",
        (_, "misconfigured") => "its settings do not work",
        (_, other) => return Some((line(other), style)),
    };
    let mut text = lead.to_owned();
    if let Some(left) = endpoint.until_unix_ms.and_then(until) {
        text.push_str(&format!(", {left} left"));
    }
    if let Some(wait) = endpoint.recover_unix_ms.and_then(until) {
        text.push_str(&format!(", looked at in {wait}"));
    }
    if endpoint.state == "cooling" && endpoint.rest.doublings > 0 {
        text.push_str(&format!(", rest {} in a row", endpoint.rest.doublings.saturating_add(1)));
    } else if endpoint.consecutive_failures > 1 {
        text.push_str(&format!(", {} failures in a row", endpoint.consecutive_failures));
    }
    if let Some(error) = &endpoint.error {
        text.push_str(&format!(": {}", line(error)));
    }
    Some((text, style))
}

/// What is not asked for there: which model, why, and for how long still.
pub(crate) fn limit(limit: &ModelLimit) -> String {
    let left = until(limit.until_unix_ms).map(|left| format!(", {left} left")).unwrap_or_default();
    let words = limit.detail.as_deref().map(|words| format!(": {}", line(words))).unwrap_or_default();
    format!("{} {}{left}{words}", line(&limit.model), line(&limit.kind))
}

/// It works again and is not asked for everything yet.
fn slow_start(endpoint: &Endpoint) -> Option<String> {
    let left = endpoint.rest.slow_start_until_unix_ms.and_then(until)?;
    Some(format!("back after failures: its share of new requests grows for {left} more"))
}

fn by_operator(endpoint: &Endpoint) -> String {
    let name = line(&endpoint.name);
    match &endpoint.error {
        Some(error) => {
            format!("{} by an operator; last error: {}", endpoint.admin, line(error))
        }
        None => format!("{} by an operator; `zephyrctl resume {name}` brings it back", endpoint.admin),
    }
}
