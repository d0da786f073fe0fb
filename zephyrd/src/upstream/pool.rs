//! Idle connections, by origin.
//!
//! Nobody watches them: one that the far side has closed is noticed when it is taken, or at the next
//! [`Pool::tidy`].

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, Response, Uri};
use http_body_util::Full;
use tower_service::Service;
use zephyr_core::config::BaseUrl;

use super::body::Direct;
use super::connect::{Connector, Stream};
use super::link::Link;
use super::{SendError, root_cause};

/// How long an idle connection is kept: longer than the time between two probes, so that the connection to
/// the chosen endpoint is warm. One that the far side closes earlier is noticed and dropped.
pub(super) const IDLE: Duration = Duration::from_secs(90);
/// Idle connections kept per origin.
pub(super) const IDLE_PER_ORIGIN: usize = 64;

/// What a connection leads to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Origin {
    tls: bool,
    host: String,
    port: u16,
}

impl Origin {
    fn of(url: &BaseUrl) -> Self {
        Self { tls: url.tls, host: url.host.clone(), port: url.port }
    }
}

struct Idle {
    link: Box<Link>,
    since: Instant,
}

/// Connections to every origin that one connector leads to.
pub(super) struct Pool {
    connector: Connector,
    idle: Mutex<HashMap<Origin, Vec<Idle>, foldhash::fast::RandomState>>,
}

impl Pool {
    /// An empty pool that connects by `connector`.
    pub(super) fn new(connector: Connector) -> Self {
        Self { connector, idle: Mutex::default() }
    }

    /// Sends on an idle connection or a new one, and waits for the head of the answer. A request that provably
    /// never left on an idle connection is sent on the next.
    pub(super) async fn send(
        self: &Arc<Self>,
        to: &BaseUrl,
        mut request: Request<Full<Bytes>>,
    ) -> Result<Response<Direct>, SendError> {
        let origin = Origin::of(to);
        loop {
            let idle = std::future::poll_fn(|cx| Poll::Ready(self.take(&origin, cx))).await;
            let reused = idle.is_some();
            let mut link = match idle {
                Some(link) => link,
                // Boxed: it is seldom needed, and every request would carry its size.
                None => Box::pin(self.open(to)).await?,
            };
            let mut error = match link.send(request).await {
                Ok(response) => {
                    let give_back = (Arc::clone(self), origin);
                    return Ok(response.map(|body| Direct::new(body, link, give_back)));
                }
                Err(error) => error,
            };
            match error.take_message() {
                Some(unsent) if reused => request = unsent,
                Some(_) => return Err(SendError::Connect(root_cause(&error.into_error()))),
                None => return Err(SendError::Unanswered(root_cause(&error.into_error()))),
            }
        }
    }

    async fn open(&self, to: &BaseUrl) -> Result<Box<Link>, SendError> {
        let stream = self.connect(to).await?;
        let link = Link::over(stream).await.map_err(|e| SendError::Connect(root_cause(&e)))?;
        Ok(Box::new(link))
    }

    /// Opens a connection.
    pub(super) async fn connect(&self, to: &BaseUrl) -> Result<Stream, SendError> {
        let uri = Uri::try_from(to.origin()).map_err(|e| SendError::Connect(root_cause(&e)))?;
        let failed = |e: Box<dyn std::error::Error + Send + Sync>| SendError::connecting(&*e);
        let mut connector = self.connector.clone();
        std::future::poll_fn(|cx| connector.poll_ready(cx)).await.map_err(failed)?;
        connector.call(uri).await.map_err(failed)
    }

    /// The connection that was used last, if it is still open.
    fn take(&self, origin: &Origin, cx: &mut Context<'_>) -> Option<Box<Link>> {
        loop {
            let mut pools = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            let idle = pools.get_mut(origin)?.pop()?;
            drop(pools);
            let mut link = idle.link;
            if idle.since.elapsed() < IDLE && link.is_idle(cx) {
                return Some(link);
            }
        }
    }

    /// Keeps a connection whose answer has ended, if it can be used again.
    pub(super) fn put(&self, origin: Origin, mut link: Box<Link>) {
        if !link.is_idle(&mut Context::from_waker(Waker::noop())) {
            return;
        }
        let mut pools = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let links = pools.entry(origin).or_default();
        if links.len() < IDLE_PER_ORIGIN {
            links.push(Idle { link, since: Instant::now() });
        }
    }

    /// Drops all idle connections.
    pub(super) fn clear(&self) {
        let idle = std::mem::take(&mut *self.idle.lock().unwrap_or_else(PoisonError::into_inner));
        // Closing them takes a while; nobody should wait for that.
        drop(idle);
    }

    /// Drops connections that are closed or have been idle too long.
    pub(super) fn tidy(&self) {
        let cx = &mut Context::from_waker(Waker::noop());
        let mut pools = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        for links in pools.values_mut() {
            links.retain_mut(|idle| idle.since.elapsed() < IDLE && idle.link.is_idle(cx));
        }
        pools.retain(|_, links| !links.is_empty());
    }
}
