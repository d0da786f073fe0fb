//! `/status`: how the endpoints stand, by URL.
//!
//! Endpoints of one URL (two keys at one vendor, say) are one entry here: the best of them is told, their requests are
//! summed, and `names` has all of them. `/v1/status` and `/api/v1/endpoints` tell them apart.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State as Given;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use zephyr_core::engine::{EndpointView, Measurement};

use super::Room;
use super::access::Reader;
use super::health::{current, is_healthy};
use super::time::{millis, rfc3339};
use crate::desk::Desk;
use crate::system::text::clean;

/// So many measurements are kept of each endpoint.
const KEPT: usize = 20;

pub(super) fn routes() -> OpenApiRouter<Room> {
    OpenApiRouter::new().routes(routes!(status))
}

/// How the endpoints stand.
#[derive(Debug, Serialize, ToSchema)]
struct UrlsStatus {
    /// The URL that gets the next request; null where nobody does.
    current_endpoint: Option<String>,
    /// By URL.
    endpoints: BTreeMap<String, UrlStatus>,
    /// Requests that are asked or answered there now, by URL.
    endpoint_connections: BTreeMap<String, u32>,
    /// All that run, those that wait among them.
    total_active_connections: u32,
    config: StatusSettings,
    timestamp: String,
}

/// The endpoints of one URL.
#[derive(Debug, Serialize, ToSchema)]
struct UrlStatus {
    endpoint: String,
    /// Who has this URL.
    names: Vec<String>,
    /// Requests may go there.
    available: bool,
    /// Of the last good probe, in milliseconds.
    latency: Option<f64>,
    last_check: Option<String>,
    /// The last thing that went wrong; cleared by the next good one.
    error: Option<String>,
    latency_history: LatencyHistory,
}

/// The last probes, oldest first.
#[derive(Debug, Serialize, ToSchema)]
struct LatencyHistory {
    max_size: usize,
    measurements: Vec<LatencyMeasurement>,
}

/// One probe.
#[derive(Debug, Serialize, ToSchema)]
struct LatencyMeasurement {
    timestamp: String,
    /// In milliseconds, where it went well.
    latency: Option<f64>,
    error: Option<String>,
}

/// What the config says.
#[derive(Debug, Serialize, ToSchema)]
struct StatusSettings {
    /// The proxy's first.
    port: u16,
    switch_threshold_ms: u64,
    /// The shortest of all endpoints; null where none is probed.
    health_check_interval_seconds: Option<u64>,
}

/// How the endpoints stand, by URL, with the last probes of each.
#[utoipa::path(get, path = "/status", operation_id = "get_status", tag = "status", responses((status = 200, body = UrlsStatus)))]
async fn status(_: Reader, Given(desk): Given<Desk>) -> Json<UrlsStatus> {
    let snapshot = desk.handle.snapshot();
    let mut by_url: BTreeMap<String, Vec<&EndpointView>> = BTreeMap::new();
    for view in &snapshot.endpoints {
        by_url.entry(url(view)).or_default().push(view);
    }
    let mut connections: BTreeMap<String, u32> = by_url.keys().map(|url| (url.clone(), 0)).collect();
    let running = desk.running.views();
    for endpoint in running.iter().filter_map(|request| request.endpoint.as_ref()) {
        *connections.entry(clean(&endpoint.url.to_string())).or_default() += 1;
    }
    Json(UrlsStatus {
        current_endpoint: current(&snapshot).map(url),
        endpoints: by_url.into_iter().map(|(url, views)| (url.clone(), of_url(url, &views))).collect(),
        endpoint_connections: connections,
        total_active_connections: u32::try_from(running.len()).unwrap_or(u32::MAX),
        config: settings(&desk),
        timestamp: rfc3339(desk.handle.clock().now().unix_ms),
    })
}

fn url(view: &EndpointView) -> String {
    clean(&view.endpoint.url.to_string())
}

fn of_url(endpoint: String, views: &[&EndpointView]) -> UrlStatus {
    // Who gets the next request, else the fastest of those that may.
    let best = views.iter().min_by(|a, b| {
        let rank = |e: &EndpointView| (!e.current, !is_healthy(e), e.latency.is_none(), e.latency);
        rank(a).cmp(&rank(b))
    });
    UrlStatus {
        endpoint,
        names: views.iter().map(|e| clean(&e.endpoint.name)).collect(),
        available: views.iter().any(|e| is_healthy(e)),
        latency: best.and_then(|e| e.latency).map(millis),
        last_check: views.iter().filter_map(|e| e.last_probe_unix_ms).max().map(rfc3339),
        error: best.and_then(|e| e.error.as_deref()).map(clean),
        latency_history: LatencyHistory {
            max_size: KEPT,
            measurements: best.map(|e| e.history.iter().map(measured).collect()).unwrap_or_default(),
        },
    }
}

fn measured(m: &Measurement) -> LatencyMeasurement {
    LatencyMeasurement {
        timestamp: rfc3339(m.unix_ms),
        latency: m.latency.map(millis),
        error: m.error.as_deref().map(clean),
    }
}

fn settings(desk: &Desk) -> StatusSettings {
    let plan = desk.handle.plan();
    // The listener's own: the config may have let the kernel choose.
    let told = desk.daemon.listen.first().and_then(|url| url.rsplit_once(':')?.1.parse().ok());
    let configured = || plan.server.listen.first().map(|listen| listen.addr.port());
    let probed = plan.endpoints.iter().filter(|e| e.probe.enabled);
    StatusSettings {
        port: told.or_else(configured).unwrap_or_default(),
        switch_threshold_ms: u64::try_from(plan.server.switch_threshold.as_millis()).unwrap_or(u64::MAX),
        health_check_interval_seconds: probed.map(|e| e.probe.interval.as_secs()).min(),
    }
}
