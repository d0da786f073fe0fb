//! An answer's body, whichever client it came by.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;

use super::gathered::Gathered;
use super::link::Link;
use super::pool::{Origin, Pool};
use super::root_cause;

/// Dropping it aborts the request, unless the answer has come whole.
pub(crate) enum UpstreamBody {
    /// From the direct client.
    Direct(Gathered<Direct>),
    /// From the client that goes through a proxy.
    Proxied(reqwest::Body),
}

/// A body and the connection that it comes by, which goes back to its pool when the body has come whole.
pub(crate) struct Direct {
    body: Incoming,
    link: Option<(Box<Link>, Arc<Pool>, Origin)>,
}

impl Direct {
    /// The body of the answer to the last request of `link`.
    pub(super) fn new(body: Incoming, link: Box<Link>, home: (Arc<Pool>, Origin)) -> Self {
        Self { body, link: Some((link, home.0, home.1)) }
    }

    fn give_back(&mut self) {
        if let Some((link, pool, origin)) = self.link.take() {
            pool.put(origin, link);
        }
    }
}

impl Body for Direct {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        let Self { body, link } = &mut *self;
        let Some((driven, ..)) = link else { return Poll::Ready(None) };
        let polled = driven.poll_frame(body, cx);
        match &polled {
            Poll::Ready(None) => self.give_back(),
            Poll::Ready(Some(Err(_))) => *link = None,
            _ => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Direct {
    fn drop(&mut self) {
        // Of a body with a known length nobody asks for the end.
        if self.body.is_end_stream() {
            self.give_back();
        }
    }
}

/// The connection died inside a body; what the client said.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Broken(pub(crate) String);

impl UpstreamBody {
    /// All of it; `None` where it is longer than `most` bytes.
    ///
    /// # Errors
    /// The connection died before its end.
    pub(crate) async fn whole(mut self, most: usize) -> Result<Option<Bytes>, Broken> {
        let mut read = BytesMut::new();
        while let Some(frame) = self.frame().await {
            read.extend_from_slice(frame?.data_ref().map_or(&[][..], |data| data));
            if read.len() > most {
                return Ok(None);
            }
        }
        Ok(Some(read.freeze()))
    }
}

impl Body for UpstreamBody {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        match self.get_mut() {
            Self::Direct(body) => Pin::new(body).poll_frame(cx),
            Self::Proxied(body) => Pin::new(body).poll_frame(cx).map_err(|e| Broken(root_cause(&e))),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Direct(body) => body.is_end_stream(),
            Self::Proxied(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Direct(body) => body.size_hint(),
            Self::Proxied(body) => body.size_hint(),
        }
    }
}
