//! The commit gate: holds an answer back until it is known to be one.
//!
//! Until something semantic has come (thinking counts, text is not waited for) nothing of the answer
//! goes out and another endpoint may still be asked. An error event, an end or an EOF before that is a failure
//! of the attempt. Compressed answers are judged like plain ones; what cannot be read (an unknown or broken encoding)
//! commits with its first byte.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::response::Parts;
use http_body_util::BodyExt;
use tokio::time::{Instant, timeout_at};
use zephyr_core::config::Failover;
use zephyr_core::failover::{Class, Inside, classify_inside};
use zephyr_wire::dialect::{Dialect, read_error};
use zephyr_wire::encoding::{Decoder, Encoding};
use zephyr_wire::peek::is_error_object;
use zephyr_wire::tap::{Form, Tap};

use crate::upstream::{UpstreamBody, said};

/// Most that is held back; an answer that has sent more without anything semantic commits.
const HOLD_LIMIT: usize = 1024 * 1024;
/// A JSON answer of at most this size is read whole before it is judged.
const JUDGE_LIMIT: usize = 64 * 1024;

/// An answer that passed the gate.
pub(super) struct Passed {
    /// What was held back.
    pub(super) held: VecDeque<Bytes>,
    /// The answer is a stream that must tell its own end.
    pub(super) follows: bool,
    /// The body has ended already.
    pub(super) ended: bool,
}

impl Passed {
    /// All of it is still to come.
    pub(super) fn nothing() -> Self {
        Self { held: VecDeque::new(), follows: false, ended: false }
    }
}

/// An answer that is none.
pub(super) struct Stopped {
    /// How the attempt ended.
    pub(super) class: Class,
    /// One line for people.
    pub(super) detail: String,
    /// When to come back, where the endpoint said so.
    pub(super) wait: Option<Duration>,
}

impl Stopped {
    /// Ended as this class, for this reason.
    pub(super) fn new(class: Class, detail: impl Into<String>) -> Self {
        Self { class, detail: detail.into(), wait: None }
    }

    /// An error came instead: it is what a refusal of that type would have been.
    pub(super) fn error(kind: &str, message: &str, head: &Parts, config: &Failover) -> Self {
        let said = said(&head.headers);
        let class = classify_inside(&Inside { kind, message, said }, config);
        let detail = format!("an error instead of an answer: {kind}: {message}");
        Self { class, detail, wait: said.wait }
    }
}

/// Time limits of the gate.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Longest silence.
    pub(super) silence: Duration,
    /// Longest time in all.
    pub(super) end: Instant,
}

/// What follows an answer with this head: its events, or its one object. Unless it `reads`, it looks for signs alone.
pub(super) fn tap(head: &Parts, dialect: &'static dyn Dialect, stream: bool, reads: bool) -> Tap {
    let form = if stream { Form::Stream } else { Form::Whole };
    let encoding = Encoding::of(&head.headers);
    if reads { Tap::new(dialect, form, encoding) } else { Tap::watching(dialect, form, encoding) }
}

/// Whether an answer that nobody asked to be one is a stream.
pub(super) fn is_stream(head: &Parts) -> bool {
    content_type(head).starts_with("text/event-stream")
}

fn content_type(head: &Parts) -> &str {
    head.headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default()
}

/// Judges a 2xx answer to a request that wished a stream (`stream`) or a whole; `tap` looks at all of it.
pub(super) async fn gate(
    head: &Parts,
    body: &mut UpstreamBody,
    tap: &mut Tap,
    stream: bool,
    limits: Limits,
    config: &Failover,
) -> Result<Passed, Stopped> {
    let mut passed = Passed::nothing();
    if content_type(head).starts_with("text/html") {
        return Err(Stopped::new(Class::NotAnAnswer, "an HTML page instead of an answer"));
    }
    let mut start = Start::new(Encoding::of(&head.headers));
    let mut size = 0;
    loop {
        let wait = limits.end.min(Instant::now() + limits.silence);
        let frame = match timeout_at(wait, body.frame()).await {
            Err(_) => return Err(Stopped::new(Class::TimedOut, "no answer within the time limit")),
            Ok(None) => {
                passed.ended = true;
                tap.finish();
                if size == 0 {
                    return Err(Stopped::new(Class::NotAnAnswer, "an empty answer"));
                }
                break;
            }
            Ok(Some(Err(e))) => {
                return Err(Stopped::new(Class::Unanswered, format!("the connection died: {e}")));
            }
            Ok(Some(Ok(frame))) => frame,
        };
        let Ok(data) = frame.into_data() else { continue };
        if data.is_empty() {
            continue;
        }
        size += data.len();
        tap.feed(&data);
        if !stream {
            start.feed(&data);
        }
        passed.held.push_back(data);
        if size > HOLD_LIMIT || if stream { tap.is_blind() } else { start.is_blind() } {
            return Ok(passed);
        }
        if stream {
            let seen = tap.seen();
            if seen.semantic {
                passed.follows = true;
                return Ok(passed);
            }
            if let Some((kind, message)) = &seen.error {
                return Err(Stopped::error(kind, message, head, config));
            }
            if seen.ended {
                return Err(Stopped::new(Class::NotAnAnswer, "the stream ended before anything came"));
            }
        } else if size > JUDGE_LIMIT || start.tells() {
            start.judge(head, config)?;
            return Ok(passed);
        }
    }
    if !stream {
        start.judge(head, config)?;
        return Ok(passed);
    }
    let seen = tap.seen();
    if seen.semantic {
        passed.follows = true;
        return Ok(passed);
    }
    if let Some((kind, message)) = &seen.error {
        return Err(Stopped::error(kind, message, head, config));
    }
    passed.held.iter().for_each(|part| start.feed(part));
    start.judge(head, config)?;
    Err(Stopped::new(Class::NotAnAnswer, "the stream ended before anything came"))
}

/// The beginning of an answer that is not a stream, in plain.
struct Start {
    decoder: Decoder,
    plain: Vec<u8>,
}

impl Start {
    fn new(encoding: Encoding) -> Self {
        Self { decoder: Decoder::new(encoding), plain: Vec::new() }
    }

    fn feed(&mut self, data: &[u8]) {
        let plain = &mut self.plain;
        self.decoder.feed(data, |part| {
            let room = JUDGE_LIMIT.saturating_sub(plain.len());
            plain.extend_from_slice(&part[..part.len().min(room)]);
        });
    }

    fn is_blind(&self) -> bool {
        self.decoder.is_blind()
    }

    /// Whether enough has come to tell an answer from an error.
    fn tells(&self) -> bool {
        self.plain.len() >= JUDGE_LIMIT || !may_be_error(&self.plain)
    }

    fn judge(&self, head: &Parts, config: &Failover) -> Result<(), Stopped> {
        let start = self.plain.trim_ascii_start();
        match start.first() {
            None => return Err(Stopped::new(Class::NotAnAnswer, "an empty answer")),
            Some(b'<') => return Err(Stopped::new(Class::NotAnAnswer, "an HTML page instead of an answer")),
            Some(b'{') => {}
            Some(_) if start.starts_with(b"event:") || start.starts_with(b"data:") => {
                return Err(Stopped::new(Class::NotAnAnswer, "a stream instead of a whole answer"));
            }
            Some(_) => {
                return Err(Stopped::new(
                    Class::NotAnAnswer,
                    "something that is no JSON instead of an answer",
                ));
            }
        }
        if may_be_error(&self.plain) && is_error_object(&self.plain) {
            let (kind, message) = read_error(&self.plain).unwrap_or_default();
            return Err(Stopped::error(&kind, &message, head, config));
        }
        Ok(())
    }
}

/// Whether the whole of a small answer must be seen to know that it is no error: it is JSON that begins like one.
fn may_be_error(plain: &[u8]) -> bool {
    let start = plain.trim_ascii_start();
    if start.is_empty() {
        return true;
    }
    let start = start.strip_prefix(b"{").map(<[u8]>::trim_ascii_start);
    start.is_some_and(|s| {
        s.is_empty()
            || s.starts_with(b"\"error\"")
            || s.starts_with(b"\"type\":\"error\"")
            || s.starts_with(b"\"type\": \"error\"")
    })
}
