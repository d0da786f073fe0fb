//! The requests that run now: since when, whose, and where they are.

use axum::response::Response;
use maud::{Markup, html};
use zephyr_words::{Words, say};

use super::fill::Fill;
use super::format::Format;
use super::frame::{filter, framed};
use super::page::Seen;
use crate::http::api::told::{Family, told};

/// Shows them.
pub(super) async fn page(Seen(page): Seen) -> Response {
    let words = page.words;
    let shape = told(&page.room.desk, Family::Connections);
    let all = Fill::new(&page, &shape);
    let main = html! {
        h1 { (say!(words, "web-nav-connections")) }
        div data-about="connections" {
            p.quiet {
                (say!(words, "web-running")) ": " (all.text("total_active", Format::Count))
                " · " (say!(words, "web-peak")) ": " (all.text("peak_concurrent", Format::Count))
                " · " (say!(words, "web-completed")) ": " (all.text("completed_count", Format::Count))
                " · " (say!(words, "web-longest")) ": " (all.text("longest_duration_seconds", Format::Seconds))
            }
            div.tools { (filter(words, "connections")) }
            table.cards {
                thead { tr {
                    th.number scope="col" { (say!(words, "web-age")) }
                    th scope="col" { (say!(words, "web-phase")) }
                    th scope="col" { (say!(words, "web-client")) }
                    th scope="col" { (say!(words, "web-model")) }
                    th scope="col" { (say!(words, "web-endpoint")) }
                    th.number scope="col" { (say!(words, "web-attempts")) }
                    th scope="col" { (say!(words, "web-request")) }
                } }
                tbody data-list="connections" data-key-field="id" data-main {
                    (all.rows("connections", |one| row(words, &one)))
                }
            }
            p.empty hidden[all.hides("!connections")] data-if="!connections" { (say!(words, "web-nothing-runs")) }
        }
    };
    framed(&page, &say!(words, "web-nav-connections"), &main)
}

fn row(words: &Words, one: &Fill<'_>) -> Markup {
    html! {
        tr data-key=[one.key("id")] tabindex="-1" {
            td.number data-label=(say!(words, "web-age")) { (one.text("started", Format::Age)) }
            td data-label=(say!(words, "web-phase")) {
                div {
                    (one.state("state", "web-phase-"))
                    div.under hidden[one.hides("why")] data-if="why" { (one.text("why", Format::Plain)) }
                }
            }
            td data-label=(say!(words, "web-client")) {
                div {
                    (one.text("client", Format::Text))
                    div.under hidden[one.hides("agent")] data-if="agent" { (one.text("agent", Format::Plain)) }
                }
            }
            (one.cell(&say!(words, "web-model"), "model", Format::Text))
            td data-label=(say!(words, "web-endpoint")) {
                div {
                    (one.text("endpoint", Format::Text))
                    div.under hidden[one.hides("group")] data-if="group" { (one.text("group", Format::Plain)) }
                }
            }
            (one.cell(&say!(words, "web-attempts"), "attempts", Format::Count))
            td data-label=(say!(words, "web-request")) {
                div {
                    (one.link("id", "/requests/"))
                    div.under { (one.text("method", Format::Plain)) " " (one.text("path", Format::Plain)) }
                }
            }
        }
    }
}
