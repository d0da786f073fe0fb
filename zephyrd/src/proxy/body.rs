//! What goes back to a client.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Response, StatusCode};
use http_body::{Body as HttpBody, Frame, SizeHint};

use super::REQUEST_ID;
use super::patience::Waiting;
use super::record::Record;
use super::relay::{Aborted, Relay};
use super::share::Place;

/// A body of our own, or an endpoint's on its way through.
pub(crate) enum Body {
    /// Ours; `None` once it is out.
    Whole(Option<Bytes>),
    /// An endpoint's.
    Relay(Box<Relay>),
    /// An endpoint's, which others may read too.
    Shared(Box<Place>),
    /// Comments, and then whatever the request comes to.
    Waiting(Box<Waiting>),
}

impl Body {
    /// A body of our own.
    pub(crate) fn whole(bytes: impl Into<Bytes>) -> Self {
        Self::Whole(Some(bytes.into()).filter(|b: &Bytes| !b.is_empty()))
    }

    /// No body.
    pub(crate) fn empty() -> Self {
        Self::Whole(None)
    }
}

/// A good answer of our own, in JSON; `record` knows of it, and is still to be ended.
pub(super) fn json(body: &serde_json::Value, record: &mut Record) -> Response<Body> {
    let mut response = Response::new(Body::whole(body.to_string()));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Ok(id) = HeaderValue::try_from(record.id()) {
        headers.insert(REQUEST_ID, id);
    }
    record.answered(StatusCode::OK.as_u16());
    record.whole(response.body());
    response
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = Aborted;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Aborted>>> {
        match self.get_mut() {
            Self::Whole(bytes) => Poll::Ready(bytes.take().map(|b| Ok(Frame::data(b)))),
            Self::Relay(relay) => relay.poll_next(cx),
            Self::Shared(place) => place.poll_next(cx),
            Self::Waiting(waiting) => waiting.poll_next(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(bytes) => bytes.is_none(),
            Self::Relay(relay) => relay.is_complete(),
            Self::Shared(_) | Self::Waiting(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |b| b.len() as u64)),
            // The upstream's own Content-Length header, where there is one, frames the answer.
            Self::Relay(_) | Self::Shared(_) | Self::Waiting(_) => SizeHint::default(),
        }
    }
}
