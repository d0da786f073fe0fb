//! The HTTP API and the dashboard, on a listener of their own (`[web] listen`).
//!
//! One file per family of paths, each with its handlers and the shapes that they answer; the OpenAPI document is made of
//! the same handlers. Everything is read through the [`Desk`]. What only reads also answers on the proxy's listeners
//! ([`local`]), because scripts and container health checks ask there.
//!
//! Limits: bodies of 64 KiB; who may do what is in [`access`].

pub(crate) mod access;
pub(crate) mod api;
mod charts;
mod diagnostics;
mod error;
pub(crate) mod extract;
mod fallback;
mod health;
mod local;
mod metrics;
mod openapi;
mod provider;
mod site;
mod status;
mod stream;
mod switch;
pub(crate) mod time;

use axum::Router;
use axum::extract::FromRef;
use utoipa_axum::router::OpenApiRouter;

use crate::desk::Desk;
pub(crate) use access::{Access, CODE_LASTS};

pub(crate) use error::Problem;
pub(crate) use local::Local;
pub(crate) use site::Site;
use site::answer;

/// What every handler may use.
#[derive(Clone)]
pub(crate) struct Room {
    /// What is seen and steered.
    pub(crate) desk: Desk,
    /// Who may.
    pub(crate) access: Access,
}

impl FromRef<Room> for Desk {
    fn from_ref(room: &Room) -> Self {
        room.desk.clone()
    }
}

/// The families: one line each.
fn families() -> OpenApiRouter<Room> {
    openapi::begin()
        .merge(health::routes())
        .merge(status::routes())
        .merge(diagnostics::routes())
        .merge(switch::routes())
        .merge(provider::routes())
        .merge(api::routes())
        .merge(charts::routes())
        .merge(metrics::routes())
        .merge(stream::routes())
}

/// Every path of the API, without the pages.
fn api() -> Router<Room> {
    let (router, document) = families().split_for_parts();
    router.merge(openapi::routes(document))
}
