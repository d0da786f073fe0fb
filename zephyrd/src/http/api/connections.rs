//! `/api/v1/connections`: the requests that run now.
//!
//! Limit: the 1000 oldest are listed, all are counted.

use axum::Json;
use axum::extract::State as Given;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::tell::{now, some, whole_millis};
use crate::desk::Desk;
use crate::http::Room;
use crate::http::access::Reader;
use crate::http::time::rfc3339;
use crate::system::text::clean;
use crate::trace::RunningView;

/// Most that are listed.
const MOST: usize = 1000;

pub(super) fn routes() -> OpenApiRouter<Room> {
    OpenApiRouter::new().routes(routes!(connections))
}

/// The requests that run.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Connections {
    /// The oldest first; at most 1000.
    connections: Vec<Connection>,
    /// All that run.
    total_active: u32,
    /// Most that ran at one time.
    peak_concurrent: u32,
    /// That are over.
    completed_count: u64,
    /// How long those took on average.
    average_duration_seconds: f64,
    /// How long the longest of them took.
    longest_duration_seconds: f64,
    timestamp: String,
}

/// One request that runs.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Connection {
    pub(super) id: String,
    pub(super) started: String,
    pub(super) age_ms: u64,
    pub(super) client: Option<String>,
    pub(super) session: Option<String>,
    /// The subagent that sent it.
    pub(super) agent: Option<String>,
    pub(super) method: String,
    pub(super) path: String,
    /// Null on paths of none.
    pub(super) dialect: Option<String>,
    pub(super) model: Option<String>,
    pub(super) stream: bool,
    /// `receiving`, `asking` (endpoints are asked), `answering`, `queued` (it waits for a place), `suspended` (it waits for
    /// an endpoint that can serve it) or `sharing` (it has another request's answer).
    pub(super) state: &'static str,
    /// Who is asked, or answers.
    pub(super) endpoint: Option<String>,
    pub(super) group: Option<String>,
    /// Endpoints that were asked.
    pub(super) attempts: u32,
    /// Status of the answer, where it has begun.
    pub(super) http_status: Option<u16>,
    /// What it waits for.
    pub(super) why: Option<String>,
}

/// The requests that run now.
#[utoipa::path(get, path = "/api/v1/connections", tag = "requests", responses((status = 200, body = Connections)))]
async fn connections(_: Reader, Given(desk): Given<Desk>) -> Json<Connections> {
    Json(shape(&desk))
}

/// What `/api/v1/connections` answers.
pub(in crate::http) fn shape(desk: &Desk) -> Connections {
    let (traces, tally) = (desk.running.traces(), desk.running.tally());
    Connections {
        connections: traces.iter().take(MOST).map(|trace| connection(&trace.view())).collect(),
        total_active: tally.now,
        peak_concurrent: tally.peak,
        completed_count: tally.ended,
        average_duration_seconds: tally.mean().as_secs_f64(),
        longest_duration_seconds: tally.longest.as_secs_f64(),
        timestamp: now(desk),
    }
}

/// One of them.
pub(super) fn connection(view: &RunningView) -> Connection {
    Connection {
        id: view.id.clone(),
        started: rfc3339(view.unix_ms),
        age_ms: whole_millis(view.age),
        client: some(&view.client),
        session: some(&view.session),
        agent: some(&view.agent),
        method: view.method.clone(),
        path: view.path.clone(),
        dialect: some(&view.dialect),
        model: some(&view.model),
        stream: view.stream,
        state: view.phase.name(),
        endpoint: view.endpoint.as_ref().map(|e| clean(&e.name)),
        group: view.endpoint.as_ref().map(|e| clean(&e.group)),
        attempts: view.attempts,
        http_status: view.status,
        why: view.why.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::trace::{Asked, What};

    #[tokio::test]
    async fn a_request_is_listed_while_it_runs() {
        let (desk, _orders) = fixtures::desk(fixtures::plan(vec![fixtures::endpoint("a")]));
        let trace = desk.traces.begin("req-1", 1_763_755_200_005);
        let place = desk.running.begin(&trace);
        trace.asked(&Asked { method: "POST", path: "/v1/messages", model: "m", ..Asked::default() });
        trace.step(What::Waits { kind: "suspended", why: "a is down".to_owned() });
        let told = shape(&desk);
        let one = &told.connections[0];
        assert_eq!(
            (one.id.as_str(), one.state, one.why.as_deref()),
            ("req-1", "suspended", Some("a is down"))
        );
        trace.step(What::Answered { status: 200 });
        let told = shape(&desk);
        assert_eq!((told.connections[0].state, told.connections[0].http_status), ("answering", Some(200)));
        desk.running.end(place, trace.age());
        let told = shape(&desk);
        assert!(told.connections.is_empty());
        assert_eq!((told.total_active, told.peak_concurrent, told.completed_count), (0, 1, 1));
    }
}
