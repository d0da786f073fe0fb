//! What is done with one group: activated, paused, resumed.

use std::time::Duration;

use axum::Json;
use axum::extract::State as Given;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use zephyr_core::engine::Command;

use super::done::{Done, carry_out, group_exists};
use crate::desk::Desk;
use crate::http::access::Operator;
use crate::http::extract::{JsonBody, Path};
use crate::http::{Problem, Room};
use crate::system::text::clean;

/// The longest pause that ends by itself.
const YEAR: Duration = Duration::from_secs(366 * 24 * 60 * 60);

pub(super) fn routes() -> OpenApiRouter<Room> {
    OpenApiRouter::new()
        .routes(routes!(activate_group))
        .routes(routes!(pause_group))
        .routes(routes!(resume_group))
}

/// How a group is activated.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct Activation {
    /// Although it cools down or is paused: both end.
    force: bool,
}

/// How a group is paused.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct Pause {
    /// How long, as `90s`, `30m`, `12h` or `7d`, from a second to a year; without it until it is resumed.
    #[schema(example = "30m")]
    duration: Option<String>,
}

/// Prefers a group over those with lower numbers, until it fails or another is activated.
#[utoipa::path(post, path = "/api/v1/groups/{name}/activate", tag = "groups",
    params(("name" = String, Path, description = "the group's name, percent-encoded")),
    request_body = Option<Activation>,
    responses((status = 200, body = Done),
        (status = 400, description = "it is active already, paused, cools down, is switched off, or has nobody who is well"),
        (status = 404, description = "no group is called so")))]
async fn activate_group(
    Operator(by): Operator,
    Given(desk): Given<Desk>,
    Path(name): Path<String>,
    body: Option<JsonBody<Activation>>,
) -> Result<Json<Done>, Problem> {
    group_exists(&desk, &name)?;
    let told = format!("group `{}` is activated", clean(&name));
    let force = body.is_some_and(|JsonBody(body)| body.force);
    carry_out(&desk, &Command::Activate { group: name, force }, by, told).await
}

/// Takes a group out: no new requests, no probes, perhaps for a time. What runs goes on.
#[utoipa::path(post, path = "/api/v1/groups/{name}/pause", tag = "groups",
    params(("name" = String, Path, description = "the group's name, percent-encoded")),
    request_body = Option<Pause>,
    responses((status = 200, body = Done), (status = 400, description = "the duration is none, or the group is switched off"),
        (status = 404, description = "no group is called so")))]
async fn pause_group(
    Operator(by): Operator,
    Given(desk): Given<Desk>,
    Path(name): Path<String>,
    body: Option<JsonBody<Pause>>,
) -> Result<Json<Done>, Problem> {
    group_exists(&desk, &name)?;
    let asked = body.and_then(|JsonBody(body)| body.duration);
    let lasts = asked.as_deref().map(lasting).transpose()?;
    let told = match asked {
        Some(time) => format!("group `{}` is paused for {}", clean(&name), clean(&time)),
        None => format!("group `{}` is paused", clean(&name)),
    };
    carry_out(&desk, &Command::PauseGroup { group: name, lasts }, by, told).await
}

/// Ends a group's pause.
#[utoipa::path(post, path = "/api/v1/groups/{name}/resume", tag = "groups",
    params(("name" = String, Path, description = "the group's name, percent-encoded")),
    responses((status = 200, body = Done), (status = 400, description = "it is not paused"),
        (status = 404, description = "no group is called so")))]
async fn resume_group(
    Operator(by): Operator,
    Given(desk): Given<Desk>,
    Path(name): Path<String>,
) -> Result<Json<Done>, Problem> {
    group_exists(&desk, &name)?;
    let told = format!("group `{}` is resumed", clean(&name));
    carry_out(&desk, &Command::ResumeGroup(name), by, told).await
}

fn lasting(text: &str) -> Result<Duration, Problem> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let seconds = match unit {
        "s" => Some(1),
        "m" => Some(60),
        "h" => Some(60 * 60),
        "d" => Some(24 * 60 * 60),
        _ => None,
    };
    let time = number.parse::<u64>().ok().zip(seconds).and_then(|(n, seconds)| n.checked_mul(seconds));
    time.map(Duration::from_secs).filter(|time| (Duration::from_secs(1)..=YEAR).contains(time)).ok_or_else(
        || {
            Problem::invalid(format!("`{}` is no duration from a second to a year", clean(text))).hint(
                "write it as `90s`, `30m`, `12h` or `7d`; without one the pause lasts until it is resumed",
            )
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_a_number_and_a_unit() {
        let seconds = |text| lasting(text).ok().map(|d| d.as_secs());
        assert_eq!(
            ["90s", "30m", "12h", "7d"].map(seconds),
            [Some(90), Some(1_800), Some(43_200), Some(604_800)]
        );
        for none in ["", "30", "m", "0s", "-1m", "1.5h", "367d", "99999999999999999999d", "30 m", "5m5s"] {
            assert_eq!(seconds(none), None, "{none}");
        }
    }
}
