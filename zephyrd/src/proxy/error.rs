//! Errors of our own, in the shape that the client understands.

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER};
use http::{Response, StatusCode};
use zephyr_core::failover::retry_after_header;
use zephyr_core::usage::OverBudget;
use zephyr_wire::dialect::Dialect;

use super::REQUEST_ID;
use super::body::Body;

/// Whether a client should try again at all, whatever the status.
pub(super) const SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");

/// An answer of our own instead of an endpoint's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// HTTP status.
    pub(crate) status: u16,
    /// Anthropic's type for it; other dialects translate.
    pub(crate) kind: &'static str,
    /// For the person at the client.
    pub(crate) message: String,
    /// When it is worth trying again; `None` = unknown.
    pub(crate) retry_after: Option<Duration>,
    /// Whether trying again can help at all.
    pub(crate) may_retry: bool,
    /// The connection cannot be used further.
    pub(crate) close: bool,
    /// The client has gone: nobody sees this.
    pub(crate) unseen: bool,
}

impl Problem {
    /// A problem that trying again does not help.
    pub(crate) fn final_(status: u16, kind: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { status, kind, message, retry_after: None, may_retry: false, close: false, unseen: false }
    }

    /// A problem that may be gone later.
    pub(crate) fn passing(status: u16, kind: &'static str, message: impl Into<String>) -> Self {
        Self { may_retry: true, ..Self::final_(status, kind, message) }
    }

    pub(super) fn unknown_client() -> Self {
        Self::final_(
            401,
            "authentication_error",
            "this gateway asks for a client token: send it as `Authorization: Bearer …`, `x-api-key` or `X-Zephyr-Token`",
        )
    }

    pub(super) fn path_not_allowed(path: &str) -> Self {
        Self::final_(
            403,
            "permission_error",
            format!("this client may not use `{path}`: list it in the client's `paths`"),
        )
    }

    /// A budget is spent: 429 with the reason, told so that no client waits for it or asks again.
    pub(super) fn over_budget(over: &OverBudget, now_unix_ms: i64) -> Self {
        let left = u64::try_from(over.resets_unix_ms.saturating_sub(now_unix_ms)).unwrap_or(0);
        let retry_after = Some(Duration::from_millis(left));
        Self { retry_after, ..Self::final_(429, "rate_limit_error", over.to_string()) }
    }

    pub(super) fn too_large(max_body: u64) -> Self {
        let message = format!("the request body is larger than {max_body} bytes (`[server] max_body`)");
        Self { close: true, ..Self::final_(413, "request_too_large", message) }
    }

    pub(super) fn too_slow() -> Self {
        Self { close: true, ..Self::passing(408, "timeout_error", "the request body came too slowly") }
    }

    pub(super) fn broken_body(error: &hyper::Error) -> Self {
        Self {
            close: true,
            unseen: ended_early(error),
            ..Self::final_(400, "invalid_request_error", format!("the request body is broken: {error}"))
        }
    }

    pub(super) fn no_memory() -> Self {
        let retry_after = Some(Duration::from_secs(5));
        let message = "too many large requests wait at one time (`[server] max_replay_bytes`)";
        Self { retry_after, close: true, ..Self::passing(503, "overloaded_error", message) }
    }
}

/// The response that tells `problem` in the shape of `dialect`.
pub(crate) fn shaped(problem: &Problem, dialect: &dyn Dialect, request_id: &str) -> Response<Body> {
    let body = dialect.error_body(problem.kind, &problem.message, request_id);
    let mut response = Response::new(Body::whole(Bytes::from(body)));
    *response.status_mut() = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::BAD_GATEWAY);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Ok(id) = HeaderValue::try_from(request_id) {
        headers.insert(REQUEST_ID, id);
    }
    let (wait, give_up) = retry_after_header(problem.may_retry, problem.retry_after);
    if let Some(seconds) = wait {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    if give_up {
        headers.insert(SHOULD_RETRY, HeaderValue::from_static("false"));
    }
    if problem.close {
        headers.insert(http::header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// Whether a body broke off because the connection did.
fn ended_early(error: &hyper::Error) -> bool {
    use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    let cause = std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<std::io::Error>());
    let ends = [BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof];
    error.is_incomplete_message() || cause.is_some_and(|cause| ends.contains(&cause.kind()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use zephyr_wire::dialect::{ANTHROPIC, OPENAI_CHAT};

    #[test]
    fn a_short_wait_is_told_and_a_long_one_stops_retries() {
        let mut problem = Problem::passing(429, "rate_limit_error", "m");
        problem.retry_after = Some(Duration::from_millis(1500));
        let short = shaped(&problem, ANTHROPIC, "req-1");
        assert_eq!(short.headers()["retry-after"], "2");
        assert!(!short.headers().contains_key("x-should-retry"));
        problem.retry_after = Some(Duration::from_secs(7200));
        let long = shaped(&problem, OPENAI_CHAT, "req-1");
        assert_eq!(long.headers()["retry-after"], "7200");
        assert_eq!(long.headers()["x-should-retry"], "false");
    }
}
