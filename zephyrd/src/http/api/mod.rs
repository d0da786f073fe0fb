//! `/api/v1`: what the dashboards and scripts read and steer with; one file per family.
//!
//! A family that the stream of events also tells has a `shape`, which is what its path answers. Every string from outside
//! is made harmless on its way out, money is told in dollars and, exactly, in nano-dollars.

pub(in crate::http) mod connections;
pub(in crate::http) mod endpoints;
pub(in crate::http) mod groups;
pub(crate) mod row;
pub(in crate::http) mod status;
pub(in crate::http) mod suspended;
mod tell;
pub(crate) mod told;

use utoipa_axum::router::OpenApiRouter;

use super::Room;

/// The families: one line each.
pub(super) fn routes() -> OpenApiRouter<Room> {
    OpenApiRouter::new()
        .merge(status::routes())
        .merge(endpoints::routes())
        .merge(groups::routes())
        .merge(connections::routes())
        .merge(suspended::routes())
}
