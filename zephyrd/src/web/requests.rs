//! The requests that are over: filtered by what stands in the address, page by page, and live where the script runs.
//!
//! Pages go on behind the last request shown, so that nothing is shown twice while new ones come. A filter by status is
//! applied here to what the other filters let through: at most [`MOST_LOOKED_AT`] requests for one page.

mod find;
mod form;

use axum::response::Response;
use maud::{Markup, html};
use serde_json::json;
use zephyr_core::usage::UsageRecord;
use zephyr_words::{Words, say};

use super::asked::Asked;
use super::fill::Fill;
use super::format::Format;
use super::frame::framed;
use super::page::{Page, Seen};
use super::period::Period;
use crate::http::api::row;
use crate::system::text::clean;
use find::{Found, Wanted};

/// Requests on one page.
const ON_A_PAGE: usize = 50;
/// Most requests that are looked at for one page.
const MOST_LOOKED_AT: usize = 20_000;

/// The page.
pub(super) async fn page(Seen(page): Seen, asked: Asked) -> Response {
    let period = Period::of(&asked, "", page.now_unix_ms);
    let wanted = Wanted::of(&asked, &period);
    let found = find::find(&page.room.desk.ledger, &wanted).await;
    let words = page.words;
    let title = say!(words, "rep-requests-title");
    let main = html! {
        h1 { (title) }
        (form::form(words, &asked, &period))
        @match &found {
            Err(error) => p.bad role="alert" { (say!(words, "rep-records-unreadable", why = clean(&error.to_string()))) },
            Ok(found) => (list(&page, &asked, found)),
        }
    };
    framed(&page, &title, &main)
}

fn list(page: &Page, asked: &Asked, found: &Found) -> Markup {
    let words = page.words;
    let first = asked.get("after").is_empty();
    let rows = json!({ "requests": found.records.iter().map(row::row).collect::<Vec<_>>() });
    html! {
        @if !first { p { a href=(asked.with("/requests", "after", "")) { "← " (say!(words, "rep-requests-newest")) } } }
        table.cards.requests {
            caption.unseen { (say!(words, "rep-requests-title")) }
            thead { tr {
                th scope="col" { (say!(words, "rep-column-time")) }
                th scope="col" { (say!(words, "rep-column-status")) }
                th scope="col" { (say!(words, "rep-column-model")) }
                th scope="col" { (say!(words, "rep-column-endpoint")) }
                th scope="col" { (say!(words, "rep-column-client")) }
                th.number scope="col" { (say!(words, "rep-column-input")) }
                th.number scope="col" { (say!(words, "rep-column-output")) }
                th.number scope="col" { (say!(words, "rep-column-ttft")) }
                th.number scope="col" { (say!(words, "rep-column-took")) }
                th.number scope="col" { (say!(words, "rep-column-cost")) }
            } }
            tbody data-list="requests" data-key-field="id" data-main data-live-requests[first] data-most=(ON_A_PAGE) {
                (Fill::new(page, &rows).rows("requests", |one| one_row(words, one)))
            }
        }
        p.empty data-requests-empty hidden[!found.records.is_empty()] { (say!(words, "rep-requests-none")) }
        p.quiet data-requests-missed hidden { (say!(words, "rep-requests-missed")) }
        @if found.cut { p.quiet { (say!(words, "rep-requests-cut", most = MOST_LOOKED_AT)) } }
        @if let Some((at, id)) = &found.next {
            p { a rel="next" href=(asked.with("/requests", "after", &format!("{at}.{id}"))) {
                (say!(words, "rep-requests-older")) " →"
            } }
        }
    }
}

/// One request.
fn one_row(words: &Words, one: Fill<'_>) -> Markup {
    let id = one.str("id");
    html! {
        tr data-key=[one.key("id")] data-started=[one.key("started_unix_ms")] tabindex="-1" {
            td data-label=(say!(words, "rep-column-time")) {
                a data-request href=[(!id.is_empty()).then(|| address(id))] { (one.text("started", Format::Time)) }
            }
            td data-label=(say!(words, "rep-column-status")) {
                span { (one.state("status", "rep-status-")) " " (one.text("http_status", Format::Plain)) }
            }
            (one.cell(&say!(words, "rep-column-model"), "model", Format::Text))
            (one.cell(&say!(words, "rep-column-endpoint"), "endpoint", Format::Text))
            (one.cell(&say!(words, "rep-column-client"), "client", Format::Text))
            (one.cell(&say!(words, "rep-column-input"), "tokens.all_input", Format::Short))
            (one.cell(&say!(words, "rep-column-output"), "tokens.output", Format::Short))
            (one.cell(&say!(words, "rep-column-ttft"), "ttft_ms", Format::Ms))
            (one.cell(&say!(words, "rep-column-took"), "duration_ms", Format::Ms))
            (one.cell(&say!(words, "rep-column-cost"), "cost_usd", Format::Usd))
        }
    }
}

/// Where the page of a request is.
pub(super) fn address(id: &str) -> String {
    format!("/requests/{}", path_of(id))
}

/// `succeeded`, `failed` or `cancelled`, as rows tell it.
pub(super) fn outcome(r: &UsageRecord) -> &'static str {
    match (r.succeeded(), r.failed()) {
        (true, _) => "succeeded",
        (_, true) => "failed",
        _ => "cancelled",
    }
}

/// An id as a segment of a path.
pub(super) fn path_of(id: &str) -> String {
    percent_encoding::utf8_percent_encode(id, percent_encoding::NON_ALPHANUMERIC)
        .to_string()
        .replace("%2D", "-")
}
