//! The paths of this API that answer on the proxy's listeners too.
//!
//! What only reads always does: scripts and container health checks ask there. What changes something does where the
//! config lets every local user (`[web] writes = "loopback"`): then old scripts work as they stand.

use axum::Router;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::{Method, Request, Response};
use hyper::body::Incoming;

use crate::front;
use crate::listen::Origin;
use crate::proxy::Body;

use super::{Room, answer, fallback};

/// Paths that read, and need no token on loopback.
const READS: [&str; 7] =
    ["/health", "/health/detailed", "/status", "/v1/status", "/metrics", "/diagnostics", "/providers"];
/// Paths that change something.
const WRITES: [&str; 3] = ["/v1/switch-provider", "/v1/health-check", "/providers/reload"];

/// Largest answer that is handed over; a daemon with a thousand endpoints has some hundred KiB.
const LARGEST: usize = 64 << 20;

/// The API beside the proxy.
pub(crate) struct Local {
    room: Room,
    router: Router,
}

impl Local {
    /// The paths of the API.
    pub(crate) fn new(room: Room) -> Self {
        let router = fallback::add(super::api()).with_state(room.clone());
        Self { room, router }
    }
}

impl front::Local for Local {
    fn claims(&self, method: &Method, path: &str) -> bool {
        match *method {
            Method::GET | Method::HEAD => READS.contains(&path),
            Method::POST => WRITES.contains(&path) && self.room.desk.handle.plan().web.writes_by_loopback,
            _ => false,
        }
    }

    fn answer(&self, request: Request<Incoming>, origin: Origin) -> BoxFuture<'static, Response<Body>> {
        let router = self.router.clone();
        async move {
            let (head, body) = answer(router, request, origin).await.into_parts();
            let body = axum::body::to_bytes(body, LARGEST).await.unwrap_or_default();
            Response::from_parts(head, Body::whole(body))
        }
        .boxed()
    }
}
