//! The one way out: sends a request to an endpoint with the credential that is bound to its origin.
//!
//! Redirects, retries, decompression and proxies from the environment are all off: they would hide attempts
//! from the engine. The only repeat is that of a request which provably never left on a stale pooled
//! connection. HTTP/1.1 alone is spoken: one connection per running request keeps a stalled or reset
//! connection one request's trouble.

mod address;
mod body;
mod connect;
mod credential;
mod gathered;
mod link;
mod pool;
mod reach;
mod repeatable;
mod said;
mod tls;
mod transport;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{HOST, HeaderMap, HeaderName, HeaderValue};
use http::uri::PathAndQuery;
use http::{Method, Request, Response, Uri};
use http_body_util::Full;
use zephyr_core::config::Endpoint;
use zephyr_core::engine::Reach;
use zephyr_core::failover::Class;
use zephyr_wire::headers::drop_oauth_betas;

pub(crate) use body::UpstreamBody;
use credential::Credentials;
pub(crate) use repeatable::Repeatable;
pub(crate) use said::{said, said_by_refusal};
use transport::{Transport, TransportKey};

/// How often idle connections are looked at.
const TIDY_EVERY: Duration = Duration::from_secs(10);

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
    pub(crate) client_credential: Vec<(HeaderName, HeaderValue)>,
}

/// Why no answer came.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum SendError {
    /// Name lookup, connect or TLS failed: provably not sent.
    #[error("{0}")]
    Connect(String),
    /// As [`Self::Connect`]: the connection was refused.
    #[error("{0}")]
    Refused(String),
    /// As [`Self::Connect`]: this machine has no route there, or its names are not looked up for now.
    #[error("{0}")]
    NoRoute(String),
    /// Sent, and the connection ended before an answer.
    #[error("{0}")]
    Unanswered(String),
    /// The credential could not be had (its command failed): not sent.
    #[error("{0}")]
    Credential(String),
}

impl SendError {
    /// What a connect met.
    fn connecting(error: &(dyn std::error::Error + 'static)) -> Self {
        let why = root_cause(error);
        match reach::of(error) {
            Reach::NoRoute => Self::NoRoute(why),
            Reach::Refused => Self::Refused(why),
            Reach::ByClass | Reach::Unknown => Self::Connect(why),
        }
    }

    /// How an attempt ended that met this.
    pub(crate) fn class(&self) -> Class {
        match self {
            Self::Connect(_) | Self::Refused(_) | Self::NoRoute(_) => Class::ConnectFailed,
            Self::Unanswered(_) => Class::Unanswered,
            Self::Credential(_) => Class::AuthFailed,
        }
    }

    /// What it says of the network between.
    pub(crate) fn reach(&self) -> Reach {
        match self {
            Self::Refused(_) => Reach::Refused,
            Self::NoRoute(_) => Reach::NoRoute,
            Self::Connect(_) | Self::Unanswered(_) => Reach::ByClass,
            Self::Credential(_) => Reach::Unknown,
        }
    }
}

/// The way out, with one pool of connections for everybody.
#[derive(Default)]
pub(crate) struct Upstream {
    transports: Mutex<Vec<(TransportKey, Transport)>>,
    credentials: Credentials,
}

impl Upstream {
    /// Sends `request` and waits for the head of the answer. No time limit but that on connecting: the
    /// caller's. Dropping the future or the answer's body aborts the request at once.
    pub(crate) async fn send(
        &self,
        endpoint: &Endpoint,
        request: Outgoing,
    ) -> Result<Response<UpstreamBody>, SendError> {
        let transport = self.transport(endpoint)?;
        let credential = self.credentials.of(endpoint).await?;
        transport.send(&endpoint.url, assemble(endpoint, credential, request)?).await
    }

    /// Connects (TCP, TLS) and throws the connection away; says how long it took.
    pub(crate) async fn connect(&self, endpoint: &Endpoint) -> Result<Duration, SendError> {
        let transport = self.transport(endpoint)?;
        let start = Instant::now();
        transport.connect(&endpoint.url).await?;
        Ok(start.elapsed())
    }

    /// The header that authenticates requests to `endpoint`, for programs that send their own.
    pub(crate) async fn credential(
        &self,
        endpoint: &Endpoint,
    ) -> Result<Option<(HeaderName, HeaderValue)>, SendError> {
        self.credentials.of(endpoint).await
    }

    /// Lets a credential that was refused to a request of `asked` be fetched anew; false where it cannot be.
    pub(crate) fn forget_credential(&self, endpoint: &Endpoint, asked: Instant) -> bool {
        self.credentials.forget(endpoint, asked)
    }

    /// Drops, from time to time, idle connections that the far side has closed or that nobody has used for long.
    pub(crate) async fn tidy(self: Arc<Self>) {
        loop {
            tokio::time::sleep(TIDY_EVERY).await;
            let transports: Vec<Transport> = {
                let transports = self.transports.lock().unwrap_or_else(PoisonError::into_inner);
                transports.iter().map(|(_, transport)| transport.clone()).collect()
            };
            transports.iter().for_each(Transport::tidy);
        }
    }

    /// Drops every idle connection: the network has changed, and they may lead nowhere. Running requests keep theirs.
    pub(crate) fn drop_idle(&self) {
        let mut transports = self.transports.lock().unwrap_or_else(PoisonError::into_inner);
        transports.retain(|(_, transport)| transport.drop_idle());
    }

    /// The transport that serves `endpoint`; made at first use.
    fn transport(&self, endpoint: &Endpoint) -> Result<Transport, SendError> {
        let written = TransportKey::ca_written(endpoint);
        let mut transports = self.transports.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, transport)) = transports.iter().find(|(key, _)| key.is_of(endpoint, written)) {
            return Ok(transport.clone());
        }
        // Keys come from the config alone; a reload that changes them leaves the old ones to be dropped here.
        if transports.len() >= 64 {
            transports.clear();
        }
        let key = TransportKey::of(endpoint, written);
        let transport = Transport::new(&key).map_err(SendError::Connect)?;
        transports.push((key, transport.clone()));
        Ok(transport)
    }
}

/// The request as it goes out: endpoint's prefix, headers and host, and last of all the credential, which is
/// set only here, for the origin that the request is made for.
fn assemble(
    endpoint: &Endpoint,
    credential: Option<(HeaderName, HeaderValue)>,
    request: Outgoing,
) -> Result<Request<Full<Bytes>>, SendError> {
    let mut out = Request::new(Full::new(request.body));
    *out.method_mut() = request.method;
    *out.uri_mut() = path(endpoint, &request.path_and_query)?;
    let mut headers = request.headers;
    if !endpoint.is_passthrough() {
        drop_oauth_betas(&mut headers);
    }
    for (name, value) in &endpoint.headers {
        if let (Ok(name), Ok(value)) =
            (HeaderName::try_from(name.as_str()), HeaderValue::try_from(value.as_str()))
        {
            headers.insert(name, value);
        }
    }
    if let Ok(host) = HeaderValue::try_from(endpoint.url.authority()) {
        headers.insert(HOST, host);
    }
    if endpoint.is_passthrough() {
        for (name, value) in request.client_credential {
            headers.append(name, value);
        }
    } else if let Some((name, value)) = credential {
        headers.insert(name, value);
    }
    *out.headers_mut() = headers;
    Ok(out)
}

/// Path and query behind the endpoint's prefix.
fn path(endpoint: &Endpoint, path_and_query: &str) -> Result<Uri, SendError> {
    let bad = |e: &dyn std::fmt::Display| {
        SendError::Connect(format!("`{}` cannot be asked for that path: {e}", endpoint.url))
    };
    if !path_and_query.starts_with('/') {
        return Err(bad(&"it does not begin with `/`"));
    }
    let path_and_query = endpoint.url.behind(path_and_query);
    let path = match endpoint.url.prefix.as_str() {
        "" => PathAndQuery::try_from(path_and_query),
        prefix => PathAndQuery::try_from([prefix, path_and_query].concat()),
    };
    path.map(Uri::from).map_err(|e| bad(&e))
}

/// The innermost cause of an error: what really went wrong.
fn root_cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests;
