//! What is counted, by endpoint and model.

use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;
use zephyr_core::failover::Class;
use zephyr_core::usage::{AttemptRecord, Ended, Operation, Source, Tokens, UsageRecord};

use super::buckets::Times;
use super::{Failovers, LONGEST, MOST_CELLS, MOST_ENDPOINTS, MOST_MODELS, OTHER};
use crate::system::text::clean;

/// How a request came out: as the client wished; with an error of the endpoint; with an answer that broke off; with an
/// error of the gateway's own; the client left.
pub(crate) const OUTCOMES: [&str; 5] = ["ok", "error", "cut", "refused", "cancelled"];

/// Where something is in a list, by its name.
type Index = HashMap<Box<str>, usize, RandomState>;

/// Everything that is counted.
#[derive(Clone, Default)]
pub(crate) struct Counts {
    by_name: Index,
    /// The one without a name has the requests that no endpoint was asked for.
    endpoints: Vec<EndpointCounts>,
    models: HashSet<Box<str>, RandomState>,
    cells: usize,
    /// Requests that another endpoint answered.
    pub(crate) failovers: Failovers,
    /// Attempts beyond the first of their request.
    pub(crate) retries: u64,
    /// What attempts without an answer cost, in nano-dollars.
    pub(crate) lost_nanos: i64,
    /// What was not paid as another request's answer served, in nano-dollars.
    pub(crate) saved_nanos: i64,
    /// Requests that another's running call served, and the response cache.
    pub(crate) reused: [u64; 2],
}

/// What is counted of an endpoint.
#[derive(Clone, Default)]
pub(crate) struct EndpointCounts {
    /// Attempts, in the order of [`Class::ALL`].
    pub(crate) attempts: [u64; Class::ALL.len()],
    /// Times to the first token of requests for tokens.
    pub(crate) ttft: Times,
    /// Times to the end of those that came out well.
    pub(crate) duration: Times,
    /// Requests that began there and that another endpoint answered.
    pub(crate) failovers: u64,
    by_model: Index,
    cells: Vec<Cell>,
}

/// What is counted of a model at an endpoint.
#[derive(Clone, Default)]
pub(crate) struct Cell {
    /// Requests, in the orders of [`Operation::ALL`] and [`OUTCOMES`].
    pub(crate) requests: [[u64; OUTCOMES.len()]; Operation::ALL.len()],
    /// Tokens that were paid for.
    pub(crate) tokens: Tokens,
    /// What they cost, in nano-dollars.
    pub(crate) cost_nanos: i64,
}

impl Counts {
    pub(super) fn count(&mut self, record: &UsageRecord, now_unix_ms: i64) {
        let asked = record.endpoint.as_deref().unwrap_or_default();
        let at = self.place(asked);
        self.cell(at, &record.model).count(record);
        let of = &mut self.endpoints[at];
        if record.operation == Operation::Generate && record.source == Source::Endpoint {
            if let Some(ttft) = record.ttft_ms {
                of.ttft.add(ttft);
            }
            if record.succeeded() {
                of.duration.add(record.duration_ms);
            }
        }
        for attempt in &record.attempts {
            let at = if attempt.endpoint == asked { at } else { self.place(&attempt.endpoint) };
            self.endpoints[at].attempted(attempt);
        }
        self.sum(record, now_unix_ms);
    }

    fn sum(&mut self, record: &UsageRecord, now_unix_ms: i64) {
        self.retries += record.attempts.len().saturating_sub(1) as u64;
        self.lost_nanos = self.lost_nanos.saturating_add(record.lost_nanos);
        self.saved_nanos = self.saved_nanos.saturating_add(record.saved_nanos);
        match record.source {
            Source::Endpoint => {}
            Source::Shared => self.reused[0] += 1,
            Source::Cache => self.reused[1] += 1,
        }
        let ends = record.attempts.first().zip(record.attempts.last());
        if let Some((first, _)) = ends.filter(|(first, last)| last.endpoint != first.endpoint)
            && record.succeeded()
        {
            let at = self.place(&first.endpoint);
            self.endpoints[at].failovers += 1;
            self.failovers = Failovers { count: self.failovers.count + 1, last_unix_ms: Some(now_unix_ms) };
        }
    }

    /// Where an endpoint is counted.
    fn place(&mut self, name: &str) -> usize {
        if let Some(at) = self.by_name.get(name) {
            return *at;
        }
        let name = if self.endpoints.len() < MOST_ENDPOINTS { name } else { OTHER };
        let next = self.endpoints.len();
        let at = *self.by_name.entry(name.into()).or_insert(next);
        if at == next {
            self.endpoints.push(EndpointCounts::default());
        }
        at
    }

    /// Where a model is counted at the endpoint that is at `at`.
    fn cell(&mut self, at: usize, model: &str) -> &mut Cell {
        let found = self.endpoints[at].by_model.get(model).copied();
        let cell = found.unwrap_or_else(|| self.another(at, model));
        &mut self.endpoints[at].cells[cell]
    }

    /// As [`Self::cell`], for a name that was not seen there before, or that is not written as it came.
    fn another(&mut self, at: usize, model: &str) -> usize {
        let known = |model: &str, models: &HashSet<Box<str>, RandomState>| models.contains(model);
        let mut model = if model.len() > LONGEST { OTHER.to_owned() } else { clean(model) };
        if (!known(&model, &self.models) && self.models.len() >= MOST_MODELS) || self.cells >= MOST_CELLS {
            OTHER.clone_into(&mut model);
        }
        let model = model.into_boxed_str();
        if model.as_ref() != OTHER {
            self.models.insert(model.clone());
        }
        let of = &mut self.endpoints[at];
        let next = of.cells.len();
        let cell = *of.by_model.entry(model).or_insert(next);
        if cell == next {
            of.cells.push(Cell::default());
            self.cells += 1;
        }
        cell
    }

    /// How often another endpoint took over from the one of this name.
    pub(super) fn failovers_from(&self, name: &str) -> u64 {
        self.by_name.get(name).map_or(0, |at| self.endpoints[*at].failovers)
    }

    /// The endpoints by name, in order.
    pub(crate) fn endpoints(&self) -> Vec<(&str, &EndpointCounts)> {
        in_order(&self.by_name, &self.endpoints)
    }

    /// Forgets the endpoints that `keep` does not know.
    pub(super) fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        let kept = |name: &str| name.is_empty() || name == OTHER || keep(name);
        if self.by_name.keys().all(|name| kept(name)) {
            return;
        }
        let old = std::mem::take(&mut self.endpoints);
        let mut old: Vec<Option<EndpointCounts>> = old.into_iter().map(Some).collect();
        let names = std::mem::take(&mut self.by_name);
        for (name, at) in names.into_iter().filter(|(name, _)| kept(name)) {
            self.by_name.insert(name, self.endpoints.len());
            self.endpoints.extend(old[at].take());
        }
        self.cells = self.endpoints.iter().map(|of| of.cells.len()).sum();
        let models = self.endpoints.iter().flat_map(|of| of.by_model.keys());
        self.models = models.filter(|model| model.as_ref() != OTHER).cloned().collect();
    }
}

impl EndpointCounts {
    fn attempted(&mut self, attempt: &AttemptRecord) {
        if let Some(class) = Class::ALL.iter().position(|class| class.name() == attempt.class) {
            self.attempts[class] += 1;
        }
    }

    /// The models by name, in order.
    pub(crate) fn models(&self) -> Vec<(&str, &Cell)> {
        in_order(&self.by_model, &self.cells)
    }
}

impl Cell {
    fn count(&mut self, record: &UsageRecord) {
        self.requests[record.operation as usize][outcome(record)] += 1;
        self.cost_nanos = self.cost_nanos.saturating_add(record.cost_nanos);
        if record.source == Source::Endpoint {
            self.tokens.add(&record.tokens);
        }
    }
}

/// The place of a request in [`OUTCOMES`].
fn outcome(record: &UsageRecord) -> usize {
    match record.ended {
        Ended::Complete if record.succeeded() => 0,
        Ended::Complete => 1,
        Ended::Cut => 2,
        Ended::Refused => 3,
        Ended::Cancelled => 4,
    }
}

fn in_order<'a, T>(index: &'a Index, list: &'a [T]) -> Vec<(&'a str, &'a T)> {
    let mut all: Vec<(&str, &T)> = index.iter().map(|(name, at)| (name.as_ref(), &list[*at])).collect();
    all.sort_unstable_by_key(|(name, _)| *name);
    all
}
