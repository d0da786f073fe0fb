//! Traces and routes.

use serde::Serialize;

/// One request's way.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Trace {
    pub(crate) id: String,
    pub(crate) started_unix_ms: i64,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) dialect: Option<String>,
    pub(crate) model: Option<String>,
    pub(crate) stream: bool,
    pub(crate) client: Option<String>,
    pub(crate) session: Option<String>,
    pub(crate) agent: Option<String>,
    pub(crate) steps: Vec<Step>,
    /// It has not ended.
    pub(crate) running: bool,
    /// `complete refused cut cancelled`.
    pub(crate) ended: Option<String>,
    pub(crate) status: Option<u32>,
    pub(crate) detail: Option<String>,
    /// How long it took, or has taken so far.
    pub(crate) duration_ms: f64,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Step {
    pub(crate) after_ms: f64,
    #[serde(flatten)]
    pub(crate) what: Happened,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub(crate) enum Happened {
    Chose {
        endpoint: String,
        group: String,
        reason: String,
        /// The reason for people.
        told: String,
        passed_over: Vec<Bar>,
        /// Tokens of the conversation that another endpoint's cache holds.
        cache_lost_tokens: u64,
        /// Pattern of the model's route.
        route: Option<String>,
        /// The model that was asked for there instead of the client's.
        model: Option<String>,
        lineup: Lineup,
    },
    Translated {
        /// The endpoint's dialect.
        dialect: String,
        /// What it has no word for.
        lost: Vec<String>,
    },
    Failed {
        class: String,
        status: Option<u32>,
        detail: String,
        took_ms: f64,
    },
    Nobody {
        why: Vec<Bar>,
        more: u32,
        retry_after_ms: Option<f64>,
    },
    Answered {
        status: u32,
    },
    Waits {
        kind: String,
        why: String,
    },
    ServedBy {
        request: String,
        source: String,
    },
    /// A daemon of a later version tells something that this program does not know.
    Other,
}

/// An endpoint and what spoke against it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Bar {
    pub(crate) endpoint: String,
    pub(crate) why: String,
}

/// How the endpoints of one dialect stood.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Lineup {
    pub(crate) unix_ms: i64,
    pub(crate) why: String,
    pub(crate) order: Vec<String>,
    pub(crate) out: Vec<Bar>,
    pub(crate) more: u32,
}

/// Where a request would go.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Route {
    pub(crate) model: String,
    pub(crate) dialect: String,
    /// Why the first is the first.
    pub(crate) why: String,
    /// Pattern of the model's route.
    pub(crate) route: Option<String>,
    /// Its line in the config.
    pub(crate) route_line: Option<u32>,
    pub(crate) candidates: Vec<Candidate>,
}

/// One endpoint of a route.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Candidate {
    pub(crate) endpoint: String,
    pub(crate) group: String,
    pub(crate) state: String,
    pub(crate) group_priority: u32,
    pub(crate) priority: u32,
    pub(crate) price: f64,
    pub(crate) latency_ms: Option<f64>,
    pub(crate) in_flight: u32,
    pub(crate) first: bool,
    /// Why it cannot be used.
    pub(crate) why_not: Option<String>,
    pub(crate) dialect: Option<String>,
    /// The model that it would be asked for instead of the client's.
    pub(crate) model: Option<String>,
    /// Priority of the route's target.
    pub(crate) target_priority: Option<u32>,
}
