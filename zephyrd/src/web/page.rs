//! What every page knows of whoever looks at it: its language, and what it may do. Extracted from the request.

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{ACCEPT_LANGUAGE, COOKIE};
use http::request::Parts;
use zephyr_words::{COMMON, Catalogue, Language, REPORTS, WEB, Words, of_browser};

use super::login;
use crate::http::Room;
use crate::http::access::Rights;

/// The texts of all pages.
static CATALOGUE: Catalogue = Catalogue::new(&[COMMON, WEB, REPORTS]);

/// The cookie with the language that was chosen on the page.
pub(super) const LANGUAGE_COOKIE: &str = "zephyr_language";

/// Whoever looks.
pub(super) struct Page {
    /// The texts in their language.
    pub(super) words: &'static Words,
    /// What they may do.
    pub(super) rights: Rights,
    /// The path that they look at.
    pub(super) path: String,
    /// The same with its query.
    pub(super) here: String,
    /// When they look, Unix milliseconds.
    pub(super) now_unix_ms: i64,
    /// What is seen.
    pub(super) room: Room,
}

/// Whoever looks, and may: everybody else gets the login page.
pub(super) struct Seen(pub(super) Page);

impl FromRequestParts<Room> for Seen {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, room: &Room) -> Result<Self, Response> {
        let Ok(page) = Page::from_request_parts(parts, room).await;
        if page.rights.reads {
            return Ok(Self(page));
        }
        Err((StatusCode::UNAUTHORIZED, login::page(page).await).into_response())
    }
}

impl FromRequestParts<Room> for Page {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, room: &Room) -> Result<Self, Self::Rejection> {
        let language = language(parts, room);
        Ok(Self {
            words: CATALOGUE.of(language),
            rights: Rights::of(parts, room),
            path: parts.uri.path().to_owned(),
            here: parts.uri.path_and_query().map_or("/", |here| here.as_str()).to_owned(),
            now_unix_ms: room.desk.handle.clock().now().unix_ms,
            room: room.clone(),
        })
    }
}

/// What was chosen on the page, else what the config says, else what the browser wants, else English.
fn language(parts: &Parts, room: &Room) -> Language {
    let cookies = parts.headers.get_all(COOKIE).iter().filter_map(|v| v.to_str().ok());
    let chosen = cookies
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find(|(name, _)| *name == LANGUAGE_COOKIE)
        .and_then(|(_, tag)| Language::of_tag(tag));
    let plan = room.desk.handle.plan();
    let configured = || plan.language.as_deref().and_then(Language::of_tag);
    let wanted = || parts.headers.get(ACCEPT_LANGUAGE).and_then(|v| of_browser(v.to_str().ok()?));
    chosen.or_else(configured).or_else(wanted).unwrap_or_default()
}
