//! Sums over many requests.

use super::histogram::Histogram;
use super::record::{PriceSource, Source, UsageRecord, UsageState, Went};
use super::tokens::Tokens;

/// The answer to a [`super::ReportQuery`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// One per value: days and months ascending, everything else by cost, then requests, then key.
    pub rows: Vec<ReportRow>,
    /// Over all rows.
    pub total: Totals,
    /// What probes cost in the same time, at the same endpoints; other filters do not apply to them.
    pub probes: ProbeTotals,
}

/// One row of a report.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReportRow {
    /// The day, model, endpoint…; empty where a request has none.
    pub key: String,
    /// Its sums.
    pub totals: Totals,
}

/// Sums over requests.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Totals {
    /// Requests.
    pub requests: u64,
    /// Those that went as the client wished.
    pub succeeded: u64,
    /// Those that went wrong.
    pub failed: u64,
    /// Those that the client left.
    pub cancelled: u64,
    /// Attempts at endpoints.
    pub attempts: u64,
    /// Requests that took more than one attempt.
    pub retried: u64,
    /// Served by another request's answer while that was on its way.
    pub shared: u64,
    /// Served from the response cache.
    pub cache_hits: u64,
    /// Answered by another model than was asked for.
    pub mismatches: u64,
    /// Priced by the default because nobody knows the model.
    pub default_priced: u64,
    /// Broke off before the vendor's last word on usage.
    pub partial: u64,
    /// Tokens of answers that were paid for.
    pub tokens: Tokens,
    /// Cost in nano-dollars.
    pub cost_nanos: i64,
    /// The part of it that attempts without an answer caused.
    pub lost_nanos: i64,
    /// Not paid because another request's answer served.
    pub saved_nanos: i64,
    /// Spared by the vendors' prompt caches.
    pub cache_saved_nanos: i64,
    /// Times to the first token, in milliseconds, of requests that an endpoint answered.
    pub ttft: Histogram,
}

/// What one request adds to sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// How it went.
    pub went: Went,
    /// Attempts at endpoints.
    pub attempts: u64,
    /// Where its answer came from.
    pub source: Source,
    /// It was answered by another model than was asked for.
    pub mismatch: bool,
    /// It was priced by the default.
    pub default_priced: bool,
    /// It broke off before the vendor's last word on usage.
    pub partial: bool,
    /// What its answer used.
    pub tokens: Tokens,
    /// Time to the first token, in milliseconds.
    pub ttft_ms: Option<u64>,
    /// Its cost in nano-dollars.
    pub cost_nanos: i64,
    /// The part of it that attempts without an answer caused.
    pub lost_nanos: i64,
    /// Not paid because another request's answer served it.
    pub saved_nanos: i64,
    /// Spared by the vendor's prompt cache.
    pub cache_saved_nanos: i64,
}

impl Counts {
    /// What `record` adds.
    #[must_use]
    pub fn of(record: &UsageRecord) -> Self {
        Self {
            went: record.went(),
            attempts: record.attempts.len() as u64,
            source: record.source,
            mismatch: record.mismatch,
            default_priced: record.price_source == PriceSource::Default,
            partial: record.usage == UsageState::Partial,
            tokens: record.tokens,
            ttft_ms: record.ttft_ms,
            cost_nanos: record.cost_nanos,
            lost_nanos: record.lost_nanos,
            saved_nanos: record.saved_nanos,
            cache_saved_nanos: record.cache_saved_nanos,
        }
    }

    /// Whether it went wrong, and the client did not leave of itself.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.went == Went::Failed
    }
}

impl Totals {
    /// Counts one request.
    pub fn count(&mut self, record: &UsageRecord) {
        self.add(&Counts::of(record));
    }

    /// Counts one request by what it adds.
    pub fn add(&mut self, counts: &Counts) {
        self.requests += 1;
        self.succeeded += u64::from(counts.went == Went::Succeeded);
        self.failed += u64::from(counts.went == Went::Failed);
        self.cancelled += u64::from(counts.went == Went::Cancelled);
        self.attempts += counts.attempts;
        self.retried += u64::from(counts.attempts > 1);
        self.shared += u64::from(counts.source == Source::Shared);
        self.cache_hits += u64::from(counts.source == Source::Cache);
        self.mismatches += u64::from(counts.mismatch);
        self.default_priced += u64::from(counts.default_priced);
        self.partial += u64::from(counts.partial);
        if counts.source == Source::Endpoint {
            self.tokens.add(&counts.tokens);
            if let Some(ms) = counts.ttft_ms {
                self.ttft.add(ms);
            }
        }
        self.cost_nanos = self.cost_nanos.saturating_add(counts.cost_nanos);
        self.lost_nanos = self.lost_nanos.saturating_add(counts.lost_nanos);
        self.saved_nanos = self.saved_nanos.saturating_add(counts.saved_nanos);
        self.cache_saved_nanos = self.cache_saved_nanos.saturating_add(counts.cache_saved_nanos);
    }

    /// Adds other sums.
    pub fn merge(&mut self, other: &Self) {
        self.requests += other.requests;
        self.succeeded += other.succeeded;
        self.failed += other.failed;
        self.cancelled += other.cancelled;
        self.attempts += other.attempts;
        self.retried += other.retried;
        self.shared += other.shared;
        self.cache_hits += other.cache_hits;
        self.mismatches += other.mismatches;
        self.default_priced += other.default_priced;
        self.partial += other.partial;
        self.tokens.add(&other.tokens);
        self.cost_nanos = self.cost_nanos.saturating_add(other.cost_nanos);
        self.lost_nanos = self.lost_nanos.saturating_add(other.lost_nanos);
        self.saved_nanos = self.saved_nanos.saturating_add(other.saved_nanos);
        self.cache_saved_nanos = self.cache_saved_nanos.saturating_add(other.cache_saved_nanos);
        self.ttft.merge(&other.ttft);
    }

    /// Share of successes among requests that the client did not leave; `None` where there are none.
    #[must_use]
    pub fn success_rate(&self) -> Option<f64> {
        let judged = self.succeeded + self.failed;
        (judged > 0).then(|| self.succeeded as f64 / judged as f64)
    }

    /// Share of the input that came from the vendors' prompt caches; `None` where there was no input.
    #[must_use]
    pub fn cache_share(&self) -> Option<f64> {
        let all = self.tokens.all_input();
        (all > 0).then(|| self.tokens.cache_read as f64 / all as f64)
    }
}

/// What probes cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ProbeTotals {
    /// Probes that cost money.
    pub probes: u64,
    /// What they used.
    pub tokens: Tokens,
    /// In nano-dollars.
    pub cost_nanos: i64,
}
