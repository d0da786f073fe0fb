//! The way to ask the store, for threads that may wait: a question first has written what waits, then asks an instance
//! of its own, so that it holds up no writer.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use zephyr_core::usage::{Report, ReportQuery, RequestsQuery, UsageRecord};

use super::writer::Shared;
use super::{Store, StoreError};

/// How long a question waits for what is not written yet.
const FLUSH: Duration = Duration::from_millis(500);
/// Instances that are kept for the next question.
const IDLE: usize = 2;

/// The way to ask the store; cheap to clone. Its calls block.
#[derive(Clone)]
pub(crate) struct Reader(Arc<Shared>);

impl Reader {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self(shared)
    }

    /// Sums.
    pub(crate) fn report(&self, query: &ReportQuery) -> Result<Report, StoreError> {
        self.ask(|store| store.report(query))
    }

    /// Single requests, at most `query.limit`.
    pub(crate) fn requests(&self, query: &RequestsQuery) -> Result<Vec<UsageRecord>, StoreError> {
        self.ask(|store| store.requests(query))
    }

    /// What each client's requests cost since then, as [`Store::spent`].
    pub(crate) fn spent(&self, since_unix_ms: i64) -> Result<Vec<(String, i64)>, StoreError> {
        self.ask(|store| store.spent(since_unix_ms))
    }

    fn ask<T>(
        &self,
        question: impl FnOnce(&mut dyn Store) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.0.flush(FLUSH);
        let Some((number, mut store)) = self.0.source.take()? else {
            return Err(StoreError::Unavailable(self.0.trouble()));
        };
        let answer = question(&mut *store);
        match &answer {
            Err(StoreError::Damaged(_)) => self.0.suspect(),
            _ => self.0.source.give_back(number, store),
        }
        answer
    }
}

/// A store, and the number under which it was opened.
type Numbered = (u64, Box<dyn Store>);

/// Where readers get their instances from.
#[derive(Default)]
pub(super) struct Source(Mutex<Open>);

#[derive(Default)]
struct Open {
    /// Counts the stores that were opened.
    number: u64,
    /// Makes further instances.
    first: Option<Box<dyn Store>>,
    idle: Vec<Box<dyn Store>>,
}

impl Source {
    fn open_now(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Which one is open.
    pub(super) fn number(&self) -> u64 {
        self.open_now().number
    }

    /// Another one is open from now on.
    pub(super) fn open(&self, number: u64, first: Option<Box<dyn Store>>) {
        let number = if first.is_some() { number } else { 0 };
        *self.open_now() = Open { number, first, idle: Vec::new() };
    }

    /// None is open for now.
    pub(super) fn close(&self) {
        self.open(0, None);
    }

    /// An instance and its number; `None` while no store is open.
    fn take(&self) -> Result<Option<Numbered>, StoreError> {
        let mut open = self.open_now();
        if let Some(idle) = open.idle.pop() {
            return Ok(Some((open.number, idle)));
        }
        let number = open.number;
        open.first.as_ref().map(|first| first.another().map(|store| (number, store))).transpose()
    }

    fn give_back(&self, number: u64, store: Box<dyn Store>) {
        let mut open = self.open_now();
        if open.number == number && open.idle.len() < IDLE {
            open.idle.push(store);
        }
    }
}
