//! One answer: what is sent, in which pieces, when, framed how, and where it breaks off.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use tokio::sync::Semaphore;

/// Lets a test decide when each piece of an answer goes out: causality instead of clocks.
#[derive(Debug, Clone)]
pub struct Gate(Arc<Semaphore>);

impl Gate {
    /// A gate that lets `open` pieces through at once.
    #[must_use]
    pub fn new(open: usize) -> Self {
        Self(Arc::new(Semaphore::new(open)))
    }

    /// Lets `n` more pieces through.
    pub fn release(&self, n: usize) {
        self.0.add_permits(n);
    }

    /// Lets everything through from now on.
    pub fn open(&self) {
        self.0.close();
    }

    pub(super) async fn pass(&self) {
        if let Ok(permit) = self.0.acquire().await {
            permit.forget();
        }
    }
}

/// What the body is.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// What a real endpoint would answer to this path and body, in text.
    #[default]
    Realistic,
    /// Text, sent at once.
    Text(String),
    /// JSON, sent at once.
    Json(serde_json::Value),
    /// Texts, each sent (and framed) alone.
    Pieces(Vec<String>),
    /// Bytes, each sent (and framed) alone.
    #[serde(skip)]
    Bytes(Vec<Bytes>),
}

/// How the body's length is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Framing {
    /// `Content-Length` for one piece, chunks for several.
    #[default]
    Auto,
    /// `Content-Length`.
    Length,
    /// `Transfer-Encoding: chunked`.
    Chunked,
    /// Neither: the body ends with the connection.
    UntilClose,
    /// A `Content-Length` that is wrong by this much.
    LengthOff(i64),
    /// Chunked, and after the first piece a line that is no chunk size.
    BadChunk,
    /// No head either: the body is everything that is sent.
    Raw,
}

/// Where an answer breaks off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum At {
    /// Before its status line.
    Head,
    /// After this many bytes of the body.
    Body(usize),
}

/// What happens where it breaks off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// The connection is closed (FIN).
    Fin,
    /// The connection is reset (RST).
    Reset,
    /// Nothing, for ever.
    Hang,
}

/// Where and how an answer breaks off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stop {
    /// Where.
    pub at: At,
    /// How.
    pub how: How,
}

/// One answer. The default is a realistic 200.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Header lines, beside those of the framing.
    pub headers: Vec<(String, String)>,
    /// What the body is.
    pub body: Body,
    /// How its length is told.
    pub framing: Framing,
    /// Wait before the head.
    pub delay_ms: u64,
    /// Wait before each piece but the first.
    pub pace_ms: u64,
    /// Cut the body into pieces of at most this many bytes; 0 = as given.
    pub trickle: usize,
    /// Where it breaks off, if it does.
    pub stop: Option<Stop>,
    /// Close the connection after it.
    pub close: bool,
    /// Lets the head through.
    #[serde(skip)]
    pub head_gate: Option<Gate>,
    /// Lets each piece through.
    #[serde(skip)]
    pub gate: Option<Gate>,
}

impl Default for Answer {
    fn default() -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            body: Body::Realistic,
            framing: Framing::Auto,
            delay_ms: 0,
            pace_ms: 0,
            trickle: 0,
            stop: None,
            close: false,
            head_gate: None,
            gate: None,
        }
    }
}

impl Answer {
    /// What a real endpoint would answer.
    #[must_use]
    pub fn realistic() -> Self {
        Self::default()
    }

    /// `status` with JSON.
    #[must_use]
    pub fn json(status: u16, body: serde_json::Value) -> Self {
        Self { status, body: Body::Json(body), ..Self::default() }.header("content-type", "application/json")
    }

    /// `status` with text of that type.
    #[must_use]
    pub fn text(status: u16, content_type: &str, body: &str) -> Self {
        Self { status, body: Body::Text(body.to_owned()), ..Self::default() }
            .header("content-type", content_type)
    }

    /// `status` with an HTML page, as proxies and walls send it.
    #[must_use]
    pub fn html(status: u16) -> Self {
        let page = "<!DOCTYPE html><html><head><title>Attention</title></head><body>no API</body></html>";
        Self::text(status, "text/html; charset=utf-8", page)
    }

    /// `status` with bytes of that type.
    #[must_use]
    pub fn bytes(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        let body = Body::Bytes(vec![body.into()]);
        Self { status, body, ..Self::default() }.header("content-type", content_type)
    }

    /// `status` with nothing.
    #[must_use]
    pub fn empty(status: u16) -> Self {
        Self { status, body: Body::Bytes(Vec::new()), framing: Framing::Length, ..Self::default() }
    }

    /// An error as Anthropic shapes it.
    #[must_use]
    pub fn error(status: u16, kind: &str, message: &str) -> Self {
        let error = serde_json::json!({"type": "error", "error": {"type": kind, "message": message},
            "request_id": "req_fake"});
        Self::json(status, error)
    }

    /// A 200 event stream, each event a piece.
    #[must_use]
    pub fn events(events: impl IntoIterator<Item = Bytes>) -> Self {
        Self { body: Body::Bytes(events.into_iter().collect()), ..Self::default() }
            .framing(Framing::Chunked)
            .header("content-type", "text/event-stream; charset=utf-8")
            .header("cache-control", "no-cache")
    }

    /// Exactly these bytes, head included, and then the connection is closed.
    #[must_use]
    pub fn raw(bytes: impl Into<Bytes>) -> Self {
        Self { body: Body::Bytes(vec![bytes.into()]), framing: Framing::Raw, close: true, ..Self::default() }
    }

    /// Never a byte.
    #[must_use]
    pub fn never() -> Self {
        Self::default().stop(At::Head, How::Hang)
    }

    /// One more header line.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Framed like this.
    #[must_use]
    pub fn framing(mut self, framing: Framing) -> Self {
        self.framing = framing;
        self
    }

    /// Breaking off there.
    #[must_use]
    pub fn stop(mut self, at: At, how: How) -> Self {
        self.stop = Some(Stop { at, how });
        self
    }

    /// Each piece waits for `gate`.
    #[must_use]
    pub fn gated(mut self, gate: &Gate) -> Self {
        self.gate = Some(gate.clone());
        self
    }

    /// The head waits for `gate`.
    #[must_use]
    pub fn head_gated(mut self, gate: &Gate) -> Self {
        self.head_gate = Some(gate.clone());
        self
    }

    /// The head waits this long: for tests of latency, which is a time.
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        self
    }

    /// In pieces of `bytes`.
    #[must_use]
    pub fn trickled(mut self, bytes: usize) -> Self {
        self.trickle = bytes;
        self
    }

    /// And then the connection is closed.
    #[must_use]
    pub fn closing(mut self) -> Self {
        self.close = true;
        self
    }
}
