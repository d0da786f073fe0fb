//! What is done with one endpoint: probed, paused, resumed, drained.

use axum::Json;
use axum::extract::State as Given;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use zephyr_core::engine::Command;

use super::done::{Done, carry_out, endpoint_exists, refused, stopping};
use super::tell::millis;
use crate::desk::Desk;
use crate::http::access::Operator;
use crate::http::extract::Path;
use crate::http::time::rfc3339;
use crate::http::{Problem, Room};
use crate::system::text::clean;

pub(super) fn routes() -> OpenApiRouter<Room> {
    OpenApiRouter::new()
        .routes(routes!(check_endpoint))
        .routes(routes!(pause_endpoint))
        .routes(routes!(resume_endpoint))
        .routes(routes!(drain_endpoint))
}

/// What a probe found.
#[derive(Debug, Serialize, ToSchema)]
struct Checked {
    /// Always true: the probe was made, whatever it found.
    success: bool,
    message: String,
    healthy: bool,
    /// Milliseconds to the end of the answer; null where there was none.
    response_time: Option<f64>,
    last_check: Option<String>,
    /// Always false after a probe.
    never_checked: bool,
    /// What was sent: `messages`, `models`, `count-tokens`, `connect` or `command`.
    probe: &'static str,
    /// What is wrong; null where nothing is.
    error: Option<String>,
}

/// Probes an endpoint now and answers with what was found; depending on the config that costs some tokens.
#[utoipa::path(post, path = "/api/v1/endpoints/{name}/health-check", tag = "endpoints",
    params(("name" = String, Path, description = "the endpoint's name, percent-encoded")),
    responses((status = 200, body = Checked), (status = 404, description = "no endpoint is called so"),
        (status = 503, description = "the daemon is stopping")))]
async fn check_endpoint(
    Operator(by): Operator,
    Given(desk): Given<Desk>,
    Path(name): Path<String>,
) -> Result<Json<Checked>, Problem> {
    endpoint_exists(&desk, &name)?;
    by.log(&format!("check {}", clean(&name)));
    let results = desk.handle.check(Some(name.clone())).await.map_err(stopping)?;
    let results = results.map_err(|refusal| refused(&refusal))?;
    let Some(found) = results.into_iter().next() else {
        return Err(Problem::unavailable("the endpoint left the config meanwhile"));
    };
    let last = desk.handle.snapshot().endpoints.into_iter().find(|e| e.endpoint.name == name);
    let error = found.error.as_deref().map(clean);
    let message = match &error {
        None => format!("`{}` is healthy", clean(&name)),
        Some(error) => format!("`{}` is not healthy: {error}", clean(&name)),
    };
    Ok(Json(Checked {
        success: true,
        message,
        healthy: error.is_none(),
        response_time: found.latency.map(millis),
        last_check: last.and_then(|e| e.last_probe_unix_ms).map(rfc3339),
        never_checked: false,
        probe: found.kind.name(),
        error,
    }))
}

/// Takes an endpoint out: no new requests, no probes. What runs goes on.
#[utoipa::path(post, path = "/api/v1/endpoints/{name}/pause", tag = "endpoints",
    params(("name" = String, Path, description = "the endpoint's name, percent-encoded")),
    responses((status = 200, body = Done), (status = 404, description = "no endpoint is called so")))]
async fn pause_endpoint(
    Operator(by): Operator,
    Given(desk): Given<Desk>,
    Path(name): Path<String>,
) -> Result<Json<Done>, Problem> {
    endpoint_exists(&desk, &name)?;
    let told = format!("`{}` is paused", clean(&name));
    carry_out(&desk, &Command::Pause(Some(name)), by, told).await
}

/// Ends a pause or a drain.
#[utoipa::path(post, path = "/api/v1/endpoints/{name}/resume", tag = "endpoints",
    params(("name" = String, Path, description = "the endpoint's name, percent-encoded")),
    responses((status = 200, body = Done), (status = 400, description = "it is not paused"),
        (status = 404, description = "no endpoint is called so")))]
async fn resume_endpoint(
    Operator(by): Operator,
    Given(desk): Given<Desk>,
    Path(name): Path<String>,
) -> Result<Json<Done>, Problem> {
    endpoint_exists(&desk, &name)?;
    let told = format!("`{}` is resumed", clean(&name));
    carry_out(&desk, &Command::Resume(Some(name)), by, told).await
}

/// As a pause, for who waits until the last request there has ended: the answer tells how many still run.
#[utoipa::path(post, path = "/api/v1/endpoints/{name}/drain", tag = "endpoints",
    params(("name" = String, Path, description = "the endpoint's name, percent-encoded")),
    responses((status = 200, body = Done), (status = 404, description = "no endpoint is called so")))]
async fn drain_endpoint(
    Operator(by): Operator,
    Given(desk): Given<Desk>,
    Path(name): Path<String>,
) -> Result<Json<Done>, Problem> {
    endpoint_exists(&desk, &name)?;
    desk.carry_out(&Command::Drain(name.clone()), by).await.map_err(|refusal| refused(&refusal))?;
    let snapshot = desk.handle.snapshot();
    let running = snapshot.endpoints.iter().find(|e| e.endpoint.name == name).map_or(0, |e| e.in_flight);
    let told = match running {
        0 => format!("`{}` is drained, nothing runs there", clean(&name)),
        1 => format!("`{}` is drained, 1 attempt still runs there", clean(&name)),
        n => format!("`{}` is drained, {n} attempts still run there", clean(&name)),
    };
    Ok(Json(Done::told(&desk, told)))
}
