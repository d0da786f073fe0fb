//! `/api/v1/stream`: what changes, as it changes, in the way that browsers understand (`EventSource`).
//!
//! First the whole state, then changes. One task (`hub`) makes each event once for all watchers; they share its bytes
//! out of one bounded ring, so that a watcher costs a wake-up and a write a second at most, and a slow one nothing at all: it
//! is told how much it missed. Who comes back with `Last-Event-ID` goes on where it was.
//!
//! Limits: 256 watchers. An event has at most 20 rows or lines and counts the rest. What the engine tells (`status`,
//! `endpoint`, `group`, `suspended`) is told together, at once after a quiet second, else once a second.

mod batch;
mod essence;
mod hub;
mod kind;
mod ring;
mod shapes;
mod sources;
#[cfg(test)]
mod tests;
mod watcher;

use axum::Extension;
use axum::extract::State as Given;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName};
use http::request::Parts;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::access::Reader;
use super::extract::Query;
use super::{Problem, Room};
use crate::system::text::clean;
use hub::{Hub, MOST_WATCHERS};
use kind::Kinds;
use watcher::Watcher;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// For reverse proxies that would else gather what comes.
const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");
/// Longest label that is kept, in characters.
const LONGEST_LABEL: usize = 64;

pub(super) fn routes() -> OpenApiRouter<Room> {
    routes_of(Hub::default())
}

fn routes_of(hub: Hub) -> OpenApiRouter<Room> {
    OpenApiRouter::new().routes(routes!(stream)).layer(Extension(hub))
}

/// What is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// Kinds of events with commas between them, out of `status`, `endpoint`, `group`, `connection`, `log`, `chart`,
    /// `suspended`, `request`; all where none is named.
    events: Option<String>,
    /// What whoever watches calls itself, for the log.
    client_id: Option<String>,
}

/// What changes, as it changes: first the whole state, then each change, with ids by which `Last-Event-ID` goes on.
///
/// The data of each event is one JSON object: for `status`, `group`, `connection` and `suspended` what
/// `/api/v1/status`, `/api/v1/groups`, `/api/v1/connections` and `/api/v1/suspended/requests` answer; for `endpoint`
/// `{"endpoints":[…],"whole":true|false}`; for `request` `{"requests":[…],"missed":n}`; for `log`
/// `{"lines":[{number,time,level,target,message,fields}],"missed":n}`; for `chart`, once a minute, what
/// `/api/v1/chart/{chart}` answers. Whoever reads too slowly is told so by
/// `event: lagged` with `{"missed":n}`, and then the whole state. A request may be in the first state and in an event behind
/// it: ids tell. Comments keep the connection alive.
#[utoipa::path(get, path = "/api/v1/stream", tag = "stream",
    params(Asked, ("Last-Event-ID" = Option<String>, Header, description = "id of the last event that was received")),
    responses(
        (status = 200, content_type = "text/event-stream", body = String, description = "events until the connection ends"),
        (status = 400, description = "`events` names what there is not"),
        (status = 503, description = "256 watch already"),
    ))]
async fn stream(
    _: Reader,
    Given(room): Given<Room>,
    Extension(hub): Extension<Hub>,
    Query(asked): Query<Asked>,
    parts: Parts,
) -> Result<Response, Problem> {
    let kinds = Kinds::named(asked.events.as_deref())?;
    let last = parts.headers.get(LAST_EVENT_ID).and_then(|id| id.to_str().ok());
    let Some(place) = hub.join(&room.desk, kinds, last) else {
        return Err(Problem::unavailable(format!("{MOST_WATCHERS} watch already"))
            .hint("close a dashboard that nobody looks at"));
    };
    let label: String = asked.client_id.unwrap_or_default().chars().take(LONGEST_LABEL).collect();
    tracing::debug!(client = clean(&label), resumed = place.resumed, "somebody watches the stream of events");
    let headers =
        [(CONTENT_TYPE, "text/event-stream"), (CACHE_CONTROL, "no-store"), (X_ACCEL_BUFFERING, "no")];
    Ok((headers, Watcher::new(room, place, parts).body()).into_response())
}
