//! `/diagnostics`: the requests that run, and how long those took that are over.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State as Given;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Room;
use super::access::Reader;
use crate::desk::Desk;
use crate::system::text::clean;

pub(super) fn routes() -> OpenApiRouter<Room> {
    OpenApiRouter::new().routes(routes!(diagnostics))
}

/// The requests that run.
#[derive(Debug, Serialize, ToSchema)]
struct Diagnostics {
    connection_diagnostics: ConnectionDiagnostics,
}

/// The requests that run, and those that are over.
#[derive(Debug, Serialize, ToSchema)]
struct ConnectionDiagnostics {
    /// That run now.
    total_active: usize,
    /// How many of them are asked or answered where, by the endpoint's name.
    endpoint_distribution: BTreeMap<String, u32>,
    /// How many of them are where on their way.
    phases: BTreeMap<&'static str, u32>,
    /// How long each has run, in seconds, the longest first.
    connection_durations: Vec<f64>,
    /// That are over, since the start.
    completed_count: u64,
    /// Most that ran at one time.
    peak_concurrent: u32,
    /// Of those that run and those that are over.
    longest_connection_seconds: f64,
    /// Of those that are over.
    average_duration_seconds: f64,
}

/// The requests that run, and how long those took that are over.
#[utoipa::path(get, path = "/diagnostics", tag = "status", responses((status = 200, body = Diagnostics)))]
async fn diagnostics(_: Reader, Given(desk): Given<Desk>) -> Json<Diagnostics> {
    let (running, tally) = (desk.running.views(), desk.running.tally());
    let (mut endpoint_distribution, mut phases) = (BTreeMap::new(), BTreeMap::new());
    for request in &running {
        *phases.entry(request.phase.name()).or_default() += 1;
        if let Some(endpoint) = &request.endpoint {
            *endpoint_distribution.entry(clean(&endpoint.name)).or_default() += 1;
        }
    }
    let longest = running.iter().map(|request| request.age).max().unwrap_or_default();
    let connection_diagnostics = ConnectionDiagnostics {
        total_active: running.len(),
        endpoint_distribution,
        phases,
        connection_durations: running.iter().map(|request| request.age.as_secs_f64()).collect(),
        completed_count: tally.ended,
        peak_concurrent: tally.peak,
        longest_connection_seconds: longest.max(tally.longest).as_secs_f64(),
        average_duration_seconds: tally.mean().as_secs_f64(),
    };
    Json(Diagnostics { connection_diagnostics })
}
