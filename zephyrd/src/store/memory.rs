//! Records in memory: for those who want nothing on disk. A restart forgets them; when there are too many, the
//! oldest go first. Every question walks all of them, which is what makes it the measure for the other store.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use zephyr_core::usage::{Entry, ProbeRecord, ProbeTotals, Report, ReportQuery, RequestsQuery, UsageRecord};

use super::matching::Matcher;
use super::parcel::{Chunk, Parcel};
use super::{Store, StoreError, estimate, folding};

/// Most requests, and most probes.
const ENTRIES: usize = 50_000;
/// Most bytes, by estimate.
const BYTES: usize = 64 * 1024 * 1024;

/// A bounded store in memory; instances made by [`Store::another`] share the records.
#[derive(Clone)]
pub(super) struct MemoryStore {
    kept: Arc<Mutex<Kept>>,
    entries: usize,
    bytes: usize,
}

#[derive(Default)]
struct Kept {
    /// By time and id.
    requests: BTreeMap<(i64, String), UsageRecord>,
    /// By time, endpoint and model.
    probes: BTreeMap<(i64, String, String), ProbeRecord>,
    bytes: usize,
}

impl MemoryStore {
    pub(super) fn new() -> Self {
        Self::bounded(ENTRIES, BYTES)
    }

    fn bounded(entries: usize, bytes: usize) -> Self {
        Self { kept: Arc::default(), entries, bytes }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn add(&mut self, entry: Entry) {
        match entry {
            Entry::Request(record) => {
                let key = (record.started_unix_ms, record.id.clone());
                if !self.requests.contains_key(&key) {
                    self.bytes += estimate::request(&record);
                    self.requests.insert(key, Arc::unwrap_or_clone(record));
                }
            }
            Entry::Probe(probe) => {
                let key = (probe.unix_ms, probe.endpoint.clone(), probe.model.clone());
                if !self.probes.contains_key(&key) {
                    self.bytes += estimate::probe(&probe);
                    self.probes.insert(key, probe);
                }
            }
        }
    }

    fn forget_oldest_request(&mut self) {
        if let Some((_, record)) = self.requests.pop_first() {
            self.bytes = self.bytes.saturating_sub(estimate::request(&record));
        }
    }

    fn forget_oldest_probe(&mut self) {
        if let Some((_, probe)) = self.probes.pop_first() {
            self.bytes = self.bytes.saturating_sub(estimate::probe(&probe));
        }
    }

    fn forget_oldest(&mut self) {
        let request = self.requests.first_key_value().map(|((at, _), _)| *at);
        let probe = self.probes.first_key_value().map(|((at, _, _), _)| *at);
        if probe.is_some_and(|probe| request.is_none_or(|request| probe < request)) {
            self.forget_oldest_probe();
        } else {
            self.forget_oldest_request();
        }
    }
}

impl Store for MemoryStore {
    fn keep(&mut self, batch: &[Chunk]) -> Result<(), StoreError> {
        let parcels = batch.iter().flat_map(Chunk::parcels);
        let entries: Vec<Entry> = parcels.map(Parcel::entry).collect::<Result<_, _>>()?;
        let mut kept = self.kept();
        for entry in entries {
            kept.add(entry);
            while kept.requests.len() > self.entries {
                kept.forget_oldest_request();
            }
            while kept.probes.len() > self.entries {
                kept.forget_oldest_probe();
            }
            while kept.bytes > self.bytes && kept.requests.len() + kept.probes.len() > 1 {
                kept.forget_oldest();
            }
        }
        Ok(())
    }

    fn report(&mut self, query: &ReportQuery) -> Result<Report, StoreError> {
        let matcher = Matcher::new(&query.filter);
        let kept = self.kept();
        let mut sums = HashMap::new();
        for record in kept.requests.values().filter(|r| matcher.record(r)) {
            let totals: &mut zephyr_core::usage::Totals =
                sums.entry(folding::key_of(query.by, record)).or_default();
            totals.count(record);
        }
        let mut probes = ProbeTotals::default();
        for probe in kept.probes.values().filter(|p| matcher.time(p.unix_ms) && matcher.probed(&p.endpoint)) {
            probes.probes += 1;
            probes.tokens.add(&probe.tokens);
            probes.cost_nanos = probes.cost_nanos.saturating_add(probe.cost_nanos);
        }
        Ok(folding::report(query.by, sums, probes))
    }

    fn requests(&mut self, query: &RequestsQuery) -> Result<Vec<UsageRecord>, StoreError> {
        let matcher = Matcher::new(&query.filter);
        let kept = self.kept();
        let wanted = |record: &&UsageRecord| {
            matcher.record(record)
                && query.went.is_none_or(|went| record.went() == went)
                && query.id.as_ref().is_none_or(|id| *id == record.id)
        };
        let after = query.after.clone().map_or(Bound::Unbounded, Bound::Excluded);
        let found: Vec<UsageRecord> = if query.oldest_first {
            let range = kept.requests.range((after, Bound::Unbounded)).map(|(_, r)| r);
            range.filter(wanted).skip(query.skip).take(query.limit).cloned().collect()
        } else {
            let range = kept.requests.range((Bound::Unbounded, after)).map(|(_, r)| r);
            range.rev().filter(wanted).skip(query.skip).take(query.limit).cloned().collect()
        };
        Ok(found)
    }

    fn spent(&mut self, since_unix_ms: i64) -> Result<Vec<(String, i64)>, StoreError> {
        let mut spent: BTreeMap<String, i64> = BTreeMap::new();
        for record in self.kept().requests.values().filter(|r| r.started_unix_ms >= since_unix_ms) {
            let sum = spent.entry(record.client.clone()).or_default();
            *sum = sum.saturating_add(record.cost_nanos);
        }
        Ok(spent.into_iter().collect())
    }

    fn prune(&mut self, before_unix_ms: i64) -> Result<u64, StoreError> {
        let mut kept = self.kept();
        let mut gone = 0;
        while kept.requests.first_key_value().is_some_and(|((at, _), _)| *at < before_unix_ms) {
            kept.forget_oldest_request();
            gone += 1;
        }
        while kept.probes.first_key_value().is_some_and(|((at, _, _), _)| *at < before_unix_ms) {
            kept.forget_oldest_probe();
            gone += 1;
        }
        Ok(gone)
    }

    fn another(&self) -> Result<Box<dyn Store>, StoreError> {
        Ok(Box::new(self.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::suite;
    use super::*;

    suite::suite!((Box::new(crate::store::memory::MemoryStore::new()) as Box<dyn Store>, ()));

    #[test]
    fn the_oldest_go_first_when_there_are_too_many() {
        let mut store = MemoryStore::bounded(3, usize::MAX);
        let records: Vec<Entry> = [5, 1, 4, 2, 3].map(|at| suite::request(at, |_| {})).into();
        store.append(&records).unwrap();
        assert_eq!(suite::times(&mut store), [3, 4, 5]);
    }

    #[test]
    fn the_oldest_go_first_when_they_take_too_much() {
        let long = |at| suite::request(at, |r| r.detail = Some("x".repeat(10_000)));
        let mut store = MemoryStore::bounded(100, 35_000);
        store.append(&[1, 2, 3, 4, 5].map(long)).unwrap();
        assert_eq!(suite::times(&mut store), [3, 4, 5]);
        let kept = store.kept();
        assert_eq!(
            kept.bytes,
            kept.requests.values().map(estimate::request).sum::<usize>(),
            "told and there"
        );
    }
}
