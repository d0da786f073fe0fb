//! Why requests went where they went, and where one would go. For operators.

use tonic::{Request, Response, Status};
use zephyr_core::config::Dialect;
use zephyr_core::engine::{Decision, Lineup, WhyNot};
use zephyr_proto::v1;
use zephyr_proto::v1::explain_service_server::ExplainService;

use super::convert::millis;
use super::{Room, refuse};
use crate::desk::Way;
use crate::system::text::clean;
use crate::trace::{Asked, End, Step, Told, Trace, Traces, What};

#[tonic::async_trait]
impl ExplainService for Room {
    async fn explain(
        &self,
        request: Request<v1::ExplainRequest>,
    ) -> Result<Response<v1::ExplainResponse>, Status> {
        self.gate.operator(&request, "read traces")?;
        let id = &request.get_ref().id;
        let found = if id.is_empty() { self.traces.newest() } else { self.traces.find(id) };
        let trace = found.ok_or_else(|| refuse::no_trace(id, Traces::most()))?;
        Ok(Response::new(v1::ExplainResponse { trace: Some(told(&trace)) }))
    }

    async fn route(&self, request: Request<v1::RouteRequest>) -> Result<Response<v1::RouteResponse>, Status> {
        self.gate.operator(&request, "see routes")?;
        let v1::RouteRequest { model, dialect, no_credential } = request.into_inner();
        let dialect = if dialect.is_empty() { None } else { Some(by_name(&dialect)?) };
        let credential = (!no_credential).then_some(0);
        let Way { dialect, route: found, why, candidates } = self.way(&model, dialect, credential);
        let candidates = candidates.iter().map(|(route, view)| {
            let e = &view.endpoint;
            v1::RouteCandidate {
                endpoint: clean(&e.name),
                group: clean(&e.group),
                state: view.state.name().to_owned(),
                group_priority: view.tier,
                priority: view.priority,
                price: e.price,
                latency_ms: view.ttft.or(view.latency).map(millis),
                in_flight: view.in_flight,
                first: route.first,
                why_not: route.why_not.as_ref().map(ToString::to_string).unwrap_or_default(),
                dialect: e.dialect.name().to_owned(),
                model: route.model.as_deref().map(clean).unwrap_or_default(),
                target_priority: route.priority,
            }
        });
        let candidates = candidates.collect();
        Ok(Response::new(v1::RouteResponse {
            dialect: dialect.name().to_owned(),
            candidates,
            why,
            route: found.as_ref().map(|route| clean(&route.model)).unwrap_or_default(),
            route_line: found.as_ref().map_or(0, |route| route.line),
        }))
    }
}

fn by_name(name: &str) -> Result<Dialect, Status> {
    Dialect::ALL.into_iter().find(|d| d.name() == name).ok_or_else(|| {
        let names = Dialect::ALL.map(|d| format!("`{}`", d.name())).join(", ");
        refuse::invalid(&format!("there is no dialect `{}`", clean(name)), &format!("there are {names}"))
    })
}

/// The way of a request, as `explain` tells it.
pub(crate) fn told(trace: &Trace) -> v1::Trace {
    let known = trace.told();
    let Asked { method, path, dialect, model, stream, client, session, agent } = known.request();
    let Told { steps, ended, .. } = &known;
    let took = ended.as_ref().map_or_else(|| trace.age(), |end| end.took);
    let running = ended.is_none();
    let end = ended.clone().unwrap_or(End { how: "", status: 0, detail: None, took });
    v1::Trace {
        id: trace.id.clone(),
        started_unix_ms: trace.unix_ms,
        method: clean(method),
        path: clean(path),
        dialect: dialect.to_owned(),
        model: clean(model),
        stream,
        client: clean(client),
        session: clean(session),
        agent: clean(agent),
        steps: steps.iter().map(step).collect(),
        running,
        ended: end.how.to_owned(),
        status: u32::from(end.status),
        detail: end.detail.as_deref().map(clean).unwrap_or_default(),
        duration_ms: millis(took),
    }
}

fn step(step: &Step) -> v1::TraceStep {
    use v1::trace_step::What as Wire;
    let what = match &step.what {
        What::Chose { endpoint, decision } => Wire::Chose(chose(&endpoint.name, &endpoint.group, decision)),
        What::Translated { dialect, lost } => Wire::Translated(v1::TraceTranslated {
            dialect: (*dialect).to_owned(),
            lost: lost.iter().map(|what| (*what).to_owned()).collect(),
        }),
        What::Failed { class, status, detail, took } => Wire::Failed(v1::TraceFailed {
            class: class.name().to_owned(),
            status: status.map(u32::from),
            detail: clean(detail),
            took_ms: millis(*took),
        }),
        What::Nobody { why, more, retry_after } => Wire::Nobody(v1::TraceNobody {
            why: why_not(why),
            more: u32::try_from(*more).unwrap_or(u32::MAX),
            retry_after_ms: retry_after.as_ref().copied().map(millis),
        }),
        What::Answered { status } => Wire::Answered(v1::TraceAnswered { status: u32::from(*status) }),
        What::Waits { kind, why } => {
            Wire::Waits(v1::TraceWaits { kind: (*kind).to_owned(), why: clean(why) })
        }
        What::ServedBy { request, source } => {
            Wire::ServedBy(v1::TraceServedBy { request: request.clone(), source: (*source).to_owned() })
        }
    };
    v1::TraceStep { after_ms: millis(step.after), what: Some(what) }
}

fn chose(endpoint: &str, group: &str, decision: &Decision) -> v1::TraceChose {
    let Lineup { dialect, unix_ms, why, order, out, more } = &*decision.lineup;
    v1::TraceChose {
        endpoint: clean(endpoint),
        group: clean(group),
        reason: decision.reason.name().to_owned(),
        told: clean(&decision.reason.to_string()),
        passed_over: why_not(&decision.passed_over),
        cache_lost_tokens: decision.cache_lost,
        route: decision.route.as_deref().map(clean).unwrap_or_default(),
        model: decision.rename.as_deref().map(clean).unwrap_or_default(),
        lineup: Some(v1::TraceLineup {
            dialect: dialect.map(|d| d.name().to_owned()).unwrap_or_default(),
            unix_ms: *unix_ms,
            why: clean(why),
            order: order.iter().map(|name| clean(name)).collect(),
            out: why_not(out),
            more: u32::try_from(*more).unwrap_or(u32::MAX),
        }),
    }
}

fn why_not(list: &[(String, WhyNot)]) -> Vec<v1::TraceWhyNot> {
    list.iter().map(|(name, why)| v1::TraceWhyNot { endpoint: clean(name), why: why.to_string() }).collect()
}
