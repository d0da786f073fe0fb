//! An endpoint's answer on its way to the client: every chunk as it comes, nothing added, nothing held. Where the client
//! speaks another dialect, what a chunk means leaves as soon as the chunk has come.
//!
//! After the commit a dead upstream aborts the client's connection: a clean end would pass for a whole answer.
//! A stream that ends without its dialect's own end is dead too. Dropping the relay (client gone) drops the
//! upstream connection with it.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body as _, Frame};
use tokio::time::{Instant, Sleep, sleep_until};
use zephyr_core::engine::Outcome;
use zephyr_core::failover::Class;
use zephyr_wire::translate::Translator;

use crate::engine_handle::LeaseGuard;
use crate::upstream::UpstreamBody;

use super::bindings::Learner;
use super::record::{Ended, Record};

/// Why a stream that simply stops is no whole one.
const ENDLESS: &str = "the stream ended without its end";

/// The upstream died inside an answer.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Aborted(String);

impl Aborted {
    /// For this reason.
    pub(super) fn because(why: String) -> Self {
        Self(why)
    }
}

/// See the module.
pub(crate) struct Relay {
    held: VecDeque<Bytes>,
    body: UpstreamBody,
    upstream_ended: bool,
    /// Bytes still to come, where the answer says how long it is: its end is then not asked for again.
    left: Option<u64>,
    /// It is a stream that tells its own end.
    follows: bool,
    idle: Duration,
    heard: Instant,
    timer: Option<Pin<Box<Sleep>>>,
    /// Makes the client's answer of the endpoint's; held pieces are translated already.
    translator: Option<Box<Translator>>,
    /// Why nothing more comes, once what is held is out.
    broken: Option<String>,
    /// Why the client's connection is aborted at the next poll: what came before is flushed first.
    aborting: Option<Aborted>,
    lease: Option<LeaseGuard>,
    outcome: Outcome,
    record: Record,
    learner: Option<Learner>,
}

impl Relay {
    /// The body of `answer`, with the record that it completes.
    pub(super) fn new(
        lease: LeaseGuard,
        outcome: Outcome,
        answer: (super::gate::Passed, UpstreamBody, Option<Box<Translator>>),
        record: Record,
        learner: Option<Learner>,
    ) -> Self {
        let (passed, body, translator) = answer;
        let upstream_ended = passed.ended || body.is_end_stream();
        let held: u64 = passed.held.iter().map(|b| b.len() as u64).sum();
        // How long a translation is, nobody knows before its end.
        let left = match &translator {
            Some(_) => None,
            None if upstream_ended => Some(held),
            None => body.size_hint().exact().map(|rest| held + rest),
        };
        let mut relay = Self {
            held: passed.held,
            upstream_ended,
            left,
            body,
            follows: passed.follows,
            idle: lease.endpoint().timeouts.idle,
            heard: Instant::now(),
            timer: None,
            translator,
            broken: None,
            aborting: None,
            lease: Some(lease),
            outcome,
            record,
            learner,
        };
        relay.look_at_end();
        relay
    }

    /// Everything has been given out, as far as the answer says how long it is.
    pub(super) fn is_complete(&self) -> bool {
        self.left == Some(0) && self.lease.is_none()
    }

    /// The next chunk.
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Aborted>>> {
        if let Some(aborted) = self.aborting.take() {
            return Poll::Ready(Some(Err(aborted)));
        }
        if let Some(chunk) = self.held.pop_front() {
            self.passed(&chunk);
            return Poll::Ready(Some(Ok(Frame::data(chunk))));
        }
        if let Some(why) = self.broken.take() {
            return self.abort(cx, why);
        }
        if self.upstream_ended {
            return self.finish(cx);
        }
        loop {
            match Pin::new(&mut self.body).poll_frame(cx) {
                Poll::Pending => return self.poll_idle(cx),
                Poll::Ready(None) => return self.finish(cx),
                Poll::Ready(Some(Err(e))) => {
                    return self.abort(cx, format!("the upstream connection died: {e}"));
                }
                Poll::Ready(Some(Ok(frame))) => {
                    self.heard = Instant::now();
                    let data = match frame.into_data() {
                        Ok(data) => data,
                        Err(trailers) if self.translator.is_none() => return Poll::Ready(Some(Ok(trailers))),
                        Err(_) => continue,
                    };
                    self.record.passes(&data);
                    let data = self.translated(data);
                    if !data.is_empty() {
                        self.passed(&data);
                        return Poll::Ready(Some(Ok(Frame::data(data))));
                    }
                    if let Some(why) = self.broken.take() {
                        return self.abort(cx, why);
                    }
                }
            }
        }
    }

    /// What a chunk is for the client; empty where it has nothing to say yet.
    fn translated(&mut self, chunk: Bytes) -> Bytes {
        let Some(translator) = &mut self.translator else { return chunk };
        let mut out = Vec::new();
        self.broken = translator.feed(&chunk, &mut out).err().map(|unsound| unsound.to_string());
        out.into()
    }

    /// The idle limit: one timer that is moved only when it fires, not with each chunk.
    fn poll_idle(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Aborted>>> {
        loop {
            let end = self.heard + self.idle;
            let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(end)));
            if timer.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            if Instant::now() >= end {
                let why = format!("no byte from upstream for {:?}", self.idle);
                return self.abort(cx, why);
            }
            timer.as_mut().reset(end);
        }
    }

    fn finish(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Aborted>>> {
        if self.follows && !self.record.has_its_end() {
            return self.abort(cx, ENDLESS.to_owned());
        }
        self.upstream_ended = true;
        if let Some(mut translator) = self.translator.take() {
            let mut out = Vec::new();
            match translator.finish(&mut out) {
                Err(unsound) => return self.abort(cx, unsound.to_string()),
                Ok(()) if !out.is_empty() => {
                    let out = Bytes::from(out);
                    self.passed(&out);
                    return Poll::Ready(Some(Ok(Frame::data(out))));
                }
                Ok(()) => {}
            }
        }
        self.complete();
        Poll::Ready(None)
    }

    /// Bytes go out.
    fn passed(&mut self, chunk: &Bytes) {
        let count = chunk.len();
        self.record.bytes(count);
        if let Some(learner) = self.learner.take()
            && let Some(lease) = &self.lease
        {
            learner.learn(chunk, &lease.endpoint().name);
        }
        if let Some(left) = &mut self.left {
            *left = left.saturating_sub(count as u64);
        }
        self.look_at_end();
    }

    /// An answer that is out as far as it says how long it is: nobody may ask for its end.
    fn look_at_end(&mut self) {
        if self.left == Some(0) && (!self.follows || self.record.has_its_end()) {
            self.complete();
        }
    }

    /// The whole answer is out.
    fn complete(&mut self) {
        if let Some(lease) = self.lease.take() {
            self.record.ended(Ended::Complete, None);
            lease.settle(&self.outcome);
        }
    }

    /// The answer broke off.
    fn cut(&mut self, why: &str) {
        if let Some(lease) = self.lease.take() {
            self.record.ended(Ended::Cut, Some(why));
            let detail = Some(why.to_owned());
            lease.settle(&Outcome { class: Class::Cut, detail, ..self.outcome.clone() });
        }
    }

    fn abort(&mut self, cx: &mut Context<'_>, why: String) -> Poll<Option<Result<Frame<Bytes>, Aborted>>> {
        self.cut(&why);
        // The server drops what it has not written when a body fails: it writes while a body is pending.
        self.aborting = Some(Aborted(why));
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl Drop for Relay {
    /// Clients leave as soon as a stream has told its end, or when they have as many bytes as were stated.
    fn drop(&mut self) {
        if self.held.is_empty() && self.follows {
            if self.record.told_its_end() {
                self.complete();
            } else if self.left == Some(0) {
                self.cut(ENDLESS);
            }
        }
    }
}
