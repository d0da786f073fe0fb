//! What the log is told of a request: a line for each failed attempt, and one for the whole at its end.

use std::net::SocketAddr;

use zephyr_core::usage::money::Usd;
use zephyr_core::usage::{Source, UsageRecord, UsageState};

use super::super::attempt::Failure;
use crate::system::text::clean;

/// An endpoint failed, before the client has seen anything.
pub(super) fn failed(facts: &UsageRecord, attempt: usize, failure: &Failure) {
    let detail = failure.outcome.detail.as_deref().unwrap_or("-");
    tracing::warn!(
        request = facts.id,
        endpoint = failure.endpoint.name,
        attempt,
        class = failure.outcome.class.name(),
        detail,
        "attempt failed at {}: {} ({})",
        clean(&failure.endpoint.name),
        clean(detail),
        facts.id
    );
}

/// A request is over.
pub(super) fn request(facts: &UsageRecord, peer: SocketAddr) {
    let endpoint = facts.endpoint.as_deref().unwrap_or("-");
    let path = clean(&facts.path);
    let known = facts.usage != UsageState::None;
    let or_dash = |text: &'_ str| if text.is_empty() { "-".to_owned() } else { clean(text) };
    tracing::info!(
        request = facts.id,
        endpoint,
        status = facts.status,
        duration_ms = facts.duration_ms,
        ttft_ms = facts.ttft_ms,
        outcome = facts.ended.name(),
        attempts = facts.attempts.len(),
        method = facts.method,
        path,
        dialect = or_dash(&facts.dialect),
        model = or_dash(&facts.model),
        stream = facts.stream,
        client = (!facts.client.is_empty()).then_some(facts.client.as_str()),
        session = facts.session.as_deref(),
        peer = %peer,
        bytes = facts.bytes_out,
        source = (facts.source != Source::Endpoint).then(|| facts.source.name()),
        input_tokens = known.then(|| facts.tokens.all_input()),
        output_tokens = known.then_some(facts.tokens.output),
        cost_nanos = known.then_some(facts.cost_nanos),
        detail = facts.detail.as_deref(),
        "request {} {} {}: {} from {} in {} ms, {}{}",
        facts.id,
        facts.method,
        path,
        facts.status,
        if facts.endpoint.is_some() { clean(endpoint) } else { "no endpoint".to_owned() },
        facts.duration_ms,
        facts.ended.name(),
        Spent(facts)
    );
}

/// `, 1234 in, 56 out, $0.0123`, where that is known.
struct Spent<'a>(&'a UsageRecord);

impl std::fmt::Display for Spent<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let facts = self.0;
        if facts.usage == UsageState::None {
            return Ok(());
        }
        let (input, output) = (facts.tokens.all_input(), facts.tokens.output);
        write!(f, ", {input} in, {output} out, {}", Usd(facts.cost_nanos))
    }
}
