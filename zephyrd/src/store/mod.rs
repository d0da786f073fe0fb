//! Where usage records are kept: one trait, one file or folder per kind of store, one suite that all pass.

#[cfg(test)]
mod crash;
mod estimate;
mod folding;
#[cfg(test)]
mod full_disk;
mod health;
mod keeper;
mod matching;
mod memory;
mod parcel;
mod place;
mod queue;
mod reader;
#[cfg(test)]
mod speed;
mod sqlite;
#[cfg(test)]
mod suite;
mod writer;

pub(crate) use health::{StoreHealth, StoreState};
pub(crate) use matching::Matcher;
pub(crate) use reader::Reader;
pub(crate) use writer::{Writer, WriterSettings};

use parcel::Chunk;
#[cfg(test)]
use zephyr_core::usage::Entry;
use zephyr_core::usage::{Report, ReportQuery, RequestsQuery, UsageRecord};

/// A place for records. One instance is used by one thread at a time.
pub(crate) trait Store: Send {
    /// Keeps all of `batch`, or nothing of it. What is kept already is passed over, so that a batch may be handed in again
    /// after an error that left its fate open: a request of the same id that came at the same time, a probe of the same
    /// endpoint and model at the same time.
    fn keep(&mut self, batch: &[Chunk]) -> Result<(), StoreError>;

    /// Packs and keeps.
    #[cfg(test)]
    fn append(&mut self, batch: &[Entry]) -> Result<(), StoreError> {
        self.keep(&Chunk::all_of(batch))
    }

    /// Sums.
    fn report(&mut self, query: &ReportQuery) -> Result<Report, StoreError>;

    /// Single requests, at most `query.limit`.
    fn requests(&mut self, query: &RequestsQuery) -> Result<Vec<UsageRecord>, StoreError>;

    /// What each client's requests that came at or after `since_unix_ms` cost, in nano-dollars; requests without a client
    /// under the empty name.
    fn spent(&mut self, since_unix_ms: i64) -> Result<Vec<(String, i64)>, StoreError>;

    /// Forgets the oldest of what came before `before_unix_ms` and gives its room back; how many requests and probes that
    /// were. To be called until it says 0: one call forgets so much that others wait no longer than for a batch.
    fn prune(&mut self, before_unix_ms: i64) -> Result<u64, StoreError>;

    /// A second instance on the same records, for another thread.
    fn another(&self) -> Result<Box<dyn Store>, StoreError>;
}

/// Why a store could not do what it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StoreError {
    /// It may work later: the disk is full, somebody holds a lock, the file cannot be written just now.
    #[error("{0}")]
    Unavailable(String),
    /// The file is no database of ours, or a damaged one.
    #[error("{0}")]
    Damaged(String),
}
