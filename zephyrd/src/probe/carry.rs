//! Carries a probe out: the IO between its request and its judgement, within its time.

use std::process::Stdio;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use http::header::CONTENT_TYPE;
use http_body_util::BodyExt;
use rustix::process::{Pid, Signal, kill_process_group};
use zephyr_core::config::{Auth, CredentialValue, Endpoint, Failover, Plan, ProbeKind};
use zephyr_core::engine::Verdict;
use zephyr_core::failover::{Class, Said};
use zephyr_core::usage::{Prices, Tokens};

use super::kind::{Action, Answer, Seen, command, messages, probe};
use super::price::{self, Spent};
use crate::system::text::clean;
use crate::upstream::{Outgoing, SendError, Upstream, said_by_refusal};

/// Most of an answer that is read.
pub(super) const MAX_BODY: usize = 64 * 1024;

/// What one probe found and what it cost.
pub(super) struct Found {
    pub(super) verdict: Verdict,
    pub(super) spent: Spent,
}

/// Probes `endpoint` with a probe of `kind`, within the time that its config gives.
pub(super) async fn out(upstream: &Upstream, endpoint: &Endpoint, kind: ProbeKind, plan: &Plan) -> Found {
    let limit = endpoint.probe.timeout;
    let (verdict, usage) =
        match tokio::time::timeout(limit, act(upstream, endpoint, kind, &plan.failover)).await {
            Ok(done) => done,
            Err(_) => (failed(Class::TimedOut, kind, format!("no answer within {}", seconds(limit))), None),
        };
    Found {
        spent: spent(&plan.prices, endpoint, kind, &verdict, usage),
        verdict: redacted(endpoint, verdict),
    }
}

/// `20 s`, `0.2 s`.
fn seconds(d: Duration) -> String {
    format!("{} s", d.as_secs_f64())
}

type Usage = Option<(Option<u64>, Option<u64>)>;

async fn act(
    upstream: &Upstream,
    endpoint: &Endpoint,
    kind: ProbeKind,
    config: &Failover,
) -> (Verdict, Usage) {
    let probe = probe(kind);
    match probe.action(endpoint) {
        Action::Connect => match upstream.connect(endpoint).await {
            Ok(took) => (probe.judge(endpoint, &Seen::Connected { took }, config), None),
            Err(error) => (unsent(&error, kind), None),
        },
        Action::Send(request) => match ask(upstream, endpoint, request).await {
            Ok(read) => {
                let usage = serde_json::from_slice(&read.body).ok().map(|v| price::usage(&v));
                let verdict = probe.judge(endpoint, &Seen::Answer(read.answer()), config);
                (overage(endpoint, verdict, &read.said), usage)
            }
            Err(error) => (unsent(&error, kind), None),
        },
        Action::Run(argv) => match run(upstream, endpoint, &argv).await {
            Ok(seen) => (probe.judge(endpoint, &seen, config), None),
            Err(verdict) => (*verdict, None),
        },
    }
}

/// An answer that was read, up to the limit.
pub(super) struct Read {
    pub(super) status: u16,
    html: bool,
    pub(super) body: Bytes,
    pub(super) first_byte: Duration,
    pub(super) took: Duration,
    said: Said,
}

impl Read {
    pub(super) fn answer(&self) -> Answer<'_> {
        Answer { status: self.status, html: self.html, body: &self.body, took: self.took, said: self.said }
    }
}

/// Sends `request` and reads the answer to its end, or to the limit.
pub(super) async fn ask(
    upstream: &Upstream,
    endpoint: &Endpoint,
    request: Outgoing,
) -> Result<Read, SendError> {
    let start = Instant::now();
    let response = upstream.send(endpoint, request).await?;
    let (head, mut body) = response.into_parts();
    let header = |name| head.headers.get(name).and_then(|v: &http::HeaderValue| v.to_str().ok());
    let mut first_byte = None;
    let mut kept = BytesMut::new();
    while kept.len() < MAX_BODY {
        let Some(frame) = body.frame().await else { break };
        let frame = frame.map_err(|e| SendError::Unanswered(format!("the answer was cut off: {e}")))?;
        if let Ok(data) = frame.into_data() {
            first_byte.get_or_insert_with(|| start.elapsed());
            kept.extend_from_slice(&data[..data.len().min(MAX_BODY - kept.len())]);
        }
    }
    let took = start.elapsed();
    let kept = kept.freeze();
    Ok(Read {
        status: head.status.as_u16(),
        said: said_by_refusal(&head.headers, &kept),
        html: header(CONTENT_TYPE).is_some_and(|t| t.to_ascii_lowercase().contains("html")),
        body: kept,
        first_byte: first_byte.unwrap_or(took),
        took,
    })
}

/// A good answer at extra cost does not show that a subscription is back, where it may not go on so.
fn overage(endpoint: &Endpoint, verdict: Verdict, said: &Said) -> Verdict {
    match said.overage(endpoint.overage) {
        Some(class) if verdict.class == Class::Ok => {
            let detail = Some("the subscription is used up: it answers at extra cost".to_owned());
            Verdict { class, retry_after: said.wait, detail, ..verdict }
        }
        _ => verdict,
    }
}

fn unsent(error: &SendError, kind: ProbeKind) -> Verdict {
    Verdict { reach: error.reach(), ..failed(error.class(), kind, error.to_string()) }
}

fn failed(class: Class, kind: ProbeKind, detail: String) -> Verdict {
    let proves = matches!(kind, ProbeKind::Messages | ProbeKind::Command);
    Verdict { proves, detail: Some(detail), ..Verdict::of(class) }
}

fn spent(prices: &Prices, endpoint: &Endpoint, kind: ProbeKind, verdict: &Verdict, usage: Usage) -> Spent {
    let check = &endpoint.probe;
    let answered = verdict.class == Class::Ok && verdict.latency.is_some();
    // Not answered in time may have been worked on all the same.
    let perhaps = matches!(verdict.class, Class::TimedOut | Class::Unanswered);
    if kind != ProbeKind::Messages || !(answered || perhaps) {
        return Spent::default();
    }
    let most = price::at_most(&check.prompt, messages::smallest(endpoint.dialect));
    let (input, output) = usage.unwrap_or_default();
    let tokens = Tokens { input: input.unwrap_or(most.input), output: output.unwrap_or(most.output), ..most };
    Spent::of(prices, endpoint, &check.model, tokens)
}

/// Runs the probe command and waits for its end. Dropped before that, the whole process group is killed.
async fn run(
    upstream: &Upstream,
    endpoint: &Endpoint,
    argv: &[String],
) -> Result<Seen<'static>, Box<Verdict>> {
    let Some((program, arguments)) = argv.split_first() else {
        return Err(Box::new(command::cannot_run("", &std::io::ErrorKind::NotFound.into())));
    };
    let credential =
        upstream.credential(endpoint).await.map_err(|e| Box::new(unsent(&e, ProbeKind::Command)))?;
    let start = Instant::now();
    let mut child = tokio::process::Command::new(program)
        .args(arguments)
        .env_clear()
        .envs(command::KEPT.iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
        .envs(command::environment(endpoint, credential.as_ref().map(|(_, value)| value)))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(|e| Box::new(command::cannot_run(program, &e)))?;
    let mut group = Group(child.id().and_then(|id| Pid::from_raw(id.cast_signed())));
    let status = child.wait().await.map_err(|e| Box::new(command::cannot_run(program, &e)))?;
    group.0 = None;
    Ok(command::exited(status, start.elapsed()))
}

/// A process group that does not outlive this.
struct Group(Option<Pid>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(leader) = self.0 {
            // Not reaped yet, so the number is still its own.
            let _ = kill_process_group(leader, Signal::KILL);
        }
    }
}

/// What people see of a verdict never holds the endpoint's own key, even where the endpoint repeats it.
fn redacted(endpoint: &Endpoint, mut verdict: Verdict) -> Verdict {
    verdict.detail = verdict.detail.map(|detail| hide_key(endpoint, &detail));
    verdict
}

/// `text` without the endpoint's key and without control characters.
pub(super) fn hide_key(endpoint: &Endpoint, text: &str) -> String {
    match &endpoint.auth {
        Auth::Key(key) => match &key.value {
            CredentialValue::Known(secret) if !secret.expose().is_empty() => {
                clean(&text.replace(secret.expose(), "…"))
            }
            _ => clean(text),
        },
        _ => clean(text),
    }
}
