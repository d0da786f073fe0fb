//! Whether requests are served: for load balancers, container health checks and people with `curl`.
//!
//! `/health` in short, for everybody; `/health/detailed` by endpoint; `/v1/status` with what each rests for and has done.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State as Given;
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use zephyr_core::engine::{Admin, EndpointView, LimitView, Mode, Overall, Snapshot, State};

use super::Room;
use super::access::Reader;
use super::time::{millis, rfc3339};
use crate::desk::Desk;
use crate::system::text::clean;

pub(super) fn routes() -> OpenApiRouter<Room> {
    OpenApiRouter::new().routes(routes!(health)).routes(routes!(detailed)).routes(routes!(status))
}

/// How it stands with everything together.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Together {
    /// `healthy`, `degraded` (something fails, requests are served) or `unhealthy`.
    pub(super) status: &'static str,
    /// Endpoints that requests may go to; those that nobody has asked yet are among them.
    pub(super) healthy_endpoints: usize,
    pub(super) total_endpoints: usize,
    /// Who gets the next request; null where nobody does.
    pub(super) current_provider: Option<String>,
    /// Requests since the start that another endpoint answered than the one asked first.
    failover_count: u64,
    /// When the last one was.
    last_failover: Option<String>,
    /// When an endpoint was probed last.
    last_health_check: Option<String>,
    /// Failures in a row, over all endpoints.
    health_check_failures: u64,
}

/// Whether requests are served.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Health {
    #[serde(flatten)]
    together: Together,
    /// Every endpoint by name.
    providers: BTreeMap<String, HealthProvider>,
}

/// One endpoint.
#[derive(Debug, Serialize, ToSchema)]
struct HealthProvider {
    /// It gets the next request of its dialect.
    active: bool,
}

/// Whether requests are served, by endpoint.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HealthDetailed {
    /// As in `/health`.
    status: &'static str,
    timestamp: String,
    /// In the order of the config file.
    endpoints: Vec<EndpointHealth>,
}

/// One endpoint.
#[derive(Debug, Serialize, ToSchema)]
struct EndpointHealth {
    name: String,
    url: String,
    /// Requests may go there.
    healthy: bool,
    /// Of the last good probe.
    response_time_ms: Option<f64>,
    last_check_time: Option<String>,
    consecutive_fails: u32,
    /// The number in force; lower is tried first.
    priority: u32,
}

/// `/health`, and what each endpoint rests for and has done.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ServiceStatus {
    #[serde(flatten)]
    together: Together,
    /// `auto`, or `pinned`.
    mode: &'static str,
    /// The endpoint or the group that is pinned.
    pinned: Option<String>,
    /// Every endpoint by name.
    providers: BTreeMap<String, ProviderStatus>,
}

/// One endpoint.
#[derive(Debug, Serialize, ToSchema)]
struct ProviderStatus {
    /// It gets the next request of its dialect.
    active: bool,
    group: String,
    /// Requests may go there.
    healthy: bool,
    /// `unknown`, `up`, `degraded`, `cooling`, `exhausted`, `auth-failed` or `misconfigured`.
    state: &'static str,
    /// What operators want of it: `auto`, `pinned`, `paused` or `drained`.
    admin: &'static str,
    /// When its rest ends, or the limit that holds for all models.
    reset_time: Option<String>,
    /// Models that are not asked for there for a time.
    limits: Vec<ModelLimit>,
    /// Attempts, those that failed among them; kept over restarts.
    requests: u64,
    failures: u64,
    /// Requests since the start that began there and that another endpoint answered.
    failovers: u64,
    /// The last thing that went wrong; cleared by the next good one.
    last_error: Option<String>,
}

/// A model that is not asked for at an endpoint for a time.
#[derive(Debug, Serialize, ToSchema)]
struct ModelLimit {
    model: String,
    /// What was said: a class of outcomes.
    kind: &'static str,
    reset_time: String,
    detail: Option<String>,
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
    let provider = |e: &EndpointView| (clean(&e.endpoint.name), HealthProvider { active: e.current });
    let providers = snapshot.endpoints.iter().map(provider).collect();
    (status, Json(Health { together: together(&snapshot, &desk), providers }))
}

/// Whether requests are served, by endpoint.
#[utoipa::path(get, path = "/health/detailed", tag = "health", responses((status = 200, body = HealthDetailed)))]
async fn detailed(_: Reader, Given(desk): Given<Desk>) -> Json<HealthDetailed> {
    let snapshot = desk.handle.snapshot();
    let endpoint = |e: &EndpointView| EndpointHealth {
        name: clean(&e.endpoint.name),
        url: clean(&e.endpoint.url.to_string()),
        healthy: is_healthy(e),
        response_time_ms: e.latency.map(millis),
        last_check_time: e.last_probe_unix_ms.map(rfc3339),
        consecutive_fails: e.consecutive_failures,
        priority: e.priority,
    };
    Json(HealthDetailed {
        status: word(&snapshot),
        timestamp: rfc3339(desk.handle.clock().now().unix_ms),
        endpoints: snapshot.endpoints.iter().map(endpoint).collect(),
    })
}

/// `/health`, and what each endpoint rests for and has done.
#[utoipa::path(get, path = "/v1/status", operation_id = "get_v1_status", tag = "health", responses((status = 200, body = ServiceStatus)))]
async fn status(_: Reader, Given(desk): Given<Desk>) -> Json<ServiceStatus> {
    let snapshot = desk.handle.snapshot();
    let (mode, pinned) = match &snapshot.mode {
        Mode::Auto => ("auto", None),
        Mode::Pinned { name, .. } => ("pinned", Some(clean(name))),
    };
    let provider = |e: &EndpointView| {
        let failovers = desk.meter.failovers_from(&e.endpoint.name);
        (clean(&e.endpoint.name), provider_status(e, failovers))
    };
    let providers = snapshot.endpoints.iter().map(provider).collect();
    Json(ServiceStatus { together: together(&snapshot, &desk), mode, pinned, providers })
}

fn provider_status(e: &EndpointView, failovers: u64) -> ProviderStatus {
    ProviderStatus {
        active: e.current,
        group: clean(&e.endpoint.group),
        healthy: is_healthy(e),
        state: e.state.name(),
        admin: e.admin.name(),
        reset_time: e.until_unix_ms.map(rfc3339),
        limits: e.limits.iter().map(limit).collect(),
        requests: e.attempts,
        failures: e.failures,
        failovers,
        last_error: e.error.as_deref().map(clean),
    }
}

fn limit(limit: &LimitView) -> ModelLimit {
    ModelLimit {
        model: clean(&limit.model),
        kind: limit.class.name(),
        reset_time: rfc3339(limit.until_unix_ms),
        detail: Some(clean(&limit.detail)).filter(|detail| !detail.is_empty()),
    }
}

/// The word for how it stands with everything together.
fn word(snapshot: &Snapshot) -> &'static str {
    match snapshot.overall() {
        Overall::Ok => "healthy",
        Overall::Degraded => "degraded",
        Overall::Down => "unhealthy",
    }
}

/// What `/health` tells of everything together.
pub(super) fn together(snapshot: &Snapshot, desk: &Desk) -> Together {
    let failovers = desk.meter.failovers();
    let last_probe = snapshot.endpoints.iter().filter_map(|e| e.last_probe_unix_ms).max();
    Together {
        status: word(snapshot),
        healthy_endpoints: snapshot.endpoints.iter().filter(|e| is_healthy(e)).count(),
        total_endpoints: snapshot.endpoints.len(),
        current_provider: current(snapshot).map(|e| clean(&e.endpoint.name)),
        failover_count: failovers.count,
        last_failover: failovers.last_unix_ms.map(rfc3339),
        last_health_check: last_probe.map(rfc3339),
        health_check_failures: snapshot.endpoints.iter().map(|e| u64::from(e.consecutive_failures)).sum(),
    }
}

/// Who gets the next request, of the first dialect that anybody serves.
pub(super) fn current(snapshot: &Snapshot) -> Option<&EndpointView> {
    let id = snapshot.serving.iter().find_map(|s| s.current.as_ref())?;
    snapshot.endpoints.iter().find(|e| e.id == *id)
}

/// Requests may go there; what nobody has asked yet counts as healthy until its first probe.
pub(super) fn is_healthy(endpoint: &EndpointView) -> bool {
    let wanted = !matches!(endpoint.admin, Admin::Paused | Admin::Drained);
    wanted && matches!(endpoint.state, State::Up | State::Degraded | State::Unknown)
}
