//! The switch of the language, which works without the script: a form, a cookie, and back.

use axum::Form;
use axum::response::{IntoResponse, Redirect, Response};
use http::header::{HeaderValue, SET_COOKIE};
use maud::{Markup, html};
use serde::Deserialize;
use zephyr_words::{Language, say};

use super::page::{LANGUAGE_COOKIE, Page};

/// How long the choice is kept: a year.
const KEPT_SECONDS: u32 = 365 * 24 * 60 * 60;

/// What the form sends.
#[derive(Deserialize)]
pub(super) struct Choice {
    language: String,
    /// The page it was chosen on.
    #[serde(default)]
    back: String,
}

/// A button for every language that this is not.
pub(super) fn switch(page: &Page) -> Markup {
    let others = Language::ALL.into_iter().filter(|other| *other != page.words.language());
    html! {
        form.language method="post" action="/language" aria-label=(say!(page.words, "web-language")) {
            input type="hidden" name="back" value=(page.here);
            @for other in others {
                button name="language" value=(other.tag()) lang=(other.tag()) { (other.own_name()) }
            }
        }
    }
}

/// Keeps the choice; a language that there is none of changes nothing.
pub(super) async fn choose(Form(choice): Form<Choice>) -> Response {
    let mut response = Redirect::to(within(&choice.back)).into_response();
    if let Some(language) = Language::of_tag(&choice.language) {
        let cookie = format!(
            "{LANGUAGE_COOKIE}={}; Path=/; HttpOnly; SameSite=Strict; Max-Age={KEPT_SECONDS}",
            language.tag()
        );
        if let Ok(cookie) = HeaderValue::try_from(cookie) {
            response.headers_mut().insert(SET_COOKIE, cookie);
        }
    }
    response
}

/// `back` if it is a page of ours: a form must not send people elsewhere.
fn within(back: &str) -> &str {
    let path = back.strip_prefix('/').filter(|rest| !rest.starts_with(['/', '\\']));
    let plain = back.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    if path.is_some() && plain { back } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_elsewhere() {
        for page in ["/", "/endpoints", "/requests?status=error&model=a%20b"] {
            assert_eq!(within(page), page);
        }
        for other in
            ["", "//evil.example", "/\\evil.example", "https://evil.example", "/a\r\nb", "/\t/evil", "a"]
        {
            assert_eq!(within(other), "/", "{other:?}");
        }
    }

    #[tokio::test]
    async fn a_language_that_there_is_none_of_leaves_no_cookie() {
        let choose =
            |language: &str| choose(Form(Choice { language: language.into(), back: "/groups".into() }));
        let response = choose("zh-CN").await;
        assert_eq!(response.headers()["location"], "/groups");
        assert!(
            response.headers()["set-cookie"].to_str().unwrap().starts_with("zephyr_language=zh-CN; Path=/;")
        );
        assert!(choose("xx; Domain=evil").await.headers().get(SET_COOKIE).is_none());
    }
}
