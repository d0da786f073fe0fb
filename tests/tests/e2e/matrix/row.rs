//! The words that rows are written in.

use zephyr_tests::Answer;

/// In which forms of answer it can happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Both,
    Stream,
    Whole,
}

impl Form {
    /// Whether the client wished a stream, for each case.
    pub(super) fn streams(self) -> &'static [bool] {
        match self {
            Self::Both => &[false, true],
            Self::Stream => &[true],
            Self::Whole => &[false],
        }
    }
}

/// What is wrong.
#[derive(Debug, Clone)]
pub(super) enum Fault {
    /// It is reached, and answers like this.
    Answers(Answer),
    /// Nothing listens there.
    Refuses,
    /// Something listens that speaks no TLS, where TLS was asked for.
    NoTls,
    /// TLS was asked for, and never comes.
    SilentTls,
    /// Its name is not known.
    NoHost,
}

/// How often `a`, its twin of the same credential and provider, and `b` of another are asked.
pub(super) type Calls = [usize; 3];

/// Only `a` has the fault.
#[derive(Debug, Clone, Copy)]
pub(super) struct One {
    pub(super) calls: Calls,
    /// Who serves; `None` = the client is told what it would be told if all had the fault.
    pub(super) by: Option<&'static str>,
    /// States of `a` and its twin afterwards: one of several, or any.
    pub(super) states: [&'static str; 2],
    /// Where a request of another conversation goes then, and one for another model, once `a` is well again; empty
    /// where either may be right.
    pub(super) next: [&'static str; 2],
}

/// What the client is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// The endpoint's own answer, byte for byte.
    Verbatim(u16),
    /// An error of our own with this status and type, in the client's dialect.
    Own(u16, &'static str),
    /// What had come until then, and then its connection breaks.
    Broken,
}

/// What it is told of trying again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    /// `retry-after` of 1 to 59 s, which clients wait.
    Soon,
    /// `retry-after` of so many seconds, less those that have gone; above 59 s with `x-should-retry: false`.
    After(u64),
    /// `x-should-retry: false`.
    Never,
    /// Nothing but what the endpoint says itself.
    AsItSays,
}

/// All have the fault.
#[derive(Debug, Clone, Copy)]
pub(super) struct All {
    pub(super) calls: Calls,
    pub(super) told: Told,
    pub(super) again: Again,
}

/// One row.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) outcome: &'static str,
    pub(super) form: Form,
    pub(super) fault: Fault,
    pub(super) one: One,
    pub(super) all: All,
    /// Keys of both groups, beside the usual.
    pub(super) keys: &'static str,
}

pub(super) fn row(outcome: &'static str, form: Form, fault: impl Into<Fault>, one: One, all: All) -> Row {
    Row { outcome, form, fault: fault.into(), one, all, keys: "" }
}

impl Row {
    pub(super) fn with(self, keys: &'static str) -> Self {
        Self { keys, ..self }
    }
}

impl From<Answer> for Fault {
    fn from(answer: Answer) -> Self {
        Self::Answers(answer)
    }
}

/// The request moves on and `by` serves it.
pub(super) const fn moves(
    calls: Calls,
    by: &'static str,
    states: [&'static str; 2],
    next: [&'static str; 2],
) -> One {
    One { calls, by: Some(by), states, next }
}

/// The request does not move on.
pub(super) const fn stays(states: [&'static str; 2], next: [&'static str; 2]) -> One {
    One { calls: [1, 0, 0], by: None, states, next }
}

pub(super) const fn spent(calls: Calls, told: Told, again: Again) -> All {
    All { calls, told, again }
}

/// A realistic answer of this status.
pub(super) fn status(status: u16) -> Answer {
    Answer { status, ..Answer::realistic() }
}

/// In use as before.
pub(super) const USABLE: &str = "unknown up degraded";
/// Of a failure, but not yet enough to open it.
pub(super) const DEGRADED: &str = "degraded";
/// Whatever; where the next requests go says what matters.
pub(super) const ANY: &str = "";
