//! What is around every page: head, navigation, and the policy that nothing but our own files runs.

use axum::response::{IntoResponse, Response};
use http::header::{
    CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, VARY,
};
use jiff::Timestamp;
use maud::{DOCTYPE, Markup, html};
use zephyr_words::{Words, say};

use super::assets::{Kind, paths};
use super::page::Page;
use super::{PLACES, format, head, language, texts};
use crate::desk::By;

/// Nothing from elsewhere, nothing inline, no frames, forms go nowhere else, and no script can turn text into markup.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
);

/// The page `title` with `main` in it.
pub(super) fn framed(page: &Page, title: &str, main: &Markup) -> Response {
    let language = page.words.language().tag();
    let open = page.rights.writes == Some(By::Loopback);
    let markup = html! {
        (DOCTYPE)
        html lang=(language) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · Zephyr" }
                @for path in paths(Kind::Icon) { link rel="icon" type="image/svg+xml" href=(path); }
                @for path in paths(Kind::Style) { link rel="stylesheet" href=(path); }
                @for path in paths(Kind::Script) { script src=(path) defer {} }
            }
            body data-login=(if page.rights.login { "yes" } else { "no" }) data-writes=(if open { "open" } else { "login" }) {
                a.skip href="#main" { (say!(page.words, "skip-to-content")) }
                (top(page))
                @if page.rights.reads { (navigation(page)) }
                main #main tabindex="-1" { (main) }
                div #said role="status" aria-live="polite" {}
                (help(page))
                (texts::template(page.words))
            }
        }
    };
    let mut response = markup.into_string().into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(language));
    headers.insert(VARY, HeaderValue::from_static("Accept-Language, Cookie"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn top(page: &Page) -> Markup {
    let words = page.words;
    let now = Timestamp::from_millisecond(page.now_unix_ms).unwrap_or(Timestamp::UNIX_EPOCH);
    html! {
        header.top {
            a.brand href="/" { "Zephyr" }
            @if page.rights.reads {
                (head::line(page))
                span.live data-live="still" { (say!(words, "web-live-still", time = format::time(now, page.now_unix_ms))) }
            }
            div.person {
                (language::switch(page))
                button.help type="button" data-help title=(say!(words, "web-help")) aria-label=(say!(words, "web-help")) { "?" }
                @if page.rights.writes != Some(By::Loopback) {
                    // Which of the two it is only the script knows: it keeps the token.
                    form method="post" action="/logout" data-logout data-login-state="in" hidden[!page.rights.login] {
                        button { (say!(words, "web-log-out")) }
                    }
                    a href="/login" data-login-state="out" hidden[page.rights.login] { (say!(words, "login-title")) }
                }
            }
        }
    }
}

fn navigation(page: &Page) -> Markup {
    html! {
        nav aria-label=(say!(page.words, "web-nav")) {
            ul {
                @for place in PLACES {
                    @let here = page.path == place.path || (place.path.len() > 1 && page.path.starts_with(&format!("{}/", place.path)));
                    li { a href=(place.path) data-go=(place.key) aria-current=[here.then_some("page")] { ((place.label)(page.words)) } }
                }
            }
        }
    }
}

fn help(page: &Page) -> Markup {
    let words = page.words;
    html! {
        dialog #help aria-labelledby="help-title" {
            h2 #help-title { (say!(words, "web-help")) }
            dl.keys {
                dt { kbd { "?" } } dd { (say!(words, "web-key-help")) }
                dt { kbd { "/" } } dd { (say!(words, "web-key-filter")) }
                dt { kbd { "↑" } " " kbd { "↓" } } dd { (say!(words, "web-key-arrows")) }
                dt { kbd { "Enter" } } dd { (say!(words, "web-key-enter")) }
                @for place in PLACES {
                    dt { kbd { "g" } " " kbd { (place.key) } } dd { ((place.label)(words)) }
                }
            }
            form method="dialog" { button { (say!(words, "web-close")) } }
        }
    }
}

/// The field that hides rows of the list `of`; the script does that.
pub(super) fn filter(words: &Words, of: &str) -> Markup {
    let label = say!(words, "web-filter");
    html! { input.needs-script type="search" data-filter=(of) placeholder=(label) aria-label=(label) autocomplete="off" spellcheck="false"; }
}

/// What whoever may not change things is told in place of the buttons. The script hides it for those who may.
pub(super) fn how_to_act(page: &Page) -> Markup {
    html! {
        p.how-to-act { (say!(page.words, "web-how-to-act")) " " code { "zephyrctl web" } }
        noscript { p.how-to-act { (say!(page.words, "web-act-needs-script")) } }
    }
}
