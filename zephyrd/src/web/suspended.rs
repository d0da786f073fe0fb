//! The requests that wait: who, for what, since when and for how long still; and letting them go.

use axum::response::Response;
use maud::{Markup, html};
use zephyr_words::{Words, say};

use super::fill::Fill;
use super::format::Format;
use super::frame::{filter, framed, how_to_act};
use super::page::Seen;
use crate::http::api::told::{Family, told};

/// Shows them.
pub(super) async fn page(Seen(page): Seen) -> Response {
    let words = page.words;
    let shape = told(&page.room.desk, Family::Suspended);
    let all = Fill::new(&page, &shape);
    let main = html! {
        h1 { (say!(words, "web-nav-suspended")) }
        div data-about="suspended" {
            p.quiet {
                (say!(words, "web-waited")) ": " (all.text("totals.waited", Format::Count))
                " · " (say!(words, "web-served")) ": " (all.text("totals.served", Format::Count))
                " · " (say!(words, "web-timed-out")) ": " (all.text("totals.timed_out", Format::Count))
                " · " (say!(words, "web-released")) ": " (all.text("totals.released", Format::Count))
            }
            p.quiet hidden[all.hides("!totals.most_suspended")] data-if="!totals.most_suspended" { (say!(words, "web-suspension-off")) }
            div.tools {
                (filter(words, "requests"))
                span.actions hidden[all.hides("requests")] data-if="requests" {
                    button data-act="/api/v1/suspended/release" data-body=r#"{"try":true}"# { (say!(words, "web-try-all")) }
                    button data-act="/api/v1/suspended/release" { (say!(words, "web-release-all")) }
                }
            }
            (how_to_act(&page))
            table.cards {
                thead { tr {
                    th.number scope="col" { (say!(words, "web-since")) }
                    th.number scope="col" { (say!(words, "web-left")) }
                    th scope="col" { (say!(words, "web-phase")) }
                    th scope="col" { (say!(words, "web-for-what")) }
                    th scope="col" { (say!(words, "web-client")) }
                    th scope="col" { (say!(words, "web-model")) }
                    th scope="col" { (say!(words, "web-request")) }
                    th.actions-column scope="col" { (say!(words, "web-actions")) }
                } }
                tbody data-list="requests" data-key-field="id" data-main {
                    (all.rows("requests", |one| row(words, &one)))
                }
            }
            p.empty hidden[all.hides("!requests")] data-if="!requests" { (say!(words, "web-nobody-waits")) }
        }
    };
    framed(&page, &say!(words, "web-nav-suspended"), &main)
}

fn row(words: &Words, one: &Fill<'_>) -> Markup {
    html! {
        tr data-key=[one.key("id")] tabindex="-1" {
            td.number data-label=(say!(words, "web-since")) { (one.text("since", Format::Age)) }
            td.number data-label=(say!(words, "web-left")) { (one.text("left_ms", Format::Countdown)) }
            td data-label=(say!(words, "web-phase")) { (one.state("kind", "web-phase-")) }
            (one.cell(&say!(words, "web-for-what"), "why", Format::Text))
            (one.cell(&say!(words, "web-client"), "client", Format::Text))
            (one.cell(&say!(words, "web-model"), "model", Format::Text))
            td data-label=(say!(words, "web-request")) { (one.link("id", "/requests/")) }
            td.actions-column {
                div.actions {
                    button data-act="/api/v1/suspended/release" data-key-in="request" data-body=r#"{"try":true}"# { (say!(words, "web-try")) }
                    button data-act="/api/v1/suspended/release" data-key-in="request" { (say!(words, "web-release")) }
                }
            }
        }
    }
}
