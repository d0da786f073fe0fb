//! Usage and money in the form of the wire. Every string that somebody outside wrote is made harmless here.

use tonic::Status;
use zephyr_core::usage::{
    AttemptRecord, BudgetView, Filter, Histogram, ProbeTotals, ReportRow, Tokens, Totals, UsageRecord,
};
use zephyr_proto::v1;

use crate::control::refuse;
use crate::ledger::{LedgerView, MismatchView};
use crate::store::{StoreHealth, StoreState};
use crate::system::text::clean;

/// Longest pattern, in bytes.
const MAX_PATTERN: usize = 256;

/// What narrows; refused where a pattern is too long.
pub(super) fn filter(filter: Option<v1::UsageFilter>) -> Result<Filter, Status> {
    let f = filter.unwrap_or_default();
    for (name, pattern) in [
        ("model", &f.model),
        ("endpoint", &f.endpoint),
        ("group", &f.group),
        ("client", &f.client),
        ("session", &f.session),
    ] {
        if pattern.as_ref().is_some_and(|p| p.len() > MAX_PATTERN) {
            let message = format!("the {name} to look for is longer than {MAX_PATTERN} bytes");
            return Err(refuse::invalid(&message, "shorten it with `*`"));
        }
    }
    Ok(Filter {
        since_unix_ms: f.since_unix_ms,
        until_unix_ms: f.until_unix_ms,
        model: f.model,
        endpoint: f.endpoint,
        group: f.group,
        client: f.client,
        session: f.session,
        everything: f.everything,
    })
}

/// One row of a report.
pub(super) fn row(row: &ReportRow) -> v1::UsageRow {
    v1::UsageRow { key: clean(&row.key), totals: Some(totals(&row.totals)) }
}

/// Sums over requests.
pub(super) fn totals(t: &Totals) -> v1::UsageTotals {
    v1::UsageTotals {
        requests: t.requests,
        succeeded: t.succeeded,
        failed: t.failed,
        cancelled: t.cancelled,
        attempts: t.attempts,
        retried: t.retried,
        shared: t.shared,
        cache_hits: t.cache_hits,
        mismatches: t.mismatches,
        default_priced: t.default_priced,
        partial: t.partial,
        tokens: Some(tokens(&t.tokens)),
        cost_nanos: t.cost_nanos,
        lost_nanos: t.lost_nanos,
        saved_nanos: t.saved_nanos,
        cache_saved_nanos: t.cache_saved_nanos,
        ttft_ms: percentiles(&t.ttft),
    }
}

fn percentiles(times: &Histogram) -> Option<v1::Percentiles> {
    Some(v1::Percentiles {
        p50: times.percentile(0.5)?,
        p90: times.percentile(0.9)?,
        p95: times.percentile(0.95)?,
        p99: times.percentile(0.99)?,
    })
}

/// What probes cost.
pub(super) fn probes(p: &ProbeTotals) -> v1::ProbeTotals {
    v1::ProbeTotals { probes: p.probes, tokens: Some(tokens(&p.tokens)), cost_nanos: p.cost_nanos }
}

fn tokens(t: &Tokens) -> v1::Tokens {
    v1::Tokens {
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

fn some(text: Option<&String>) -> String {
    text.map(|text| clean(text)).unwrap_or_default()
}

/// One request.
pub(super) fn record(r: &UsageRecord) -> v1::UsageRecord {
    v1::UsageRecord {
        id: clean(&r.id),
        started_unix_ms: r.started_unix_ms,
        day: r.day,
        duration_ms: r.duration_ms,
        ttft_ms: r.ttft_ms,
        client: clean(&r.client),
        session: some(r.session.as_ref()),
        agent: some(r.agent.as_ref()),
        class: some(r.class.as_ref()),
        method: clean(&r.method),
        path: clean(&r.path),
        dialect: clean(&r.dialect),
        operation: r.operation.name().to_owned(),
        stream: r.stream,
        model: clean(&r.model),
        answered_model: some(r.answered_model.as_ref()),
        mismatch: r.mismatch,
        endpoint: some(r.endpoint.as_ref()),
        group: some(r.group.as_ref()),
        provider: some(r.provider.as_ref()),
        status: u32::from(r.status),
        upstream_status: r.upstream_status.map_or(0, u32::from),
        ended: r.ended.name().to_owned(),
        succeeded: r.succeeded(),
        failed: r.failed(),
        detail: some(r.detail.as_ref()),
        stop: some(r.stop.as_ref()),
        source: r.source.name().to_owned(),
        served_by: some(r.served_by.as_ref()),
        bytes_in: r.bytes_in,
        bytes_out: r.bytes_out,
        tokens: Some(tokens(&r.tokens)),
        usage: r.usage.name().to_owned(),
        tier: r.tier.name().to_owned(),
        cost_nanos: r.cost_nanos,
        lost_nanos: r.lost_nanos,
        saved_nanos: r.saved_nanos,
        cache_saved_nanos: r.cache_saved_nanos,
        price_source: r.price_source.name().to_owned(),
        attempts: r.attempts.iter().map(attempt).collect(),
    }
}

fn attempt(a: &AttemptRecord) -> v1::AttemptRecord {
    v1::AttemptRecord {
        endpoint: clean(&a.endpoint),
        after_ms: a.after_ms,
        duration_ms: a.duration_ms,
        status: a.status.map_or(0, u32::from),
        class: clean(&a.class),
        detail: some(a.detail.as_ref()),
        may_be_billed: a.may_be_billed,
        tokens: Some(tokens(&a.tokens)),
        cost_nanos: a.cost_nanos,
        model: some(a.model.as_ref()),
        dialect: some(a.dialect.as_ref()),
    }
}

/// What the status tells an operator of money.
pub(in crate::control) fn money(view: &LedgerView) -> v1::Money {
    let today = &view.today;
    v1::Money {
        on: view.on,
        requests: today.requests,
        cost_nanos: today.cost_nanos,
        saved_nanos: today.saved_nanos,
        probe_nanos: today.probe_nanos,
        input_tokens: today.tokens.all_input(),
        output_tokens: today.tokens.output,
        budgets: view.budgets.iter().map(budget).collect(),
        store: Some(store(&view.store)),
        mismatches: view.mismatches.iter().map(mismatch).collect(),
    }
}

fn budget(b: &BudgetView) -> v1::Budget {
    v1::Budget {
        client: some(b.client.as_ref()),
        period: b.period.name().to_owned(),
        limit_nanos: b.limit_nanos,
        spent_nanos: b.spent_nanos,
        share: b.share(),
        warn: b.warn,
        over: b.over,
        resets_unix_ms: b.resets_unix_ms,
    }
}

fn store(health: &StoreHealth) -> v1::RecordStore {
    let state = match health.state {
        StoreState::Ok => "ok",
        StoreState::Waiting => "waiting",
        StoreState::Off => "off",
    };
    v1::RecordStore {
        state: state.to_owned(),
        detail: some(health.detail.as_ref()),
        waiting: health.waiting,
        dropped: health.dropped,
    }
}

fn mismatch(m: &MismatchView) -> v1::Mismatch {
    v1::Mismatch {
        endpoint: clean(&m.endpoint),
        asked: clean(&m.asked),
        answered: clean(&m.answered),
        count: m.count,
        last_unix_ms: m.last_unix_ms,
    }
}
