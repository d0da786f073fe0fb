//! Keeps a client that asked for a stream waiting: when nothing is known after a while, the status line and
//! comments go out and the walk goes on behind them, invisibly.
//!
//! What the walk comes to then follows in the same stream: an endpoint's events, or one error event in the
//! client's dialect and a clean end. Dropping the body drops the walk, and its attempt with it.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use http::{Response, StatusCode};
use http_body::{Body as _, Frame};
use tokio::time::{Instant, Sleep, sleep, timeout};
use zephyr_wire::dialect::{Dialect, read_error};

use super::REQUEST_ID;
use super::body::Body;
use super::error::SHOULD_RETRY;
use super::relay::Aborted;

/// How long a client waits for a status line.
const PATIENCE: Duration = Duration::from_secs(15);
/// Between two comments.
const COMMENT_EVERY: Duration = Duration::from_secs(15);
/// A comment is no event: every client passes over it.
const COMMENT: &[u8] = b": waiting\n\n";
/// Most that is read of an error before it is told as an event.
const ERROR_LIMIT: usize = 64 * 1024;

/// A request's way to its answer.
pub(super) type Pending = Pin<Box<dyn Future<Output = Response<Body>> + Send>>;

/// The walk's own answer, or after [`PATIENCE`] one that waits for it.
pub(super) async fn answer(mut walk: Pending, dialect: &'static dyn Dialect, id: &str) -> Response<Body> {
    if let Ok(answer) = timeout(PATIENCE, &mut walk).await {
        return answer;
    }
    let timer = Box::pin(sleep(Duration::ZERO));
    let waiting = Waiting { state: State::Walking(walk), timer, dialect, id: id.to_owned() };
    let mut response = Response::new(Body::Waiting(Box::new(waiting)));
    let head = response.headers_mut();
    head.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8"));
    head.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(id) = HeaderValue::try_from(id) {
        head.insert(REQUEST_ID, id);
    }
    response
}

/// The body of an answer that is not known yet.
pub(crate) struct Waiting {
    state: State,
    timer: Pin<Box<Sleep>>,
    dialect: &'static dyn Dialect,
    id: String,
}

enum State {
    /// Nothing is known yet.
    Walking(Pending),
    /// An endpoint answers.
    Answering(Body),
    /// An error is read, to be told as an event.
    Failing { body: Body, read: BytesMut, waits: bool },
    /// Everything is out.
    Done,
}

impl Waiting {
    /// The next chunk.
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Aborted>>> {
        loop {
            match &mut self.state {
                State::Walking(walk) => match walk.as_mut().poll(cx) {
                    Poll::Pending => return self.poll_comment(cx),
                    Poll::Ready(answer) => self.state = State::of(answer),
                },
                State::Answering(body) => return Pin::new(body).poll_frame(cx),
                State::Failing { body, read, waits } => match Pin::new(body).poll_frame(cx) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(Some(Ok(frame))) if read.len() < ERROR_LIMIT => {
                        if let Ok(data) = frame.into_data() {
                            read.extend_from_slice(&data);
                        }
                    }
                    Poll::Ready(_) => {
                        let event = told(self.dialect, read, *waits, &self.id);
                        self.state = State::Done;
                        return Poll::Ready(Some(Ok(Frame::data(Bytes::from(event)))));
                    }
                },
                State::Done => return Poll::Ready(None),
            }
        }
    }

    fn poll_comment(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Aborted>>> {
        if self.timer.as_mut().poll(cx).is_pending() {
            return Poll::Pending;
        }
        self.timer.as_mut().reset(Instant::now() + COMMENT_EVERY);
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(COMMENT)))))
    }
}

impl State {
    /// How the stream goes on with the walk's answer. An encoded one cannot follow a head that says otherwise: as an
    /// error without words.
    fn of(answer: Response<Body>) -> Self {
        let (head, body) = answer.into_parts();
        let plain = head.headers.get(CONTENT_ENCODING).is_none_or(|v| v.as_bytes() == b"identity");
        match head.status.is_success() && plain {
            true => Self::Answering(body),
            false => Self::Failing {
                body,
                read: BytesMut::new(),
                waits: waiting_helps(head.status, &head.headers),
            },
        }
    }
}

fn waiting_helps(status: StatusCode, headers: &HeaderMap) -> bool {
    let told = headers.get(SHOULD_RETRY).is_none_or(|v| v.as_bytes() != b"false");
    told && (headers.contains_key(RETRY_AFTER) || matches!(status.as_u16(), 429 | 503 | 529))
}

/// The error event for an error's body.
fn told(dialect: &'static dyn Dialect, body: &[u8], waits: bool, id: &str) -> Vec<u8> {
    let (kind, message) = read_error(body).unwrap_or_default();
    let kind = if waits {
        "overloaded_error"
    } else if kind.is_empty() {
        "api_error"
    } else {
        &kind
    };
    let message = if message.is_empty() { "no endpoint could answer" } else { &message };
    dialect.error_event(kind, message, id)
}
