//! `/api/v1/route`: where a request for a model would go now.

use axum::Json;
use axum::extract::State as Given;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use zephyr_core::config::Dialect;

use super::tell::millis;
use crate::desk::{Desk, Way};
use crate::http::access::Reader;
use crate::http::extract::Query;
use crate::http::{Problem, Room};
use crate::system::text::clean;

/// Longest model, in bytes.
const LONGEST: usize = 256;

pub(super) fn routes() -> OpenApiRouter<Room> {
    OpenApiRouter::new().routes(routes!(route))
}

/// What would be asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
struct Question {
    /// The model; without it a request that names none.
    #[param(max_length = 256)]
    model: Option<String>,
    /// The client's dialect: `anthropic`, `openai-chat` or `openai-responses`; without it that of the first endpoint.
    dialect: Option<String>,
}

/// Where a request would go.
#[derive(Debug, Serialize, ToSchema)]
struct WayTold {
    model: String,
    dialect: &'static str,
    /// Pattern of the model's route; null where it has none.
    route: Option<String>,
    /// By what the first is the first.
    why: String,
    /// In the order in which a request would try them, then those that cannot be.
    candidates: Vec<Candidate>,
}

/// One endpoint as it would be looked at.
#[derive(Debug, Serialize, ToSchema)]
struct Candidate {
    endpoint: String,
    group: String,
    dialect: &'static str,
    state: &'static str,
    /// The request would go there first.
    first: bool,
    /// What speaks against it; null where it would be tried.
    why_not: Option<String>,
    /// The model that it would be asked for instead.
    model: Option<String>,
    /// Priority of the route's target.
    target_priority: Option<u32>,
    group_priority: u32,
    priority: u32,
    /// The factor on the list price.
    price: f64,
    latency_ms: Option<f64>,
    in_flight: u32,
}

/// Where a request for a model would go now, and why the others would not serve it.
#[utoipa::path(get, path = "/api/v1/route", tag = "steering", params(Question), responses((status = 200, body = WayTold)))]
async fn route(
    _: Reader,
    Given(desk): Given<Desk>,
    Query(question): Query<Question>,
) -> Result<Json<WayTold>, Problem> {
    let model = question.model.unwrap_or_default();
    if model.len() > LONGEST {
        return Err(Problem::invalid(format!("`model` is longer than {LONGEST} bytes")));
    }
    let dialect = match question.dialect.as_deref().unwrap_or_default() {
        "" => None,
        name => Some(named(name)?),
    };
    let Way { dialect, route: found, why, candidates } = desk.way(&model, dialect, Some(0));
    let candidates = candidates.iter().map(|(route, view)| Candidate {
        endpoint: clean(&route.endpoint),
        group: clean(&view.endpoint.group),
        dialect: view.endpoint.dialect.name(),
        state: view.state.name(),
        first: route.first,
        why_not: route.why_not.as_ref().map(ToString::to_string),
        model: route.model.as_deref().map(clean),
        target_priority: route.priority,
        group_priority: view.tier,
        priority: view.priority,
        price: view.endpoint.price,
        latency_ms: view.ttft.or(view.latency).map(millis),
        in_flight: view.in_flight,
    });
    Ok(Json(WayTold {
        candidates: candidates.collect(),
        model: clean(&model),
        dialect: dialect.name(),
        route: found.as_ref().map(|route| clean(&route.model)),
        why,
    }))
}

fn named(name: &str) -> Result<Dialect, Problem> {
    Dialect::ALL.into_iter().find(|dialect| dialect.name() == name).ok_or_else(|| {
        let names = Dialect::ALL.map(|dialect| format!("`{}`", dialect.name())).join(", ");
        Problem::invalid(format!("there is no dialect `{}`", clean(name))).hint(format!("there are {names}"))
    })
}
