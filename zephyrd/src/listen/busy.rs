//! Whether a connection is answering a request: then it is not idle, however long nothing passes.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll};

use http_body::{Body, Frame, SizeHint};

/// Requests that one connection is answering.
#[derive(Clone, Default)]
pub(super) struct Busy(Arc<AtomicU32>);

impl Busy {
    /// Whether there are any.
    pub(super) fn is_busy(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 0
    }

    /// One more, until the answer's body is dropped.
    pub(super) fn begin(&self) -> Answering {
        self.0.fetch_add(1, Ordering::Relaxed);
        Answering(self.clone())
    }
}

/// One request that is being answered.
pub(super) struct Answering(Busy);

impl Answering {
    /// Stays with the answer's body.
    pub(super) fn with<B>(self, body: B) -> Answered<B> {
        Answered { body, _answering: self }
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A body that keeps its connection busy.
pub(super) struct Answered<B> {
    body: B,
    _answering: Answering,
}

impl<B: Body + Unpin> Body for Answered<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
