//! An answer that was made for another request, in the form that this one asked for: the same bytes where the form is
//! the same, else the events of a whole, or the whole of the events.

use bytes::Bytes;
use http::Response;
use http::header::{
    AGE, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue,
};
use http::response::Parts;
use zephyr_core::usage::Source;
use zephyr_wire::dialect::Dialect;
use zephyr_wire::whole::{Scatter, gather, scatter};

use super::super::REQUEST_ID;
use super::super::body::Body;
use super::super::error::{Problem, shaped};
use super::super::record::{Ended, Record, Summary};
use super::{Asked, Place, Stored};

/// Says that an answer came from the cache (`hit`), or might have and did not (`miss`).
const CACHE: HeaderName = HeaderName::from_static("x-zephyr-cache");
/// Names the request whose upstream call served this one too.
const SHARED: HeaderName = HeaderName::from_static("x-zephyr-shared");

/// How a request wants its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Form {
    /// As a stream.
    pub(in super::super) stream: bool,
    /// A stream ends with its usage.
    pub(in super::super) include_usage: bool,
}

/// What came of giving an answer.
pub(in super::super) enum Given {
    /// It is on its way.
    Answer(Response<Body>),
    /// It cannot be given so: the request has its record back and asks for itself.
    Not(Box<Record>),
}

impl Place {
    /// The answer, for whoever began the call.
    pub(in super::super) async fn own(self, asked: &Asked) -> Response<Body> {
        let head = match self.head().await {
            Ok(head) => head,
            Err(why) => {
                let problem = Problem::passing(500, "api_error", why);
                return shaped(&problem, self.call().dialect, &self.call().leader);
            }
        };
        let mut own = copy(&head);
        if asked.may_be_read && own.status.is_success() {
            own.headers.insert(CACHE, HeaderValue::from_static("miss"));
        }
        Response::from_parts(own, Body::Shared(Box::new(self)))
    }

    /// The answer, for somebody else.
    pub(in super::super) async fn give(self, form: Form, mut record: Record) -> Given {
        let Ok(head) = self.head().await else { return Given::Not(Box::new(record)) };
        let mut own = copy(&head);
        set(&mut own.headers, REQUEST_ID, record.id());
        set(&mut own.headers, SHARED, &self.call().leader.clone());
        let status = own.status;
        if !status.is_success() || self.call().stream == form.stream {
            record.answered(status.as_u16());
            return Given::Answer(Response::from_parts(own, Body::Shared(Box::new(self.with(record)))));
        }
        let Some(body) = self.gathered().await else { return Given::Not(Box::new(record)) };
        let call = self.call();
        let Some(response) = reformed(own, call.dialect, &body, form) else {
            return Given::Not(Box::new(record));
        };
        finish(&mut record, &response, Source::Shared, &call.leader.clone(), call.shared.summary());
        Given::Answer(response)
    }
}

impl Stored {
    /// The answer once more.
    pub(in super::super) fn give(&self, form: Form, mut record: Record) -> Given {
        let mut own = copy(&self.head);
        set(&mut own.headers, REQUEST_ID, record.id());
        own.headers.insert(CACHE, HeaderValue::from_static("hit"));
        own.headers.insert(AGE, HeaderValue::from(self.since.elapsed().as_secs()));
        let response = match self.stream == form.stream {
            true => Response::from_parts(own, Body::whole(self.body.clone())),
            false => match reformed(own, self.dialect, &self.body, form) {
                Some(response) => response,
                None => return Given::Not(Box::new(record)),
            },
        };
        finish(&mut record, &response, Source::Cache, &self.leader, Some(&self.summary));
        Given::Answer(response)
    }
}

fn finish(
    record: &mut Record,
    response: &Response<Body>,
    source: Source,
    by: &str,
    summary: Option<&Summary>,
) {
    record.answered(response.status().as_u16());
    record.whole(response.body());
    record.served(source, by, summary);
    record.ended(Ended::Complete, None);
}

/// `body` in the other form; `None` where it has none.
fn reformed(mut head: Parts, dialect: &dyn Dialect, body: &[u8], form: Form) -> Option<Response<Body>> {
    if head.headers.get(CONTENT_ENCODING).is_some_and(|v| v.as_bytes() != b"identity") {
        return None;
    }
    head.headers.remove(CONTENT_LENGTH);
    let (bytes, kind) = match form.stream {
        true => {
            head.headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
            let wish = Scatter { include_usage: form.include_usage };
            (scatter(dialect, body, wish).ok()?, "text/event-stream; charset=utf-8")
        }
        false => (gather(dialect, body).ok()?, "application/json"),
    };
    head.headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    Some(Response::from_parts(head, Body::whole(Bytes::from(bytes))))
}

fn copy(head: &Parts) -> Parts {
    let mut response = Response::new(());
    *response.status_mut() = head.status;
    *response.headers_mut() = head.headers.clone();
    response.into_parts().0
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::try_from(value) {
        headers.insert(name, value);
    }
}
