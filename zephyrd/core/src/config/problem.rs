//! One thing that is wrong with a config.

use std::fmt;

/// Whether a problem forbids the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The plan cannot be used.
    Error,
    /// Worth telling; the plan is used.
    Warning,
}

/// One problem: where, what, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Whether it forbids the plan.
    pub severity: Severity,
    /// The file, or the environment variable, that it is in.
    pub source: String,
    /// 1-based; 0 where the source has no lines.
    pub line: u32,
    /// 1-based, in characters; 0 where the source has no lines.
    pub column: u32,
    /// What is wrong: lower case, no full stop, backticks round literals.
    pub message: String,
    /// What to do about it, where that is known.
    pub hint: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.source)?;
        if self.line > 0 {
            write!(f, ":{}:{}", self.line, self.column)?;
        }
        let kind = if self.severity == Severity::Error { "error" } else { "warning" };
        write!(f, ": {kind}: {}", self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "\n  hint: {hint}"),
            None => Ok(()),
        }
    }
}
