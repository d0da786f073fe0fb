//! What the log is told of a request: a line for each failed attempt, and one for the whole at its end.

use std::fmt::Write;
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
    if !tracing::enabled!(tracing::Level::INFO) {
        return;
    }
    let endpoint = facts.endpoint.as_deref().map(clean);
    let path = clean(&facts.path);
    let known = facts.usage != UsageState::None;
    let or_dash = |text: &'_ str| if text.is_empty() { "-".to_owned() } else { clean(text) };
    tracing::info!(
        request = facts.id,
        endpoint = endpoint.as_deref().unwrap_or("-"),
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
        peer = written(peer),
        bytes = facts.bytes_out,
        source = (facts.source != Source::Endpoint).then(|| facts.source.name()),
        input_tokens = known.then(|| facts.tokens.all_input()),
        output_tokens = known.then_some(facts.tokens.output),
        cost_nanos = known.then_some(facts.cost_nanos),
        detail = facts.detail.as_deref(),
        "{}",
        line(facts, &path, endpoint.as_deref())
    );
}

/// `request req-1 POST /v1/messages: 200 from A in 12 ms, complete, 1 in, 2 out, $0.01`, put together without the
/// machinery of formatting: it would cost as much as all the rest of the record's line.
fn line(facts: &UsageRecord, path: &str, endpoint: Option<&str>) -> String {
    let (mut status, mut took) = (itoa::Buffer::new(), itoa::Buffer::new());
    let mut line = String::with_capacity(160 + path.len());
    for part in [
        "request ",
        &facts.id,
        " ",
        &facts.method,
        " ",
        path,
        ": ",
        status.format(facts.status),
        " from ",
        endpoint.unwrap_or("no endpoint"),
        " in ",
        took.format(facts.duration_ms),
        " ms, ",
        facts.ended.name(),
    ] {
        line.push_str(part);
    }
    if facts.usage != UsageState::None {
        let (mut input, mut output) = (itoa::Buffer::new(), itoa::Buffer::new());
        let (input, output) = (input.format(facts.tokens.all_input()), output.format(facts.tokens.output));
        for part in [", ", input, " in, ", output, " out, "] {
            line.push_str(part);
        }
        // Writing to a string cannot fail.
        let _ = write!(line, "{}", Usd(facts.cost_nanos));
    }
    line
}

/// As it is displayed, for the same reason.
fn written(peer: SocketAddr) -> String {
    let SocketAddr::V4(v4) = peer else { return peer.to_string() };
    let mut text = String::with_capacity(21);
    for (at, octet) in v4.ip().octets().into_iter().enumerate() {
        if at > 0 {
            text.push('.');
        }
        text.push_str(itoa::Buffer::new().format(octet));
    }
    text.push(':');
    text.push_str(itoa::Buffer::new().format(v4.port()));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_is_written_as_it_is_displayed() {
        for peer in ["127.0.0.1:80", "10.0.255.3:65535", "[::1]:8080"] {
            assert_eq!(written(peer.parse().unwrap()), peer);
        }
    }

    #[test]
    fn the_line_tells_what_a_person_looks_for() {
        let mut facts = UsageRecord {
            id: "req-1".to_owned(),
            method: "POST".to_owned(),
            status: 503,
            duration_ms: 12,
            ..UsageRecord::default()
        };
        facts.ended = zephyr_core::usage::Ended::Refused;
        assert_eq!(
            line(&facts, "/v1", None),
            "request req-1 POST /v1: 503 from no endpoint in 12 ms, refused"
        );
        (facts.usage, facts.tokens.output, facts.cost_nanos) = (UsageState::Final, 7, 1_230_000_000);
        let told = line(&facts, "/v1", Some("A"));
        assert_eq!(told, "request req-1 POST /v1: 503 from A in 12 ms, refused, 0 in, 7 out, $1.23");
    }
}
