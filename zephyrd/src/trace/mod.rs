//! The traces of the last requests: what was chosen for each, why, and what came of it. For `explain`.
//!
//! In memory and bounded: the last [`MOST`] requests since the start, those that still run among them. A trace that
//! has fallen out gives its memory to the next: what 2,000 requests ago was made of many pieces would cost each request
//! more to give back than to write.

mod running;
mod view;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use zephyr_core::config::Endpoint;
use zephyr_core::engine::{Decision, NoEndpoint, WhyNot};
use zephyr_core::failover::Class;

pub(crate) use running::{Place, Running, RunningTally};
pub(crate) use view::RunningView;

/// Most requests that are kept.
const MOST: usize = 2000;
/// Most steps of one request that are kept.
const MOST_STEPS: usize = 64;
/// Steps of a request that nothing befalls.
const USUAL_STEPS: usize = 3;
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
    request: Texts,
    /// What happened, in order.
    pub(crate) steps: Vec<Step>,
    /// How it ended; `None` while it runs.
    pub(crate) ended: Option<End>,
}

/// What a request is.
#[derive(Clone, Copy, Default)]
pub(crate) struct Asked<'a> {
    /// HTTP method.
    pub(crate) method: &'a str,
    /// Path without query.
    pub(crate) path: &'a str,
    /// Dialect; empty off the inference paths.
    pub(crate) dialect: &'a str,
    /// Model asked for; empty where none is named.
    pub(crate) model: &'a str,
    /// It asks for a stream.
    pub(crate) stream: bool,
    /// Name of the client; empty where no token is asked for.
    pub(crate) client: &'a str,
    /// The conversation's id; empty where there is none.
    pub(crate) session: &'a str,
    /// The subagent's id; empty where there is none.
    pub(crate) agent: &'a str,
}

/// [`Asked`] in one piece of memory: its texts one behind the other, and where each ends.
#[derive(Clone, Default)]
struct Texts {
    all: String,
    ends: [usize; 7],
    stream: bool,
}

impl Texts {
    fn write(&mut self, asked: &Asked<'_>) {
        let Asked { method, path, dialect, model, stream, client, session, agent } = *asked;
        self.stream = stream;
        self.all.clear();
        for (end, text) in self.ends.iter_mut().zip([method, path, dialect, model, client, session, agent]) {
            self.all.push_str(text);
            *end = self.all.len();
        }
    }

    fn read(&self) -> Asked<'_> {
        let mut begin = 0;
        let [method, path, dialect, model, client, session, agent] = self.ends.map(|end| {
            let text = &self.all[begin..end];
            begin = end;
            text
        });
        Asked { method, path, dialect, model, stream: self.stream, client, session, agent }
    }
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

impl Told {
    /// What it is.
    pub(crate) fn request(&self) -> Asked<'_> {
        self.request.read()
    }
}

impl Traces {
    /// A request has come.
    pub(crate) fn begin(&self, id: &str, unix_ms: i64) -> Arc<Trace> {
        let mut kept = self.lock();
        let oldest = if kept.len() >= MOST { kept.pop_front() } else { None };
        drop(kept);
        let mut trace = oldest.unwrap_or_default();
        if Arc::get_mut(&mut trace).is_none() {
            // It is still written or read.
            trace = Arc::default();
        }
        if let Some(free) = Arc::get_mut(&mut trace) {
            free.begin(id, unix_ms);
        }
        let mut kept = self.lock();
        kept.push_back(Arc::clone(&trace));
        let surplus = if kept.len() > MOST { kept.pop_front() } else { None };
        drop(kept);
        drop(surplus);
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

impl Default for Trace {
    fn default() -> Self {
        Self { id: String::new(), unix_ms: 0, started: Instant::now(), told: Mutex::default() }
    }
}

impl Trace {
    /// Begins anew, in the memory that it has.
    fn begin(&mut self, id: &str, unix_ms: i64) {
        self.id.clear();
        self.id.push_str(id);
        (self.unix_ms, self.started) = (unix_ms, Instant::now());
        let told = self.told.get_mut().unwrap_or_else(PoisonError::into_inner);
        told.request.write(&Asked::default());
        told.steps.clear();
        told.steps.shrink_to(USUAL_STEPS);
        told.steps.reserve(USUAL_STEPS);
        told.ended = None;
    }

    /// What is known so far.
    pub(crate) fn told(&self) -> Told {
        self.lock().clone()
    }

    /// How long ago the request came.
    pub(crate) fn age(&self) -> Duration {
        self.started.elapsed()
    }

    /// What the request is.
    pub(crate) fn asked(&self, request: &Asked<'_>) {
        self.lock().request.write(request);
    }

    /// An endpoint was chosen; how long after the request came.
    pub(crate) fn chose(&self, endpoint: &Arc<Endpoint>, decision: Box<Decision>) -> Duration {
        self.step(What::Chose { endpoint: Arc::clone(endpoint), decision })
    }

    /// Nobody could be asked.
    pub(crate) fn nobody(&self, none: &NoEndpoint) {
        let worth = |(_, why): &&(String, WhyNot)| !matches!(why, WhyNot::Dialect | WhyNot::NotRouted);
        let all = none.why.iter().filter(worth).count();
        let why: Vec<_> = none.why.iter().filter(worth).take(MOST_NAMED).cloned().collect();
        let more = all - why.len();
        self.step(What::Nobody { why, more, retry_after: none.retry_after });
    }

    /// Something happened; how long after the request came.
    pub(crate) fn step(&self, what: What) -> Duration {
        let after = self.age();
        let mut told = self.lock();
        if told.steps.len() < MOST_STEPS {
            told.steps.push(Step { after, what });
        }
        after
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
    fn a_trace_that_has_fallen_out_leaves_nothing_in_the_next() {
        let traces = Traces::default();
        let first = traces.begin("req-first", 1);
        first.asked(&Asked { model: "m", session: "s", stream: true, ..Asked::default() });
        first.step(What::Answered { status: 200 });
        first.ended(End { how: "complete", status: 200, detail: None, took: Duration::ZERO });
        let held = traces.begin("req-held", 1);
        drop(first);
        (2..MOST).for_each(|n| drop(traces.begin(&format!("req-{n}"), 2)));
        let next = traces.begin("req-next", 3);
        let told = next.told();
        assert_eq!((next.id.as_str(), next.unix_ms, told.request().model), ("req-next", 3, ""));
        assert!(told.steps.is_empty() && told.ended.is_none() && !told.request().stream);
        assert!(traces.find("req-first").is_none());
        // Whoever still writes his own is not written over.
        traces.begin("req-last", 4);
        assert_eq!(held.id, "req-held");
    }

    #[test]
    fn what_was_asked_comes_out_as_it_was() {
        let asked = Asked { method: "POST", path: "/v1/é", model: "m", agent: "a", ..Asked::default() };
        let mut texts = Texts::default();
        texts.write(&Asked { client: "another", ..asked });
        texts.write(&asked);
        let Asked { method, path, dialect, model, stream, client, session, agent } = texts.read();
        assert_eq!((method, path, dialect, model), ("POST", "/v1/é", "", "m"));
        assert_eq!((stream, client, session, agent), (false, "", "", "a"));
    }

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
