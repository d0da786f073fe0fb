//! `/api/v1/suspended/requests`: the requests that wait, for what, and for how long still.

use axum::Json;
use axum::extract::State as Given;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use zephyr_core::waiting::{Release, WaiterView};

use super::done::refused;
use super::status::Waiting;
use super::tell::{now, some, whole_millis};
use crate::desk::Desk;
use crate::http::access::{Operator, Reader};
use crate::http::extract::JsonBody;
use crate::http::time::rfc3339;
use crate::http::{Problem, Room};
use crate::system::text::clean;

pub(super) fn routes() -> OpenApiRouter<Room> {
    OpenApiRouter::new().routes(routes!(suspended_requests)).routes(routes!(release))
}

/// The requests that wait.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Suspended {
    /// In the order of their arrival.
    requests: Vec<Waiter>,
    /// How many there are.
    total: usize,
    totals: Waiting,
    timestamp: String,
}

/// One request that waits.
#[derive(Debug, Serialize, ToSchema)]
struct Waiter {
    id: String,
    client: Option<String>,
    model: Option<String>,
    dialect: Option<&'static str>,
    /// `queued` (for a place at what is full) or `suspended` (for something to recover).
    kind: &'static str,
    /// When it first came to wait.
    since: String,
    /// How long it has waited in all.
    waited_ms: u64,
    /// How long it may still wait.
    left_ms: u64,
    /// How often it has come to wait.
    times: u32,
    /// What it waits for.
    why: String,
}

/// The requests that wait: for a place, or for something to recover.
#[utoipa::path(get, path = "/api/v1/suspended/requests", tag = "suspended", responses((status = 200, body = Suspended)))]
async fn suspended_requests(_: Reader, Given(desk): Given<Desk>) -> Json<Suspended> {
    Json(shape(&desk))
}

/// What `/api/v1/suspended/requests` answers.
pub(in crate::http) fn shape(desk: &Desk) -> Suspended {
    let (waiters, tally) = desk.handle.waiters();
    Suspended {
        total: waiters.len(),
        requests: waiters.iter().map(waiter).collect(),
        totals: Waiting::of(&tally, &desk.handle.plan()),
        timestamp: now(desk),
    }
}

fn waiter(waiter: &WaiterView) -> Waiter {
    Waiter {
        id: clean(&waiter.request),
        client: some(&waiter.client),
        model: some(&waiter.model),
        dialect: waiter.dialect.map(|d| d.name()),
        kind: waiter.kind.name(),
        since: rfc3339(waiter.place.since_unix_ms),
        waited_ms: whole_millis(waiter.waited),
        left_ms: whole_millis(waiter.left),
        times: waiter.place.times,
        why: clean(&waiter.why),
    }
}

/// Which requests go, and where to.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct Which {
    /// The id of the only one that is meant; without it all are.
    request: Option<String>,
    /// They are tried now at whatever may be asked at all, and go on waiting where nothing may; else they fail now.
    #[serde(rename = "try")]
    attempt: bool,
}

/// How many went.
#[derive(Debug, Serialize, ToSchema)]
struct Released {
    /// Always true: what was not done is an error.
    success: bool,
    message: String,
    released: u32,
    timestamp: String,
}

/// Lets requests that wait go now: they fail, or are tried.
#[utoipa::path(post, path = "/api/v1/suspended/release", tag = "suspended", request_body = Option<Which>,
    responses((status = 200, body = Released), (status = 404, description = "no request of this id waits")))]
async fn release(
    Operator(by): Operator,
    Given(desk): Given<Desk>,
    body: Option<JsonBody<Which>>,
) -> Result<Json<Released>, Problem> {
    let Which { request, attempt } = body.map(|JsonBody(body)| body).unwrap_or_default();
    let id = request.as_deref();
    let release = if attempt { Release::Try(id) } else { Release::Fail(id) };
    let released = desk.handle.release(release).map_err(|refusal| refused(&refusal))?;
    let what = if attempt { "try now" } else { "release" };
    by.log(&format!("{what} {}: {released} went", clean(id.unwrap_or("all"))));
    let message = match released {
        1 => "1 request went".to_owned(),
        n => format!("{n} requests went"),
    };
    Ok(Json(Released { success: true, message, released, timestamp: now(&desk) }))
}
