//! One request as every list tells it: settled, or while it runs.

use serde::Serialize;
use utoipa::ToSchema;
use zephyr_core::usage::{Ended, UsageRecord};

use super::connections::Connection;
use super::tell::{TokensTold, some, usd};
use crate::http::time::rfc3339;
use crate::system::text::clean;

/// One request. What is not known of one that runs is null or 0.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub(crate) struct Row {
    /// As in `X-Request-Id`.
    pub(in crate::http) id: String,
    pub(in crate::http) started: String,
    pub(in crate::http) started_unix_ms: i64,
    /// `succeeded`, `failed`, `cancelled` (the client left) or `running`.
    pub(in crate::http) status: &'static str,
    /// Status that the client saw; null where it saw none.
    pub(in crate::http) http_status: Option<u16>,
    /// Status that the last asked endpoint gave.
    pub(in crate::http) upstream_status: Option<u16>,
    /// `complete`, `cut`, `refused` or `cancelled`; empty while it runs.
    pub(in crate::http) ended: &'static str,
    pub(in crate::http) duration_ms: u64,
    /// To the first event with content.
    pub(in crate::http) ttft_ms: Option<u64>,
    pub(in crate::http) client: Option<String>,
    pub(in crate::http) session: Option<String>,
    /// The subagent that sent it.
    pub(in crate::http) agent: Option<String>,
    /// What the client says it is for: `main`, `compaction`.
    pub(in crate::http) class: Option<String>,
    pub(in crate::http) method: String,
    pub(in crate::http) path: String,
    /// Null on paths of none.
    pub(in crate::http) dialect: Option<String>,
    /// `generate`, `count-tokens`, `models` or `other`; empty while it runs.
    pub(in crate::http) operation: &'static str,
    pub(in crate::http) stream: bool,
    pub(in crate::http) model: Option<String>,
    /// Model that the answer names.
    pub(in crate::http) answered_model: Option<String>,
    /// The answer names another model than was asked for.
    pub(in crate::http) mismatch: bool,
    /// Who answered, or was asked last.
    pub(in crate::http) endpoint: Option<String>,
    pub(in crate::http) group: Option<String>,
    pub(in crate::http) provider: Option<String>,
    /// Endpoints that were asked.
    pub(in crate::http) attempts: usize,
    /// What went wrong.
    pub(in crate::http) detail: Option<String>,
    /// Why the model stopped.
    pub(in crate::http) stop: Option<String>,
    /// `endpoint`, `shared` or `cache`; empty while it runs.
    pub(in crate::http) source: &'static str,
    /// The request whose answer served this one.
    pub(in crate::http) served_by: Option<String>,
    pub(in crate::http) bytes_in: u64,
    pub(in crate::http) bytes_out: u64,
    pub(in crate::http) tokens: TokensTold,
    /// How much of them is known: `none`, `partial` or `final`.
    pub(in crate::http) usage: &'static str,
    /// What sort of service was billed.
    pub(in crate::http) tier: &'static str,
    /// Failed attempts included.
    pub(in crate::http) cost_usd: f64,
    pub(in crate::http) cost_nanos: i64,
    /// The part of it that attempts without an answer caused.
    pub(in crate::http) lost_usd: f64,
    pub(in crate::http) lost_nanos: i64,
    /// Not paid because another request's answer served.
    pub(in crate::http) saved_usd: f64,
    pub(in crate::http) saved_nanos: i64,
    /// Spared by the vendor's prompt cache; may be negative.
    pub(in crate::http) cache_saved_usd: f64,
    pub(in crate::http) cache_saved_nanos: i64,
    /// `none`, `builtin`, `config` or `default`.
    pub(in crate::http) price_source: &'static str,
}

/// A settled request.
pub(crate) fn row(r: &UsageRecord) -> Row {
    let maybe = |text: &Option<String>| text.as_deref().and_then(some);
    Row {
        id: clean(&r.id),
        started: rfc3339(r.started_unix_ms),
        started_unix_ms: r.started_unix_ms,
        status: status(r),
        http_status: (r.status > 0).then_some(r.status),
        upstream_status: r.upstream_status,
        ended: r.ended.name(),
        duration_ms: r.duration_ms,
        ttft_ms: r.ttft_ms,
        client: some(&r.client),
        session: maybe(&r.session),
        agent: maybe(&r.agent),
        class: maybe(&r.class),
        method: clean(&r.method),
        path: clean(&r.path),
        dialect: some(&r.dialect),
        operation: r.operation.name(),
        stream: r.stream,
        model: some(&r.model),
        answered_model: maybe(&r.answered_model),
        mismatch: r.mismatch,
        endpoint: maybe(&r.endpoint),
        group: maybe(&r.group),
        provider: maybe(&r.provider),
        attempts: r.attempts.len(),
        detail: maybe(&r.detail),
        stop: maybe(&r.stop),
        source: r.source.name(),
        served_by: maybe(&r.served_by),
        bytes_in: r.bytes_in,
        bytes_out: r.bytes_out,
        tokens: TokensTold::from(&r.tokens),
        usage: r.usage.name(),
        tier: r.tier.name(),
        cost_usd: usd(r.cost_nanos),
        cost_nanos: r.cost_nanos,
        lost_usd: usd(r.lost_nanos),
        lost_nanos: r.lost_nanos,
        saved_usd: usd(r.saved_nanos),
        saved_nanos: r.saved_nanos,
        cache_saved_usd: usd(r.cache_saved_nanos),
        cache_saved_nanos: r.cache_saved_nanos,
        price_source: r.price_source.name(),
    }
}

fn status(r: &UsageRecord) -> &'static str {
    match r.ended {
        Ended::Cancelled => "cancelled",
        _ if r.succeeded() => "succeeded",
        _ => "failed",
    }
}

/// One that runs, which came at this time.
pub(in crate::http) fn running(c: Connection, started_unix_ms: i64) -> Row {
    Row {
        id: c.id,
        started: c.started,
        started_unix_ms,
        status: "running",
        http_status: c.http_status,
        duration_ms: c.age_ms,
        client: c.client,
        session: c.session,
        agent: c.agent,
        method: c.method,
        path: c.path,
        dialect: c.dialect,
        stream: c.stream,
        model: c.model,
        endpoint: c.endpoint,
        group: c.group,
        attempts: usize::try_from(c.attempts).unwrap_or(usize::MAX),
        ..Row::default()
    }
}
