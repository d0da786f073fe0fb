//! Traces and routes.

use zephyr_proto::v1;

use super::super::explain::{Bar, Candidate, Happened, Lineup, Route, Step, Trace};
use super::{all, some};

impl From<v1::Trace> for Trace {
    fn from(t: v1::Trace) -> Self {
        Self {
            id: t.id,
            started_unix_ms: t.started_unix_ms,
            method: t.method,
            path: t.path,
            dialect: some(t.dialect),
            model: some(t.model),
            stream: t.stream,
            client: some(t.client),
            session: some(t.session),
            agent: some(t.agent),
            steps: all(t.steps),
            running: t.running,
            ended: some(t.ended),
            status: (t.status > 0).then_some(t.status),
            detail: some(t.detail),
            duration_ms: t.duration_ms,
        }
    }
}

impl From<v1::TraceStep> for Step {
    fn from(step: v1::TraceStep) -> Self {
        use v1::trace_step::What;
        let what = match step.what {
            Some(What::Chose(c)) => Happened::Chose {
                endpoint: c.endpoint,
                group: c.group,
                reason: c.reason,
                told: c.told,
                passed_over: all(c.passed_over),
                cache_lost_tokens: c.cache_lost_tokens,
                route: some(c.route),
                model: some(c.model),
                lineup: c.lineup.unwrap_or_default().into(),
            },
            Some(What::Translated(t)) => Happened::Translated { dialect: t.dialect, lost: t.lost },
            Some(What::Failed(f)) => {
                Happened::Failed { class: f.class, status: f.status, detail: f.detail, took_ms: f.took_ms }
            }
            Some(What::Nobody(n)) => {
                Happened::Nobody { why: all(n.why), more: n.more, retry_after_ms: n.retry_after_ms }
            }
            Some(What::Answered(a)) => Happened::Answered { status: a.status },
            Some(What::Waits(w)) => Happened::Waits { kind: w.kind, why: w.why },
            Some(What::ServedBy(s)) => Happened::ServedBy { request: s.request, source: s.source },
            None => Happened::Other,
        };
        Self { after_ms: step.after_ms, what }
    }
}

impl From<v1::TraceWhyNot> for Bar {
    fn from(w: v1::TraceWhyNot) -> Self {
        Self { endpoint: w.endpoint, why: w.why }
    }
}

impl From<v1::TraceLineup> for Lineup {
    fn from(l: v1::TraceLineup) -> Self {
        Self { unix_ms: l.unix_ms, why: l.why, order: l.order, out: all(l.out), more: l.more }
    }
}

impl Route {
    /// The answer to the question where a request for `model` would go.
    pub(crate) fn of(model: &str, route: v1::RouteResponse) -> Self {
        Self {
            model: model.to_owned(),
            dialect: route.dialect,
            why: route.why,
            route: some(route.route),
            route_line: (route.route_line > 0).then_some(route.route_line),
            candidates: all(route.candidates),
        }
    }
}

impl From<v1::RouteCandidate> for Candidate {
    fn from(c: v1::RouteCandidate) -> Self {
        Self {
            endpoint: c.endpoint,
            group: c.group,
            state: c.state,
            group_priority: c.group_priority,
            priority: c.priority,
            price: c.price,
            latency_ms: c.latency_ms,
            in_flight: c.in_flight,
            first: c.first,
            why_not: some(c.why_not),
            dialect: some(c.dialect),
            model: some(c.model),
            target_priority: c.target_priority,
        }
    }
}
