//! An endpoint's answer on its way to the client: every chunk as it comes, nothing added, nothing held.
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
        answer: (super::gate::Passed, UpstreamBody),
        record: Record,
        learner: Option<Learner>,
    ) -> Self {
        let (passed, body) = answer;
        let upstream_ended = passed.ended || body.is_end_stream();
        let held: u64 = passed.held.iter().map(|b| b.len() as u64).sum();
        let left = if upstream_ended { Some(held) } else { body.size_hint().exact().map(|rest| held + rest) };
        let mut relay = Self {
            held: passed.held,
            upstream_ended,
            left,
            body,
            follows: passed.follows,
            idle: lease.endpoint().timeouts.idle,
            heard: Instant::now(),
            timer: None,
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
        if self.upstream_ended {
            return self.finish(cx);
        }
        match Pin::new(&mut self.body).poll_frame(cx) {
            Poll::Pending => self.poll_idle(cx),
            Poll::Ready(None) => self.finish(cx),
            Poll::Ready(Some(Err(e))) => self.abort(cx, format!("the upstream connection died: {e}")),
            Poll::Ready(Some(Ok(frame))) => {
                self.heard = Instant::now();
                if let Some(data) = frame.data_ref() {
                    self.record.passes(data);
                    self.passed(data);
                }
                Poll::Ready(Some(Ok(frame)))
            }
        }
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
