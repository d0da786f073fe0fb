//! Every endpoint: how it is, how fast, what limits it, and what may be done with it.

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
    let shape = told(&page.room.desk, Family::Endpoints);
    let all = Fill::new(&page, &shape);
    let main = html! {
        h1 { (say!(words, "web-nav-endpoints")) }
        div.tools {
            (filter(words, "endpoints"))
            span.actions {
                button data-act="/api/v1/unpin" { (say!(words, "web-unpin")) }
            }
        }
        (how_to_act(&page))
        div data-about="endpoints" {
            table.cards data-list="endpoints" data-key-field="name" data-main {
                thead { tr {
                    th scope="col" { (say!(words, "web-endpoint")) }
                    th scope="col" { (say!(words, "web-state")) }
                    th.number scope="col" { (say!(words, "web-latency")) }
                    th scope="col" { (say!(words, "web-history")) }
                    th.number scope="col" { (say!(words, "web-ttft")) }
                    th.number scope="col" { (say!(words, "web-in-flight")) }
                    th.number scope="col" { (say!(words, "web-priority")) }
                    th scope="col" { (say!(words, "web-limits")) }
                    th scope="col" { (say!(words, "web-error")) }
                } }
                (all.rows("endpoints", |one| row(words, &one)))
            }
            p.empty hidden[all.hides("!endpoints")] data-if="!endpoints" { (say!(words, "web-no-endpoints")) }
        }
    };
    framed(&page, &say!(words, "web-nav-endpoints"), &main)
}

fn row(words: &Words, one: &Fill<'_>) -> Markup {
    html! {
        tbody data-key=[one.key("name")] tabindex="-1" {
            tr {
                td.name data-label=(say!(words, "web-endpoint")) {
                    div {
                        (one.text("name", Format::Text)) " "
                        span.tag hidden[one.hides("current")] data-if="current" { (say!(words, "web-current")) }
                        div.under { (one.text("group", Format::Plain)) " · " (one.text("dialect", Format::Plain)) }
                    }
                }
                td data-label=(say!(words, "web-state")) {
                    div {
                        (one.state("state", "state-"))
                        div.under hidden[one.hides("until")] data-if="until" {
                            (say!(words, "web-still")) " " (one.text("until", Format::Left))
                        }
                        div hidden[one.hides("!admin=auto,")] data-if="!admin=auto," { (one.state("admin", "web-admin-")) }
                    }
                }
                (one.cell(&say!(words, "web-latency"), "response_time_ms", Format::Ms))
                td data-label=(say!(words, "web-history")) { (one.spark("history")) }
                (one.cell(&say!(words, "web-ttft"), "ttft_ms", Format::Ms))
                td.number data-label=(say!(words, "web-in-flight")) {
                    span {
                        (one.text("in_flight", Format::Count))
                        span.quiet hidden[one.hides("max_concurrent")] data-if="max_concurrent" { " / " (one.text("max_concurrent", Format::Count)) }
                    }
                }
                td.number data-label=(say!(words, "web-priority")) {
                    span {
                        (one.text("priority", Format::Count))
                        span.quiet hidden[one.hides("config_priority")] data-if="config_priority" {
                            " (" (say!(words, "web-config-says")) " " (one.text("config_priority", Format::Count)) ")"
                        }
                    }
                }
                td data-label=(say!(words, "web-limits")) { (limits(words, one)) }
                (one.cell(&say!(words, "web-error"), "error", Format::Plain))
            }
            tr { td colspan="9" {
                details {
                    summary { (say!(words, "web-details")) }
                    (actions(words, one))
                    (details(words, one))
                }
            } }
        }
    }
}

/// Models that are not asked for there for a time.
fn limits(words: &Words, one: &Fill<'_>) -> Markup {
    html! {
        ul.plain data-list="limits" data-key-field="model" {
            (one.rows("limits", |limit| html! {
                li data-key=[limit.key("model")] {
                    (limit.text("model", Format::Text)) ": " (limit.text("kind", Format::Plain)) ", "
                    (say!(words, "web-still")) " " (limit.text("until", Format::Left))
                    span.quiet hidden[limit.hides("detail")] data-if="detail" { " (" (limit.text("detail", Format::Plain)) ")" }
                }
            }))
        }
    }
}

fn actions(words: &Words, one: &Fill<'_>) -> Markup {
    let paused = "!admin=paused,drained";
    html! {
        div.actions {
            button data-act="/api/v1/pin" data-key-in="name" { (say!(words, "web-pin")) }
            button data-act="/api/v1/pin" data-key-in="name" data-body=r#"{"fallback":true}"# { (say!(words, "web-pin-fallback")) }
            button data-act="/api/v1/unpin" hidden[one.hides("admin=pinned")] data-if="admin=pinned" { (say!(words, "web-unpin")) }
            button data-act="/api/v1/endpoints/{key}/pause" hidden[one.hides(paused)] data-if=(paused) { (say!(words, "web-pause")) }
            button data-act="/api/v1/endpoints/{key}/drain" hidden[one.hides(paused)] data-if=(paused) { (say!(words, "web-drain")) }
            button data-act="/api/v1/endpoints/{key}/resume" hidden[one.hides("admin=paused,drained")] data-if="admin=paused,drained" { (say!(words, "web-resume")) }
            button data-act="/api/v1/endpoints/{key}/health-check" { (say!(words, "web-check")) }
            form data-act="/api/v1/endpoints/{key}/priority" data-what=(say!(words, "web-set-priority")) {
                input type="number" name="priority" min="1" max="1000000" required aria-label=(say!(words, "web-priority"));
                button { (say!(words, "web-set-priority")) }
            }
            button data-act="/api/v1/endpoints/{key}/priority" data-method="DELETE" hidden[one.hides("config_priority")] data-if="config_priority" { (say!(words, "web-reset-priority")) }
        }
    }
}

fn details(words: &Words, one: &Fill<'_>) -> Markup {
    html! {
        dl.facts {
            dt { (say!(words, "web-url")) } dd.mono { (one.text("url", Format::Text)) }
            dt { (say!(words, "web-provider")) } dd { (one.text("provider", Format::Text)) }
            dt { (say!(words, "web-auth")) } dd { (one.text("auth", Format::Text)) }
            dt { (say!(words, "web-probe")) } dd {
                (one.text("probe", Format::Text)) ", " (say!(words, "web-last-check")) " " (one.text("last_check", Format::Age))
                ", " (say!(words, "web-probe-cost")) " " (one.text("probe_spending.cost_usd", Format::Usd))
            }
            dt { (say!(words, "web-attempts")) } dd {
                (one.text("attempts", Format::Count)) ", " (say!(words, "web-failed")) " " (one.text("failures", Format::Count))
                ", " (say!(words, "web-in-a-row")) " " (one.text("consecutive_fails", Format::Count))
            }
            dt { (say!(words, "web-last-used")) } dd { (one.text("last_used", Format::Age)) }
            dt { (say!(words, "web-sessions")) } dd { (one.text("sessions", Format::Count)) }
            dt { (say!(words, "web-group-priority")) } dd { (one.text("group_priority", Format::Count)) }
            dt { (say!(words, "web-price-weight")) } dd { (one.text("price", Format::Text)) " · " (one.text("weight", Format::Text)) }
            dt hidden[one.hides("on_trial")] data-if="on_trial" { (say!(words, "web-on-trial")) }
            dd hidden[one.hides("on_trial")] data-if="on_trial" { (say!(words, "web-on-trial-how")) }
            dt hidden[one.hides("slow_start_until")] data-if="slow_start_until" { (say!(words, "web-slow-start")) }
            dd hidden[one.hides("slow_start_until")] data-if="slow_start_until" { (one.text("slow_start_until", Format::Left)) }
            dt hidden[one.hides("recover_at")] data-if="recover_at" { (say!(words, "web-recover")) }
            dd hidden[one.hides("recover_at")] data-if="recover_at" { (one.text("recover_at", Format::Time)) }
        }
        div.scroll hidden[one.hides("history")] data-if="history" {
            table {
                caption { (say!(words, "web-history")) }
                thead { tr {
                    th scope="col" { (say!(words, "web-time")) }
                    th.number scope="col" { (say!(words, "web-latency")) }
                    th scope="col" { (say!(words, "web-error")) }
                } }
                tbody data-list="history" data-key-field="timestamp" {
                    (one.rows("history", |m| html! {
                        tr data-key=[m.key("timestamp")] {
                            (m.cell("", "timestamp", Format::Time))
                            (m.cell("", "latency_ms", Format::Ms))
                            (m.cell("", "error", Format::Plain))
                        }
                    }))
                }
            }
        }
    }
}
