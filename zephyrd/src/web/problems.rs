//! What is wrong, in plain words: each line is shown while it is so.

use maud::{Markup, html};
use serde_json::Value;
use zephyr_words::say;

use super::fill::Fill;
use super::format::Format;
use super::page::Page;

/// The list, and a word where nothing is wrong.
pub(super) fn list(page: &Page, status: &Value, endpoints: &Value) -> Markup {
    let words = page.words;
    let (status, endpoints) = (Fill::new(page, status), Fill::new(page, endpoints));
    let line = |condition: &'static str, weight: &'static str, text: Markup| {
        html! { li data-weight=(weight) hidden[status.hides(condition)] data-if=(condition) { (text) } }
    };
    html! {
        section.problems aria-label=(say!(words, "web-problems")) {
            div data-about="status" {
                ul {
                    (line("offline_since", "bad", html! { (say!(words, "web-offline")) " " (status.text("offline_since", Format::Age)) }))
                    (line("config_problems", "bad", html! {
                        (say!(words, "web-config-refused")) " " (status.text("config_problems", Format::Count)) " "
                        a href="/config" { (say!(words, "web-nav-config")) }
                    }))
                    (line("monitoring_paused", "warn", html! { (say!(words, "web-monitoring-paused")) }))
                    (line("store.state=waiting", "warn", html! {
                        (say!(words, "web-store-waiting")) " " (status.text("store.waiting", Format::Count))
                        " · " (status.text("store.detail", Format::Plain))
                    }))
                    (line("store.dropped", "bad", html! {
                        (say!(words, "web-store-dropped")) " " (status.text("store.dropped", Format::Count))
                    }))
                    (line("waiting.suspended", "warn", html! {
                        (say!(words, "web-some-wait")) " " (status.text("waiting.suspended", Format::Count)) " "
                        a href="/suspended" { (say!(words, "web-nav-suspended")) }
                    }))
                }
                ul data-list="serving" data-key-field="dialect" {
                    (status.rows("serving", |one| html! {
                        li data-key=[one.key("dialect")] data-weight="bad" hidden[one.hides("!current")] data-if="!current" {
                            (one.text("dialect", Format::Plain)) ": " (say!(words, "web-nobody-serves")) " " (one.text("why", Format::Plain))
                        }
                    }))
                }
                ul data-list="budgets" data-key-field="resets" {
                    (status.rows("budgets", |one| html! {
                        li data-key=[one.key("resets")] data-weight="warn" hidden[one.hides("warn")] data-if="warn" {
                            (say!(words, "web-budget")) " " (one.text("client", Format::Plain)) " (" (one.word("period", "web-period-")) "): "
                            (one.text("spent_usd", Format::Usd)) " / " (one.text("limit_usd", Format::Usd))
                            span.bad hidden[one.hides("over")] data-if="over" { " " (say!(words, "web-budget-over")) }
                            ", " (say!(words, "web-still")) " " (one.text("resets", Format::Left))
                        }
                    }))
                }
                ul data-list="mismatches" data-key-field="endpoint" {
                    (status.rows("mismatches", |one| html! {
                        li data-key=[one.key("endpoint")] data-weight="warn" {
                            b { (one.text("endpoint", Format::Plain)) } ": " (say!(words, "web-mismatch-asked")) " "
                            (one.text("asked", Format::Plain)) ", " (say!(words, "web-mismatch-answered")) " " (one.text("answered", Format::Plain))
                            " (" (one.text("count", Format::Count)) "×)"
                        }
                    }))
                }
            }
            div data-about="endpoints" {
                @let failing = "state=degraded,cooling,exhausted,auth-failed,misconfigured";
                ul data-list="endpoints" data-key-field="name" {
                    (endpoints.rows("endpoints", |one| html! {
                        li data-key=[one.key("name")] data-weight="warn" hidden[one.hides(failing)] data-if=(failing) {
                            b { (one.text("name", Format::Plain)) } ": " (one.state("state", "state-")) " "
                            span hidden[one.hides("until")] data-if="until" { (say!(words, "web-still")) " " (one.text("until", Format::Left)) " " }
                            (one.text("error", Format::Plain))
                        }
                    }))
                }
            }
            p.fine { (say!(words, "web-nothing-wrong")) }
        }
    }
}
