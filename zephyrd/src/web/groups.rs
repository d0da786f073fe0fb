//! Every group: who is active, how many of its endpoints are well, and what may be done with it.

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
    let shape = told(&page.room.desk, Family::Groups);
    let all = Fill::new(&page, &shape);
    let main = html! {
        h1 { (say!(words, "web-nav-groups")) }
        div.tools { (filter(words, "groups")) }
        (how_to_act(&page))
        div data-about="groups" {
            p.quiet hidden[all.hides("!auto_switch_enabled")] data-if="!auto_switch_enabled" { (say!(words, "web-no-auto-switch")) }
            table.cards {
                thead { tr {
                    th scope="col" { (say!(words, "web-group")) }
                    th scope="col" { (say!(words, "web-state")) }
                    th.number scope="col" { (say!(words, "web-healthy")) }
                    th.number scope="col" { (say!(words, "web-in-flight")) }
                    th.number scope="col" { (say!(words, "web-priority")) }
                    th scope="col" { (say!(words, "web-nav-endpoints")) }
                    th.actions-column scope="col" { (say!(words, "web-actions")) }
                } }
                tbody data-list="groups" data-key-field="name" data-main {
                    (all.rows("groups", |one| row(words, &one)))
                }
            }
            p.empty hidden[all.hides("!groups")] data-if="!groups" { (say!(words, "web-no-groups")) }
        }
    };
    framed(&page, &say!(words, "web-nav-groups"), &main)
}

fn row(words: &Words, one: &Fill<'_>) -> Markup {
    html! {
        tr data-key=[one.key("name")] tabindex="-1" {
            td.name data-label=(say!(words, "web-group")) {
                div {
                    (one.text("name", Format::Text)) " "
                    span.tag hidden[one.hides("default")] data-if="default" { (say!(words, "web-default")) }
                    span.tag hidden[one.hides("activated")] data-if="activated" { (say!(words, "web-activated")) }
                }
            }
            td data-label=(say!(words, "web-state")) {
                div {
                    (one.state("state", "web-group-"))
                    div.under hidden[one.hides("until")] data-if="until" {
                        (say!(words, "web-still")) " " (one.text("until", Format::Left))
                    }
                }
            }
            td.number data-label=(say!(words, "web-healthy")) {
                span { (one.text("healthy_endpoints", Format::Count)) " / " (one.text("total_endpoints", Format::Count)) }
            }
            (one.cell(&say!(words, "web-in-flight"), "in_flight", Format::Count))
            td.number data-label=(say!(words, "web-priority")) {
                span {
                    (one.text("priority", Format::Count))
                    span.quiet hidden[one.hides("config_priority")] data-if="config_priority" {
                        " (" (say!(words, "web-config-says")) " " (one.text("config_priority", Format::Count)) ")"
                    }
                }
            }
            (one.cell(&say!(words, "web-nav-endpoints"), "endpoints", Format::Names))
            td.actions-column { (actions(words, one)) }
        }
    }
}

fn actions(words: &Words, one: &Fill<'_>) -> Markup {
    let pause = |body: &str, label: &str| {
        html! {
            button data-act="/api/v1/groups/{key}/pause" data-body=(body) hidden[one.hides("can_pause")] data-if="can_pause" { (label) }
        }
    };
    html! {
        div.actions {
            button data-act="/api/v1/groups/{key}/activate" hidden[one.hides("can_activate")] data-if="can_activate" { (say!(words, "web-activate")) }
            (pause(r#"{"duration":"15m"}"#, &say!(words, "web-pause-15m")))
            (pause(r#"{"duration":"1h"}"#, &say!(words, "web-pause-1h")))
            (pause("{}", &say!(words, "web-pause-open")))
            button data-act="/api/v1/groups/{key}/resume" hidden[one.hides("can_resume")] data-if="can_resume" { (say!(words, "web-resume")) }
        }
    }
}
