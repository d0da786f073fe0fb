//! `/v1/switch-provider` and `/v1/health-check`: pinning and probing, as scripts know them.

use axum::Json;
use axum::extract::State as Given;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use zephyr_core::config::Plan;
use zephyr_core::engine::{Command, Refusal};

use super::access::Operator;
use super::extract::AnyBody;
use super::health::{Together, together};
use super::time::{millis, rfc3339};
use super::{Problem, Room, error::ErrorBody};
use crate::desk::Desk;
use crate::engine_handle::CheckResult;
use crate::system::text::clean;

/// The name that stands for the strategy.
const AUTO: &str = "auto";
/// Most names that a refusal lists.
const MOST_NAMED: usize = 100;

pub(super) fn routes() -> OpenApiRouter<Room> {
    OpenApiRouter::new().routes(routes!(switch)).routes(routes!(check))
}

/// Who serves from now on.
#[derive(Debug, Serialize, ToSchema)]
struct Switched {
    /// `success`.
    status: &'static str,
    message: String,
    /// What is pinned; null = the strategy decides.
    pinned: Option<String>,
    /// Who gets the next request; null where nobody does.
    current_provider: Option<String>,
    timestamp: String,
}

/// What probing has shown.
#[derive(Debug, Serialize, ToSchema)]
struct AllChecked {
    /// As in `/health`.
    status: &'static str,
    healthy_endpoints: usize,
    total_endpoints: usize,
    /// In the order in which they answered.
    results: Vec<ProbeResult>,
    timestamp: String,
}

/// One probe.
#[derive(Debug, Serialize, ToSchema)]
struct ProbeResult {
    name: String,
    /// What was sent: `messages`, `models`, `count-tokens`, `connect` or `command`.
    kind: &'static str,
    healthy: bool,
    response_time_ms: Option<f64>,
    error: Option<String>,
}

/// Pins an endpoint or a group by its name; `"auto"` lets the strategy decide again.
#[utoipa::path(post, path = "/v1/switch-provider", tag = "providers",
    request_body(content = String, description = "the name, as a JSON string", content_type = "application/json"),
    responses(
        (status = 200, body = Switched),
        (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody),
        (status = 404, body = ErrorBody, description = "nobody is called so; the message lists the names"),
        (status = 413, body = ErrorBody),
        (status = 422, body = ErrorBody, description = "the body is no JSON string"),
    ),
)]
async fn switch(
    Operator(by): Operator,
    Given(desk): Given<Desk>,
    AnyBody(name): AnyBody<String>,
) -> Result<Json<Switched>, Problem> {
    let auto = name == AUTO;
    let command = match auto {
        true => Command::Unpin,
        false => Command::Pin { name: name.clone(), fallback: false },
    };
    let message = match desk.carry_out(&command, by).await {
        Ok(()) if auto => "the strategy decides again".to_owned(),
        Ok(()) => format!("`{}` is pinned: all new requests go there", clean(&name)),
        // Whoever wants no pin has none.
        Err(Refusal::NotPinned) => "the strategy decides already".to_owned(),
        Err(refusal @ Refusal::UnknownName { .. }) => {
            return Err(Problem::unknown(format!(
                "{}; {}",
                clean(&refusal.to_string()),
                names(&desk.handle.plan())
            )));
        }
        Err(refusal) => return Err(Problem::refused(&refusal)),
    };
    let current_provider = together(&desk.handle.snapshot(), &desk).current_provider;
    let timestamp = rfc3339(desk.handle.clock().now().unix_ms);
    let pinned = (!auto).then(|| clean(&name));
    Ok(Json(Switched { status: "success", message, pinned, current_provider, timestamp }))
}

fn names(plan: &Plan) -> String {
    let groups = plan.groups.iter().filter(|g| g.enabled).map(|g| &g.name);
    let names = plan.endpoints.iter().map(|e| &e.name).chain(groups);
    let (all, list) = (names.clone().count(), names.take(MOST_NAMED));
    let list: Vec<String> = list.map(|name| format!("`{}`", clean(name))).collect();
    let more = all - list.len();
    let and = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("there are {}{and}, and `{AUTO}`", list.join(", "))
}

/// Probes every endpoint now, and answers when all have answered or failed.
#[utoipa::path(post, path = "/v1/health-check", tag = "providers", responses(
    (status = 200, body = AllChecked),
    (status = 400, body = ErrorBody),
    (status = 401, body = ErrorBody),
))]
async fn check(Operator(by): Operator, Given(desk): Given<Desk>) -> Result<Json<AllChecked>, Problem> {
    by.log("check all endpoints");
    let answer = desk.handle.check(None).await.map_err(|_| Problem::stopping())?;
    let results = answer.map_err(|refusal| Problem::refused(&refusal))?;
    let Together { status, healthy_endpoints, total_endpoints, .. } =
        together(&desk.handle.snapshot(), &desk);
    let timestamp = rfc3339(desk.handle.clock().now().unix_ms);
    let results = results.iter().map(probed).collect();
    Ok(Json(AllChecked { status, healthy_endpoints, total_endpoints, results, timestamp }))
}

fn probed(r: &CheckResult) -> ProbeResult {
    ProbeResult {
        name: clean(&r.endpoint),
        kind: r.kind.name(),
        healthy: r.error.is_none(),
        response_time_ms: r.latency.map(millis),
        error: r.error.as_deref().map(clean),
    }
}
