//! Priority numbers of endpoints and groups: given by operators, and given back to the config.

use axum::Json;
use axum::extract::State as Given;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use zephyr_core::engine::Command;

use super::done::{Done, carry_out, endpoint_exists, group_exists};
use crate::desk::{By, Desk};
use crate::http::access::Operator;
use crate::http::extract::{JsonBody, Path};
use crate::http::{Problem, Room};
use crate::system::text::clean;

/// The largest number that the config knows.
const MOST: u32 = 1_000_000;

pub(super) fn routes() -> OpenApiRouter<Room> {
    OpenApiRouter::new()
        .routes(routes!(set_endpoint_priority, reset_endpoint_priority))
        .routes(routes!(set_group_priority, reset_group_priority))
}

/// A priority number.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Priority {
    /// Lower is tried first.
    #[schema(minimum = 1, maximum = 1_000_000)]
    priority: u32,
}

impl Priority {
    fn checked(&self) -> Result<u32, Problem> {
        match self.priority {
            n @ 1..=MOST => Ok(n),
            _ => Err(Problem::invalid("`priority` is a number from 1 to 1000000; lower is tried first")),
        }
    }
}

/// Gives an endpoint another priority number than the config does; it holds until it is taken back.
#[utoipa::path(post, path = "/api/v1/endpoints/{name}/priority", tag = "endpoints",
    params(("name" = String, Path, description = "the endpoint's name, percent-encoded")),
    request_body = Priority,
    responses((status = 200, body = Done), (status = 404, description = "no endpoint is called so")))]
async fn set_endpoint_priority(
    Operator(by): Operator,
    Given(desk): Given<Desk>,
    Path(name): Path<String>,
    JsonBody(body): JsonBody<Priority>,
) -> Result<Json<Done>, Problem> {
    endpoint_exists(&desk, &name)?;
    prioritise(&desk, by, name, Some(body.checked()?)).await
}

/// Gives an endpoint the config's priority number again.
#[utoipa::path(delete, path = "/api/v1/endpoints/{name}/priority", tag = "endpoints",
    params(("name" = String, Path, description = "the endpoint's name, percent-encoded")),
    responses((status = 200, body = Done), (status = 400, description = "it has the config's already"),
        (status = 404, description = "no endpoint is called so")))]
async fn reset_endpoint_priority(
    Operator(by): Operator,
    Given(desk): Given<Desk>,
    Path(name): Path<String>,
) -> Result<Json<Done>, Problem> {
    endpoint_exists(&desk, &name)?;
    prioritise(&desk, by, name, None).await
}

/// Gives a group another priority number than the config does; it holds until it is taken back.
#[utoipa::path(post, path = "/api/v1/groups/{name}/priority", tag = "groups",
    params(("name" = String, Path, description = "the group's name, percent-encoded")),
    request_body = Priority,
    responses((status = 200, body = Done), (status = 404, description = "no group is called so")))]
async fn set_group_priority(
    Operator(by): Operator,
    Given(desk): Given<Desk>,
    Path(name): Path<String>,
    JsonBody(body): JsonBody<Priority>,
) -> Result<Json<Done>, Problem> {
    group_exists(&desk, &name)?;
    prioritise(&desk, by, name, Some(body.checked()?)).await
}

/// Gives a group the config's priority number again.
#[utoipa::path(delete, path = "/api/v1/groups/{name}/priority", tag = "groups",
    params(("name" = String, Path, description = "the group's name, percent-encoded")),
    responses((status = 200, body = Done), (status = 400, description = "it has the config's already"),
        (status = 404, description = "no group is called so")))]
async fn reset_group_priority(
    Operator(by): Operator,
    Given(desk): Given<Desk>,
    Path(name): Path<String>,
) -> Result<Json<Done>, Problem> {
    group_exists(&desk, &name)?;
    prioritise(&desk, by, name, None).await
}

async fn prioritise(desk: &Desk, by: By, name: String, priority: Option<u32>) -> Result<Json<Done>, Problem> {
    let told = match priority {
        Some(n) => format!("the priority of `{}` is {n}", clean(&name)),
        None => format!("the priority of `{}` is the config's again", clean(&name)),
    };
    carry_out(desk, &Command::Prioritise { name, priority }, by, told).await
}
