//! What is answered when something was done, and refused when the name of it is nobody's.

use serde::Serialize;
use utoipa::ToSchema;
use zephyr_core::engine::{Command, Refusal};

use super::tell::now;
use crate::desk::{By, Desk};
use crate::engine_handle::Gone;
use crate::http::Problem;
use crate::system::text::clean;

/// It was done, and holds over a restart.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Done {
    /// Always true: what was not done is an error.
    success: bool,
    /// What was done, in a sentence.
    message: String,
    timestamp: String,
}

impl Done {
    /// This was done.
    pub(super) fn told(desk: &Desk, message: impl Into<String>) -> Self {
        Self { success: true, message: message.into(), timestamp: now(desk) }
    }
}

/// Carries `command` out, and tells `message`.
pub(super) async fn carry_out(
    desk: &Desk,
    command: &Command,
    by: By,
    message: impl Into<String>,
) -> Result<axum::Json<Done>, Problem> {
    desk.carry_out(command, by).await.map_err(|refusal| refused(&refusal))?;
    Ok(axum::Json(Done::told(desk, message)))
}

/// With what to do instead, where that is known.
pub(super) fn refused(refusal: &Refusal) -> Problem {
    let problem = Problem::refused(refusal);
    match refusal {
        Refusal::NotWaiting { request } => Problem::unknown(format!("no request `{}` waits", clean(request)))
            .hint("`GET /api/v1/suspended/requests` lists those that do"),
        Refusal::Paused { .. } | Refusal::Cooling { .. } => {
            problem.hint("`{\"force\": true}` in the body activates it all the same")
        }
        Refusal::Disabled { .. } => {
            problem.hint("set `enabled = true` on it and on one of its endpoints in the config, then reload")
        }
        _ => problem,
    }
}

/// The daemon stops.
pub(super) fn stopping(gone: Gone) -> Problem {
    Problem::unavailable(gone.to_string())
}

/// An endpoint must be called so.
pub(super) fn endpoint_exists(desk: &Desk, name: &str) -> Result<(), Problem> {
    let plan = desk.handle.plan();
    if plan.endpoints.iter().any(|e| e.name == name) {
        return Ok(());
    }
    let problem = Problem::unknown(format!("no endpoint is named `{}`", clean(name)));
    Err(match plan.groups.iter().any(|g| g.name == name) {
        true => problem.hint("it is a group: `/api/v1/groups` has the paths for those"),
        false => problem.hint("`GET /api/v1/endpoints` lists the names"),
    })
}

/// A group must be called so.
pub(super) fn group_exists(desk: &Desk, name: &str) -> Result<(), Problem> {
    let plan = desk.handle.plan();
    if plan.groups.iter().any(|g| g.name == name) {
        return Ok(());
    }
    let problem = Problem::unknown(format!("no group is named `{}`", clean(name)));
    Err(match plan.endpoints.iter().find(|e| e.name == name) {
        Some(e) => problem.hint(format!("it is an endpoint of the group `{}`", clean(&e.group))),
        None => problem.hint("`GET /api/v1/groups` lists the names"),
    })
}
