//! What can go wrong, as a person reads it: a kind (which is the exit status), one message, causes and hints.

use crate::language::words;
use std::fmt;
use std::io;
use zephyr_words::say;

use crate::view::Problem;

/// What sort of failure it is; decides the exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It was tried and did not work.
    Failed,
    /// The command line makes no sense.
    Usage,
    /// No daemon answers.
    NotRunning,
    /// No endpoint, group or request has that name.
    UnknownName,
    /// The caller may not do that.
    NoPermission,
    /// The config has errors.
    BadConfig,
}

impl Kind {
    /// The exit status.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Failed => 1,
            Self::Usage => 2,
            Self::NotRunning => 3,
            Self::UnknownName => 4,
            Self::NoPermission => 5,
            Self::BadConfig => 6,
        }
    }

    /// The name in JSON.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Usage => "usage",
            Self::NotRunning => "not-running",
            Self::UnknownName => "unknown-name",
            Self::NoPermission => "no-permission",
            Self::BadConfig => "bad-config",
        }
    }
}

/// Why a verb gave up.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.message)]
pub(crate) struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: Kind,
    message: String,
    causes: Vec<String>,
    hints: Vec<String>,
    problems: Vec<Problem>,
    broken_pipe: bool,
}

impl Error {
    /// An error of that kind.
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            causes: Vec::new(),
            hints: Vec::new(),
            problems: Vec::new(),
            broken_pipe: false,
        }))
    }

    /// Something was tried and did not work.
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::new(Kind::Failed, message)
    }

    /// The reader of our output has gone (or the disk is full).
    pub(crate) fn output(error: &io::Error) -> Self {
        let mut new = Self::failed(say!(words(), "cannot-write-output")).caused_by(error);
        new.0.broken_pipe = error.kind() == io::ErrorKind::BrokenPipe;
        new
    }

    /// Adds what lies beneath, outermost first; an empty text is left out.
    pub(crate) fn caused_by(mut self, cause: impl fmt::Display) -> Self {
        let cause = cause.to_string();
        if !cause.is_empty() {
            self.0.causes.push(cause);
        }
        self
    }

    /// Adds what the caller can do about it; an empty text is left out.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        let hint = hint.into();
        if !hint.is_empty() {
            self.0.hints.push(hint);
        }
        self
    }

    /// Adds what is wrong with a config.
    pub(crate) fn with_problems(mut self, problems: Vec<Problem>) -> Self {
        self.0.problems = problems;
        self
    }

    pub(crate) fn kind(&self) -> Kind {
        self.0.kind
    }

    pub(crate) fn causes(&self) -> &[String] {
        &self.0.causes
    }

    pub(crate) fn hints(&self) -> &[String] {
        &self.0.hints
    }

    pub(crate) fn problems(&self) -> &[Problem] {
        &self.0.problems
    }

    /// Whether it only says that nobody reads our output any more.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        self.0.broken_pipe
    }
}

/// An error and everything beneath it on one line.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        next = cause.source();
    }
    text
}
