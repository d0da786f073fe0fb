//! Counts of input tokens: an endpoint's, or an estimate where none gives one.
//!
//! Agents send 25 at once and wait for them to show how full a conversation is, so a count never waits for a place, never
//! says anything of health, and has [`PATIENCE`] in all. What an endpoint says to a request that is wrong goes back as it
//! is. An endpoint that cannot count is remembered and left alone for a while. Estimates are made beside the runtime's
//! workers, two at a time.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};
use zephyr_core::config::Plan;
use zephyr_core::engine::{Ask, EndpointId, NoEndpoint, Outcome, WhyNot};
use zephyr_core::failover::{Class, Reply, Walk, classify};
use zephyr_wire::dialect::{Dialect, OPENAI_RESPONSES, read_error};
use zephyr_wire::encoding::{Encoding, decoded};
use zephyr_wire::{edit, estimate};

use crate::engine_handle::LeaseGuard;
use crate::upstream::{Outgoing, said_by_refusal};

use super::attempt::{Failure, presentable};
use super::body::{Body, json};
use super::bridge::rename;
use super::error::Problem;
use super::identify::{Asker, Call};
use super::record::{Ended, Record};
use super::{Proxy, Work, headers, refuse};

/// How long a count may take at endpoints, all of them together.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long an endpoint that cannot count is left alone.
const UNABLE: Duration = Duration::from_secs(600);
/// Most endpoints that are remembered so.
const MOST_UNABLE: usize = 1_024;
/// Most endpoints that one count is asked of.
const ATTEMPTS: usize = 3;
/// Most of an answer that is read.
const ANSWER: usize = 64 * 1024;
/// Most that is decoded of a compressed body.
const DECODED: usize = 32 * 1024 * 1024;
/// Estimates that are made at one time.
const AT_ONCE: usize = 2;
const ESTIMATION: HeaderName = HeaderName::from_static("x-token-estimation");

/// What counts know of endpoints.
pub(super) struct Counts {
    unable: Mutex<HashMap<EndpointId, Instant>>,
    turns: Semaphore,
}

impl Default for Counts {
    fn default() -> Self {
        Self { unable: Mutex::default(), turns: Semaphore::new(AT_ONCE) }
    }
}

impl Counts {
    /// Endpoints that cannot count.
    fn unable(&self) -> Vec<EndpointId> {
        let now = Instant::now();
        let mut unable = self.unable.lock().unwrap_or_else(PoisonError::into_inner);
        unable.retain(|_, until| *until > now);
        unable.keys().copied().collect()
    }

    fn cannot(&self, id: EndpointId) {
        let mut unable = self.unable.lock().unwrap_or_else(PoisonError::into_inner);
        if unable.len() < MOST_UNABLE {
            unable.insert(id, Instant::now() + UNABLE);
        }
    }
}

/// What an endpoint said to a count.
struct Said {
    class: Class,
    detail: String,
    /// When to come back, where it said so.
    wait: Option<Duration>,
    reply: Option<Response<Bytes>>,
}

/// What follows from that.
#[derive(Debug, PartialEq, Eq)]
enum Means {
    /// It is the client's.
    Answer,
    /// The endpoint cannot count.
    Unable,
    /// Another may.
    Failure,
}

/// Nobody gave a count.
struct Uncounted {
    failures: Vec<Failure>,
    none: Option<NoEndpoint>,
    /// Whoever was asked cannot count at all.
    unable: bool,
}

impl Proxy {
    /// Answers a request for a count.
    pub(super) async fn count(&self, work: Work) -> Response<Body> {
        let Work { plan, call, request, mut record, asker, .. } = work;
        let uncounted = match self.counted(&plan, &call, &asker, &request, &mut record).await {
            Ok(answer) => {
                record.whole(answer.body());
                record.ended(Ended::Complete, None);
                return answer;
            }
            Err(uncounted) => uncounted,
        };
        if !plan.server.estimate_tokens {
            return uncounted.told(&call, record);
        }
        let route = asker.route.as_ref().and_then(|route| route.targets.first());
        let model = route.and_then(|target| target.model.as_deref()).unwrap_or(&asker.model).to_owned();
        match self.estimated(call.dialect, request, model).await {
            Ok(tokens) => answered(&call, tokens, record),
            Err(problem) => refuse::refuse(&call, &problem, record),
        }
    }

    /// Asks endpoints of the request's own dialect.
    async fn counted(
        &self,
        plan: &Plan,
        call: &Call,
        asker: &Asker,
        request: &Outgoing,
        record: &mut Record,
    ) -> Result<Response<Body>, Uncounted> {
        let end = Instant::now() + PATIENCE;
        let walk = Walk::new(&plan.failover, self.handle.clock().mono());
        let mut tried = self.counts.unable();
        let mut uncounted = Uncounted { failures: Vec::new(), none: None, unable: true };
        for _ in 0..ATTEMPTS {
            let ask = Ask { tried: &tried, translates: false, ..call.ask(asker, &walk) };
            let mut lease = match self.handle.choose(&ask) {
                Ok(lease) => lease,
                Err(none) => {
                    record.nobody(&none);
                    uncounted.none = Some(none);
                    break;
                }
            };
            tried.push(lease.id());
            if lease.endpoint().dialect.name() != call.dialect.name() {
                continue;
            }
            record.attempt(&mut lease);
            let started = Instant::now();
            let said = self.ask_one(plan, &lease, request.clone(), end).await;
            let means = said.means(lease.endpoint().is_passthrough());
            let status = said.reply.as_ref().map(|reply| reply.status().as_u16());
            let (id, endpoint) = (lease.id(), lease.endpoint().clone());
            let detail = Some(presentable(&said.detail, &endpoint));
            let outcome =
                Outcome { neutral: true, detail, retry_after: said.wait, ..Outcome::of(said.class) };
            if said.class == Class::AuthFailed {
                self.upstream.forget_credential(&endpoint, started.into_std());
            }
            lease.settle(&outcome);
            match (means, said.reply) {
                (Means::Answer, Some(reply)) => {
                    record.answering(reply.status().as_u16(), said.class);
                    let mut answer = reply.map(Body::whole);
                    headers::answer(answer.headers_mut(), &endpoint, record.id());
                    return Ok(answer);
                }
                (means, reply) => {
                    if means == Means::Unable {
                        self.counts.cannot(id);
                    }
                    uncounted.unable &= means == Means::Unable;
                    let took = started.elapsed();
                    let failure = Failure { endpoint, outcome, reply, status, took, refused: None };
                    record.failed(&failure);
                    uncounted.failures.push(failure);
                }
            }
            if Instant::now() >= end {
                break;
            }
        }
        Err(uncounted)
    }

    /// Asks one endpoint, until `end`.
    async fn ask_one(&self, plan: &Plan, lease: &LeaseGuard, mut request: Outgoing, end: Instant) -> Said {
        if let Some(Err(refused)) = lease.rename().map(|model| rename(&mut request, model)) {
            return Said { class: Class::Declined, detail: refused.0, wait: None, reply: None };
        }
        let asked = timeout_at(end, async {
            let sent = self.upstream.send(lease.endpoint(), request).await;
            let (head, body) = sent.map_err(|e| (e.class(), e.to_string()))?.into_parts();
            match body.whole(ANSWER).await {
                Ok(Some(body)) => Ok(Response::from_parts(head, body)),
                Ok(None) => Err((Class::NotAnAnswer, format!("more than {ANSWER} bytes for a count"))),
                Err(e) => Err((Class::Unanswered, format!("the connection died: {e}"))),
            }
        });
        let late = || (Class::TimedOut, format!("no count within {} s", PATIENCE.as_secs()));
        match asked.await.unwrap_or_else(|_| Err(late())) {
            Ok(reply) => Said::of(plan, reply),
            Err((class, detail)) => Said { class, detail, wait: None, reply: None },
        }
    }

    /// About how many tokens the request has.
    async fn estimated(
        &self,
        dialect: &'static dyn Dialect,
        request: Outgoing,
        model: String,
    ) -> Result<u64, Problem> {
        let wrong = |why: String| Problem::final_(400, "invalid_request_error", why);
        let failed = || Problem::passing(500, "api_error", "the input tokens could not be estimated");
        let _turn = self.counts.turns.acquire().await.map_err(|_| failed())?;
        let counting = tokio::task::spawn_blocking(move || {
            let plain = plain(&request.headers, &request.body);
            estimate::of_body(dialect, &plain, &model)
        });
        counting.await.map_err(|_| failed())?.map_err(|refused| wrong(refused.0))
    }
}

/// The body without its encoding.
fn plain(headers: &HeaderMap, body: &Bytes) -> Bytes {
    match Encoding::of(headers) {
        Encoding::Identity => body.clone(),
        encoding => decoded(encoding, body, DECODED).into(),
    }
}

/// The answer that tells an estimate.
fn answered(call: &Call, tokens: u64, mut record: Record) -> Response<Body> {
    let body = match call.dialect.name() == OPENAI_RESPONSES.name() {
        true => serde_json::json!({"object": "response.input_tokens", "input_tokens": tokens}),
        false => serde_json::json!({"input_tokens": tokens}),
    };
    let mut response = json(&body, &mut record);
    response.headers_mut().insert(ESTIMATION, HeaderValue::from_static("true"));
    record.ended(Ended::Complete, Some("estimated here"));
    response
}

impl Said {
    fn of(plan: &Plan, reply: Response<Bytes>) -> Self {
        let (status, body) = (reply.status(), reply.body());
        let html = body.trim_ascii_start().starts_with(b"<");
        let said = said_by_refusal(reply.headers(), body);
        let mut class = classify(&Reply { status: status.as_u16(), html, body, said }, &plan.failover);
        if class == Class::Ok && !is_count(&plain(reply.headers(), body)) {
            class = Class::NotAnAnswer;
        }
        let words = read_error(body).map(|(kind, message)| format!(": {kind}: {message}"));
        let detail = format!("HTTP {}{}", status.as_u16(), words.unwrap_or_default());
        Self { class, detail, wait: said.wait, reply: Some(reply) }
    }

    fn means(&self, passthrough: bool) -> Means {
        match self.class {
            Class::Ok | Class::ClientFault => Means::Answer,
            // The client's own login: it knows what to do.
            Class::AuthFailed | Class::Forbidden if passthrough => Means::Answer,
            Class::NotAnAnswer | Class::Misconfigured => Means::Unable,
            // A model that is missing here says nothing of other models.
            Class::ModelMissing if self.names_a_model() => Means::Failure,
            Class::ModelMissing => Means::Unable,
            _ => Means::Failure,
        }
    }

    fn names_a_model(&self) -> bool {
        let body = self.reply.as_ref().map_or(&[][..], |reply| reply.body());
        read_error(body).is_some_and(|(_, message)| message.to_ascii_lowercase().contains("model"))
    }
}

/// Whether an answer is a count.
fn is_count(body: &[u8]) -> bool {
    edit::member(body, "input_tokens").is_some_and(|tokens| tokens.iter().all(u8::is_ascii_digit))
}

impl Uncounted {
    /// What the client is told where nothing is estimated.
    fn told(self, call: &Call, record: Record) -> Response<Body> {
        let never = |why: &WhyNot| {
            matches!(why, WhyNot::Tried | WhyNot::Dialect | WhyNot::NotRouted | WhyNot::OtherGroup)
        };
        let nobody = self.none.as_ref().is_none_or(|none| none.why.iter().all(|(_, why)| never(why)));
        if !(self.unable && nobody) {
            return refuse::spent(call, self.failures, self.none.as_ref(), record);
        }
        let message = "no endpoint that serves this model counts tokens, and estimates are off \
                       (`[server] estimate_tokens`)";
        refuse::refuse(call, &Problem::final_(501, "not_supported", message), record)
    }
}
