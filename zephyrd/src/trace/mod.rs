//! The traces of the last requests: what was chosen for each, why, and what came of it. For `explain`.
//!
//! In memory and bounded: the last [`MOST`] requests since the start, those that still run among them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use zephyr_core::config::Endpoint;
use zephyr_core::engine::{Decision, NoEndpoint, WhyNot};
use zephyr_core::failover::Class;

/// Most requests that are kept.
const MOST: usize = 2000;
/// Most steps of one request that are kept.
const MOST_STEPS: usize = 64;
/// Most endpoints that are named where nobody could be asked.
const MOST_NAMED: usize = 16;

/// The traces; cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Traces(Arc<Mutex<VecDeque<Arc<Trace>>>>);

/// The trace of one request, written while it runs.
pub(crate) struct Trace {
    /// The request's id.
    pub(crate) id: String,
    /// When it came, Unix milliseconds.
    pub(crate) unix_ms: i64,
    started: Instant,
    told: Mutex<Told>,
}

/// What is known of a request and its way so far.
#[derive(Clone, Default)]
pub(crate) struct Told {
    /// What it is.
    pub(crate) request: Asked,
    /// What happened, in order.
    pub(crate) steps: Vec<Step>,
    /// How it ended; `None` while it runs.
    pub(crate) ended: Option<End>,
}

/// What a request is.
#[derive(Clone, Default)]
pub(crate) struct Asked {
    /// HTTP method.
    pub(crate) method: String,
    /// Path without query.
    pub(crate) path: String,
    /// Dialect; empty off the inference paths.
    pub(crate) dialect: String,
    /// Model asked for; empty where none is named.
    pub(crate) model: String,
    /// It asks for a stream.
    pub(crate) stream: bool,
    /// Name of the client; empty where no token is asked for.
    pub(crate) client: String,
    /// The conversation's id.
    pub(crate) session: Option<String>,
    /// The subagent's id.
    pub(crate) agent: Option<String>,
}

/// One thing that happened.
#[derive(Clone)]
pub(crate) struct Step {
    /// How long after the request came.
    pub(crate) after: Duration,
    /// What.
    pub(crate) what: What,
}

/// What happened.
#[derive(Clone)]
pub(crate) enum What {
    /// An endpoint was chosen and asked.
    Chose {
        /// It.
        endpoint: Arc<Endpoint>,
        /// Why.
        decision: Box<Decision>,
    },
    /// The request was written anew for an endpoint of another dialect.
    Translated {
        /// The endpoint's.
        dialect: &'static str,
        /// What the endpoint has no word for and was left out, as the client's dialect calls it.
        lost: Vec<&'static str>,
    },
    /// It failed before the client had seen anything.
    Failed {
        /// As what.
        class: Class,
        /// HTTP status, where there was one.
        status: Option<u16>,
        /// In words.
        detail: String,
        /// How long the attempt took.
        took: Duration,
    },
    /// Nobody could be asked.
    Nobody {
        /// Why not, by name; at most 16.
        why: Vec<(String, WhyNot)>,
        /// How many more endpoints there were.
        more: usize,
        /// When the first may be back.
        retry_after: Option<Duration>,
    },
    /// The answer began to go out.
    Answered {
        /// With this status.
        status: u16,
    },
    /// It began to wait; what comes next tells when that ended.
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

/// How a request ended.
#[derive(Clone)]
pub(crate) struct End {
    /// `complete`, `refused`, `cut` or `cancelled`.
    pub(crate) how: &'static str,
    /// HTTP status; 0 where none was sent.
    pub(crate) status: u16,
    /// The error's text.
    pub(crate) detail: Option<String>,
    /// How long it took.
    pub(crate) took: Duration,
}

impl Traces {
    /// A request has come.
    pub(crate) fn begin(&self, id: &str, unix_ms: i64) -> Arc<Trace> {
        let (started, told) = (Instant::now(), Mutex::default());
        let trace = Arc::new(Trace { id: id.to_owned(), unix_ms, started, told });
        let mut kept = self.lock();
        // What is dropped is dropped outside the lock.
        let oldest = if kept.len() >= MOST { kept.pop_front() } else { None };
        kept.push_back(Arc::clone(&trace));
        drop(kept);
        drop(oldest);
        trace
    }

    /// The trace of one request, if it is still kept.
    pub(crate) fn find(&self, id: &str) -> Option<Arc<Trace>> {
        self.lock().iter().rev().find(|t| t.id == id).cloned()
    }

    /// The trace of the newest request for which an endpoint was chosen or looked for.
    pub(crate) fn newest(&self) -> Option<Arc<Trace>> {
        let kept: Vec<Arc<Trace>> = self.lock().iter().rev().cloned().collect();
        kept.into_iter().find(|t| !t.lock().steps.is_empty())
    }

    /// How many requests can be explained at most.
    pub(crate) fn most() -> usize {
        MOST
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Arc<Trace>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Trace {
    /// What is known so far.
    pub(crate) fn told(&self) -> Told {
        self.lock().clone()
    }

    /// How long ago the request came.
    pub(crate) fn age(&self) -> Duration {
        self.started.elapsed()
    }

    /// What the request is.
    pub(crate) fn asked(&self, request: Asked) {
        self.lock().request = request;
    }

    /// An endpoint was chosen.
    pub(crate) fn chose(&self, endpoint: &Arc<Endpoint>, decision: Box<Decision>) {
        self.step(What::Chose { endpoint: Arc::clone(endpoint), decision });
    }

    /// Nobody could be asked.
    pub(crate) fn nobody(&self, none: &NoEndpoint) {
        let worth = |(_, why): &&(String, WhyNot)| !matches!(why, WhyNot::Dialect | WhyNot::NotRouted);
        let all = none.why.iter().filter(worth).count();
        let why: Vec<_> = none.why.iter().filter(worth).take(MOST_NAMED).cloned().collect();
        let more = all - why.len();
        self.step(What::Nobody { why, more, retry_after: none.retry_after });
    }

    /// Something happened.
    pub(crate) fn step(&self, what: What) {
        let after = self.started.elapsed();
        let mut told = self.lock();
        if told.steps.len() < MOST_STEPS {
            told.steps.push(Step { after, what });
        }
    }

    /// It is over.
    pub(crate) fn ended(&self, end: End) {
        self.lock().ended = Some(end);
    }

    fn lock(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_requests_are_kept_and_found_by_id_while_they_run_too() {
        let traces = Traces::default();
        assert!(traces.newest().is_none());
        for n in 0..=MOST {
            traces.begin(&format!("req-{n}"), 0);
        }
        assert!(traces.find("req-0").is_none());
        let last = traces.find(&format!("req-{MOST}")).expect("kept");
        assert!(last.told().ended.is_none() && traces.newest().is_none());
        last.step(What::Answered { status: 200 });
        assert_eq!(traces.newest().expect("one with a step").id, last.id);
        for _ in 0..2 * MOST_STEPS {
            last.step(What::Answered { status: 200 });
        }
        assert_eq!(last.told().steps.len(), MOST_STEPS);
    }
}
