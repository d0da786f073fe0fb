//! How it stands with one request that runs: the one reading of its trace that every surface shows.
//!
//! Limits: a trace keeps 64 steps, so attempts beyond those are not counted.

use std::sync::Arc;
use std::time::Duration;

use zephyr_core::config::Endpoint;

use super::{Asked, Step, Trace, What};
use crate::system::text::clean;

/// Where a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// It comes in, and nobody has been looked for.
    Receiving,
    /// Endpoints are asked.
    Asking,
    /// The answer goes out.
    Answering,
    /// It waits for a place at an endpoint.
    Queued,
    /// It waits for an endpoint that can serve it.
    Suspended,
    /// It has another request's answer, or a stored one.
    Sharing,
}

impl Phase {
    /// Its word in answers.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Receiving => "receiving",
            Self::Asking => "asking",
            Self::Answering => "answering",
            Self::Queued => "queued",
            Self::Suspended => "suspended",
            Self::Sharing => "sharing",
        }
    }
}

/// One request that runs; its texts are fit to be shown.
#[derive(Debug, Clone)]
pub(crate) struct RunningView {
    /// Its id.
    pub(crate) id: String,
    /// When it came, Unix milliseconds.
    pub(crate) unix_ms: i64,
    /// How long ago that was.
    pub(crate) age: Duration,
    /// HTTP method; empty until the request was read.
    pub(crate) method: String,
    /// Path without query; empty until the request was read.
    pub(crate) path: String,
    /// Dialect; empty off the inference paths.
    pub(crate) dialect: String,
    /// Model asked for.
    pub(crate) model: String,
    /// It asks for a stream.
    pub(crate) stream: bool,
    /// Name of its client; empty where no token is asked for.
    pub(crate) client: String,
    /// Its conversation's id; empty where there is none.
    pub(crate) session: String,
    /// The subagent's id; empty where there is none.
    pub(crate) agent: String,
    /// Where it is.
    pub(crate) phase: Phase,
    /// Who is asked, or answers.
    pub(crate) endpoint: Option<Arc<Endpoint>>,
    /// Attempts so far, the present one included.
    pub(crate) attempts: u32,
    /// Status of the answer, where it has begun.
    pub(crate) status: Option<u16>,
    /// What it waits for, where it does.
    pub(crate) why: Option<String>,
}

impl Trace {
    /// How it stands with the request.
    pub(crate) fn view(&self) -> RunningView {
        let age = self.age();
        let told = self.lock();
        let Asked { method, path, dialect, model, stream, client, session, agent } = told.request();
        let mut view = RunningView {
            id: self.id.clone(),
            unix_ms: self.unix_ms,
            age,
            method: clean(method),
            path: clean(path),
            dialect: dialect.to_owned(),
            model: clean(model),
            stream,
            client: clean(client),
            session: clean(session),
            agent: clean(agent),
            phase: Phase::Receiving,
            endpoint: None,
            attempts: 0,
            status: None,
            why: None,
        };
        told.steps.iter().for_each(|step| view.went(step));
        view
    }
}

impl RunningView {
    /// What one step makes of it.
    fn went(&mut self, Step { what, .. }: &Step) {
        let endpoint = match what {
            What::Translated { .. } => return,
            What::Answered { status } => {
                (self.phase, self.status) = (Phase::Answering, Some(*status));
                return;
            }
            What::Chose { endpoint, .. } => {
                self.attempts += 1;
                Some(Arc::clone(endpoint))
            }
            _ => None,
        };
        self.phase = match what {
            What::Waits { kind: "queued", .. } => Phase::Queued,
            What::Waits { .. } => Phase::Suspended,
            What::ServedBy { .. } => Phase::Sharing,
            _ => Phase::Asking,
        };
        self.why = match what {
            What::Waits { why, .. } => Some(clean(why)),
            _ => None,
        };
        self.endpoint = endpoint;
    }
}

#[cfg(test)]
mod tests {
    use zephyr_core::config::Dialect;
    use zephyr_core::engine::Ask;
    use zephyr_core::failover::Class;

    use super::super::Traces;
    use super::*;
    use crate::engine_handle::Handle;
    use crate::fixtures::{endpoint, plan};

    fn chose(trace: &Trace, name: &str) {
        let (handle, _orders) = Handle::new(Arc::new(plan(vec![endpoint(name)])), None, 1);
        let mut lease = handle.choose(&Ask::inference(Dialect::Anthropic)).expect("a choice");
        let decision = lease.take_decision().expect("a decision");
        trace.chose(lease.endpoint(), decision);
    }

    fn stands(trace: &Trace) -> (&'static str, String, u32) {
        let view = trace.view();
        (view.phase.name(), view.endpoint.map(|e| e.name.clone()).unwrap_or_default(), view.attempts)
    }

    #[test]
    fn a_request_is_where_its_last_step_says() {
        let trace = Traces::default().begin("req-1", 5);
        assert_eq!(stands(&trace), ("receiving", String::new(), 0));
        trace.asked(&Asked { model: "m\u{1b}[2J", stream: true, ..Asked::default() });
        trace.step(What::Waits { kind: "queued", why: String::new() });
        assert_eq!(stands(&trace), ("queued", String::new(), 0));
        chose(&trace, "a");
        trace.step(What::Translated { dialect: "openai-chat", lost: Vec::new() });
        assert_eq!(stands(&trace), ("asking", "a".to_owned(), 1));
        let class = Class::TimedOut;
        trace.step(What::Failed { class, status: None, detail: String::new(), took: Duration::ZERO });
        assert_eq!(stands(&trace), ("asking", String::new(), 1));
        trace.step(What::Waits { kind: "suspended", why: "a is down".to_owned() });
        assert_eq!(stands(&trace), ("suspended", String::new(), 1));
        assert_eq!(trace.view().why.as_deref(), Some("a is down"));
        chose(&trace, "b");
        trace.step(What::Answered { status: 200 });
        assert_eq!(stands(&trace), ("answering", "b".to_owned(), 2));
        let view = trace.view();
        assert_eq!((view.id.as_str(), view.unix_ms, view.stream), ("req-1", 5, true));
        assert_eq!((view.status, view.why), (Some(200), None));
        assert!(!view.model.contains('\u{1b}'), "{:?}", view.model);
    }

    #[test]
    fn whoever_has_anothers_answer_asks_nobody() {
        let trace = Traces::default().begin("req-1", 5);
        trace.step(What::ServedBy { request: "req-0".to_owned(), source: "shared" });
        assert_eq!(stands(&trace), ("sharing", String::new(), 0));
    }
}
