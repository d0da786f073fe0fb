//! One record per request, written exactly once: when its answer has ended, failed, or was given up.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use http::{Method, Uri};

use zephyr_core::config::Endpoint;

use crate::engine_handle::LeaseGuard;
use crate::system::text::clean;

use super::attempt::Failure;
use super::identify::{Call, Wishes};

/// How many requests run now; cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Active(Arc<AtomicU32>);

impl Active {
    /// The number.
    pub(crate) fn count(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// The client went away (also what is written when nothing else was said).
    Cancelled,
    /// An endpoint's answer went out whole, whatever its status.
    Complete,
    /// The upstream died inside the answer.
    Cut,
    /// We answered with an error of our own.
    Refused,
}

impl Ended {
    fn name(self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::Complete => "complete",
            Self::Cut => "cut",
            Self::Refused => "refused",
        }
    }
}

/// What is known of a request so far. Dropping it writes the record.
pub(super) struct Record {
    id: String,
    active: Active,
    peer: SocketAddr,
    method: Method,
    uri: Uri,
    started: Instant,
    dialect: &'static str,
    client: String,
    model: String,
    stream: bool,
    endpoint: Option<Arc<Endpoint>>,
    attempts: u32,
    status: u16,
    ttft_ms: Option<u64>,
    bytes: u64,
    ended: Ended,
    detail: Option<String>,
}

impl Record {
    /// A request has come.
    pub(super) fn begin(id: String, active: &Active, peer: SocketAddr, method: &Method, uri: &Uri) -> Self {
        active.0.fetch_add(1, Ordering::Relaxed);
        Self {
            id,
            active: active.clone(),
            peer,
            method: method.clone(),
            uri: uri.clone(),
            started: Instant::now(),
            dialect: "-",
            client: String::new(),
            model: String::new(),
            stream: false,
            endpoint: None,
            attempts: 0,
            status: 0,
            ttft_ms: None,
            bytes: 0,
            ended: Ended::Cancelled,
            detail: None,
        }
    }

    /// The request's id.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Who sent it.
    pub(super) fn client(&mut self, name: &str) {
        name.clone_into(&mut self.client);
    }

    /// What it asks for.
    pub(super) fn wishes(&mut self, call: &Call, wishes: &Wishes) {
        self.dialect = if call.operation.is_some() { call.dialect.name() } else { "-" };
        self.model = wishes.model.chars().take(100).collect();
        self.stream = wishes.stream;
    }

    /// An endpoint is asked.
    pub(super) fn attempt(&mut self, lease: &LeaseGuard) {
        self.attempts += 1;
        self.endpoint = Some(Arc::clone(lease.endpoint()));
    }

    /// The endpoint failed, before the client has seen anything.
    pub(super) fn failed(&mut self, failure: &Failure) {
        let detail = failure.outcome.detail.as_deref().unwrap_or("-");
        tracing::warn!(
            request = self.id,
            endpoint = failure.endpoint.name,
            attempt = self.attempts,
            class = ?failure.outcome.class,
            detail,
            "attempt failed at {}: {} ({})",
            clean(&failure.endpoint.name),
            clean(detail),
            self.id
        );
        self.detail = Some(format!("{}: {detail}", failure.endpoint.name));
    }

    /// The head of the answer is out.
    pub(super) fn answered(&mut self, status: u16, ttft_ms: Option<u64>) {
        self.status = status;
        self.ttft_ms = ttft_ms;
        self.detail = None;
    }

    /// Bytes of the answer's body are out.
    pub(super) fn bytes(&mut self, count: usize) {
        self.bytes += count as u64;
    }

    /// It is over.
    pub(super) fn ended(&mut self, ended: Ended, detail: Option<&str>) {
        self.ended = ended;
        if let Some(detail) = detail {
            self.detail = Some(detail.to_owned());
        }
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        self.active.0.fetch_sub(1, Ordering::Relaxed);
        let duration_ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let endpoint = self.endpoint.as_ref().map_or("-", |e| e.name.as_str());
        let path: String = clean(self.uri.path());
        tracing::info!(
            request = self.id,
            endpoint,
            status = self.status,
            duration_ms,
            ttft_ms = self.ttft_ms,
            outcome = self.ended.name(),
            attempts = self.attempts,
            method = self.method.as_str(),
            path,
            dialect = self.dialect,
            model = if self.model.is_empty() { "-" } else { &self.model },
            stream = self.stream,
            client = if self.client.is_empty() { None } else { Some(self.client.as_str()) },
            peer = %self.peer,
            bytes = self.bytes,
            detail = self.detail.as_deref(),
            "request {} {} {}: {} from {} in {duration_ms} ms, {}",
            self.id,
            self.method,
            path,
            self.status,
            if self.endpoint.is_some() { clean(endpoint) } else { "no endpoint".to_owned() },
            self.ended.name()
        );
    }
}
