//! Request ids: a keyed permutation of a counter that is reserved on disk before it is used, so that no id
//! comes twice, not even after a kill.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use zephyr_core::request_id::request_id;

use super::atomic;

/// How many numbers are reserved at one time: each time costs a write to the disk, each restart the rest of them.
const BLOCK: u32 = 65_536;

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Reserved {
    /// Key of the permutation.
    key: [u8; 16],
    /// The first number that nobody has reserved.
    next: u32,
}

/// Gives out request ids.
pub(crate) struct RequestIds {
    file: PathBuf,
    key: [u8; 16],
    counter: Mutex<Counter>,
}

#[derive(Debug)]
struct Counter {
    next: u32,
    left: u32,
}

impl RequestIds {
    /// Takes up the numbering kept in `dir`. A file that cannot be used is replaced by a numbering with a new
    /// key, under which the old ids are no more likely to come again than any others.
    pub(crate) fn open(dir: &Path) -> Self {
        let file = dir.join("request-ids.json");
        let kept = match std::fs::read(&file) {
            Ok(text) => serde_json::from_slice::<Reserved>(&text)
                .inspect_err(|e| tracing::warn!(file = %file.display(), error = %e, "request numbering is damaged, begun anew"))
                .ok(),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => None,
            Err(e) => {
                tracing::warn!(file = %file.display(), error = %e, "request numbering cannot be read, begun anew");
                None
            }
        };
        let Reserved { key, next } = kept.unwrap_or_else(|| {
            let mut random = [0; 20];
            // Without randomness the time must do: the ids are labels, no secrets.
            if getrandom::fill(&mut random).is_err() {
                let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
                random[..16].copy_from_slice(&now.as_nanos().to_le_bytes());
            }
            let (key, next) = random.split_at(16);
            let mut fixed = [0; 16];
            fixed.copy_from_slice(key);
            Reserved { key: fixed, next: u32::from_le_bytes([next[0], next[1], next[2], next[3]]) }
        });
        let ids = Self { file, key, counter: Mutex::new(Counter { next, left: 0 }) };
        ids.reserve(&mut ids.counter.lock().unwrap_or_else(PoisonError::into_inner));
        ids
    }

    /// The next id: `req-xxxxxxxx`.
    pub(crate) fn next(&self) -> String {
        let mut counter = self.counter.lock().unwrap_or_else(PoisonError::into_inner);
        if counter.left == 0 {
            self.reserve(&mut counter);
        }
        let number = counter.next;
        counter.next = counter.next.wrapping_add(1);
        counter.left -= 1;
        drop(counter);
        request_id(&self.key, number)
    }

    fn reserve(&self, counter: &mut Counter) {
        counter.left = BLOCK;
        let reserved = Reserved { key: self.key, next: counter.next.wrapping_add(BLOCK) };
        let text = serde_json::to_vec(&reserved).unwrap_or_default();
        if let Err(e) = atomic::replace(&self.file, &text) {
            tracing::warn!(file = %self.file.display(), error = %e, "request numbering cannot be kept: ids may repeat after a restart");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn ids_never_repeat_over_restarts_and_blocks() {
        let dir = tempfile::tempdir().expect("dir");
        let mut seen = HashSet::new();
        for given in [5, BLOCK + 3, 1, 700] {
            // Dropped without any farewell, as a kill would.
            let ids = RequestIds::open(dir.path());
            for _ in 0..given {
                assert!(seen.insert(ids.next()));
            }
        }
    }

    #[test]
    fn a_damaged_file_is_no_obstacle() {
        let dir = tempfile::tempdir().expect("dir");
        std::fs::write(dir.path().join("request-ids.json"), "{").expect("write");
        let id = RequestIds::open(dir.path()).next();
        assert!(id.starts_with("req-") && id.len() == 12, "{id}");
    }
}
