//! One client's share of a call. Dropping it leaves the call to the others.

use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use http::response::Parts;
use http_body::Frame;

use super::super::record::{Ended, Record};
use super::super::relay::Aborted;
use super::Call;
use super::flight::{Flight, Next};

/// Most of an answer that is gathered to be given in another form.
const GATHERED: usize = 32 * 1024 * 1024;

/// See the module.
pub(crate) struct Place {
    flight: Arc<Flight>,
    number: usize,
    /// The record of a request that did not begin the call.
    record: Option<Record>,
    /// Why the client's connection is aborted at the next poll: what came before is flushed first.
    breaking: Option<String>,
}

impl Place {
    /// A place at a call that has begun.
    pub(super) fn at(flight: &Arc<Flight>) -> Option<Self> {
        let number = flight.join()?;
        Some(Self { flight: Arc::clone(flight), number, record: None, breaking: None })
    }

    /// The place of whoever begins it.
    pub(super) fn first(flight: &Arc<Flight>) -> Self {
        // Nobody else knows of it yet.
        let number = flight.join().unwrap_or_default();
        Self { flight: Arc::clone(flight), number, record: None, breaking: None }
    }

    /// The call.
    pub(super) fn call(&self) -> &Call {
        &self.flight.call
    }

    /// Id of the request that began the call.
    pub(in super::super) fn leader(&self) -> &str {
        &self.flight.call.leader
    }

    /// The head of the answer.
    pub(super) async fn head(&self) -> Result<Arc<Parts>, String> {
        std::future::poll_fn(|cx| self.flight.poll_head(self.number, cx)).await
    }

    /// All of the body; `None` where it broke off or is too large.
    pub(super) async fn gathered(&self) -> Option<Bytes> {
        let mut all = BytesMut::new();
        loop {
            match std::future::poll_fn(|cx| self.flight.poll_next(self.number, cx)).await {
                Next::Bytes(bytes) if all.len() + bytes.len() <= GATHERED => all.extend_from_slice(&bytes),
                Next::End => return Some(all.freeze()),
                Next::Bytes(_) | Next::Broken(_) => return None,
            }
        }
    }

    /// Makes it the body of an answer that completes `record`.
    pub(super) fn with(mut self, record: Record) -> Self {
        self.record = Some(record);
        self
    }

    /// The next chunk.
    pub(in super::super) fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Aborted>>> {
        if let Some(why) = self.breaking.take() {
            return Poll::Ready(Some(Err(Aborted::because(why))));
        }
        match self.flight.poll_next(self.number, cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Next::Bytes(bytes)) => {
                if let Some(record) = &mut self.record {
                    record.bytes(bytes.len());
                    // Whoever knows an answer's length does not ask for its end.
                    if self.flight.is_read_out(self.number) {
                        self.settle(Ended::Complete, None);
                    }
                }
                Poll::Ready(Some(Ok(Frame::data(bytes))))
            }
            Poll::Ready(Next::End) => {
                self.settle(Ended::Complete, None);
                Poll::Ready(None)
            }
            Poll::Ready(Next::Broken(why)) => {
                self.settle(Ended::Cut, Some(&why));
                self.breaking = Some(why);
                cx.waker().wake_by_ref();
                Poll::Pending
            }
        }
    }

    fn settle(&mut self, ended: Ended, detail: Option<&str>) {
        if let Some(mut record) = self.record.take() {
            let call = self.call();
            record.served(zephyr_core::usage::Source::Shared, &call.leader, call.shared.summary());
            record.ended(ended, detail);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.record.is_some() && self.flight.is_read_out(self.number) {
            self.settle(Ended::Complete, None);
        }
        self.flight.leave(self.number);
        if let Some(record) = &mut self.record {
            let call = &self.flight.call;
            record.served(zephyr_core::usage::Source::Shared, &call.leader, None);
        }
    }
}
