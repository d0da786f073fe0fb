//! One endpoint with everything that is known of it.

use super::glyph::{BOLD, endpoint as glyph, paint};
use super::list::{price, priority};
use super::number::{ago, count, latency};
use super::pairs::Pairs;
use super::text::{line, name};
use super::{note, spark, spending};
use crate::view::{Endpoint, Measurement};

/// The screen of `show ENDPOINT`.
pub(crate) fn screen(endpoint: &Endpoint) -> String {
    let (mark, style) = glyph(&endpoint.state, &endpoint.admin);
    let current = if endpoint.current { ", serves now" } else { "" };
    let head = format!(
        "{} {}: {}{current}\n",
        paint(style, mark),
        paint(BOLD, &name(&endpoint.name)),
        paint(style, &line(&note::state(endpoint)))
    );
    let mut pairs = Pairs::default();
    if let Some((why_not, style)) = note::why_not(endpoint) {
        pairs.add("why", paint(style, &why_not));
    }
    pairs.add("url", line(&endpoint.url));
    pairs.add("group", line(&endpoint.group));
    pairs.add("provider", line(&endpoint.provider));
    pairs.add("dialect", line(&endpoint.dialect));
    pairs.add("credential", line(&endpoint.auth));
    pairs.add("state", line(&endpoint.state));
    pairs.add("operator", line(&endpoint.admin));
    pairs.add("latency", latency(endpoint.latency_ms));
    pairs.add("first token", latency(endpoint.ttft_ms));
    let most = endpoint.max_concurrent.map(|max| format!(" of at most {max}")).unwrap_or_default();
    for (n, limit) in endpoint.limits.iter().enumerate() {
        pairs.add(if n == 0 { "limits" } else { "" }, note::limit(limit));
    }
    pairs.add("in flight", format!("{}{most}", endpoint.in_flight));
    pairs.add("conversations", endpoint.sessions.to_string());
    pairs.add("attempts", attempts(endpoint));
    pairs.add("last used", endpoint.last_used_unix_ms.map_or_else(|| "never".to_owned(), ago));
    pairs.add("priority", format!("{} (group.endpoint)", priority(endpoint)));
    pairs.add("price", price(endpoint.price));
    pairs.add("weight", endpoint.weight.to_string());
    let probed = endpoint.last_probe_unix_ms.map_or_else(|| "never".to_owned(), ago);
    pairs.add("probe", format!("{}, last {probed}", line(&endpoint.probe)));
    if let Some(spent) = spending::of_one(&endpoint.probe_spending) {
        pairs.add("probes cost", spent);
    }
    history(&endpoint.history, &mut pairs);
    head + &pairs.text()
}

fn attempts(endpoint: &Endpoint) -> String {
    let row = match endpoint.consecutive_failures {
        0 => String::new(),
        n => format!(", {n} in a row"),
    };
    format!("{}, {} failed{row}", endpoint.attempts, endpoint.failures)
}

fn history(history: &[Measurement], pairs: &mut Pairs) {
    if history.is_empty() {
        return;
    }
    pairs.add("history", spark::line(history));
    let mut good: Vec<f64> = history.iter().filter_map(spark::good).collect();
    let failed = history.len() - good.len();
    good.sort_by(f64::total_cmp);
    let at = |place: usize| latency(good.get(place).copied());
    let failures = count(failed as u64, "failure", "failures");
    match good.len() {
        0 => pairs.add("", failures),
        n => pairs.add("", format!("min {}, median {}, max {}, {failures}", at(0), at(n / 2), at(n - 1))),
    }
    let numbers = history.iter().map(|m| match spark::good(m) {
        Some(ms) => format!("{ms:.0}"),
        None => "✕".to_owned(),
    });
    pairs.add("", format!("{} ms", numbers.collect::<Vec<_>>().join(" ")));
    if let Some(error) = history.iter().rev().find_map(|m| m.error.as_deref()) {
        pairs.add("last failure", line(error));
    }
}
