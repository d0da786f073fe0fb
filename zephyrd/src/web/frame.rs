//! What is around every page: head, navigation, and the policy that nothing but our own files runs.

use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, VARY};
use maud::{DOCTYPE, Markup, html};
use zephyr_words::say;

use super::assets;
use super::page::Page;

/// Nothing from elsewhere, nothing inline, no frames, and forms go nowhere else.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);

/// The page `title` with `main` in it.
pub(super) fn framed(page: &Page, title: &str, main: &Markup) -> Response {
    let language = page.words.language().tag();
    let markup = html! {
        (DOCTYPE)
        html lang=(language) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · Zephyr" }
                link rel="stylesheet" href=(assets::STYLE.path());
                script src=(assets::SCRIPT.path()) defer {}
            }
            body {
                a.skip href="#main" { (say!(page.words, "skip-to-content")) }
                main #main { (main) }
            }
        }
    };
    let mut response = markup.into_string().into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(language));
    headers.insert(VARY, HeaderValue::from_static("Accept-Language, Cookie"));
    response
}
