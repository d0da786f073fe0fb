//! `GET /metrics`: what Prometheus and its like collect.
//!
//! Everything is put together when somebody asks, of the snapshot, the meter and the ledger; nothing is kept for it.
//! Values of labels are names of the config, words of ours, and the names of at most some hundred models (see
//! [`crate::meter`]). Names and types are kept stable: the dashboard and the rules in `packaging` stand on them.

mod endpoints;
mod process;
mod service;
mod text;
mod traffic;

use axum::extract::State as Given;
use http::header::{CONTENT_TYPE, HeaderName};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Room;
use super::access::Reader;
use crate::desk::Desk;
use text::Exposition;

/// The text format's own type.
const TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

pub(super) fn routes() -> OpenApiRouter<Room> {
    OpenApiRouter::new().routes(routes!(metrics))
}

/// Metrics in the Prometheus text format.
#[utoipa::path(get, path = "/metrics", tag = "health", responses(
    (status = 200, body = String, content_type = "text/plain", description = "Metrics in the Prometheus text format."),
    (status = 401, description = "Whoever asks may not look."),
))]
async fn metrics(_: Reader, Given(desk): Given<Desk>) -> ([(HeaderName, &'static str); 1], String) {
    ([(CONTENT_TYPE, TYPE)], told(&desk))
}

/// The whole answer.
fn told(desk: &Desk) -> String {
    let snapshot = desk.handle.snapshot();
    let counts = {
        let plan = desk.handle.plan();
        let names: std::collections::HashSet<&str> = plan.endpoints.iter().map(|e| e.name.as_str()).collect();
        desk.meter.counts(|name| names.contains(name))
    };
    let mut out = Exposition::default();
    endpoints::tell(&mut out, &snapshot);
    traffic::tell(&mut out, &counts, &snapshot.waiting, desk.running.tally());
    service::tell(&mut out, desk);
    process::tell(&mut out, desk.daemon.started_unix_ms);
    out.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    #[tokio::test]
    async fn every_family_has_help_and_type_and_stands_together() {
        let (desk, _orders) =
            fixtures::desk(fixtures::plan(vec![fixtures::endpoint("a"), fixtures::endpoint("b")]));
        let text = told(&desk);
        let mut seen = std::collections::HashSet::new();
        let mut family = String::new();
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# HELP ") {
                family = rest.split(' ').next().unwrap_or_default().to_owned();
                assert!(rest.ends_with('.') && seen.insert(family.clone()), "{line}");
            } else if let Some(rest) = line.strip_prefix("# TYPE ") {
                assert!(rest.starts_with(&format!("{family} ")), "{line}");
            } else {
                let name = line.split(['{', ' ']).next().unwrap_or_default();
                assert!(name.starts_with(&family), "{line} is not of {family}");
            }
        }
        assert!(seen.len() > 40 && text.ends_with('\n'), "{}", seen.len());
    }

    #[tokio::test]
    #[ignore = "measures; run it with --release --nocapture"]
    async fn a_thousand_endpoints_are_told_of_within_50_ms() {
        use zephyr_core::usage::{AttemptRecord, Ended, UsageRecord};
        let names: Vec<String> = (0..1000).map(|n| format!("endpoint-{n}")).collect();
        let plan = fixtures::plan(names.iter().map(|name| fixtures::endpoint(name)).collect());
        let (desk, _orders) = fixtures::desk(plan);
        for (n, name) in names.iter().enumerate().cycle().take(5000) {
            let attempt =
                AttemptRecord { endpoint: name.clone(), class: "ok".into(), ..AttemptRecord::default() };
            let record = UsageRecord {
                endpoint: Some(name.clone()),
                model: format!("claude-{}", n % 5),
                ended: Ended::Complete,
                status: 200,
                ttft_ms: Some(n as u64),
                duration_ms: n as u64,
                attempts: vec![attempt],
                ..UsageRecord::default()
            };
            desk.meter.count(&record, 1);
        }
        let started = std::time::Instant::now();
        let text = told(&desk);
        let took = started.elapsed();
        eprintln!("{} bytes, {} lines in {took:?}", text.len(), text.lines().count());
        assert!(took.as_millis() <= 50, "{took:?}");
    }
}
