//! The response cache: whole, sound answers, kept for a while and within bounds, by what was asked.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use http::response::Parts;
pub(super) use zephyr_core::config::Cache as Settings;
use zephyr_wire::dialect::Dialect;

use super::super::record::Summary;
use super::key::Key;

/// What an entry costs beside its body, in bytes, about.
const OVERHEAD: usize = 2048;

/// An answer that is kept.
pub(in super::super) struct Stored {
    /// The request that it was made for.
    pub(super) leader: String,
    /// What it speaks.
    pub(super) dialect: &'static dyn Dialect,
    /// It is a stream.
    pub(super) stream: bool,
    /// Status and headers, as they went to whoever asked first.
    pub(super) head: Arc<Parts>,
    /// The body as it came.
    pub(super) body: Bytes,
    /// What it came to.
    pub(super) summary: Summary,
    /// When it was kept.
    pub(super) since: Instant,
}

/// See the module.
#[derive(Default)]
pub(super) struct Cache(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    entries: HashMap<Key, Entry>,
    /// By last use.
    order: BTreeMap<u64, Key>,
    uses: u64,
    bytes: usize,
}

struct Entry {
    stored: Arc<Stored>,
    used: u64,
}

impl Cache {
    /// The answer under `key`, unless its time is over.
    pub(super) fn get(&self, key: &Key, settings: &Settings) -> Option<Arc<Stored>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let stored = Arc::clone(&kept.entries.get(key)?.stored);
        if stored.since.elapsed() >= settings.ttl {
            kept.remove(key);
            return None;
        }
        kept.touch(key);
        Some(stored)
    }

    /// Keeps an answer; what was used longest ago goes first when there is no room.
    pub(super) fn put(&self, key: Key, stored: Stored, settings: &Settings) {
        let size = stored.body.len() + OVERHEAD;
        let most = usize::try_from(settings.bytes).unwrap_or(usize::MAX);
        if size > most || settings.entries == 0 {
            return;
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.remove(&key);
        kept.bytes += size;
        kept.entries.insert(key, Entry { stored: Arc::new(stored), used: 0 });
        kept.touch(&key);
        while kept.entries.len() > settings.entries || kept.bytes > most {
            let Some(oldest) = kept.order.first_key_value().map(|(_, key)| *key) else { return };
            kept.remove(&oldest);
        }
    }
}

impl Kept {
    fn touch(&mut self, key: &Key) {
        self.uses += 1;
        let uses = self.uses;
        if let Some(entry) = self.entries.get_mut(key) {
            self.order.remove(&entry.used);
            entry.used = uses;
            self.order.insert(uses, *key);
        }
    }

    fn remove(&mut self, key: &Key) {
        if let Some(entry) = self.entries.remove(key) {
            self.order.remove(&entry.used);
            self.bytes -= entry.stored.body.len() + OVERHEAD;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use zephyr_wire::dialect::ANTHROPIC;

    use super::*;

    fn settings(entries: usize, bytes: u64) -> Settings {
        Settings { enabled: true, entries, bytes, ttl: Duration::from_secs(3600) }
    }

    fn answer(size: usize) -> Stored {
        Stored {
            leader: "req-1".to_owned(),
            dialect: ANTHROPIC,
            stream: false,
            head: Arc::new(http::Response::new(()).into_parts().0),
            body: Bytes::from(vec![b'x'; size]),
            summary: Summary::of(Arc::default()),
            since: Instant::now(),
        }
    }

    #[test]
    fn what_was_used_longest_ago_goes_first() {
        let (cache, bounds) = (Cache::default(), settings(2, 1 << 20));
        cache.put([1; 32], answer(1), &bounds);
        cache.put([2; 32], answer(1), &bounds);
        assert!(cache.get(&[1; 32], &bounds).is_some());
        cache.put([3; 32], answer(1), &bounds);
        let there = [1u8, 2, 3].map(|n| cache.get(&[n; 32], &bounds).is_some());
        assert_eq!(there, [true, false, true]);
    }

    #[test]
    fn bytes_are_bounded_also_when_an_entry_is_replaced() {
        let (cache, bounds) = (Cache::default(), settings(100, 30_000));
        for _ in 0..10 {
            cache.put([1; 32], answer(10_000), &bounds);
        }
        cache.put([2; 32], answer(10_000), &bounds);
        assert!(cache.get(&[1; 32], &bounds).is_some() && cache.get(&[2; 32], &bounds).is_some());
        cache.put([3; 32], answer(10_000), &bounds);
        assert!(cache.get(&[1; 32], &bounds).is_none());
        cache.put([4; 32], answer(40_000), &bounds);
        assert!(cache.get(&[4; 32], &bounds).is_none(), "larger than all of the cache");
        let kept = cache.0.lock().unwrap();
        assert_eq!(kept.order.len(), kept.entries.len());
    }

    #[test]
    fn an_answer_is_not_given_after_its_time() {
        let cache = Cache::default();
        let over = Settings { ttl: Duration::ZERO, ..settings(10, 1 << 20) };
        cache.put([1; 32], answer(1), &over);
        assert!(cache.get(&[1; 32], &over).is_none());
        assert!(cache.0.lock().unwrap().entries.is_empty());
    }
}
