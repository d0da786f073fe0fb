//! The outcome table: one row per class.

use std::time::Duration;

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

/// When the same endpoint may be asked again by the same request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Same {
    /// Never.
    No,
    /// Once, after this wait, whoever else there is.
    Once(Duration),
    /// Once, after this wait, if there is nobody else.
    IfAlone(Duration),
    /// Once, after the stated time, if that is short and there is nobody else.
    WhenTold,
}

/// What a class may have cost, and so how often it may be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cost {
    /// Provably nothing: every candidate may be tried.
    Free,
    /// Perhaps: counts against `max_attempts`.
    Billed,
    /// Perhaps, and sent without an answer: one further attempt at most.
    Unanswered,
}

/// What the client is told when every attempt is spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) status: u16,
    pub(super) kind: &'static str,
    /// The least wins when attempts ended differently: 429, then 401/403, then 404, then 5xx.
    pub(super) preference: u8,
    /// Whether asking again some seconds later can help.
    pub(super) waiting_helps: bool,
}

/// The preference of what is a 502: also of 403s and 404s that not all attempts agree on.
pub(super) const DISAGREED: u8 = 8;

/// One row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) moves_on: bool,
    pub(super) same: Same,
    pub(super) cost: Cost,
    pub(super) told: Told,
}

const HALF_A_SECOND: Duration = Duration::from_millis(500);

const fn row(moves_on: bool, same: Same, cost: Cost, told: Told) -> Row {
    Row { moves_on, same, cost, told }
}

const fn told(status: u16, kind: &'static str, preference: u8, waiting_helps: bool) -> Told {
    Told { status, kind, preference, waiting_helps }
}

impl Class {
    /// Every class, in the order of the table.
    pub const ALL: [Self; 18] = [
        Self::Ok,
        Self::ClientFault,
        Self::ConnectFailed,
        Self::Unanswered,
        Self::TimedOut,
        Self::AuthFailed,
        Self::CreditExhausted,
        Self::Forbidden,
        Self::ModelMissing,
        Self::Again,
        Self::RateLimited,
        Self::ServerError,
        Self::Unavailable,
        Self::Overloaded,
        Self::NotAnAnswer,
        Self::Misconfigured,
        Self::Cut,
        Self::Cancelled,
    ];

    #[rustfmt::skip]
    pub(super) const fn row(self) -> Row {
        use Cost::{Billed, Free};
        const ALONE: Same = Same::IfAlone(HALF_A_SECOND);
        const API: &str = "api_error";
        match self {
            //                               next   same              cost              when all is spent
            Self::Ok              => row(false, Same::No,         Billed,           told(502, API, 10, false)),
            Self::ClientFault     => row(false, Same::No,         Free,             told(400, "invalid_request_error", 4, false)),
            Self::ConnectFailed   => row(true,  Same::No,         Free,             told(502, API, DISAGREED, true)),
            Self::Unanswered      => row(true,  Same::No,         Cost::Unanswered, told(502, API, DISAGREED, true)),
            Self::TimedOut        => row(true,  Same::No,         Cost::Unanswered, told(504, "timeout_error", 7, true)),
            Self::AuthFailed      => row(true,  Same::No,         Free,             told(503, API, 1, false)),
            Self::CreditExhausted => row(true,  Same::No,         Free,             told(429, "rate_limit_error", 0, false)),
            Self::Forbidden       => row(true,  Same::No,         Free,             told(403, "permission_error", 2, false)),
            Self::ModelMissing    => row(true,  Same::No,         Free,             told(404, "not_found_error", 3, false)),
            Self::Again           => row(true,  Same::Once(HALF_A_SECOND), Billed,  told(503, API, 5, true)),
            Self::RateLimited     => row(true,  Same::WhenTold,   Free,             told(429, "rate_limit_error", 0, true)),
            Self::ServerError     => row(true,  ALONE,            Billed,           told(500, API, 6, true)),
            Self::Unavailable     => row(true,  Same::No,         Billed,           told(503, API, 5, true)),
            Self::Overloaded      => row(true,  Same::No,         Free,             told(529, "overloaded_error", 9, true)),
            Self::NotAnAnswer     => row(true,  Same::No,         Billed,           told(502, API, DISAGREED, true)),
            Self::Misconfigured   => row(true,  Same::No,         Free,             told(502, API, DISAGREED, false)),
            Self::Cut             => row(false, Same::No,         Billed,           told(502, API, DISAGREED, true)),
            Self::Cancelled       => row(false, Same::No,         Billed,           told(502, API, 10, false)),
        }
    }

    /// The name in records and the log.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::ClientFault => "client-fault",
            Self::ConnectFailed => "connect-failed",
            Self::Unanswered => "unanswered",
            Self::TimedOut => "timed-out",
            Self::AuthFailed => "auth-failed",
            Self::CreditExhausted => "credit-exhausted",
            Self::Forbidden => "forbidden",
            Self::ModelMissing => "model-missing",
            Self::Again => "again",
            Self::RateLimited => "rate-limited",
            Self::ServerError => "server-error",
            Self::Unavailable => "unavailable",
            Self::Overloaded => "overloaded",
            Self::NotAnAnswer => "not-an-answer",
            Self::Misconfigured => "misconfigured",
            Self::Cut => "cut",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether the walk may go on to another endpoint after it.
    #[must_use]
    pub fn moves_on(self) -> bool {
        self.row().moves_on
    }

    /// Whether the attempt may have been billed (sent and perhaps worked on).
    #[must_use]
    pub fn may_be_billed(self) -> bool {
        self.row().cost != Cost::Free
    }
}
