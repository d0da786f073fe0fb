//! Whether requests are served: for load balancers, container health checks and people with `curl`.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State as Given;
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use zephyr_core::engine::{Admin, EndpointView, Overall, Snapshot, State};

use super::Room;
use super::time::rfc3339;
use crate::desk::Desk;
use crate::system::text::clean;

pub(super) fn routes() -> OpenApiRouter<Room> {
    OpenApiRouter::new().routes(routes!(health))
}

/// Whether requests are served.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Health {
    /// `healthy`, `degraded` (something fails, requests are served) or `unhealthy`.
    status: &'static str,
    /// Endpoints that requests may go to; those that nobody has asked yet are among them.
    healthy_endpoints: usize,
    total_endpoints: usize,
    /// Who gets the next request; null where nobody does.
    current_provider: Option<String>,
    /// Requests since the start that another endpoint answered than the one asked first.
    failover_count: u64,
    /// When the last one was.
    last_failover: Option<String>,
    /// When an endpoint was probed last.
    last_health_check: Option<String>,
    /// Probes in a row that failed, over all endpoints.
    health_check_failures: u64,
    /// Every endpoint by name.
    providers: BTreeMap<String, Provider>,
}

/// One endpoint.
#[derive(Debug, Serialize, ToSchema)]
struct Provider {
    /// It gets the next request of its dialect.
    active: bool,
}

/// Whether requests are served; open to everybody who reaches it.
#[utoipa::path(get, path = "/health", tag = "health", responses(
    (status = 200, body = Health, description = "requests are served"),
    (status = 503, body = Health, description = "nothing is usable"),
))]
async fn health(Given(desk): Given<Desk>) -> (StatusCode, Json<Health>) {
    let snapshot = desk.handle.snapshot();
    let status = match snapshot.overall() {
        Overall::Down => StatusCode::SERVICE_UNAVAILABLE,
        Overall::Ok | Overall::Degraded => StatusCode::OK,
    };
    (status, Json(told(&snapshot, &desk)))
}

fn told(snapshot: &Snapshot, desk: &Desk) -> Health {
    let status = match snapshot.overall() {
        Overall::Ok => "healthy",
        Overall::Degraded => "degraded",
        Overall::Down => "unhealthy",
    };
    let failovers = desk.meter.failovers();
    let last_probe = snapshot.endpoints.iter().filter_map(|e| e.last_probe_unix_ms).max();
    let current = snapshot.serving.first().and_then(|s| s.current.as_ref());
    let current = snapshot.endpoints.iter().find(|e| Some(&e.id) == current);
    Health {
        status,
        healthy_endpoints: snapshot.endpoints.iter().filter(|e| is_healthy(e)).count(),
        total_endpoints: snapshot.endpoints.len(),
        current_provider: current.map(|e| clean(&e.endpoint.name)),
        failover_count: failovers.count,
        last_failover: failovers.last_unix_ms.map(rfc3339),
        last_health_check: last_probe.map(rfc3339),
        health_check_failures: snapshot.endpoints.iter().map(|e| u64::from(e.consecutive_failures)).sum(),
        providers: snapshot
            .endpoints
            .iter()
            .map(|e| (clean(&e.endpoint.name), Provider { active: e.current }))
            .collect(),
    }
}

/// Requests may go there; what nobody has asked yet counts as healthy until its first probe.
pub(super) fn is_healthy(endpoint: &EndpointView) -> bool {
    let wanted = !matches!(endpoint.admin, Admin::Paused | Admin::Drained);
    wanted && matches!(endpoint.state, State::Up | State::Degraded | State::Unknown)
}
