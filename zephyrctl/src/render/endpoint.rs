//! One endpoint with everything that is known of it.

use super::glyph::{BOLD, endpoint as glyph, paint};
use super::list::{price, priority};
use super::number::{ago, latency};
use super::pairs::Pairs;
use super::text::{line, name};
use super::{note, spark, spending};
use crate::language::{term, words};
use crate::view::{Endpoint, Measurement};
use zephyr_words::say;

/// The screen of `show ENDPOINT`.
pub(crate) fn screen(endpoint: &Endpoint) -> String {
    let (mark, style) = glyph(&endpoint.state, &endpoint.admin);
    let words = words();
    let current = if endpoint.current { say!(words, "endpoint-serves") } else { "".into() };
    let head = say!(
        words,
        "test-head",
        mark = paint(style, mark),
        endpoint = paint(BOLD, &name(&endpoint.name)),
        word = paint(style, &line(&note::state(endpoint)))
    );
    let head = format!("{head}{current}\n");
    let mut pairs = Pairs::default();
    if let Some((why_not, style)) = note::why_not(endpoint) {
        pairs.add(&say!(words, "label-why"), paint(style, &why_not));
    }
    pairs.add(&say!(words, "label-url"), line(&endpoint.url));
    pairs.add(&say!(words, "label-group"), line(&endpoint.group));
    pairs.add(&say!(words, "label-provider"), line(&endpoint.provider));
    pairs.add(&say!(words, "label-dialect"), line(&endpoint.dialect));
    pairs.add(&say!(words, "label-credential"), line(&endpoint.auth));
    pairs.add(&say!(words, "label-state"), line(&term("state", &endpoint.state)));
    pairs.add(&say!(words, "label-operator"), line(&term("state", &endpoint.admin)));
    pairs.add(&say!(words, "label-latency"), latency(endpoint.latency_ms));
    pairs.add(&say!(words, "label-first-token"), latency(endpoint.ttft_ms));
    for (n, limit) in endpoint.limits.iter().enumerate() {
        let label = if n == 0 { say!(words, "label-limits") } else { "".into() };
        pairs.add(&label, note::limit(limit));
    }
    pairs.add(&say!(words, "label-in-flight"), in_flight(endpoint));
    pairs.add(&say!(words, "label-conversations"), endpoint.sessions.to_string());
    pairs.add(&say!(words, "label-attempts"), attempts(endpoint));
    pairs.add(&say!(words, "label-last-used"), last(endpoint.last_used_unix_ms));
    pairs.add(&say!(words, "label-priority"), say!(words, "priority-of-both", priority = priority(endpoint)));
    pairs.add(&say!(words, "label-price"), price(endpoint.price));
    pairs.add(&say!(words, "label-weight"), endpoint.weight.to_string());
    let (kind, probed) = (line(&endpoint.probe), last(endpoint.last_probe_unix_ms));
    pairs.add(&say!(words, "label-probe"), say!(words, "probe-last", kind = kind, ago = probed));
    if let Some(spent) = spending::of_one(&endpoint.probe_spending) {
        pairs.add(&say!(words, "label-probes-cost"), spent);
    }
    history(&endpoint.history, &mut pairs);
    head + &pairs.text()
}

fn in_flight(endpoint: &Endpoint) -> String {
    match endpoint.max_concurrent {
        Some(max) => say!(words(), "in-flight-of-most", n = endpoint.in_flight, max = max),
        None => endpoint.in_flight.to_string(),
    }
}

/// How long ago something was, if ever.
fn last(unix_ms: Option<i64>) -> String {
    unix_ms.map_or_else(|| say!(words(), "never").into_owned(), ago)
}

fn attempts(endpoint: &Endpoint) -> String {
    let (attempts, failures) = (endpoint.attempts, endpoint.failures);
    match endpoint.consecutive_failures {
        0 => say!(words(), "attempts-failed", attempts = attempts, failures = failures),
        n => say!(words(), "attempts-failed-row", attempts = attempts, failures = failures, n = n),
    }
}

fn history(history: &[Measurement], pairs: &mut Pairs) {
    if history.is_empty() {
        return;
    }
    let words = words();
    pairs.add(&say!(words, "label-history"), spark::line(history));
    let mut good: Vec<f64> = history.iter().filter_map(spark::good).collect();
    let failed = history.len() - good.len();
    good.sort_by(f64::total_cmp);
    let at = |place: usize| latency(good.get(place).copied());
    let failures = say!(words, "failures", n = failed);
    match good.len() {
        0 => pairs.add("", failures),
        n => {
            let (min, median, max) = (at(0), at(n / 2), at(n - 1));
            let sums =
                say!(words, "history-sums", min = min, median = median, max = max, failures = failures);
            pairs.add("", sums);
        }
    }
    let numbers = history.iter().map(|m| match spark::good(m) {
        Some(ms) => format!("{ms:.0}"),
        None => "✕".to_owned(),
    });
    pairs.add("", format!("{} ms", numbers.collect::<Vec<_>>().join(" ")));
    if let Some(error) = history.iter().rev().find_map(|m| m.error.as_deref()) {
        pairs.add(&say!(words, "label-last-failure"), line(error));
    }
}
