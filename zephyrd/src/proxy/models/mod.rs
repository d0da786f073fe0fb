//! Lists of models: the names of routes and the endpoints' own lists, in the client's dialect.
//!
//! A model is listed if a request of this client for it would reach somebody. Agents ask at their start and wait for three
//! seconds, so what is not there in [`PATIENCE`] is left out. Where every endpoint passes the client's login on and there
//! are no routes, the question is passed on as well: the login decides what it may see.

mod fetch;
mod lists;
mod page;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use http::Response;
use http::header::{CACHE_CONTROL, HeaderValue};
use zephyr_core::config::{Endpoint, Plan, Route};
use zephyr_wire::dialect::ANTHROPIC;

use super::body::{Body, json};
use super::error::Problem;
use super::identify::Call;
use super::record::{Ended, Record};
use super::{Proxy, Work, refuse};

pub(super) use lists::Lists;

/// How long a client waits for lists that are not there yet.
const PATIENCE: Duration = Duration::from_millis(2_500);
/// Most endpoints that are asked for their lists.
const MOST_ENDPOINTS: usize = 64;
/// Most models of all lists together.
const MOST_MODELS: usize = 10_000;

/// One model, as some endpoint tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Model {
    /// What it is asked for by.
    pub(super) id: String,
    /// Its name for people, where that is told.
    pub(super) title: Option<String>,
    /// Seconds since 1970; 0 where that is not told.
    pub(super) created: i64,
    /// Whose it is.
    pub(super) owner: String,
}

impl Proxy {
    /// Whether a list of models is answered here.
    pub(super) fn lists_models(plan: &Plan) -> bool {
        !plan.routes.is_empty() || plan.endpoints.iter().any(|endpoint| !endpoint.is_passthrough())
    }

    /// Answers a request for the list, or for one model.
    pub(super) async fn models(&self, work: Work) -> Response<Body> {
        let Work { plan, call, request, record, asker, .. } = work;
        let wanted = endpoints(&plan, &call);
        let sources =
            wanted.iter().filter(|endpoint| !endpoint.is_passthrough() || asker.credential.is_some());
        let sources = sources.map(|endpoint| {
            let login = endpoint.is_passthrough().then_some(asker.credential).flatten();
            fetch::Source {
                endpoint: Arc::clone(endpoint),
                login,
                credential: request.client_credential.clone(),
            }
        });
        let sources = sources.take(MOST_ENDPOINTS).collect();
        let lists = self.lists.all(&plan, sources, &self.upstream, &self.tasks, PATIENCE).await;
        let models = reachable(&plan, &call, &lists);
        let (path, query) = request.path_and_query.split_once('?').unwrap_or((&request.path_and_query, ""));
        let body = match path.strip_prefix("/v1/models/").filter(|id| !id.is_empty()) {
            Some(id) => page::one(call.dialect, &models, id),
            None => page::list(call.dialect, &models, query),
        };
        match body {
            Ok(body) => answered(body, record),
            Err(problem) => refuse::refuse(&call, &problem, record),
        }
    }
}

/// Whether a request of this client goes to `endpoint` where no route says otherwise: of its own dialects, or of any where
/// the plan has none of these; its login is for its own alone.
fn serves(plan: &Plan, call: &Call, endpoint: &Endpoint) -> bool {
    // An OpenAI SDK may ask for either of its dialects next.
    let anthropic = |name: &str| name == ANTHROPIC.name();
    let own = |e: &Endpoint| anthropic(e.dialect.name()) == anthropic(call.dialect.name());
    own(endpoint) || !(endpoint.is_passthrough() || plan.endpoints.iter().any(|e| own(e)))
}

/// Whether `route` leads to `endpoint` without another name.
fn passes(route: &Route, endpoint: &Endpoint) -> bool {
    let mut targets = route.targets.iter().filter(|target| target.model.is_none());
    targets.any(|target| target.place.is(&endpoint.name, &endpoint.group))
}

/// Endpoints whose lists may matter.
fn endpoints(plan: &Plan, call: &Call) -> Vec<Arc<Endpoint>> {
    let routed = |endpoint: &Endpoint| plan.routes.iter().any(|route| passes(route, endpoint));
    let matters = |endpoint: &&Arc<Endpoint>| serves(plan, call, endpoint) || routed(endpoint);
    plan.endpoints.iter().filter(matters).cloned().collect()
}

/// What a request of this client can reach, sorted, each once.
fn reachable(plan: &Plan, call: &Call, lists: &[(Arc<Endpoint>, Arc<Vec<Model>>)]) -> Vec<Model> {
    let mut all: BTreeMap<&str, Model> = BTreeMap::new();
    for (endpoint, models) in lists {
        let serves = serves(plan, call, endpoint);
        for model in models.iter() {
            // Of what only others serve, what a route leads there.
            if serves || plan.route(&model.id).is_some_and(|route| passes(route, endpoint)) {
                all.entry(&model.id).or_insert_with(|| model.clone());
            }
        }
    }
    for route in plan.routes.iter().filter(|route| route.is_exact()) {
        all.entry(&route.model).or_insert_with(|| Model {
            id: route.model.clone(),
            title: None,
            created: 0,
            owner: route.targets.first().map_or_else(String::new, |target| target.place.name().to_owned()),
        });
    }
    all.into_values().take(MOST_MODELS).collect()
}

fn answered(body: serde_json::Value, mut record: Record) -> Response<Body> {
    let mut response = json(&body, &mut record);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    record.ended(Ended::Complete, None);
    response
}

/// A list that nobody can give.
fn unknown(message: impl Into<String>) -> Problem {
    Problem::final_(404, "not_found_error", message)
}
