//! `/providers`: the endpoints as the config names them, with the routes that lead there; and taking the config up anew.

use axum::Json;
use axum::extract::State as Given;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use zephyr_core::config::{Endpoint, Plan, Route, Target, mask_proxy};
use zephyr_core::engine::{Admin, EndpointView};

use super::access::{Operator, Reader};
use super::health::is_healthy;
use super::time::rfc3339;
use super::{Problem, Room, error::ErrorBody};
use crate::desk::Desk;
use crate::system::text::clean;

pub(super) fn routes() -> OpenApiRouter<Room> {
    OpenApiRouter::new().routes(routes!(providers)).routes(routes!(reload))
}

/// The endpoints.
#[derive(Debug, Serialize, ToSchema)]
struct Providers {
    total_providers: usize,
    healthy_providers: usize,
    selection_strategy: &'static str,
    /// Routes by model, of the whole config.
    total_model_routes: usize,
    /// In the order of the config file.
    providers: Vec<ProviderListed>,
}

/// One endpoint.
#[derive(Debug, Serialize, ToSchema)]
struct ProviderListed {
    name: String,
    /// The dialect that it speaks: `anthropic`, `openai-chat` or `openai-responses`.
    #[serde(rename = "type")]
    kind: &'static str,
    base_url: String,
    /// Nobody has paused or drained it.
    enabled: bool,
    /// Requests may go there.
    healthy: bool,
    /// Attempts that failed; kept over restarts.
    failure_count: u64,
    /// The last attempt or probe that failed since the start.
    last_failure_time: Option<String>,
    /// The last thing that went wrong; cleared by the next good one.
    last_error: Option<String>,
    /// The proxy towards it, without the password in it.
    proxy: Option<String>,
    /// `healthy`, `unhealthy` or `disabled`.
    status: &'static str,
    /// The routes that lead there.
    models: Vec<ProviderModel>,
}

/// One target of a route.
#[derive(Debug, Serialize, ToSchema)]
struct ProviderModel {
    /// The route's: a model's name, or a pattern.
    pattern: String,
    /// What is asked for instead; null = what the client asked for.
    model: Option<String>,
    /// Lower is tried first.
    priority: u32,
}

/// The config was taken up.
#[derive(Debug, Serialize, ToSchema)]
struct ProvidersReloaded {
    /// `success`.
    status: &'static str,
    message: String,
    providers_count: usize,
    healthy_providers: usize,
    /// One line per change.
    changes: Vec<String>,
    /// What is doubtful about the new config.
    warnings: Vec<String>,
}

/// The endpoints as the config names them, with the routes that lead there.
#[utoipa::path(get, path = "/providers", tag = "providers", responses((status = 200, body = Providers)))]
async fn providers(_: Reader, Given(desk): Given<Desk>) -> Json<Providers> {
    let (snapshot, plan) = (desk.handle.snapshot(), desk.handle.plan());
    let list: Vec<ProviderListed> = snapshot.endpoints.iter().map(|e| provider(e, &plan)).collect();
    Json(Providers {
        total_providers: list.len(),
        healthy_providers: list.iter().filter(|p| p.healthy).count(),
        selection_strategy: plan.selection.strategy.name(),
        total_model_routes: plan.routes.iter().count(),
        providers: list,
    })
}

fn provider(view: &EndpointView, plan: &Plan) -> ProviderListed {
    let e = &*view.endpoint;
    let enabled = !matches!(view.admin, Admin::Paused | Admin::Drained);
    let healthy = is_healthy(view);
    ProviderListed {
        name: clean(&e.name),
        kind: e.dialect.name(),
        base_url: clean(&e.url.to_string()),
        enabled,
        healthy,
        failure_count: view.failures,
        last_failure_time: view.last_failure_unix_ms.map(rfc3339),
        last_error: view.error.as_deref().map(clean),
        proxy: e.proxy.as_deref().map(|proxy| clean(&mask_proxy(proxy))),
        status: match (enabled, healthy) {
            (false, _) => "disabled",
            (true, true) => "healthy",
            (true, false) => "unhealthy",
        },
        models: plan.routes.iter().flat_map(|route| models(route, e)).collect(),
    }
}

fn models<'a>(route: &'a Route, endpoint: &'a Endpoint) -> impl Iterator<Item = ProviderModel> + 'a {
    let leads_there = |target: &&Target| target.place.is(&endpoint.name, &endpoint.group);
    route.targets.iter().filter(leads_there).map(|target| ProviderModel {
        pattern: clean(&route.model),
        model: target.model.as_deref().map(clean),
        priority: target.priority,
    })
}

/// Takes the config up anew, whole or not at all.
#[utoipa::path(post, path = "/providers/reload", tag = "providers", operation_id = "reload_providers", responses(
    (status = 200, body = ProvidersReloaded),
    (status = 400, body = ErrorBody, description = "the config is wrong, and nothing was changed: `problems` has all of it"),
    (status = 401, body = ErrorBody),
))]
async fn reload(
    Operator(by): Operator,
    Given(desk): Given<Desk>,
) -> Result<Json<ProvidersReloaded>, Problem> {
    by.log("reload the config");
    let answer = desk.handle.reload().await.map_err(|_| Problem::stopping())?;
    let answer = answer.map_err(|problems| Problem::config(&problems))?;
    let snapshot = desk.handle.snapshot();
    let message = match answer.changes.len() {
        0 => "nothing has changed".to_owned(),
        1 => "the config was taken up: 1 change".to_owned(),
        n => format!("the config was taken up: {n} changes"),
    };
    Ok(Json(ProvidersReloaded {
        status: "success",
        message,
        providers_count: snapshot.endpoints.len(),
        healthy_providers: snapshot.endpoints.iter().filter(|e| is_healthy(e)).count(),
        changes: answer.changes.iter().map(|c| clean(c)).collect(),
        warnings: answer.warnings.iter().map(|w| clean(&w.to_string())).collect(),
    }))
}
