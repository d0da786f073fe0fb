//! What the handle passes on to the rooms that do IO, and what they answer.

use std::time::Duration;

use tokio::sync::oneshot;
use zephyr_core::config::{ProbeKind, Problem};
use zephyr_core::engine::Refusal;

/// The room that should answer has stopped: the daemon is shutting down.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("zephyrd is stopping")]
pub(crate) struct Gone;

/// An order to the probe runner.
pub(crate) enum ProbeOrder {
    /// Probe one endpoint, one group, or everything (`None`), now, paused or not.
    Check {
        /// Endpoint or group.
        name: Option<String>,
        /// Where the results go, in file order.
        answer: oneshot::Sender<Result<Vec<CheckResult>, Refusal>>,
    },
    /// Send one real prompt.
    Test {
        /// The endpoint.
        name: String,
        /// `None` = the probe's model.
        model: Option<String>,
        /// `None` = the probe's prompt.
        prompt: Option<String>,
        /// Where the report goes.
        answer: oneshot::Sender<Result<TestReport, Refusal>>,
    },
}

/// What one probe on demand found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CheckResult {
    /// Endpoint's name.
    pub(crate) endpoint: String,
    /// What was really sent.
    pub(crate) kind: ProbeKind,
    /// Full response time.
    pub(crate) latency: Option<Duration>,
    /// What was wrong; `None` = healthy.
    pub(crate) error: Option<String>,
}

/// What one real prompt brought back.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct TestReport {
    /// Endpoint's name.
    pub(crate) endpoint: String,
    /// HTTP status; 0 when there was none.
    pub(crate) status: u16,
    /// What was wrong; `None` = a real answer came.
    pub(crate) error: Option<String>,
    /// To the first byte of the answer.
    pub(crate) first_byte: Option<Duration>,
    /// To its end.
    pub(crate) total: Duration,
    /// Model asked for.
    pub(crate) model_asked: String,
    /// Model that the answer names.
    pub(crate) model_answered: String,
    /// Beginning of the answer's text.
    pub(crate) text: String,
    /// Input tokens, as the endpoint counts.
    pub(crate) input_tokens: Option<u64>,
    /// Output tokens, as the endpoint counts.
    pub(crate) output_tokens: Option<u64>,
    /// The endpoint's price factor.
    pub(crate) price: f64,
}

/// An order to the config source: read everything anew.
pub(crate) struct ReloadOrder {
    /// Where the answer goes.
    pub(crate) answer: oneshot::Sender<Result<ReloadAnswer, Vec<Problem>>>,
}

/// What a reload did.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct ReloadAnswer {
    /// One line per change; empty when nothing changed.
    pub(crate) changes: Vec<String>,
    /// Warnings about the new config.
    pub(crate) warnings: Vec<Problem>,
}
