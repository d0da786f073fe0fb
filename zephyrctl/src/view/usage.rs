//! What requests used and cost, summed or one by one.

use serde::Serialize;

use super::money::{Nanos, cache_saved, cost, lost, saved};

/// Sums, in rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Report {
    /// What a row is: `total day month model endpoint group client session`.
    pub(crate) by: String,
    /// Came at or after this, Unix milliseconds.
    pub(crate) since_unix_ms: Option<i64>,
    /// Came before this, Unix milliseconds.
    pub(crate) until_unix_ms: Option<i64>,
    /// Days and months ascending, everything else by cost.
    pub(crate) rows: Vec<Row>,
    /// Over all rows.
    pub(crate) total: Totals,
    /// Not part of the total.
    pub(crate) probes: ProbeTotals,
}

/// One row of a report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Row {
    /// The day, model, endpoint and so on; empty where requests have none.
    pub(crate) key: String,
    #[serde(flatten)]
    pub(crate) totals: Totals,
}

/// Sums over requests.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub(crate) struct Totals {
    pub(crate) requests: u64,
    /// Went as the client wished.
    pub(crate) succeeded: u64,
    /// Went wrong.
    pub(crate) failed: u64,
    /// Were left by the client.
    pub(crate) cancelled: u64,
    /// Share of successes among those that the client did not leave, 0 to 1.
    pub(crate) success_rate: Option<f64>,
    /// Attempts at endpoints.
    pub(crate) attempts: u64,
    /// Requests that took more than one attempt.
    pub(crate) retried: u64,
    /// Served by another request's answer while that was on its way.
    pub(crate) shared: u64,
    /// Served from the response cache.
    pub(crate) cache_hits: u64,
    /// Answered by another model than was asked for.
    pub(crate) mismatches: u64,
    /// Priced by the default because nobody knows the model.
    pub(crate) default_priced: u64,
    /// Broke off before the vendor's last word on usage.
    pub(crate) partial: u64,
    /// Of answers that were paid for.
    pub(crate) tokens: Tokens,
    /// Share of the input that came from the vendors' prompt caches, 0 to 1.
    pub(crate) cache_share: Option<f64>,
    #[serde(flatten, serialize_with = "cost")]
    pub(crate) cost: Nanos,
    /// The part of the cost that attempts without an answer caused.
    #[serde(flatten, serialize_with = "lost")]
    pub(crate) lost: Nanos,
    /// Not paid because another request's answer served.
    #[serde(flatten, serialize_with = "saved")]
    pub(crate) saved: Nanos,
    /// Spared by the vendors' prompt caches.
    #[serde(flatten, serialize_with = "cache_saved")]
    pub(crate) cache_saved: Nanos,
    /// To the first token, of requests that an endpoint answered; to about 3 %.
    pub(crate) ttft_ms: Option<Percentiles>,
}

/// Values that so many percent do not exceed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Percentiles {
    pub(crate) p50: u64,
    pub(crate) p90: u64,
    pub(crate) p95: u64,
    pub(crate) p99: u64,
}

/// What probes cost.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub(crate) struct ProbeTotals {
    /// Probes that cost money.
    pub(crate) probes: u64,
    pub(crate) tokens: Tokens,
    #[serde(flatten, serialize_with = "cost")]
    pub(crate) cost: Nanos,
}

/// Tokens in one convention for all vendors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub(crate) struct Tokens {
    /// Input that no cache had a part in.
    pub(crate) input: u64,
    /// Reasoning included.
    pub(crate) output: u64,
    /// Written to a cache that lasts five minutes.
    pub(crate) cache_write_5m: u64,
    /// Written to a cache that lasts an hour.
    pub(crate) cache_write_1h: u64,
    pub(crate) cache_read: u64,
    /// The part of `output` that was reasoning.
    pub(crate) reasoning: u64,
    pub(crate) web_searches: u64,
    pub(crate) web_fetches: u64,
    pub(crate) code_runs: u64,
}

impl Tokens {
    /// Everything that went in, cached or not.
    pub(crate) fn all_input(&self) -> u64 {
        [self.input, self.cache_read, self.cache_write_5m, self.cache_write_1h]
            .into_iter()
            .fold(0, u64::saturating_add)
    }
}

/// One request, settled.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Request {
    pub(crate) id: String,
    pub(crate) started_unix_ms: i64,
    /// Where the daemon lives: 20261121.
    pub(crate) day: i32,
    pub(crate) duration_ms: u64,
    pub(crate) ttft_ms: Option<u64>,
    pub(crate) client: Option<String>,
    pub(crate) session: Option<String>,
    pub(crate) agent: Option<String>,
    /// What the client says it is for.
    pub(crate) class: Option<String>,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) dialect: Option<String>,
    /// `generate count-tokens models other`.
    pub(crate) operation: String,
    pub(crate) stream: bool,
    /// Asked for.
    pub(crate) model: Option<String>,
    /// Named by the answer.
    pub(crate) answered_model: Option<String>,
    pub(crate) mismatch: bool,
    /// That answered, or was asked last.
    pub(crate) endpoint: Option<String>,
    pub(crate) group: Option<String>,
    pub(crate) provider: Option<String>,
    /// That the client saw.
    pub(crate) status: Option<u32>,
    /// That the last asked endpoint gave.
    pub(crate) upstream_status: Option<u32>,
    /// `complete refused cut cancelled`.
    pub(crate) ended: String,
    pub(crate) succeeded: bool,
    pub(crate) failed: bool,
    pub(crate) detail: Option<String>,
    /// Why the model stopped.
    pub(crate) stop: Option<String>,
    /// `endpoint shared cache`.
    pub(crate) source: String,
    /// Whose upstream call or stored answer served.
    pub(crate) served_by: Option<String>,
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
    pub(crate) tokens: Tokens,
    /// How much of the tokens is known: `none partial final`.
    pub(crate) usage: String,
    /// `standard batch priority flex`.
    pub(crate) tier: String,
    #[serde(flatten, serialize_with = "cost")]
    pub(crate) cost: Nanos,
    #[serde(flatten, serialize_with = "lost")]
    pub(crate) lost: Nanos,
    #[serde(flatten, serialize_with = "saved")]
    pub(crate) saved: Nanos,
    #[serde(flatten, serialize_with = "cache_saved")]
    pub(crate) cache_saved: Nanos,
    /// `none builtin config default`.
    pub(crate) price_source: String,
    /// In order.
    pub(crate) attempts: Vec<Attempt>,
}

/// One attempt at one endpoint.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Attempt {
    pub(crate) endpoint: String,
    /// After the request's start.
    pub(crate) after_ms: u64,
    pub(crate) duration_ms: u64,
    pub(crate) status: Option<u32>,
    /// A class of the outcome table.
    pub(crate) class: String,
    pub(crate) detail: Option<String>,
    pub(crate) may_be_billed: bool,
    pub(crate) tokens: Tokens,
    #[serde(flatten, serialize_with = "cost")]
    pub(crate) cost: Nanos,
    /// Asked of the endpoint, where it is another than the client asked for.
    pub(crate) model: Option<String>,
    /// The endpoint's, where it is another than the client's.
    pub(crate) dialect: Option<String>,
}

/// One message of a stream of requests.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", content = "value", rename_all = "kebab-case")]
pub(crate) enum Followed {
    Request(Box<Request>),
    /// So many were passed over, because they came faster than they were read.
    Lagged {
        missed: u64,
    },
}
