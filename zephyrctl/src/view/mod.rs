//! What the CLI talks about: its own types, which are also the shape of `--json`.
//!
//! They are built from the protocol's messages in [`convert`] and nowhere else. Names and units here are a
//! promise to scripts: fields may be added, never renamed or removed within `"schema": 1`.

mod convert;
mod explain;
mod logs;
mod money;
mod running;
mod usage;
mod waiting;
mod web;

use serde::Serialize;

pub(crate) use explain::{Bar, Happened, Lineup, Route, Step, Trace};
pub(crate) use logs::{LogFollowed, LogLine};
pub(crate) use money::{Budget, Mismatch, Money, Nanos, RecordStore};
pub(crate) use running::{Runner, Running};
pub(crate) use usage::{Attempt, Followed, ProbeTotals, Report, Request, Row, Tokens, Totals};
pub(crate) use waiting::{Waiter, Waiting, WaitingTotals};
pub(crate) use web::{AdminToken, LoginLinks};

/// Everything that is known of the daemon at one moment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Status {
    #[serde(flatten)]
    pub(crate) head: Head,
    #[serde(flatten)]
    pub(crate) daemon: Daemon,
    /// In file order.
    pub(crate) endpoints: Vec<Endpoint>,
    /// In file order.
    pub(crate) groups: Vec<Group>,
    /// What was spent; `None` for callers who may only read, and where nothing is recorded.
    pub(crate) money: Option<Money>,
    /// How many requests wait, and what became of those that did.
    pub(crate) waiting: WaitingTotals,
}

/// What changes as a whole.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Head {
    /// `ok`, `degraded` or `down`.
    pub(crate) state: String,
    /// `auto` or `pinned`.
    pub(crate) mode: String,
    /// Endpoint or group that is pinned.
    pub(crate) pinned: Option<String>,
    /// Failover happens although something is pinned.
    pub(crate) pin_fallback: bool,
    /// Gets the next request of the main dialect.
    pub(crate) current: Option<String>,
    /// Why it is that one.
    pub(crate) why: String,
    /// Gets it when `current` fails.
    pub(crate) next: Option<String>,
    /// No probes are sent.
    pub(crate) paused: bool,
    /// Since when the daemon's machine has no network, Unix milliseconds.
    pub(crate) offline_unix_ms: Option<i64>,
    /// Groups take over by themselves when the active one fails.
    pub(crate) auto_switch: bool,
    /// One entry per dialect in use; the first is the main one.
    pub(crate) serving: Vec<Serving>,
    /// Requests that wait for a place.
    pub(crate) queued: u32,
    /// Requests that wait until something recovers.
    pub(crate) suspended: u32,
}

/// Who serves one dialect.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Serving {
    pub(crate) dialect: String,
    pub(crate) current: Option<String>,
    pub(crate) why: String,
    /// Names in the order in which a request would try them.
    pub(crate) order: Vec<String>,
}

/// The process and its config.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Daemon {
    pub(crate) strategy: String,
    /// Base URLs of the proxy.
    pub(crate) listen: Vec<String>,
    pub(crate) version: String,
    pub(crate) pid: u32,
    pub(crate) uptime_seconds: u64,
    /// Requests that run now; 0 for callers who may only read.
    pub(crate) active_requests: u32,
    pub(crate) state_dir: String,
    pub(crate) config: Config,
}

/// The config in force.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Config {
    pub(crate) file: Option<String>,
    /// Unix milliseconds.
    pub(crate) loaded_unix_ms: i64,
    /// What was wrong with the last reload, if it was refused.
    pub(crate) problems: Vec<Problem>,
}

/// Endpoints that share a credential and a priority.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Group {
    pub(crate) name: String,
    /// The number in force.
    pub(crate) priority: u32,
    pub(crate) default: bool,
    pub(crate) enabled: bool,
    pub(crate) endpoints: Vec<String>,
    /// `active standby paused cooling exhausted disabled`.
    pub(crate) state: String,
    /// When that ends by itself at the latest, Unix milliseconds.
    pub(crate) until_unix_ms: Option<i64>,
    /// An operator prefers it to groups with lower numbers.
    pub(crate) activated: bool,
    /// The config's number, where an operator has given it another.
    pub(crate) config_priority: Option<u32>,
}

/// One endpoint.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Endpoint {
    pub(crate) index: u32,
    pub(crate) name: String,
    pub(crate) group: String,
    pub(crate) provider: String,
    pub(crate) url: String,
    pub(crate) dialect: String,
    /// `up degraded cooling exhausted auth-failed misconfigured unknown`.
    pub(crate) state: String,
    /// `auto pinned paused drained`.
    pub(crate) admin: String,
    pub(crate) current: bool,
    /// Of the last good probe.
    pub(crate) latency_ms: Option<f64>,
    /// To the first token of real traffic, averaged.
    pub(crate) ttft_ms: Option<f64>,
    /// The last thing that went wrong.
    pub(crate) error: Option<String>,
    pub(crate) in_flight: u32,
    pub(crate) max_concurrent: Option<u32>,
    /// Conversations that stay there.
    pub(crate) sessions: u32,
    /// The number in force.
    pub(crate) priority: u32,
    /// The config's number, where an operator has given it another.
    pub(crate) config_priority: Option<u32>,
    pub(crate) group_priority: u32,
    /// A factor: 1.0 = list price.
    pub(crate) price: f64,
    pub(crate) weight: u32,
    /// When a cooling or hard state ends, Unix milliseconds.
    pub(crate) until_unix_ms: Option<i64>,
    /// Limited, and looked at then whether it is back, Unix milliseconds.
    pub(crate) recover_unix_ms: Option<i64>,
    /// Models that are not asked for there for a time.
    pub(crate) limits: Vec<ModelLimit>,
    pub(crate) rest: Rest,
    pub(crate) consecutive_failures: u32,
    pub(crate) attempts: u64,
    pub(crate) failures: u64,
    pub(crate) last_probe_unix_ms: Option<i64>,
    pub(crate) last_used_unix_ms: Option<i64>,
    /// Form of the credential, never the credential.
    pub(crate) auth: String,
    /// What its probes send, or `off`.
    pub(crate) probe: String,
    pub(crate) probe_spending: ProbeSpending,
    /// The last measurements, oldest first.
    pub(crate) history: Vec<Measurement>,
}

/// A model that is not asked for at an endpoint for a time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct ModelLimit {
    pub(crate) model: String,
    /// What was said.
    pub(crate) kind: String,
    /// When that ends, Unix milliseconds.
    pub(crate) until_unix_ms: i64,
    /// In what words.
    pub(crate) detail: Option<String>,
}

/// How an endpoint comes back after failures.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub(crate) struct Rest {
    /// One attempt at a time tries it.
    pub(crate) on_trial: bool,
    /// How often its present rest was doubled.
    pub(crate) doublings: u32,
    /// Until then its share of new requests grows, Unix milliseconds.
    pub(crate) slow_start_until_unix_ms: Option<i64>,
}

/// What probes that cost money have cost on one day.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub(crate) struct ProbeSpending {
    /// Days since 1970-01-01 (UTC).
    pub(crate) day: i64,
    #[serde(flatten, serialize_with = "money::cost")]
    pub(crate) cost: Nanos,
    pub(crate) probes: u64,
    /// Most that all probes together may cost in a day.
    #[serde(flatten, serialize_with = "money::limit")]
    pub(crate) daily_budget: Nanos,
}

/// One probe.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Measurement {
    pub(crate) unix_ms: i64,
    pub(crate) latency_ms: Option<f64>,
    pub(crate) error: Option<String>,
}

/// One thing that is wrong with a config.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Problem {
    /// `error` or `warning`.
    pub(crate) severity: String,
    pub(crate) source: String,
    /// 1-based; 0 where the source has no lines.
    pub(crate) line: u32,
    pub(crate) column: u32,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
}

/// Who answers on the socket.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Hello {
    pub(crate) api: String,
    pub(crate) version: String,
    pub(crate) pid: u32,
    pub(crate) features: Vec<String>,
    /// What its lines in the journal match; empty where it logs elsewhere.
    #[serde(skip)]
    pub(crate) journal: Vec<String>,
}

/// One message of a watch.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Change {
    pub(crate) number: u64,
    #[serde(flatten)]
    pub(crate) what: What,
}

/// What changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", content = "value", rename_all = "kebab-case")]
pub(crate) enum What {
    Status(Box<Status>),
    Head(Head),
    Endpoint(Box<Endpoint>),
    Endpoints(Vec<Endpoint>),
    Groups(Vec<Group>),
    Lagged { missed: u64 },
}

/// One probe on demand.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Checked {
    pub(crate) endpoint: String,
    /// What was really sent.
    pub(crate) kind: String,
    pub(crate) healthy: bool,
    pub(crate) latency_ms: Option<f64>,
    pub(crate) error: Option<String>,
}

/// What one real prompt brought back.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Tested {
    pub(crate) endpoint: String,
    pub(crate) ok: bool,
    /// HTTP; 0 when there was no answer.
    pub(crate) status: u32,
    pub(crate) error: Option<String>,
    /// TCP and TLS; absent when a warm connection was used.
    pub(crate) connect_ms: Option<f64>,
    pub(crate) first_byte_ms: Option<f64>,
    pub(crate) total_ms: f64,
    pub(crate) model_asked: String,
    pub(crate) model_answered: String,
    pub(crate) text: String,
    pub(crate) input_tokens: Option<u64>,
    pub(crate) output_tokens: Option<u64>,
    pub(crate) price: f64,
}

/// What a reload did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Reloaded {
    pub(crate) changes: Vec<String>,
    pub(crate) warnings: Vec<Problem>,
}

/// The config as text.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct ConfigText {
    /// `None` when there is no file.
    pub(crate) path: Option<String>,
    /// Secrets masked.
    pub(crate) toml: String,
}
