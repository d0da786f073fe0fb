//! Paths that are answered here: one line each.

use http::{Method, Response};

use crate::proxy::Body;

/// One local answer.
pub(crate) struct Responder {
    method: Method,
    path: &'static str,
    /// Makes the answer.
    pub(super) respond: fn() -> Response<Body>,
}

/// Every local answer. Clients ask the first two to learn whether anybody is there.
pub(crate) static TABLE: [Responder; 2] = [
    Responder { method: Method::HEAD, path: "/", respond: here },
    Responder { method: Method::HEAD, path: "/api/hello", respond: here },
];

impl Responder {
    /// Whether it answers this request.
    pub(super) fn answers(&self, method: &Method, path: &str) -> bool {
        self.method == *method && self.path == path
    }
}

fn here() -> Response<Body> {
    Response::new(Body::empty())
}
