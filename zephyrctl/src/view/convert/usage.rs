//! Usage and money, from the protocol's messages to the view.

use zephyr_proto::v1;

use super::super::money::Today;
use super::super::usage::Percentiles;
use super::super::{
    Attempt, Budget, Followed, Mismatch, Money, Nanos, ProbeTotals, RecordStore, Request, Row, Tokens, Totals,
};
use super::{all, some};

impl From<v1::Money> for Money {
    fn from(m: v1::Money) -> Self {
        Self {
            today: Today {
                requests: m.requests,
                cost: Nanos(m.cost_nanos),
                saved: Nanos(m.saved_nanos),
                probes: Nanos(m.probe_nanos),
                input_tokens: m.input_tokens,
                output_tokens: m.output_tokens,
            },
            budgets: all(m.budgets),
            records: m.store.unwrap_or_default().into(),
            mismatches: all(m.mismatches),
        }
    }
}

impl From<v1::Budget> for Budget {
    fn from(b: v1::Budget) -> Self {
        Self {
            client: some(b.client),
            period: b.period,
            limit: Nanos(b.limit_nanos),
            spent: Nanos(b.spent_nanos),
            share: b.share,
            warn: b.warn,
            over: b.over,
            resets_unix_ms: b.resets_unix_ms,
        }
    }
}

impl From<v1::RecordStore> for RecordStore {
    fn from(s: v1::RecordStore) -> Self {
        Self { state: s.state, detail: some(s.detail), waiting: s.waiting, dropped: s.dropped }
    }
}

impl From<v1::Mismatch> for Mismatch {
    fn from(m: v1::Mismatch) -> Self {
        Self {
            endpoint: m.endpoint,
            asked: m.asked,
            answered: m.answered,
            count: m.count,
            last_unix_ms: m.last_unix_ms,
        }
    }
}

impl From<v1::UsageRow> for Row {
    fn from(r: v1::UsageRow) -> Self {
        Self { key: r.key, totals: r.totals.unwrap_or_default().into() }
    }
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

impl From<v1::UsageTotals> for Totals {
    fn from(t: v1::UsageTotals) -> Self {
        let tokens = Tokens::from(t.tokens.unwrap_or_default());
        Self {
            requests: t.requests,
            succeeded: t.succeeded,
            failed: t.failed,
            cancelled: t.cancelled,
            success_rate: share(t.succeeded, t.succeeded.saturating_add(t.failed)),
            attempts: t.attempts,
            retried: t.retried,
            shared: t.shared,
            cache_hits: t.cache_hits,
            mismatches: t.mismatches,
            default_priced: t.default_priced,
            partial: t.partial,
            cache_share: share(tokens.cache_read, tokens.all_input()),
            tokens,
            cost: Nanos(t.cost_nanos),
            lost: Nanos(t.lost_nanos),
            saved: Nanos(t.saved_nanos),
            cache_saved: Nanos(t.cache_saved_nanos),
            ttft_ms: t.ttft_ms.map(|p| Percentiles { p50: p.p50, p90: p.p90, p95: p.p95, p99: p.p99 }),
        }
    }
}

impl From<v1::ProbeTotals> for ProbeTotals {
    fn from(p: v1::ProbeTotals) -> Self {
        Self { probes: p.probes, tokens: p.tokens.unwrap_or_default().into(), cost: Nanos(p.cost_nanos) }
    }
}

impl From<v1::Tokens> for Tokens {
    fn from(t: v1::Tokens) -> Self {
        Self {
            input: t.input,
            output: t.output,
            cache_write_5m: t.cache_write_5m,
            cache_write_1h: t.cache_write_1h,
            cache_read: t.cache_read,
            reasoning: t.reasoning,
            web_searches: t.web_searches,
            web_fetches: t.web_fetches,
            code_runs: t.code_runs,
        }
    }
}

/// The protocol says "no status" with 0.
fn status(status: u32) -> Option<u32> {
    (status != 0).then_some(status)
}

impl From<v1::UsageRecord> for Request {
    fn from(r: v1::UsageRecord) -> Self {
        Self {
            id: r.id,
            started_unix_ms: r.started_unix_ms,
            day: r.day,
            duration_ms: r.duration_ms,
            ttft_ms: r.ttft_ms,
            client: some(r.client),
            session: some(r.session),
            agent: some(r.agent),
            class: some(r.class),
            method: r.method,
            path: r.path,
            dialect: some(r.dialect),
            operation: r.operation,
            stream: r.stream,
            model: some(r.model),
            answered_model: some(r.answered_model),
            mismatch: r.mismatch,
            endpoint: some(r.endpoint),
            group: some(r.group),
            provider: some(r.provider),
            status: status(r.status),
            upstream_status: status(r.upstream_status),
            ended: r.ended,
            succeeded: r.succeeded,
            failed: r.failed,
            detail: some(r.detail),
            stop: some(r.stop),
            source: r.source,
            served_by: some(r.served_by),
            bytes_in: r.bytes_in,
            bytes_out: r.bytes_out,
            tokens: r.tokens.unwrap_or_default().into(),
            usage: r.usage,
            tier: r.tier,
            cost: Nanos(r.cost_nanos),
            lost: Nanos(r.lost_nanos),
            saved: Nanos(r.saved_nanos),
            cache_saved: Nanos(r.cache_saved_nanos),
            price_source: r.price_source,
            attempts: all(r.attempts),
        }
    }
}

impl From<v1::AttemptRecord> for Attempt {
    fn from(a: v1::AttemptRecord) -> Self {
        Self {
            endpoint: a.endpoint,
            after_ms: a.after_ms,
            duration_ms: a.duration_ms,
            status: status(a.status),
            class: a.class,
            detail: some(a.detail),
            may_be_billed: a.may_be_billed,
            tokens: a.tokens.unwrap_or_default().into(),
            cost: Nanos(a.cost_nanos),
            model: some(a.model),
            dialect: some(a.dialect),
        }
    }
}

impl Followed {
    /// `None` for a kind of message that this version does not know.
    pub(crate) fn of(message: v1::FollowResponse) -> Option<Self> {
        use v1::follow_response::What;
        Some(match message.what? {
            What::Record(record) => Self::Request(Box::new(record.into())),
            What::Lagged(lagged) => Self::Lagged { missed: lagged.missed },
        })
    }
}
