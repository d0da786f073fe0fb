//! The clients that carry requests: our own pool of hyper connections for direct ones, reqwest for those through
//! a proxy.
//!
//! The pool costs less than half of reqwest's or hyper-util's client per event of a stream (`link` says why);
//! reqwest knows HTTP, HTTPS and SOCKS5 proxies.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use zephyr_core::config::{BaseUrl, Endpoint};

use super::body::UpstreamBody;
use super::connect::Connector;
use super::gathered::Gathered;
use super::pool::{IDLE, IDLE_PER_ORIGIN, Pool};
use super::{SendError, root_cause, tls};

/// What decides which client carries an endpoint's requests.
#[derive(Debug)]
pub(super) struct TransportKey {
    connect: Duration,
    proxy: Option<String>,
    ca_file: Option<PathBuf>,
    /// When that file was last written: a renewed one makes a new client.
    ca_written: Option<SystemTime>,
}

impl TransportKey {
    /// The key of `endpoint`, whose `ca_file` was last written then.
    pub(super) fn of(endpoint: &Endpoint, ca_written: Option<SystemTime>) -> Self {
        Self {
            connect: endpoint.timeouts.connect,
            proxy: endpoint.proxy.clone(),
            ca_file: endpoint.ca_file.clone(),
            ca_written,
        }
    }

    /// Whether it is the key of `endpoint`.
    pub(super) fn is_of(&self, endpoint: &Endpoint, ca_written: Option<SystemTime>) -> bool {
        self.connect == endpoint.timeouts.connect
            && self.proxy == endpoint.proxy
            && self.ca_file == endpoint.ca_file
            && self.ca_written == ca_written
    }

    /// When the `ca_file` of `endpoint` was last written.
    pub(super) fn ca_written(endpoint: &Endpoint) -> Option<SystemTime> {
        endpoint.ca_file.as_ref()?.metadata().ok()?.modified().ok()
    }
}

/// One client with its pool; cheap to clone.
#[derive(Clone)]
pub(super) enum Transport {
    /// Straight to the endpoint.
    Direct(Arc<Pool>),
    /// Through a proxy.
    Proxied(reqwest::Client),
}

impl Transport {
    /// A transport for `key`, or why there can be none.
    pub(super) fn new(key: &TransportKey) -> Result<Self, String> {
        let config = tls::client_config(key.ca_file.as_deref())?;
        match &key.proxy {
            None => Ok(Self::Direct(Arc::new(Pool::new(Connector::new(config, key.connect))))),
            Some(proxy) => {
                let proxy = reqwest::Proxy::all(proxy)
                    .map_err(|e| format!("the proxy cannot be used: {}", root_cause(&e)))?;
                reqwest::Client::builder()
                    .tls_backend_preconfigured(config)
                    .http1_only()
                    .no_proxy()
                    .proxy(proxy)
                    .redirect(reqwest::redirect::Policy::none())
                    .retry(reqwest::retry::never())
                    .connect_timeout(key.connect)
                    .pool_idle_timeout(IDLE)
                    .pool_max_idle_per_host(IDLE_PER_ORIGIN)
                    .tcp_nodelay(true)
                    .build()
                    .map(Self::Proxied)
                    .map_err(|e| format!("the proxy cannot be used: {}", root_cause(&e)))
            }
        }
    }

    /// Sends a request whose URI is path and query to `to`, and waits for the head of the answer.
    pub(super) async fn send(
        &self,
        to: &BaseUrl,
        mut request: Request<Full<Bytes>>,
    ) -> Result<Response<UpstreamBody>, SendError> {
        match self {
            Self::Direct(pool) => {
                let response = pool.send(to, request).await?;
                Ok(response.map(|body| UpstreamBody::Direct(Gathered::new(body))))
            }
            Self::Proxied(client) => {
                *request.uri_mut() = format!("{}{}", to.origin(), request.uri())
                    .parse()
                    .map_err(|e| SendError::Connect(root_cause(&e)))?;
                let request = request.map(reqwest::Body::wrap);
                let request =
                    reqwest::Request::try_from(request).map_err(|e| SendError::Connect(root_cause(&e)))?;
                match client.execute(request).await {
                    Ok(response) => Ok(Response::from(response).map(UpstreamBody::Proxied)),
                    Err(e) if e.is_connect() => Err(SendError::connecting(&e)),
                    Err(e) => Err(SendError::Unanswered(root_cause(&e))),
                }
            }
        }
    }

    /// Connects and throws the connection away.
    pub(super) async fn connect(&self, to: &BaseUrl) -> Result<(), SendError> {
        match self {
            Self::Direct(pool) => pool.connect(to).await.map(drop),
            // A proxy connects only for a request; the cheapest one shows the same.
            Self::Proxied(client) => match client.head(format!("{}/", to)).send().await {
                Ok(_) => Ok(()),
                Err(e) => Err(SendError::connecting(&e)),
            },
        }
    }

    /// Drops all idle connections; false = only by dropping the transport itself.
    pub(super) fn drop_idle(&self) -> bool {
        match self {
            Self::Direct(pool) => {
                pool.clear();
                true
            }
            // reqwest cannot be told; requests that run keep it alive.
            Self::Proxied(_) => false,
        }
    }

    /// Drops idle connections that are of no use any more.
    pub(super) fn tidy(&self) {
        // reqwest watches its own.
        if let Self::Direct(pool) = self {
            pool.tidy();
        }
    }
}
