//! An answer's body, whichever client it came by.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::root_cause;

/// Dropping it aborts the request.
pub(crate) enum UpstreamBody {
    /// From the direct client.
    Direct(hyper::body::Incoming),
    /// From the client that goes through a proxy.
    Proxied(reqwest::Body),
}

/// The connection died inside a body; what the client said.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Broken(pub(crate) String);

impl Body for UpstreamBody {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        match self.get_mut() {
            Self::Direct(body) => Pin::new(body).poll_frame(cx).map_err(|e| Broken(root_cause(&e))),
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
