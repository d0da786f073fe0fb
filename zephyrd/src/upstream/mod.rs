//! The one way out: sends a request to an endpoint with the credential that is bound to its origin.
//!
//! Redirects, retries, decompression and proxies from the environment are all off: they would hide attempts
//! from the engine.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method};
use zephyr_core::config::Endpoint;

/// A request on its way out.
#[derive(Debug, Clone)]
pub(crate) struct Outgoing {
    /// Method.
    pub(crate) method: Method,
    /// Path and query as the client sent them, without the endpoint's prefix.
    pub(crate) path_and_query: String,
    /// End-to-end headers; neither `host` nor a credential.
    pub(crate) headers: HeaderMap,
    /// The whole body.
    pub(crate) body: Bytes,
    /// The client's own credential headers, used only for passthrough endpoints.
    pub(crate) client_credential: Vec<(http::HeaderName, HeaderValue)>,
}

/// Why no answer came.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum SendError {
    /// Name lookup, connect or TLS failed: provably not sent.
    #[error("{0}")]
    Connect(String),
    /// Sent, and the connection ended before an answer.
    #[error("{0}")]
    Unanswered(String),
    /// The credential could not be had (its command failed): not sent.
    #[error("{0}")]
    Credential(String),
}

/// The way out, with one pool of connections for everybody.
pub(crate) struct Upstream {}

/// An answer's body.
pub(crate) type UpstreamBody = http_body_util::Full<Bytes>;

impl Upstream {
    /// Sends `request` and waits for the head of the answer. No time limit but that on connecting: the caller's.
    pub(crate) async fn send(
        &self,
        endpoint: &Endpoint,
        request: Outgoing,
    ) -> Result<http::Response<UpstreamBody>, SendError> {
        todo!()
    }

    /// Connects (TCP, TLS) and throws the connection away; says how long it took.
    pub(crate) async fn connect(&self, endpoint: &Endpoint) -> Result<Duration, SendError> {
        todo!()
    }
}
