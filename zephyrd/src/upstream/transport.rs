//! The clients that carry requests: hyper-util's for direct connections, reqwest for those through a proxy.
//!
//! hyper-util's costs about a quarter less CPU per request than reqwest on the same hyper (ARCHITECTURE.md has
//! the numbers); reqwest knows HTTP, HTTPS and SOCKS5 proxies.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{Request, Response, Uri};
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tower_service::Service;
use zephyr_core::config::Endpoint;

use super::body::UpstreamBody;
use super::connect::Connector;
use super::{SendError, root_cause, tls};

/// How long an idle connection is kept: longer than the time between two probes, so that the connection to
/// the chosen endpoint is warm. One that the far side closes earlier is noticed and dropped.
const IDLE: Duration = Duration::from_secs(90);
/// Idle connections kept per origin.
const IDLE_PER_ORIGIN: usize = 64;
/// Largest read buffer per connection; hyper's own limit would let it grow to 408 KiB.
const READ_BUFFER: usize = 64 * 1024;

/// What decides which client carries an endpoint's requests.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct TransportKey {
    connect: Duration,
    proxy: Option<String>,
    ca_file: Option<PathBuf>,
    /// When that file was last written: a renewed one makes a new client.
    ca_written: Option<SystemTime>,
}

impl TransportKey {
    /// The key of `endpoint`.
    pub(super) fn of(endpoint: &Endpoint) -> Self {
        Self {
            connect: endpoint.timeouts.connect,
            proxy: endpoint.proxy.clone(),
            ca_file: endpoint.ca_file.clone(),
            ca_written: endpoint.ca_file.as_ref().and_then(|file| file.metadata().ok()?.modified().ok()),
        }
    }
}

/// One client with its pool; cheap to clone.
#[derive(Clone)]
pub(super) enum Transport {
    /// Straight to the endpoint.
    Direct(Arc<(Client<Connector, Full<Bytes>>, Connector)>),
    /// Through a proxy.
    Proxied(reqwest::Client),
}

impl Transport {
    /// A transport for `key`, or why there can be none.
    pub(super) fn new(key: &TransportKey) -> Result<Self, String> {
        let config = tls::client_config(key.ca_file.as_deref())?;
        match &key.proxy {
            None => {
                let connector = Connector::new(config, key.connect);
                let client = Client::builder(TokioExecutor::new())
                    .pool_idle_timeout(IDLE)
                    .pool_max_idle_per_host(IDLE_PER_ORIGIN)
                    .pool_timer(TokioTimer::new())
                    .timer(TokioTimer::new())
                    .http1_max_buf_size(READ_BUFFER)
                    .set_host(false)
                    .build(connector.clone());
                Ok(Self::Direct(Arc::new((client, connector))))
            }
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

    /// Sends and waits for the head of the answer.
    pub(super) async fn send(
        &self,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<UpstreamBody>, SendError> {
        match self {
            Self::Direct(direct) => match direct.0.request(request).await {
                Ok(response) => Ok(response.map(UpstreamBody::Direct)),
                Err(e) if e.is_connect() => Err(SendError::Connect(root_cause(&e))),
                Err(e) => Err(SendError::Unanswered(root_cause(&e))),
            },
            Self::Proxied(client) => {
                let request = request.map(reqwest::Body::wrap);
                let request =
                    reqwest::Request::try_from(request).map_err(|e| SendError::Connect(root_cause(&e)))?;
                match client.execute(request).await {
                    Ok(response) => Ok(Response::from(response).map(UpstreamBody::Proxied)),
                    Err(e) if e.is_connect() => Err(SendError::Connect(root_cause(&e))),
                    Err(e) => Err(SendError::Unanswered(root_cause(&e))),
                }
            }
        }
    }

    /// Connects to `uri`'s origin and throws the connection away.
    pub(super) async fn connect(&self, uri: &Uri) -> Result<(), SendError> {
        match self {
            Self::Direct(direct) => {
                let mut connector = direct.1.clone();
                std::future::poll_fn(|cx| connector.poll_ready(cx))
                    .await
                    .map_err(|e| SendError::Connect(root_cause(&*e)))?;
                connector.call(uri.clone()).await.map(drop).map_err(|e| SendError::Connect(root_cause(&*e)))
            }
            // A proxy connects only for a request; the cheapest one shows the same.
            Self::Proxied(client) => match client.head(uri.to_string()).send().await {
                Ok(_) => Ok(()),
                Err(e) => Err(SendError::Connect(root_cause(&e))),
            },
        }
    }
}
