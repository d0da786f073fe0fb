//! One attempt on one endpoint: send, wait within the limits, judge the answer's head and beginning.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::Response;
use http::header::CONTENT_TYPE;
use http::response::Parts;
use http_body_util::BodyExt;
use tokio::time::{Instant, timeout, timeout_at};
use zephyr_core::config::{Auth, CredentialValue, Endpoint, Plan};
use zephyr_core::engine::{EndpointId, Outcome, Reach};
use zephyr_core::failover::{Class, Reply, Said, classify};
use zephyr_wire::dialect::read_error;
use zephyr_wire::form::Refused;
use zephyr_wire::tap::{Form, Tap};
use zephyr_wire::translate::Translator;

use crate::engine_handle::LeaseGuard;
use crate::upstream::{Upstream, UpstreamBody, said, said_by_refusal};

use super::bindings::Learner;
use super::body::Body;
use super::bridge::{Crossing, Sent, content_type, in_own_words};
use super::gate::{self, Limits, Passed, Stopped};
use super::headers;
use super::identify::Call;
use super::record::Record;
use super::relay::Relay;

/// Most that is read of an error's body before it is judged.
const ERROR_BODY: usize = 64 * 1024;
/// How long an error's body may take.
const ERROR_BODY_WAIT: Duration = Duration::from_secs(5);

/// What every attempt of one request has in common.
pub(super) struct Attempt<'a> {
    /// What the request is.
    pub(super) call: &'a Call,
    /// It is a `POST`.
    pub(super) posts: bool,
    /// The plan in force when it came.
    pub(super) plan: &'a Plan,
    /// The way out.
    pub(super) upstream: &'a Upstream,
    /// Endpoints whose credential this request has had fetched anew.
    pub(super) renewed: Mutex<Vec<EndpointId>>,
}

/// How an attempt ended.
pub(super) enum Attempted {
    /// With an answer for the client.
    Answered(Box<Answer>),
    /// With nothing that the client has seen.
    Failed(Box<Failure>),
}

/// An answer on its way to the client.
pub(super) struct Answer {
    /// The right that the answer is still using.
    pub(super) lease: LeaseGuard,
    /// What will be settled if the rest goes well.
    pub(super) outcome: Outcome,
    /// What the answer is, for the record.
    pub(super) class: Class,
    /// Status and headers.
    pub(super) head: Parts,
    /// What was held back, or read to be judged.
    pub(super) passed: Passed,
    /// The rest.
    pub(super) body: UpstreamBody,
    /// What makes the client's answer of the rest, where that does not pass as it is.
    pub(super) translator: Option<Box<Translator>>,
    /// The form that an answer was translated into.
    pub(super) form: Option<Form>,
}

impl Answer {
    /// The response to the client, whose body completes the record.
    pub(super) fn into_response(
        self,
        call: &Call,
        mut record: Record,
        learner: Option<Learner>,
    ) -> Response<Body> {
        let Self { lease, outcome, class, mut head, mut passed, body, translator, form } = self;
        if let Some(form) = form {
            let length = passed.ended.then(|| passed.held.iter().map(Bytes::len).sum());
            content_type(&mut head.headers, form, length);
        } else if !head.status.is_success() {
            let said = passed.held.front().cloned().unwrap_or_default();
            if let Some(told) = in_own_words(call, lease.endpoint(), &mut head, &said, record.id()) {
                passed = Passed { held: VecDeque::from([told]), follows: false, ended: true };
            }
        }
        record.answering(head.status.as_u16(), class);
        headers::answer(&mut head.headers, lease.endpoint(), record.id());
        // Ids of a translated answer are no endpoint's own.
        let learner = learner.filter(|_| head.status.is_success() && form.is_none());
        let relay = Relay::new(lease, outcome, (passed, body, translator), record, learner);
        Response::from_parts(head, Body::Relay(Box::new(relay)))
    }
}

impl Answer {
    /// The failure that it is where the client does not hear of it, in these words. Settles it.
    pub(super) fn into_failure(self, why: String) -> Failure {
        let Self { lease, outcome, head, passed, .. } = self;
        let said = passed.held.into_iter().next().unwrap_or_default();
        let took = outcome.ttft.unwrap_or_default();
        let outcome = Outcome { detail: Some(why), ..outcome };
        let failure = Failure {
            endpoint: lease.endpoint().clone(),
            status: Some(head.status.as_u16()),
            reply: passed.ended.then(|| Response::from_parts(head, said)),
            took,
            outcome,
            refused: None,
        };
        lease.settle(&failure.outcome);
        failure
    }
}

/// A failed attempt.
pub(super) struct Failure {
    /// Whose it was.
    pub(super) endpoint: Arc<Endpoint>,
    /// What was settled.
    pub(super) outcome: Outcome,
    /// The endpoint's own answer, where there was a whole one of moderate size.
    pub(super) reply: Option<Response<Bytes>>,
    /// Status that the endpoint gave, if it gave one.
    pub(super) status: Option<u16>,
    /// How long the attempt took.
    pub(super) took: Duration,
    /// The endpoint's dialect has no words for the request: it was not even asked.
    pub(super) refused: Option<Refused>,
}

/// Why an attempt failed.
struct Cause {
    class: Class,
    detail: String,
    status: Option<u16>,
    reply: Option<Response<Bytes>>,
    reach: Reach,
    /// When to come back, where the endpoint said so.
    wait: Option<Duration>,
    /// Why nothing was sent.
    refused: Option<Refused>,
}

impl Cause {
    /// Nothing came back.
    fn silent(class: Class, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self { class, detail, status: None, reply: None, reach: Reach::ByClass, wait: None, refused: None }
    }
}

impl Attempt<'_> {
    /// Makes the attempt. The lease is settled if it failed, and goes on with the answer if not. `tap` gets what looks
    /// at the answer; it stays with whoever gave it, so that what was read is not lost with an attempt that is given up.
    pub(super) async fn run(&self, mut lease: LeaseGuard, sent: Sent, tap: &mut Option<Tap>) -> Attempted {
        let Sent { request, way, .. } = sent;
        let started = Instant::now();
        let endpoint = Arc::clone(lease.endpoint());
        let limits = &endpoint.timeouts;
        // A stream's silence is limited, any byte begins it anew up to twice the limit; a whole is waited for.
        let (silence, all) = match way.stream {
            true => (limits.first_event, limits.first_event * 2),
            false => (limits.non_stream, limits.non_stream),
        };
        let sent = timeout_at(started + silence, self.upstream.send(&endpoint, request)).await;
        let response = match sent {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => {
                let cause = Cause::silent(error.class(), error.to_string());
                return self.failed(lease, started, Cause { reach: error.reach(), ..cause });
            }
            Err(_) => {
                let cause = Cause::silent(Class::TimedOut, format!("no answer within {silence:?}"));
                return self.failed(lease, started, cause);
            }
        };
        let (head, mut body) = response.into_parts();
        let status = Some(head.status.as_u16());
        if !head.status.is_success() && self.call.operation.is_some() {
            return Box::pin(self.refused(lease, started, head, body)).await;
        }
        if self.call.is_gated()
            && !endpoint.overage
            && let Some(cause) = at_extra_cost(&head)
        {
            return self.failed(lease, started, cause);
        }
        let mut outcome = Outcome::of(Class::Ok);
        outcome.neutral = self.call.is_neutral(Class::Ok);
        let mut translator = None;
        let passed = if self.call.is_gated() && head.status.is_success() {
            let stream = way.streams(&head);
            let gates = Limits { silence, end: started + all };
            let tap = tap.insert(gate::tap(&head, way.dialect, stream, self.plan.usage.enabled));
            let mut passed = gate::gate(&head, &mut body, tap, stream, gates, &self.plan.failover).await;
            if passed.is_ok() {
                outcome.ttft = Some(started.elapsed());
                lease.begun(outcome.ttft);
            }
            if let (Ok(begun), Some(reply)) = (&mut passed, &way.reply) {
                let limits = Limits { silence: limits.idle, end: started + limits.non_stream };
                let limits = if stream { limits } else { gates };
                let crossing = Crossing { reply, head: &head, stream, limits, config: &self.plan.failover };
                let begun = std::mem::replace(begun, Passed::nothing());
                passed = crossing.begin(begun, &mut body, tap).await.map(|(passed, rest)| {
                    translator = rest;
                    passed
                });
            }
            match passed {
                Ok(passed) => passed,
                Err(stopped) => {
                    let Stopped { class, detail, wait } = stopped;
                    let cause = Cause { status, wait, ..Cause::silent(class, detail) };
                    return self.failed(lease, started, cause);
                }
            }
        } else {
            *tap =
                self.taps(&head).then(|| gate::tap(&head, self.call.dialect, gate::is_stream(&head), true));
            outcome.ttft = Some(started.elapsed());
            if !outcome.neutral {
                lease.begun(outcome.ttft);
            }
            Passed::nothing()
        };
        // Off the inference paths what an endpoint refuses passes unjudged.
        let class = match head.status.is_client_error() || head.status.is_server_error() {
            true => {
                let status = head.status.as_u16();
                let reply = Reply { status, html: false, body: b"", said: Said::default() };
                classify(&reply, &self.plan.failover)
            }
            false => Class::Ok,
        };
        let form = way.reply.as_ref().filter(|_| head.status.is_success()).map(|reply| reply.form());
        Attempted::Answered(Box::new(Answer { lease, outcome, class, head, passed, body, translator, form }))
    }

    /// An answer outside 2xx: moves on, or goes to the client as it is.
    async fn refused(
        &self,
        lease: LeaseGuard,
        started: Instant,
        head: Parts,
        mut body: UpstreamBody,
    ) -> Attempted {
        let (start, ended) = beginning(&mut body).await;
        let html = head.headers.get(CONTENT_TYPE).is_some_and(|v| v.as_bytes().starts_with(b"text/html"))
            || start.trim_ascii_start().starts_with(b"<");
        let said = said_by_refusal(&head.headers, &start);
        let reply = Reply { status: head.status.as_u16(), html, body: &start, said };
        let mut class = classify(&reply, &self.plan.failover);
        if class == Class::AuthFailed && self.renews(&lease, started) {
            class = Class::StaleCredential;
        }
        if class.moves_on() {
            let (kind, message) = read_error(&start).unwrap_or_default();
            let words = [kind, message].into_iter().filter(|s| !s.is_empty()).collect::<Vec<_>>().join(": ");
            let words = if words.is_empty() { String::new() } else { format!(": {words}") };
            let status = head.status;
            let detail = format!("HTTP {}{words}", status.as_u16());
            let reply = ended.then(|| Response::from_parts(head, start));
            let status = Some(status.as_u16());
            let cause = Cause { status, reply, wait: said.wait, ..Cause::silent(class, detail) };
            return self.failed(lease, started, cause);
        }
        let mut outcome = Outcome::of(class);
        outcome.ttft = Some(started.elapsed());
        outcome.neutral = self.call.is_neutral(class);
        let held = if start.is_empty() { VecDeque::new() } else { VecDeque::from([start]) };
        Attempted::Answered(Box::new(Answer {
            lease,
            outcome,
            class,
            head,
            passed: Passed { held, follows: false, ended },
            body,
            translator: None,
            form: None,
        }))
    }

    /// Whether the credential that was refused is had anew: once in a request.
    fn renews(&self, lease: &LeaseGuard, started: Instant) -> bool {
        let mut renewed = self.renewed.lock().unwrap_or_else(PoisonError::into_inner);
        if renewed.contains(&lease.id())
            || !self.upstream.forget_credential(lease.endpoint(), started.into_std())
        {
            return false;
        }
        renewed.push(lease.id());
        true
    }

    /// Whether an answer off the inference paths is looked into: one that may have cost tokens.
    fn taps(&self, head: &Parts) -> bool {
        self.plan.usage.enabled && self.call.operation.is_none() && self.posts && head.status.is_success()
    }

    /// The endpoint cannot be asked for this at all: nothing was sent.
    pub(super) fn unasked(&self, lease: LeaseGuard, why: Refused) -> Attempted {
        let cause = Cause::silent(Class::Declined, why.0.clone());
        self.failed(lease, Instant::now(), Cause { refused: Some(why), ..cause })
    }

    fn failed(&self, lease: LeaseGuard, started: Instant, cause: Cause) -> Attempted {
        let Cause { class, detail, status, reply, reach, wait, refused } = cause;
        let endpoint = Arc::clone(lease.endpoint());
        if class == Class::AuthFailed {
            self.upstream.forget_credential(&endpoint, started.into_std());
        }
        let outcome = Outcome {
            class,
            ttft: None,
            retry_after: wait,
            detail: Some(presentable(&detail, &endpoint)),
            neutral: self.call.is_neutral(class),
            reach,
        };
        lease.settle(&outcome);
        let took = started.elapsed();
        Attempted::Failed(Box::new(Failure { endpoint, outcome, reply, status, took, refused }))
    }
}

/// A good answer of a subscription that is used up and may not go on at extra cost.
fn at_extra_cost(head: &Parts) -> Option<Cause> {
    let said = said(&head.headers);
    let class = said.overage(false)?;
    let detail = "the subscription is used up: it answers at extra cost".to_owned();
    Some(Cause { status: Some(head.status.as_u16()), wait: said.wait, ..Cause::silent(class, detail) })
}

/// The first bytes of an error's body, and whether that is all of it.
async fn beginning(body: &mut UpstreamBody) -> (Bytes, bool) {
    let mut start = BytesMut::new();
    let read = timeout(ERROR_BODY_WAIT, async {
        while start.len() < ERROR_BODY {
            match body.frame().await {
                None => return true,
                Some(Err(_)) => return false,
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        start.extend_from_slice(&data);
                    }
                }
            }
        }
        false
    });
    let ended = read.await.unwrap_or(false);
    (start.freeze(), ended)
}

/// A detail that may be shown: one line, moderate length, without our credential should the endpoint repeat it.
pub(super) fn presentable(detail: &str, endpoint: &Endpoint) -> String {
    let mut text: String = detail.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if let Auth::Key(credential) = &endpoint.auth
        && let CredentialValue::Known(secret) = &credential.value
        && !secret.expose().is_empty()
    {
        text = text.replace(secret.expose(), "[secret]");
    }
    if text.chars().count() > 300 {
        text = text.chars().take(299).chain(['…']).collect();
    }
    text
}
