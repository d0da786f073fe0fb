//! `/api/v1/usage/export`: all requests that match, as a file, oldest first.
//!
//! Sent as it is read, page by page: nobody holds a year of records. A store that fails on the way ends the connection,
//! so that no half file is taken for a whole one.

use axum::body::{Body, Bytes};
use axum::extract::State as Given;
use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use zephyr_core::usage::{RequestsQuery, UsageRecord};

use super::csv;
use super::narrow::{Export, Form};
use super::row::row;
use crate::desk::Desk;
use crate::http::access::Reader;
use crate::http::extract::Query;
use crate::http::time::rfc3339;
use crate::http::{Problem, Room};
use crate::ledger::Ledger;
use crate::store::StoreError;
use crate::system::text::clean;

/// Requests that are read at one time.
const PAGE: usize = 500;
/// Pages that wait for a slow reader.
const AHEAD: usize = 2;

pub(super) fn routes() -> OpenApiRouter<Room> {
    OpenApiRouter::new().routes(routes!(usage_export))
}

/// All requests that match as a file, oldest first: CSV with a header, or a JSON array of the rows of `/api/v1/requests`.
#[utoipa::path(get, path = "/api/v1/usage/export", tag = "usage", params(Export),
    responses(
        (status = 200, description = "the file", headers(("Content-Disposition" = String, description = "its name")),
            content((String = "text/csv"), (Vec<super::row::Row> = "application/json"))),
        (status = 503, description = "the records cannot be read")))]
async fn usage_export(
    _: Reader,
    Given(desk): Given<Desk>,
    Query(export): Query<Export>,
) -> Result<Response, Problem> {
    let (filter, went, form) = export.asked()?;
    let query = RequestsQuery { filter, went, limit: PAGE, oldest_first: true, ..RequestsQuery::default() };
    // The first page before the head of the answer: what cannot be read at all is told as such.
    let first = desk.ledger.requests(query.clone()).await.map_err(|e| Problem::unreadable(&e))?;
    let (sender, receiver) = mpsc::channel(AHEAD);
    desk.tasks.spawn_until_stop(send(desk.ledger.clone(), query, first, form, sender));
    let day = rfc3339(desk.ledger.now());
    let name = format!("zephyr-usage-{}.{}", day.get(..10).unwrap_or_default(), form.extension());
    let mut response = Body::from_stream(ReceiverStream::new(receiver)).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(form.media_type()));
    if let Ok(value) = HeaderValue::try_from(format!("attachment; filename=\"{name}\"")) {
        headers.insert(CONTENT_DISPOSITION, value);
    }
    Ok(response)
}

type Sender = mpsc::Sender<Result<Bytes, StoreError>>;

/// Sends `page` and all that come behind it, until all is sent or the reader is gone.
async fn send(
    ledger: Ledger,
    mut query: RequestsQuery,
    mut page: Vec<UsageRecord>,
    form: Form,
    sender: Sender,
) {
    let mut before = form.begin();
    loop {
        let mut text = std::mem::take(&mut before);
        let end = page.len() < query.limit;
        for (n, record) in page.iter().enumerate() {
            let first = n == 0 && query.after.is_none();
            form.write(record, first, &mut text);
        }
        if end {
            text.push_str(form.end());
        }
        if sender.send(Ok(text.into())).await.is_err() || end {
            return;
        }
        query.after = page.last().map(|record| (record.started_unix_ms, record.id.clone()));
        page = match ledger.requests(query.clone()).await {
            Ok(page) => page,
            Err(error) => {
                tracing::warn!(error = %error, "an export broke off: {}", clean(&error.to_string()));
                // Whoever asked may have gone.
                let _ = sender.send(Err(error)).await;
                return;
            }
        };
    }
}

impl Form {
    fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
        }
    }

    fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Json => "application/json",
        }
    }

    fn begin(self) -> String {
        match self {
            Self::Csv => csv::header(),
            Self::Json => "[".to_owned(),
        }
    }

    fn write(self, record: &UsageRecord, first: bool, text: &mut String) {
        match self {
            Self::Csv => csv::row(&row(record), record, text),
            Self::Json => {
                text.push_str(if first { "\n" } else { ",\n" });
                // A row is made of numbers and texts: nothing in it can fail.
                text.push_str(&serde_json::to_string(&row(record)).unwrap_or_else(|_| "null".to_owned()));
            }
        }
    }

    fn end(self) -> &'static str {
        match self {
            Self::Csv => "",
            Self::Json => "\n]\n",
        }
    }
}
