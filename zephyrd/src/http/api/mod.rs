//! `/api/v1`: what the dashboards and scripts read and steer with; one file per family.
//!
//! A family that the stream of events also tells has a `shape`, which is what its path answers. Every string from outside
//! is made harmless on its way out, money is told in dollars and, exactly, in nano-dollars.

mod config;
pub(in crate::http) mod connections;
mod csv;
mod done;
mod endpoint_actions;
pub(in crate::http) mod endpoints;
mod export;
mod group_actions;
pub(in crate::http) mod groups;
mod narrow;
mod priority;
mod requests;
mod route;
pub(crate) mod row;
pub(in crate::http) mod status;
mod steering;
mod sums;
pub(in crate::http) mod suspended;
mod tell;
pub(crate) mod told;
mod trace;
mod usage;

use utoipa_axum::router::OpenApiRouter;

use super::Room;
pub(super) use narrow::number;
pub(super) use tell::{now, usd};

/// The families: one line each.
pub(super) fn routes() -> OpenApiRouter<Room> {
    OpenApiRouter::new()
        .merge(status::routes())
        .merge(endpoints::routes())
        .merge(groups::routes())
        .merge(connections::routes())
        .merge(suspended::routes())
        .merge(endpoint_actions::routes())
        .merge(group_actions::routes())
        .merge(priority::routes())
        .merge(steering::routes())
        .merge(config::routes())
        .merge(requests::routes())
        .merge(usage::routes())
        .merge(export::routes())
        .merge(route::routes())
}
