//! Logging in: a link's code becomes a cookie that lets look and a token that lets change.

use axum::Json;
use axum::extract::State as Given;
use axum::response::{IntoResponse, Redirect, Response};
use http::header::{HeaderValue, SET_COOKIE};
use maud::html;
use serde::{Deserialize, Serialize};
use zephyr_words::say;

use super::frame::framed;
use super::page::Page;
use crate::http::access::COOKIE_NAME;
use crate::http::extract::JsonBody;
use crate::http::{Problem, Room};

/// The page behind a link: its script sends what stands behind the `#`.
pub(super) async fn page(page: Page) -> Response {
    let main = html! {
        section.login {
            h1 { (say!(page.words, "login-title")) }
            p data-login="waiting" { (say!(page.words, "login-how")) " " code { "zephyrctl web" } }
            p data-login="failed" hidden { (say!(page.words, "login-failed")) " " code { "zephyrctl web" } }
            noscript { p { (say!(page.words, "login-needs-script")) } }
        }
    };
    framed(&page, &say!(page.words, "login-title"), &main)
}

/// What the script sends.
#[derive(Deserialize)]
pub(super) struct Code {
    code: String,
}

/// What it gets.
#[derive(Serialize)]
struct Token {
    /// Sent as `Authorization: Bearer` with what changes something.
    token: String,
    lasts_seconds: u64,
}

/// Trades a code.
pub(super) async fn log_in(Given(room): Given<Room>, JsonBody(Code { code }): JsonBody<Code>) -> Response {
    let now = room.desk.handle.clock().now();
    let Some(login) = room.access.redeem(&code, now.unix_ms, now.mono) else {
        tracing::warn!("a login to the dashboard was refused: its link is used up, too old or none of ours");
        return Problem::login("this link is used up or too old").into_response();
    };
    tracing::info!("operator: logged in to the dashboard");
    let lasts_seconds = login.lasts.as_secs();
    let body = Json(Token { token: login.writer, lasts_seconds });
    with_cookie(body.into_response(), &login.reader, lasts_seconds)
}

/// Forgets the cookie; the script forgets the token.
pub(super) async fn log_out() -> Response {
    with_cookie(Redirect::to("/").into_response(), "", 0)
}

fn with_cookie(mut response: Response, token: &str, lasts_seconds: u64) -> Response {
    let cookie = format!("{COOKIE_NAME}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={lasts_seconds}");
    if let Ok(cookie) = HeaderValue::try_from(cookie) {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    response
}
