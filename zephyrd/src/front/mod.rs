//! What every HTTP request of ours meets first: the checks against foreign pages, then the local responders,
//! then the data plane, which knows none of them.

mod browser;
mod forwarded;
mod responders;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::{HeaderValue, Method, Request, Response, header};
use hyper::body::Incoming;
use zephyr_wire::dialect::ANTHROPIC;

use crate::engine_handle::Handle;
use crate::listen::{Origin, Service};
use crate::proxy::{Body, Problem, Proxy, REQUEST_ID, shaped};

pub(crate) use browser::check as check_browser;
pub(crate) use forwarded::is_near;
pub(crate) use responders::{Responder, TABLE};

/// Answers of the daemon's own on the proxy's listeners, beside the table of [`Responder`]s.
pub(crate) trait Local: Send + Sync {
    /// Whether this is one of its paths.
    fn claims(&self, method: &Method, path: &str) -> bool;

    /// Answers it.
    fn answer(&self, request: Request<Incoming>, origin: Origin) -> BoxFuture<'static, Response<Body>>;
}

/// The proxy's listeners end here.
pub(crate) struct Front {
    handle: Handle,
    proxy: Arc<Proxy>,
    responders: &'static [Responder],
    local: Arc<dyn Local>,
}

impl Front {
    /// A front for `proxy` with `responders` and `local` before it.
    pub(crate) fn new(
        handle: Handle,
        proxy: Arc<Proxy>,
        responders: &'static [Responder],
        local: Arc<dyn Local>,
    ) -> Self {
        Self { handle, proxy, responders, local }
    }

    async fn pass(&self, request: Request<Incoming>, origin: Origin) -> Response<Body> {
        let plan = self.handle.plan();
        let allowed = match browser::check(&request, origin.local.ip(), &plan.server) {
            Ok(allowed) => allowed,
            Err(problem) => return self.refuse(&problem, origin),
        };
        if let Some(page) = &allowed
            && browser::is_preflight(&request)
        {
            return browser::preflight(page, &request);
        }
        let mut response = match self.local(&request) {
            None if self.local.claims(request.method(), request.uri().path()) => {
                if allowed.is_some() {
                    // `cors_origins` may ask models, not look at the daemon or steer it.
                    return self.refuse(&browser::not_for_pages(), origin);
                }
                self.local.answer(request, origin).await
            }
            Some(Ok(response)) => response,
            Some(Err(problem)) => self.refuse(&problem, origin),
            None => {
                let client = forwarded::client(request.headers(), origin.peer, &plan.server.trusted_proxies);
                Arc::clone(&self.proxy).handle(request, client).await
            }
        };
        if let Some(page) = &allowed {
            browser::grant(page, response.headers_mut());
        }
        response
    }

    fn local(&self, request: &Request<Incoming>) -> Option<Result<Response<Body>, Problem>> {
        if request.method() == Method::CONNECT {
            let message = "this is a gateway to LLM APIs, not a forward proxy: set it as the base URL";
            return Some(Err(Problem::final_(405, "invalid_request_error", message)));
        }
        if request.headers().contains_key(header::UPGRADE) {
            let message = "protocol upgrades (WebSocket) are not supported";
            return Some(Err(Problem::final_(501, "not_supported", message)));
        }
        let responder = self.responders.iter().find(|r| r.answers(request.method(), request.uri().path()))?;
        let mut response = (responder.respond)();
        if let Ok(id) = HeaderValue::try_from(self.proxy.next_id()) {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        Some(Ok(response))
    }

    /// A refusal before the data plane has seen the request.
    fn refuse(&self, problem: &Problem, origin: Origin) -> Response<Body> {
        let id = self.proxy.next_id();
        tracing::info!(
            request = id,
            status = problem.status,
            outcome = "refused",
            peer = %origin.peer,
            detail = problem.message,
            "request {id}: {} at the front: {}",
            problem.status,
            problem.message
        );
        shaped(problem, ANTHROPIC, &id)
    }
}

impl Service for Front {
    type Body = Body;

    async fn answer(&self, request: Request<Incoming>, origin: Origin) -> Response<Body> {
        // Some kilobytes, which would be moved from hand to hand and kept by idle connections.
        let passed = Box::pin(self.pass(request, origin));
        // A panic ends its own request and nothing else.
        AssertUnwindSafe(passed).catch_unwind().await.unwrap_or_else(|_| {
            tracing::error!("a request panicked");
            self.refuse(&Problem::passing(500, "api_error", "internal error in the gateway"), origin)
        })
    }
}
