//! The listener's service: the checks against foreign pages, then the router, then the headers that every answer has.

use std::panic::AssertUnwindSafe;

use axum::Router;
use axum::body::Body;
use axum::response::IntoResponse;
use futures_util::FutureExt;
use http::header::{HeaderName, HeaderValue};
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use tower::ServiceExt;

use crate::front;
use crate::listen::{Origin, Service};

use super::{Problem, Room, fallback};

/// What every answer carries: nothing of ours is guessed at, framed, or read by other origins.
const HEADERS: [(HeaderName, HeaderValue); 5] = [
    (HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff")),
    (HeaderName::from_static("x-frame-options"), HeaderValue::from_static("DENY")),
    // With `no-referrer` browsers send `Origin: null` with our own forms.
    (HeaderName::from_static("referrer-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
];

/// The dashboard's listeners end here.
pub(crate) struct Site {
    room: Room,
    router: Router,
}

impl Site {
    /// The API and the pages.
    pub(crate) fn new(room: Room) -> Self {
        let router = fallback::add(super::api().merge(crate::web::pages())).with_state(room.clone());
        Self { room, router }
    }
}

impl Service for Site {
    type Body = Body;

    async fn answer(&self, request: Request<Incoming>, origin: Origin) -> Response<Body> {
        let plan = self.room.desk.handle.plan();
        // No page of another origin may ever look at, or change, anything here: `cors_origins` are the proxy's.
        let server = zephyr_core::config::Server { cors_origins: Vec::new(), ..plan.server.clone() };
        if let Err(problem) = front::check_browser(&request, origin.local.ip(), &server) {
            let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::FORBIDDEN);
            return dressed(Problem::foreign(status, problem.message).into_response());
        }
        answer(self.router.clone(), request, origin).await
    }
}

/// What `router` answers; a panic ends its own request and nothing else.
pub(crate) async fn answer(router: Router, request: Request<Incoming>, origin: Origin) -> Response<Body> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(origin);
    let answered = AssertUnwindSafe(router.oneshot(request)).catch_unwind().await;
    let response = match answered {
        Ok(Ok(response)) => response,
        Ok(Err(never)) => match never {},
        Err(_) => {
            tracing::error!("a request of the HTTP API panicked");
            Problem::internal().into_response()
        }
    };
    dressed(response)
}

fn dressed(mut response: Response<Body>) -> Response<Body> {
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(value);
    }
    headers.entry(http::header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
