//! Who decides: pins and monitoring.

use axum::Json;
use axum::extract::State as Given;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use zephyr_core::engine::Command;

use super::done::{Done, carry_out};
use crate::desk::Desk;
use crate::http::access::Operator;
use crate::http::extract::JsonBody;
use crate::http::{Problem, Room};
use crate::system::text::clean;

pub(super) fn routes() -> OpenApiRouter<Room> {
    OpenApiRouter::new()
        .routes(routes!(pin))
        .routes(routes!(unpin))
        .routes(routes!(pause_monitoring))
        .routes(routes!(resume_monitoring))
}

/// What is held.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Pin {
    /// Endpoint or group.
    name: String,
    /// While it is down, others serve.
    #[serde(default)]
    fallback: bool,
}

/// Holds one endpoint or group: the strategy decides no more, in the dialects that it speaks.
#[utoipa::path(post, path = "/api/v1/pin", tag = "steering", request_body = Pin,
    responses((status = 200, body = Done), (status = 404, description = "nothing is called so")))]
async fn pin(
    Operator(by): Operator,
    Given(desk): Given<Desk>,
    JsonBody(Pin { name, fallback }): JsonBody<Pin>,
) -> Result<Json<Done>, Problem> {
    let told = match fallback {
        true => format!("`{}` is pinned, with fallback", clean(&name)),
        false => format!("`{}` is pinned", clean(&name)),
    };
    carry_out(&desk, &Command::Pin { name, fallback }, by, told).await
}

/// Lets the strategy decide again.
#[utoipa::path(post, path = "/api/v1/unpin", tag = "steering",
    responses((status = 200, body = Done), (status = 400, description = "nothing is pinned")))]
async fn unpin(Operator(by): Operator, Given(desk): Given<Desk>) -> Result<Json<Done>, Problem> {
    carry_out(&desk, &Command::Unpin, by, "the strategy decides again").await
}

/// Stops all probes.
#[utoipa::path(post, path = "/api/v1/monitoring/pause", tag = "steering", responses((status = 200, body = Done)))]
async fn pause_monitoring(Operator(by): Operator, Given(desk): Given<Desk>) -> Result<Json<Done>, Problem> {
    carry_out(&desk, &Command::Pause(None), by, "no probes are sent").await
}

/// Sends probes again.
#[utoipa::path(post, path = "/api/v1/monitoring/resume", tag = "steering",
    responses((status = 200, body = Done), (status = 400, description = "it is not paused")))]
async fn resume_monitoring(Operator(by): Operator, Given(desk): Given<Desk>) -> Result<Json<Done>, Problem> {
    carry_out(&desk, &Command::Resume(None), by, "probes are sent again").await
}
