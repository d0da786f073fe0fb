//! The web dashboard: pages that are made here, a small script that keeps them live, and nothing from elsewhere.
//!
//! Every page is whole without the script, so that it can be read without; the script brings what changes (`/api/v1/stream`)
//! and does what needs a login. One file per page, one line each in the table below. What is shown is text: maud escapes
//! it, the script sets text and never markup, and the content security policy lets neither styles nor scripts run that are
//! not files of ours. Lists and heads are JSON of the API's own shapes ([`fill`]): what a page is made of, and what the
//! script fills it with later, cannot differ.

mod asked;
mod assets;
mod chart;
mod config;
mod connections;
mod endpoints;
mod figures;
mod fill;
mod format;
mod frame;
mod groups;
mod head;
mod language;
mod login;
mod logs;
mod overview;
mod page;
mod period;
mod problems;
mod range;
mod request;
mod requests;
mod suspended;
#[cfg(test)]
mod tests;
mod texts;
mod usage;

use std::borrow::Cow;

use axum::Router;
use axum::routing::{get, post};
use zephyr_words::{Words, say};

use crate::http::Room;

/// One page of the navigation.
struct Place {
    /// Where it is.
    path: &'static str,
    /// What is pressed after `g` to go there.
    key: &'static str,
    /// What it is called.
    label: fn(&Words) -> Cow<'_, str>,
}

/// `path, key, name => module;`: each module has a handler `page`.
macro_rules! places {
    ($($path:literal, $key:literal, $label:literal => $page:ident;)*) => {
        /// The navigation.
        const PLACES: &[Place] = &[$(Place { path: $path, key: $key, label: |words| say!(words, $label) },)*];

        fn places() -> Router<Room> {
            Router::new()$(.route($path, get($page::page)))*
        }
    };
}

places! {
    "/", "o", "web-nav-overview" => overview;
    "/endpoints", "e", "web-nav-endpoints" => endpoints;
    "/groups", "g", "web-nav-groups" => groups;
    "/requests", "r", "web-nav-requests" => requests;
    "/connections", "n", "web-nav-connections" => connections;
    "/suspended", "s", "web-nav-suspended" => suspended;
    "/usage", "u", "web-nav-usage" => usage;
    "/logs", "l", "web-nav-logs" => logs;
    "/config", "c", "web-nav-config" => config;
}

/// Every page, and what belongs to them.
pub(crate) fn pages() -> Router<Room> {
    places()
        .route("/requests/{id}", get(request::page))
        .route("/login", get(login::page).post(login::log_in))
        .route("/logout", post(login::log_out))
        .route("/language", post(language::choose))
        .route("/assets/{name}", get(assets::asset))
}
