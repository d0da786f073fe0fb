//! What an attempt's outcome means: the table of PROTOCOL §4, as data, and the limits of one request's walk.

use std::time::Duration;

use crate::config::Failover;
use crate::engine::EndpointId;

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// An answer was given, to its end.
    Ok,
    /// 400, 413, 422 and other faults of the client: passed on verbatim, says nothing about health.
    ClientFault,
    /// DNS, refused, connect or TLS failure or timeout: provably not sent.
    ConnectFailed,
    /// Reset or EOF after sending, no answer.
    Unanswered,
    /// No first event or byte within the limit.
    TimedOut,
    /// 401 of a credential (of ours; of the client's where it was passed through).
    AuthFailed,
    /// 402, or 400/403 with credit or spend-limit wording.
    CreditExhausted,
    /// 403.
    Forbidden,
    /// 404 with a JSON body: no such model there.
    ModelMissing,
    /// 408, 409, 425.
    Again,
    /// 429.
    RateLimited,
    /// 500.
    ServerError,
    /// 502, 503, 504, 520–526 and any other 5xx.
    Unavailable,
    /// 529 or `overloaded_error`.
    Overloaded,
    /// 2xx that is not what was asked for: HTML, a JSON error, empty, an SSE error first.
    NotAnAnswer,
    /// 3xx, 405, 501, 505, HTML with 403, 404 or 503: no API lives there.
    Misconfigured,
    /// It died after the answer had begun.
    Cut,
    /// The client went away.
    Cancelled,
}

/// What [`classify`] looks at.
#[derive(Debug, Clone, Copy)]
pub struct Reply<'a> {
    /// Status code.
    pub status: u16,
    /// Whether the body is HTML.
    pub html: bool,
    /// The beginning of the body, at most 64 KiB, where it is already known.
    pub body: &'a [u8],
}

/// The class of an upstream's status line and error body (never [`Class::Ok`] for a status outside 2xx).
#[must_use]
pub fn classify(reply: &Reply<'_>, config: &Failover) -> Class { todo!() }

impl Class {
    /// Whether the walk may go on to another endpoint after it.
    #[must_use]
    pub fn moves_on(self) -> bool { todo!() }

    /// Whether the attempt may have been billed (sent and perhaps worked on).
    #[must_use]
    pub fn may_be_billed(self) -> bool { todo!() }
}

/// What one request does after a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// The same endpoint once more, after a wait.
    SameAfter(Duration),
    /// Another endpoint, if one is left.
    Another,
    /// No further attempt.
    Stop,
}

/// The attempts of one request and their limits (§4): at most `max_attempts` that may have been billed, one
/// after a sent-but-unanswered request, free failures each candidate once, at most 16, at most 30 s in all.
#[derive(Debug)]
pub struct Walk {}

impl Walk {
    /// A walk that begins at `now` (monotonic).
    #[must_use]
    pub fn new(config: &Failover, now: Duration) -> Self { todo!() }

    /// Endpoints not to be chosen again.
    #[must_use]
    pub fn tried(&self) -> &[EndpointId] { todo!() }

    /// Attempts made.
    #[must_use]
    pub fn attempts(&self) -> u32 { todo!() }

    /// Counts a failed attempt and says what comes next. `alternatives` as in the lease.
    pub fn after(&mut self, id: EndpointId, class: Class, alternatives: usize, retry_after: Option<Duration>, now: Duration) -> Next { todo!() }
}
