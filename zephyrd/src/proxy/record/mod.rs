//! One record per request, settled exactly once: when its answer has ended, failed, or was given up. Dropping it
//! settles it, so a client that leaves and a panic leave one too.

mod attempts;
mod summary;
mod told;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::{Method, Uri};
use zephyr_core::engine::NoEndpoint;
use zephyr_core::failover::Class;
use zephyr_core::usage::{Operation, UsageRecord, UsageState};
use zephyr_wire::dialect;
use zephyr_wire::session::Session;
use zephyr_wire::tap::Tap;

use crate::engine_handle::LeaseGuard;
use crate::ledger::Ledger;
use crate::trace::{Asked, End, Place, Running, Trace, What};

use super::attempt::Failure;
use super::body::Body;
use super::bridge::Sent;
use super::identify::{Call, Wishes};
use super::share::Shared;

use attempts::Attempts;
pub(super) use summary::Summary;
pub(super) use zephyr_core::usage::Ended;

/// Longest path, model or name of a session that a record keeps, in characters.
const LONGEST: usize = 200;

/// What is large in a record, apart: records are moved a dozen times on their way.
struct Facts {
    record: UsageRecord,
    /// Reads what the answer uses as it passes.
    tap: Option<Tap>,
}

impl std::ops::Deref for Facts {
    type Target = UsageRecord;

    fn deref(&self) -> &UsageRecord {
        &self.record
    }
}

impl std::ops::DerefMut for Facts {
    fn deref_mut(&mut self) -> &mut UsageRecord {
        &mut self.record
    }
}

/// What is known of a request so far.
pub(super) struct Record {
    facts: Box<Facts>,
    ledger: Ledger,
    running: Running,
    place: Place,
    trace: Arc<Trace>,
    peer: SocketAddr,
    attempts: Attempts,
    /// Where others that wait for the same answer learn what became of it.
    shared: Option<Arc<Shared>>,
}

impl Record {
    /// A request has come.
    pub(super) fn begin(
        (id, trace): (String, Arc<Trace>),
        ledger: &Ledger,
        running: &Running,
        peer: SocketAddr,
        (method, uri): (&Method, &Uri),
        call: &Call,
    ) -> Self {
        let place = running.begin(&trace);
        let mut facts = UsageRecord {
            id,
            method: method.as_str().to_owned(),
            path: bounded(uri.path()),
            operation: match call.operation {
                Some(dialect::Operation::Generate) => Operation::Generate,
                Some(dialect::Operation::CountTokens) => Operation::CountTokens,
                Some(dialect::Operation::Models) => Operation::Models,
                None => Operation::Other,
            },
            ..UsageRecord::default()
        };
        if call.operation.is_some() {
            call.dialect.name().clone_into(&mut facts.dialect);
        }
        Self {
            facts: Box::new(Facts { record: facts, tap: None }),
            ledger: ledger.clone(),
            running: running.clone(),
            place,
            trace,
            peer,
            attempts: Attempts::default(),
            shared: None,
        }
    }

    /// The request's id.
    pub(super) fn id(&self) -> &str {
        &self.facts.id
    }

    /// Where its way is told.
    pub(super) fn trace(&self) -> Arc<Trace> {
        Arc::clone(&self.trace)
    }

    /// Who sent it.
    pub(super) fn client(&mut self, name: &str) {
        name.clone_into(&mut self.facts.client);
    }

    /// What it asks for.
    pub(super) fn wishes(&mut self, wishes: &Wishes, bytes: usize) {
        let facts = &mut self.facts;
        facts.bytes_in = bytes as u64;
        facts.model = bounded(&wishes.model);
        facts.stream = wishes.stream;
        let Session { session, agent, class } = wishes.session.clone();
        (facts.session, facts.agent, facts.class) = (session, agent, class);
        self.trace.asked(&Asked {
            method: &facts.method,
            path: &facts.path,
            dialect: &facts.dialect,
            model: &facts.model,
            stream: facts.stream,
            client: &facts.client,
            session: facts.session.as_deref().unwrap_or_default(),
            agent: facts.agent.as_deref().unwrap_or_default(),
        });
    }

    /// Others will wait for this request's answer too.
    pub(super) fn share(&mut self, shared: &Arc<Shared>) {
        self.shared = Some(Arc::clone(shared));
    }

    /// An endpoint is asked.
    pub(super) fn attempt(&mut self, lease: &mut LeaseGuard) {
        let after = match lease.take_decision() {
            Some(decision) => self.trace.chose(lease.endpoint(), decision),
            None => self.trace.age(),
        };
        self.attempts.begin(&self.facts, lease, after);
    }

    /// It is sent like this, in another dialect perhaps.
    pub(super) fn sent(&self, sent: &Sent) {
        if sent.way.dialect.name() == self.facts.dialect || self.facts.dialect.is_empty() {
            return;
        }
        let dialect = sent.way.dialect.name();
        let mut lost: Vec<&'static str> = sent.losses.iter().map(|loss| loss.what).collect();
        lost.sort_unstable();
        lost.dedup();
        let id = self.id();
        tracing::debug!(request = id, dialect, ?lost, "request {id} is translated into {dialect}");
        self.trace.step(What::Translated { dialect, lost });
    }

    /// Where the attempt puts what looks at its answer.
    pub(super) fn tap(&mut self) -> &mut Option<Tap> {
        &mut self.facts.tap
    }

    /// The endpoint failed, before the client has seen anything.
    pub(super) fn failed(&mut self, failure: &Failure) {
        if let Some(tap) = self.facts.tap.take() {
            self.attempts.read(tap.reading());
        }
        self.attempts.failed(failure);
        self.trace.step(What::Failed {
            class: failure.outcome.class,
            status: failure.status,
            detail: failure.outcome.detail.clone().unwrap_or_default(),
            took: failure.took,
        });
        told::failed(&self.facts, self.attempts.count(), failure);
        let detail = failure.outcome.detail.as_deref().unwrap_or("-");
        self.facts.detail = Some(format!("{}: {detail}", failure.endpoint.name));
    }

    /// Nobody could be asked.
    pub(super) fn nobody(&self, none: &NoEndpoint) {
        self.trace.nobody(none);
    }

    /// The head of an answer is out.
    pub(super) fn answered(&mut self, status: u16) {
        self.facts.status = status;
        self.facts.detail = None;
    }

    /// An endpoint answers with `status`, which is of this class if all of the answer goes out.
    pub(super) fn answering(&mut self, status: u16, class: Class) {
        self.answered(status);
        let after = self.trace.step(What::Answered { status });
        self.attempts.answered(status, class);
        self.facts.ttft_ms = Some(millis(after));
    }

    /// Bytes of the answer pass.
    pub(super) fn passes(&mut self, bytes: &[u8]) {
        if let Some(tap) = &mut self.facts.tap {
            tap.feed(bytes);
        }
    }

    /// Bytes of the answer's body are out.
    pub(super) fn bytes(&mut self, count: usize) {
        self.facts.bytes_out += count as u64;
    }

    /// All of the answer's body goes out at once.
    pub(super) fn whole(&mut self, body: &Body) {
        self.facts.bytes_out = http_body::Body::size_hint(body).lower();
    }

    /// Whether a stream has told its own end.
    pub(super) fn told_its_end(&self) -> bool {
        self.facts.tap.as_ref().is_some_and(|tap| tap.seen().ended)
    }

    /// Whether a stream has told its own end; also true where nobody follows it.
    pub(super) fn has_its_end(&mut self) -> bool {
        self.facts.tap.as_mut().is_none_or(|tap| {
            tap.finish();
            tap.seen().ended || tap.is_blind()
        })
    }

    /// Another request's answer, or a stored one, serves this one.
    pub(super) fn served(&mut self, source: zephyr_core::usage::Source, by: &str, summary: Option<&Summary>) {
        self.facts.source = source;
        self.facts.served_by = Some(by.to_owned());
        self.trace.step(What::ServedBy { request: by.to_owned(), source: source.name() });
        if let Some(summary) = summary {
            summary.tell(&mut self.facts);
        }
    }

    /// It is over.
    pub(super) fn ended(&mut self, ended: Ended, detail: Option<&str>) {
        self.facts.ended = ended;
        if let Some(detail) = detail {
            self.facts.detail = Some(detail.to_owned());
        }
    }

    /// Takes out of the tap what it has read.
    fn read(&mut self) {
        let Some(mut tap) = self.facts.tap.take() else { return };
        tap.finish();
        let reading = tap.into_reading();
        let facts = &mut self.facts;
        facts.usage = match &reading.usage {
            None => UsageState::None,
            Some(_) if reading.is_final => UsageState::Final,
            Some(_) => UsageState::Partial,
        };
        if let Some((kind, message)) = &reading.error
            && facts.detail.is_none()
        {
            facts.detail = Some(format!("the answer ended with an error: {kind}: {message}"));
        }
        self.attempts.read(&reading);
        facts.answered_model = reading.model.map(bounded);
        facts.stop = reading.stop;
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        self.read();
        if self.shared.as_ref().is_some_and(|shared| shared.was_left()) {
            // Others had the answer; whoever asked first has not.
            self.facts.ended = Ended::Cancelled;
        }
        let facts = &mut self.facts.record;
        let duration = self.trace.age();
        facts.duration_ms = millis(duration);
        self.running.end(self.place, duration);
        self.attempts.settle(facts, duration, &self.ledger);
        told::request(facts, self.peer);
        self.trace.ended(End {
            how: facts.ended.name(),
            status: facts.status,
            detail: facts.detail.clone(),
            took: duration,
        });
        let settled = self.ledger.settle(std::mem::take(facts), duration);
        if let Some(shared) = &self.shared {
            shared.settled(Summary::of(settled));
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// What a client or an endpoint wrote, short enough to be kept.
fn bounded(text: impl AsRef<str> + Into<String>) -> String {
    match text.as_ref() {
        long if long.len() > LONGEST => long.chars().take(LONGEST).collect(),
        _ => text.into(),
    }
}
