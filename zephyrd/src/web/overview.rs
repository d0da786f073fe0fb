//! The first page: how it stands, who serves and why, what runs, what today cost, and what is wrong.

use axum::response::Response;
use maud::{Markup, html};
use serde_json::Value;
use zephyr_core::usage::{Filter, ReportQuery};
use zephyr_words::say;

use super::fill::Fill;
use super::format::Format;
use super::frame::{framed, how_to_act};
use super::page::{Page, Seen};
use super::problems;
use crate::http::api::told::{Family, told};

/// What a minute has.
const MINUTE_MS: i64 = 60_000;

/// Shows it.
pub(super) async fn page(Seen(page): Seen) -> Response {
    let words = page.words;
    let (status, endpoints) =
        (told(&page.room.desk, Family::Status), told(&page.room.desk, Family::Endpoints));
    let last_minute = requests_of_last_minute(&page).await;
    let main = html! {
        h1 { (say!(words, "web-nav-overview")) }
        (problems::list(&page, &status, &endpoints))
        (boxes(&page, &status, last_minute))
        (serving(&page, &status))
        (budgets(&page, &status))
        (how_to_act(&page))
    };
    framed(&page, &say!(words, "web-nav-overview"), &main)
}

/// As far as records are kept and can be read.
async fn requests_of_last_minute(page: &Page) -> Value {
    let since_unix_ms = Some(page.now_unix_ms.saturating_sub(MINUTE_MS));
    let filter = Filter { since_unix_ms, everything: true, ..Filter::default() };
    let report = page.room.desk.ledger.report(ReportQuery { filter, ..ReportQuery::default() }).await;
    report.map_or(Value::Null, |report| report.total.requests.into())
}

fn boxes(page: &Page, status: &Value, last_minute: Value) -> Markup {
    let (words, status) = (page.words, Fill::new(page, status));
    html! {
        div.boxes data-about="status" {
            div.box {
                h2 { (say!(words, "web-state")) }
                p.big { (status.state("overall", "web-overall-")) }
                p.quiet {
                    (status.text("endpoints.healthy", Format::Count)) " / " (status.text("endpoints.total", Format::Count)) " "
                    (say!(words, "web-endpoints-healthy"))
                }
                p.quiet { (status.text("strategy", Format::Text)) " · " (say!(words, "web-up")) " " (status.text("start_time", Format::Age)) }
            }
            div.box {
                h2 { (say!(words, "web-per-minute")) }
                p.big data-rate { (Format::Count.write(&last_minute, words, page.now_unix_ms)) }
                p.quiet { (say!(words, "web-last-minute")) }
            }
            div.box {
                h2 { a href="/connections" { (say!(words, "web-running")) } }
                p.big { (status.text("active_requests", Format::Count)) }
                p.quiet {
                    (say!(words, "web-waiting")) ": " (status.text("waiting.queued", Format::Count)) " + "
                    (status.text("waiting.suspended", Format::Count))
                }
            }
            div.box {
                h2 { a href="/usage" { (say!(words, "web-today")) } }
                p.big { (status.text("today.cost_usd", Format::Usd)) }
                p.quiet { (status.text("today.requests", Format::Count)) " " (say!(words, "web-requests")) }
                p.quiet {
                    (status.text("today.input_tokens", Format::Short)) " " (say!(words, "web-tokens-in")) " · "
                    (status.text("today.output_tokens", Format::Short)) " " (say!(words, "web-tokens-out"))
                }
                p.quiet hidden[status.hides("today.saved_nanos")] data-if="today.saved_nanos" {
                    (status.text("today.saved_usd", Format::Usd)) " " (say!(words, "web-saved"))
                }
            }
        }
    }
}

/// Who serves each dialect, why, and who is next.
fn serving(page: &Page, status: &Value) -> Markup {
    let (words, status) = (page.words, Fill::new(page, status));
    let (dialect, serves, why, order) = (
        say!(words, "web-dialect"),
        say!(words, "web-serves"),
        say!(words, "web-why"),
        say!(words, "web-order"),
    );
    html! {
        section data-about="status" {
            h2 { (say!(words, "web-serving")) }
            table.cards {
                thead { tr { th scope="col" { (dialect) } th scope="col" { (serves) } th scope="col" { (why) } th scope="col" { (order) } } }
                tbody data-list="serving" data-key-field="dialect" data-main {
                    (status.rows("serving", |one| html! {
                        tr data-key=[one.key("dialect")] tabindex="-1" {
                            (one.cell(&dialect, "dialect", Format::Text))
                            td.name data-label=(serves) {
                                span {
                                    span hidden[one.hides("current")] data-if="current" { (one.text("current", Format::Plain)) }
                                    span.bad hidden[one.hides("!current")] data-if="!current" { (say!(words, "web-nobody")) }
                                }
                            }
                            (one.cell(&why, "why", Format::Text))
                            (one.cell(&order, "order", Format::Order))
                        }
                    }))
                }
            }
        }
    }
}

/// What may be spent, and how much of it is.
fn budgets(page: &Page, status: &Value) -> Markup {
    let (words, status) = (page.words, Fill::new(page, status));
    let (whose, period) = (say!(words, "web-client"), say!(words, "web-period"));
    let (spent, resets) = (say!(words, "web-spent"), say!(words, "web-resets-in"));
    html! {
        div data-about="status" {
            section hidden[status.hides("budgets")] data-if="budgets" {
                h2 { (say!(words, "web-budgets")) }
                table.cards {
                    thead { tr {
                        th scope="col" { (whose) } th scope="col" { (period) } th scope="col" { (spent) } th scope="col" { (resets) }
                    } }
                    tbody data-list="budgets" data-key-field="resets" {
                        (status.rows("budgets", |one| html! {
                            tr data-key=[one.key("resets")] {
                                td data-label=(whose) {
                                    span {
                                        (one.text("client", Format::Plain))
                                        span hidden[one.hides("!client")] data-if="!client" { (say!(words, "web-everybody")) }
                                    }
                                }
                                td data-label=(period) { (one.word("period", "web-period-")) }
                                td data-label=(spent) {
                                    span {
                                        (one.meter("share")) " " (one.text("share", Format::Percent)) " · "
                                        (one.text("spent_usd", Format::Usd)) " / " (one.text("limit_usd", Format::Usd))
                                        span.bad hidden[one.hides("over")] data-if="over" { " " (say!(words, "web-budget-over")) }
                                    }
                                }
                                (one.cell(&resets, "resets", Format::Left))
                            }
                        }))
                    }
                }
            }
        }
    }
}
