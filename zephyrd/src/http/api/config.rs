//! `/api/v1/config`: the config in force, secrets masked, and taking up another.

use axum::Json;
use axum::extract::State as Given;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::done::stopping;
use super::tell::{ProblemTold, now};
use crate::desk::Desk;
use crate::http::access::{Operator, Reader};
use crate::http::time::rfc3339;
use crate::http::{Problem, Room};
use crate::system::text::clean;

pub(super) fn routes() -> OpenApiRouter<Room> {
    OpenApiRouter::new().routes(routes!(config)).routes(routes!(reload))
}

/// The config in force.
#[derive(Debug, Serialize, ToSchema)]
struct Config {
    /// The file; null where there is none.
    path: Option<String>,
    /// When it was taken up.
    loaded: Option<String>,
    /// Every key with its value in force, as TOML, secrets masked.
    effective: String,
    /// The text of the file in force, secrets masked.
    text: String,
    /// What was wrong with the last reload, if it was refused.
    problems: Vec<ProblemTold>,
    timestamp: String,
}

/// What a reload did.
#[derive(Debug, Serialize, ToSchema)]
struct Reloaded {
    /// Always true: what was not done is an error.
    success: bool,
    message: String,
    /// One line per change; empty where nothing changed.
    changes: Vec<String>,
    /// Warnings about the new config.
    warnings: Vec<ProblemTold>,
    timestamp: String,
}

/// The new config cannot be used; the old one stays in force.
#[derive(Debug, Serialize, ToSchema)]
struct Invalid {
    error: InvalidDetail,
    /// Everything that is wrong with it.
    problems: Vec<ProblemTold>,
}

/// What is wrong.
#[derive(Debug, Serialize, ToSchema)]
struct InvalidDetail {
    /// Always `config_invalid`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The first problem, and how many more there are.
    message: String,
}

/// The config in force: every key with its value, and the text of the file. Secrets are masked.
#[utoipa::path(get, path = "/api/v1/config", tag = "config", responses((status = 200, body = Config)))]
async fn config(_: Reader, Given(desk): Given<Desk>) -> Json<Config> {
    let in_force = desk.config.get();
    Json(Config {
        path: in_force.path.as_ref().map(|path| clean(&path.display().to_string())),
        loaded: (in_force.loaded_unix_ms > 0).then(|| rfc3339(in_force.loaded_unix_ms)),
        effective: in_force.effective.clone(),
        text: in_force.text.clone(),
        problems: in_force.problems.iter().map(ProblemTold::from).collect(),
        timestamp: now(&desk),
    })
}

/// Reads the config anew and takes it up. Health and running requests of what did not change are untouched.
#[utoipa::path(post, path = "/api/v1/config/reload", tag = "config",
    responses((status = 200, body = Reloaded), (status = 400, body = Invalid, description = "it cannot be used; the old one stays in force"),
        (status = 503, description = "the daemon is stopping")))]
async fn reload(Operator(by): Operator, Given(desk): Given<Desk>) -> Result<Response, Problem> {
    by.log("reload the config");
    match desk.handle.reload().await.map_err(stopping)? {
        Ok(answer) => {
            let message = match answer.changes.len() {
                0 => "nothing has changed".to_owned(),
                1 => "the config is taken up: 1 change".to_owned(),
                n => format!("the config is taken up: {n} changes"),
            };
            Ok(Json(Reloaded {
                success: true,
                message,
                changes: answer.changes.iter().map(|change| clean(change)).collect(),
                warnings: answer.warnings.iter().map(ProblemTold::from).collect(),
                timestamp: now(&desk),
            })
            .into_response())
        }
        Err(problems) => {
            let first = problems.first().map(|p| clean(&p.to_string())).unwrap_or_default();
            let message = match problems.len() {
                0 | 1 => first,
                n => format!("{first} (and {} more)", n - 1),
            };
            let error = InvalidDetail { kind: "config_invalid", message };
            let problems = problems.iter().map(ProblemTold::from).collect();
            Ok((StatusCode::BAD_REQUEST, Json(Invalid { error, problems })).into_response())
        }
    }
}
