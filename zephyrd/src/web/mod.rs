//! The web dashboard: pages that are made here, a small script that keeps them live, and nothing from elsewhere.
//!
//! Every page is whole without the script, so that it can be read without; the script brings what changes (`/api/v1/stream`)
//! and does what needs a login. One file per page, one line each in [`pages`]. What is shown is text: maud escapes it, the
//! script sets text and never markup, and the content security policy lets neither styles nor scripts run that are not files
//! of ours.

mod assets;
mod frame;
mod login;
mod page;

use axum::Router;
use axum::routing::get;

use crate::http::Room;

/// Every page.
pub(crate) fn pages() -> Router<Room> {
    Router::new()
        .route("/login", get(login::page).post(login::log_in))
        .route("/logout", axum::routing::post(login::log_out))
        .route("/assets/{name}", get(assets::asset))
}
