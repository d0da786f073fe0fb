//! The outcome table: one row per class.
//!
//! A row says whether the request moves on, whether the same endpoint is asked again, what the attempt may have cost,
//! what follows for the endpoint and for whom else, and what the client is told when all is spent.

use std::time::Duration;

use crate::engine::State;

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// An answer was given, to its end.
    Ok,
    /// 400, 413, 422 and other faults of the client: passed on verbatim, says nothing about health.
    ClientFault,
    /// The same, where the config lets every 4xx move on.
    Declined,
    /// DNS, refused, connect or TLS failure or timeout: provably not sent.
    ConnectFailed,
    /// Reset or EOF after sending, no answer.
    Unanswered,
    /// No first event or byte within the limit.
    TimedOut,
    /// 401 of a credential (of ours; of the client's where it was passed through).
    AuthFailed,
    /// 401 of a credential that can be had anew, and has not been for this request.
    StaleCredential,
    /// 402, or 400/403 with credit or spend-limit wording.
    CreditExhausted,
    /// 403.
    Forbidden,
    /// 404 with a JSON body: no such model there.
    ModelMissing,
    /// 408, 409, 425.
    Again,
    /// 429 that states when to come back.
    RateLimited,
    /// 429 of a subscription: a window that all its models draw on is used up.
    WindowSpent,
    /// 429 of a subscription: the window of one family of models is used up.
    FamilySpent,
    /// 429 that says nothing more, or a refusal whose words mean that a limit is reached.
    LimitReached,
    /// 2xx at extra cost, of a subscription that is used up and may not go on so.
    Overage,
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
    /// Once, at once.
    AtOnce,
    /// Once, after a wait, whoever else there is.
    Once,
    /// Once, after a wait, if there is nobody else.
    IfAlone,
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

/// A stated time is at least this long.
pub(super) const SHORTEST: Duration = Duration::from_secs(1);

/// What a consequence holds for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// The endpoint.
    Endpoint,
    /// Every endpoint with the same credential at the same provider.
    Credential,
    /// The model asked for, at every endpoint with the same credential at the same provider.
    Model,
    /// The model asked for, at every endpoint of the same provider.
    Provider,
}

impl Scope {
    /// The scope for a request that names a model (`named`), or none: a limit that states its time is then the whole
    /// credential's, overload the endpoint's, and nothing can be said of a model that is missing.
    pub(crate) fn of(self, named: bool, rest: Rest) -> Option<Self> {
        match self {
            Self::Model if !named => (!rest.at_least).then_some(Self::Credential),
            Self::Provider if !named => Some(Self::Endpoint),
            scope => Some(scope),
        }
    }
}

/// How long it lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rest {
    /// Where no time is stated, the first time.
    pub(crate) first: Duration,
    /// Doubled with each further time in a row, up to this.
    pub(crate) most: Duration,
    /// A stated time that is shorter is not taken at its word.
    pub(crate) at_least: bool,
}

impl Rest {
    /// The rest after `before` rests of its kind in a row. A stated time is never shortened.
    pub(crate) fn lasts(self, stated: Option<Duration>, before: u32) -> Duration {
        let grown = self.first.saturating_mul(1_u32.checked_shl(before).unwrap_or(u32::MAX)).min(self.most);
        match stated {
            Some(stated) if self.at_least => stated.max(grown),
            // At once is no time to come back at.
            Some(stated) => stated.max(SHORTEST),
            None => grown,
        }
    }
}

/// What follows for endpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    /// Nothing.
    Nothing,
    /// Nothing but that people are shown what was said.
    Noted,
    /// It works.
    Good,
    /// One failure of the endpoint; several open it.
    Failure,
    /// As a failure; where a time is stated, the endpoint rests until then.
    FailureOrRest,
    /// It is not asked for a time.
    Barred(Scope, State, Rest),
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
pub(crate) struct Row {
    pub(super) moves_on: bool,
    pub(super) same: Same,
    pub(super) cost: Cost,
    pub(crate) then: Then,
    pub(super) told: Told,
}

const fn told(status: u16, kind: &'static str, preference: u8, waiting_helps: bool) -> Told {
    Told { status, kind, preference, waiting_helps }
}

const fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

const fn minutes(n: u64) -> Duration {
    Duration::from_secs(n * 60)
}

/// Until the stated time; where none is stated, this long, doubled each time in a row up to the second.
const fn stated(first: Duration, most: Duration) -> Rest {
    Rest { first, most, at_least: false }
}

/// At least this long, doubled each time in a row up to the second, and longer if that is stated.
const fn at_least(first: Duration, most: Duration) -> Rest {
    Rest { first, most, at_least: true }
}

impl Class {
    /// Every class, in the order of the table.
    pub const ALL: [Self; 24] = [
        Self::Ok,
        Self::ClientFault,
        Self::Declined,
        Self::ConnectFailed,
        Self::Unanswered,
        Self::TimedOut,
        Self::StaleCredential,
        Self::AuthFailed,
        Self::CreditExhausted,
        Self::Forbidden,
        Self::ModelMissing,
        Self::Again,
        Self::RateLimited,
        Self::WindowSpent,
        Self::FamilySpent,
        Self::LimitReached,
        Self::Overage,
        Self::ServerError,
        Self::Unavailable,
        Self::Overloaded,
        Self::NotAnAnswer,
        Self::Misconfigured,
        Self::Cut,
        Self::Cancelled,
    ];

    #[rustfmt::skip]
    pub(crate) const fn row(self) -> Row {
        use Cost::{Billed, Free};
        use Same::{AtOnce, IfAlone, No, Once, WhenTold};
        use Scope::{Credential as C, Endpoint as E, Model as M, Provider as P};
        use State::{AuthFailed, Cooling, Exhausted, Misconfigured};
        use Then::{Barred, Failure, FailureOrRest, Good, Noted, Nothing};
        const API: &str = "api_error";
        const LIMIT: &str = "rate_limit_error";
        const fn row(moves_on: bool, same: Same, cost: Cost, then: Then, told: Told) -> Row {
            Row { moves_on, same, cost, then, told }
        }
        match self {
            //                               next   same      cost              what follows                                                          when all is spent
            Self::Ok              => row(false, No,       Billed,           Good,                                                                 told(502, API, 10, false)),
            Self::ClientFault     => row(false, No,       Free,             Nothing,                                                              told(400, "invalid_request_error", 4, false)),
            Self::Declined        => row(true,  No,       Free,             Nothing,                                                              told(400, "invalid_request_error", 4, false)),
            Self::ConnectFailed   => row(true,  No,       Free,             Failure,                                                              told(502, API, DISAGREED, true)),
            Self::Unanswered      => row(true,  No,       Cost::Unanswered, Failure,                                                              told(502, API, DISAGREED, true)),
            Self::TimedOut        => row(true,  No,       Cost::Unanswered, Failure,                                                              told(504, "timeout_error", 7, true)),
            Self::StaleCredential => row(true,  AtOnce,   Free,             Nothing,                                                              told(503, API, 1, false)),
            Self::AuthFailed      => row(true,  No,       Free,             Barred(C, AuthFailed, at_least(minutes(5), minutes(60))),             told(503, API, 1, false)),
            Self::CreditExhausted => row(true,  No,       Free,             Barred(C, Exhausted, at_least(minutes(60), minutes(60))),             told(429, LIMIT, 0, false)),
            Self::Forbidden       => row(true,  No,       Free,             Barred(M, Exhausted, at_least(minutes(30), minutes(30))),             told(403, "permission_error", 2, false)),
            Self::ModelMissing    => row(true,  No,       Free,             Barred(M, Exhausted, at_least(minutes(10), minutes(10))),             told(404, "not_found_error", 3, false)),
            Self::Again           => row(true,  Once,     Billed,           Noted,                                                                told(503, API, 5, true)),
            Self::RateLimited     => row(true,  WhenTold, Free,             Barred(M, Exhausted, stated(seconds(30), minutes(60))),               told(429, LIMIT, 0, true)),
            Self::WindowSpent     => row(true,  No,       Free,             Barred(C, Exhausted, stated(seconds(30), minutes(60))),               told(429, LIMIT, 0, true)),
            Self::FamilySpent     => row(true,  No,       Free,             Barred(M, Exhausted, stated(seconds(30), minutes(60))),               told(429, LIMIT, 0, true)),
            Self::LimitReached    => row(true,  No,       Free,             Barred(C, Exhausted, stated(seconds(30), minutes(60))),               told(429, LIMIT, 0, true)),
            Self::Overage         => row(true,  No,       Billed,           Barred(C, Exhausted, stated(seconds(30), minutes(60))),               told(429, LIMIT, 0, true)),
            Self::ServerError     => row(true,  IfAlone,  Billed,           Failure,                                                              told(500, API, 6, true)),
            Self::Unavailable     => row(true,  No,       Billed,           FailureOrRest,                                                        told(503, API, 5, true)),
            Self::Overloaded      => row(true,  No,       Free,             Barred(P, Cooling, stated(seconds(5), seconds(60))),                  told(529, "overloaded_error", 9, true)),
            Self::NotAnAnswer     => row(true,  No,       Billed,           Failure,                                                              told(502, API, DISAGREED, true)),
            Self::Misconfigured   => row(true,  No,       Free,             Barred(E, Misconfigured, at_least(minutes(5), minutes(60))),          told(502, API, DISAGREED, false)),
            Self::Cut             => row(false, No,       Billed,           Failure,                                                              told(502, API, DISAGREED, true)),
            Self::Cancelled       => row(false, No,       Billed,           Nothing,                                                              told(502, API, 10, false)),
        }
    }

    /// The name in records and the log.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::ClientFault => "client-fault",
            Self::Declined => "declined",
            Self::ConnectFailed => "connect-failed",
            Self::Unanswered => "unanswered",
            Self::TimedOut => "timed-out",
            Self::StaleCredential => "stale-credential",
            Self::AuthFailed => "auth-failed",
            Self::CreditExhausted => "credit-exhausted",
            Self::Forbidden => "forbidden",
            Self::ModelMissing => "model-missing",
            Self::Again => "again",
            Self::RateLimited => "rate-limited",
            Self::WindowSpent => "window-spent",
            Self::FamilySpent => "family-spent",
            Self::LimitReached => "limit-reached",
            Self::Overage => "overage",
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

    /// Whether another model may well be answered where this one was not.
    pub(crate) fn is_of_the_model(self) -> bool {
        let scope = matches!(self.row().then, Then::Barred(Scope::Model | Scope::Provider, ..));
        scope || self == Self::Declined
    }

    /// Whether the attempt may have been billed (sent and perhaps worked on).
    #[must_use]
    pub fn may_be_billed(self) -> bool {
        self.row().cost != Cost::Free
    }
}
