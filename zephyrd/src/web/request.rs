//! One request: what is on record of it, and its way through the gateway as far as that is still known.

mod facts;
mod trace;

use axum::extract::Path;
use axum::response::Response;
use http::StatusCode;
use maud::html;
use zephyr_core::usage::{Filter, RequestsQuery, UsageRecord};
use zephyr_words::say;

use super::frame::framed;
use super::page::{Page, Seen};
use crate::control::trace_of;
use crate::store::StoreError;
use crate::system::text::clean;

/// The page.
pub(super) async fn page(Seen(page): Seen, Path(id): Path<String>) -> Response {
    let words = page.words;
    let record = record(&page, &id).await;
    let trace = page.room.desk.traces.find(&id).map(|trace| trace_of(&trace));
    let title = say!(words, "rep-request-title", id = clean(&id));
    let unknown = matches!(record, Ok(None)) && trace.is_none();
    let main = html! {
        p { a href="/requests" { "← " (say!(words, "rep-requests-title")) } }
        h1 { (title) }
        @if unknown { p.empty { (say!(words, "rep-request-unknown")) } }
        @match &record {
            Ok(Some(record)) => (facts::facts(words, record)),
            Ok(None) => {},
            Err(error) => p.bad role="alert" { (say!(words, "rep-records-unreadable", why = clean(&error.to_string()))) },
        }
        @match &trace {
            Some(trace) => (trace::way(words, trace)),
            None if !unknown => p.quiet { (say!(words, "rep-request-no-trace")) },
            None => {},
        }
    };
    let mut response = framed(&page, &title, &main);
    if unknown {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    response
}

async fn record(page: &Page, id: &str) -> Result<Option<UsageRecord>, StoreError> {
    let filter = Filter { everything: true, ..Filter::default() };
    let query = RequestsQuery { filter, id: Some(id.to_owned()), limit: 1, ..RequestsQuery::default() };
    Ok(page.room.desk.ledger.requests(query).await?.pop())
}
