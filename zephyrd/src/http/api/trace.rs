//! The way of one request, as `zephyrctl explain` tells it: what was chosen, why, and what came of it.

use serde::Serialize;
use utoipa::ToSchema;
use zephyr_core::engine::{Decision, Lineup, WhyNot};

use super::tell::{millis, some};
use crate::http::time::rfc3339;
use crate::system::text::clean;
use crate::trace::{Step, Trace, What};

/// What happened to a request, in order.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TraceTold {
    running: bool,
    /// `complete`, `refused`, `cut` or `cancelled`; null while it runs.
    ended: Option<&'static str>,
    /// The error's text.
    detail: Option<String>,
    duration_ms: f64,
    steps: Vec<StepTold>,
}

/// One thing that happened.
#[derive(Debug, Serialize, ToSchema)]
struct StepTold {
    /// After the request came.
    after_ms: f64,
    #[serde(flatten)]
    what: WhatTold,
}

/// What happened; `what` says which it is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "what", rename_all = "snake_case")]
enum WhatTold {
    /// An endpoint was chosen and asked.
    Chose(Box<Chose>),
    /// The request was written anew for an endpoint of another dialect.
    Translated {
        /// The endpoint's.
        dialect: &'static str,
        /// What the endpoint has no word for and was left out.
        lost: Vec<&'static str>,
    },
    /// It failed before the client had seen anything.
    Failed {
        /// A class of outcomes.
        class: &'static str,
        /// Status of the answer, where there was one.
        http_status: Option<u16>,
        detail: String,
        took_ms: f64,
    },
    /// Nobody could be asked.
    Nobody {
        why: Vec<WhyNotTold>,
        /// How many more endpoints there were.
        more: usize,
        /// When the first may be back.
        retry_after_ms: Option<f64>,
    },
    /// The answer began to go out.
    Answered { http_status: u16 },
    /// It began to wait.
    Waits {
        /// `queued` or `suspended`.
        kind: &'static str,
        /// What for.
        why: String,
    },
    /// Another request's answer serves it.
    ServedBy {
        /// That request's id.
        request: String,
        /// `shared` or `cache`.
        source: &'static str,
    },
}

/// What was chosen and why.
#[derive(Debug, Serialize, ToSchema)]
struct Chose {
    endpoint: String,
    group: String,
    /// A word for programs: `current`, `next`, `stays`, …
    reason: &'static str,
    /// The same for people.
    told: String,
    /// Who came before it and could not take the request.
    passed_over: Vec<WhyNotTold>,
    /// Tokens that another endpoint holds in its cache and this one has to read anew.
    cache_lost_tokens: u64,
    /// Pattern of the model's route.
    route: Option<String>,
    /// The model that is asked for there instead of the client's.
    model: Option<String>,
    lineup: LineupTold,
}

/// How those it was chosen from stood.
#[derive(Debug, Serialize, ToSchema)]
struct LineupTold {
    /// Null for targets of a route.
    dialect: Option<&'static str>,
    /// When that was written down.
    timestamp: String,
    /// Who was ahead and why.
    why: String,
    /// In the order in which requests tried them.
    order: Vec<String>,
    /// Those that could not serve.
    out: Vec<WhyNotTold>,
    /// How many more there were of either sort.
    more: usize,
}

/// Why an endpoint was not chosen.
#[derive(Debug, Serialize, ToSchema)]
struct WhyNotTold {
    endpoint: String,
    why: String,
}

/// The way of a request.
pub(super) fn told(trace: &Trace) -> TraceTold {
    let known = trace.told();
    let took = known.ended.as_ref().map_or_else(|| trace.age(), |end| end.took);
    TraceTold {
        running: known.ended.is_none(),
        ended: known.ended.as_ref().map(|end| end.how),
        detail: known.ended.as_ref().and_then(|end| end.detail.as_deref()).and_then(some),
        duration_ms: millis(took),
        steps: known.steps.iter().map(step).collect(),
    }
}

fn step(step: &Step) -> StepTold {
    let what = match &step.what {
        What::Chose { endpoint, decision } => {
            WhatTold::Chose(Box::new(chose(&endpoint.name, &endpoint.group, decision)))
        }
        What::Translated { dialect, lost } => WhatTold::Translated { dialect, lost: lost.clone() },
        What::Failed { class, status, detail, took } => WhatTold::Failed {
            class: class.name(),
            http_status: *status,
            detail: clean(detail),
            took_ms: millis(*took),
        },
        What::Nobody { why, more, retry_after } => {
            WhatTold::Nobody { why: why_not(why), more: *more, retry_after_ms: retry_after.map(millis) }
        }
        What::Answered { status } => WhatTold::Answered { http_status: *status },
        What::Waits { kind, why } => WhatTold::Waits { kind, why: clean(why) },
        What::ServedBy { request, source } => WhatTold::ServedBy { request: clean(request), source },
    };
    StepTold { after_ms: millis(step.after), what }
}

fn chose(endpoint: &str, group: &str, decision: &Decision) -> Chose {
    let Lineup { dialect, unix_ms, why, order, out, more } = &*decision.lineup;
    Chose {
        endpoint: clean(endpoint),
        group: clean(group),
        reason: decision.reason.name(),
        told: decision.reason.to_string(),
        passed_over: why_not(&decision.passed_over),
        cache_lost_tokens: decision.cache_lost,
        route: decision.route.as_deref().map(clean),
        model: decision.rename.as_deref().map(clean),
        lineup: LineupTold {
            dialect: dialect.map(|d| d.name()),
            timestamp: rfc3339(*unix_ms),
            why: clean(why),
            order: order.iter().map(|name| clean(name)).collect(),
            out: why_not(out),
            more: *more,
        },
    }
}

fn why_not(list: &[(String, WhyNot)]) -> Vec<WhyNotTold> {
    list.iter().map(|(name, why)| WhyNotTold { endpoint: clean(name), why: why.to_string() }).collect()
}
