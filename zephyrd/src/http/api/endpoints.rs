//! `/api/v1/endpoints`: every endpoint, how it is, and what has been measured.

use axum::Json;
use axum::extract::State as Given;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use zephyr_core::engine::{EndpointView, LimitView, Measurement};

use super::tell::{millis, now, usd};
use crate::desk::Desk;
use crate::http::Room;
use crate::http::access::Reader;
use crate::http::health::is_healthy;
use crate::http::time::rfc3339;
use crate::system::text::clean;

pub(super) fn routes() -> OpenApiRouter<Room> {
    OpenApiRouter::new().routes(routes!(endpoints))
}

/// Every endpoint.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Endpoints {
    /// In the order of the config file.
    pub(in crate::http) endpoints: Vec<Endpoint>,
    total: usize,
    /// Requests may go there.
    healthy: usize,
    timestamp: String,
}

/// One endpoint, without anything of its credential but the way it is sent.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(in crate::http) struct Endpoint {
    pub(in crate::http) name: String,
    group: String,
    provider: String,
    url: String,
    dialect: &'static str,
    /// `unknown`, `up`, `degraded`, `cooling`, `exhausted`, `auth-failed` or `misconfigured`.
    state: &'static str,
    /// What operators want of it: `auto`, `pinned`, `paused` or `drained`.
    admin: &'static str,
    /// New requests of its dialect go there.
    current: bool,
    /// Requests may go there; nobody has to have asked it yet.
    healthy: bool,
    /// Nobody has asked it yet.
    never_checked: bool,
    /// Of the last good probe.
    response_time_ms: Option<f64>,
    /// To the first token of real traffic, averaged.
    ttft_ms: Option<f64>,
    /// The last thing that went wrong; cleared by the next good one.
    error: Option<String>,
    /// Attempts that run now.
    in_flight: u32,
    /// Most that may; null = no limit.
    max_concurrent: Option<u32>,
    /// Conversations that stay there.
    sessions: u32,
    /// The number in force; lower is tried first.
    priority: u32,
    /// The config's, where another is in force.
    config_priority: Option<u32>,
    /// The group's number in force.
    group_priority: u32,
    /// The factor on the list price.
    price: f64,
    weight: u32,
    /// How the credential is sent: `bearer`, `x-api-key`, `header`, `passthrough` or `none`.
    auth: &'static str,
    /// What is sent to see whether it is well: `messages`, `models`, `count-tokens`, `connect`, `command` or `off`.
    probe: &'static str,
    consecutive_fails: u32,
    /// Attempts since the start.
    attempts: u64,
    /// Those of them that failed.
    failures: u64,
    last_check: Option<String>,
    last_used: Option<String>,
    /// When a rest or a limit ends.
    until: Option<String>,
    /// It rested, and one attempt at a time tries it.
    on_trial: bool,
    /// How often its present rest was doubled.
    doublings: u32,
    /// Until then its share of new requests grows.
    slow_start_until: Option<String>,
    /// When it is seen next whether a limit is over, where a schedule says so.
    recover_at: Option<String>,
    /// Models that are not asked for there for a time.
    limits: Vec<Limit>,
    probe_spending: Spending,
    /// The last 20 probes, oldest first.
    history: Vec<Measured>,
}

/// A model that is not asked for there for a time.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
struct Limit {
    model: String,
    /// What was said: a class of outcomes.
    kind: &'static str,
    until: String,
    detail: Option<String>,
}

/// What probes have cost today.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
struct Spending {
    probes: u64,
    cost_usd: f64,
    cost_nanos: u64,
    daily_budget_nanos: u64,
}

/// One probe.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
struct Measured {
    timestamp: String,
    /// The response time, where it went well.
    latency_ms: Option<f64>,
    error: Option<String>,
}

/// Every endpoint: state, response times, the last probes.
#[utoipa::path(get, path = "/api/v1/endpoints", tag = "endpoints", responses((status = 200, body = Endpoints)))]
async fn endpoints(_: Reader, Given(desk): Given<Desk>) -> Json<Endpoints> {
    Json(shape(&desk))
}

/// What `/api/v1/endpoints` answers.
pub(in crate::http) fn shape(desk: &Desk) -> Endpoints {
    let snapshot = desk.handle.snapshot();
    Endpoints {
        endpoints: snapshot.endpoints.iter().map(endpoint).collect(),
        total: snapshot.endpoints.len(),
        healthy: snapshot.endpoints.iter().filter(|e| is_healthy(e)).count(),
        timestamp: now(desk),
    }
}

/// One of them.
pub(in crate::http) fn endpoint(view: &EndpointView) -> Endpoint {
    let e = &*view.endpoint;
    Endpoint {
        name: clean(&e.name),
        group: clean(&e.group),
        provider: clean(&e.provider),
        url: clean(&e.url.to_string()),
        dialect: e.dialect.name(),
        state: view.state.name(),
        admin: view.admin.name(),
        current: view.current,
        healthy: is_healthy(view),
        never_checked: view.state == zephyr_core::engine::State::Unknown && view.last_probe_unix_ms.is_none(),
        response_time_ms: view.latency.map(millis),
        ttft_ms: view.ttft.map(millis),
        error: view.error.as_deref().map(clean),
        in_flight: view.in_flight,
        max_concurrent: e.max_concurrent,
        sessions: view.sessions,
        priority: view.priority,
        config_priority: (view.priority != e.priority).then_some(e.priority),
        group_priority: view.tier,
        price: e.price,
        weight: e.weight,
        auth: e.auth.name(),
        probe: if e.probe.enabled { e.probe.kind.name() } else { "off" },
        consecutive_fails: view.consecutive_failures,
        attempts: view.attempts,
        failures: view.failures,
        last_check: view.last_probe_unix_ms.map(rfc3339),
        last_used: view.last_used_unix_ms.map(rfc3339),
        until: view.until_unix_ms.map(rfc3339),
        on_trial: view.on_trial,
        doublings: view.doublings,
        slow_start_until: view.slow_start_until_unix_ms.map(rfc3339),
        recover_at: view.recover_unix_ms.map(rfc3339),
        limits: view.limits.iter().map(limit).collect(),
        probe_spending: Spending {
            probes: view.spending.probes,
            cost_usd: usd(i64::try_from(view.spending.nanos).unwrap_or(i64::MAX)),
            cost_nanos: view.spending.nanos,
            daily_budget_nanos: e.probe.daily_budget_nanos,
        },
        history: view.history.iter().map(measured).collect(),
    }
}

fn limit(limit: &LimitView) -> Limit {
    Limit {
        model: clean(&limit.model),
        kind: limit.class.name(),
        until: rfc3339(limit.until_unix_ms),
        detail: super::tell::some(&limit.detail),
    }
}

fn measured(m: &Measurement) -> Measured {
    Measured {
        timestamp: rfc3339(m.unix_ms),
        latency_ms: m.latency.map(millis),
        error: m.error.as_deref().map(clean),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    #[tokio::test]
    async fn nothing_of_a_credential_is_told_but_how_it_is_sent() {
        let (desk, _orders) = fixtures::desk(fixtures::plan(vec![fixtures::endpoint("a")]));
        let told = serde_json::to_value(shape(&desk)).unwrap();
        assert_eq!(told["endpoints"][0]["auth"], "bearer");
        assert_eq!(told["endpoints"][0]["never_checked"], true);
        assert!(!told.to_string().contains("key-of-a"), "{told}");
    }
}
