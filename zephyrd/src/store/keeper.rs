//! The writer without its thread: keeps a store open, writes batches, says when to try again, sets damage aside.
//!
//! Time is an argument. What the log is told are changes, never each try.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use zephyr_core::usage::Entry;

use super::place::Place;
use super::{Store, StoreError};

/// Pause after the first failure; each further one doubles it.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// Longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The present, by both clocks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Now {
    pub(super) at: Instant,
    pub(super) unix_ms: i64,
}

/// See the head of this file.
pub(super) struct Keeper {
    place: Box<dyn Place>,
    store: Option<Box<dyn Store>>,
    /// Counts the times that it was opened.
    number: u64,
    pause: Duration,
    /// What is wrong, as the log was told.
    trouble: Option<String>,
    /// The last one that was set aside.
    pub(super) aside: Option<PathBuf>,
}

impl Keeper {
    pub(super) fn new(place: Box<dyn Place>) -> Self {
        Self { place, store: None, number: 0, pause: FIRST_PAUSE, trouble: None, aside: None }
    }

    /// What is wrong.
    pub(super) fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    /// Which store is open: another one, another number; 0 while there is none.
    pub(super) fn number(&self) -> u64 {
        if self.store.is_some() { self.number } else { 0 }
    }

    /// A second instance of the open store; `None` while there is none.
    pub(super) fn another(&self) -> Option<Box<dyn Store>> {
        self.store.as_ref().and_then(|store| store.another().ok())
    }

    /// Lets go of a store that was taken away or replaced.
    fn look(&mut self) {
        if self.store.is_some() && !self.place.is_there() {
            tracing::warn!("the usage database was taken away or replaced, it is opened anew");
            self.store = None;
        }
    }

    /// Writes `batch`, and opens the store for it where needed; else says when to try again.
    pub(super) fn write(&mut self, batch: &[Entry], now: Now) -> Result<(), Instant> {
        self.look();
        let done = self.try_write(batch).or_else(|error| match error {
            StoreError::Damaged(said) => self.begin_anew(&said, now).and_then(|()| self.try_write(batch)),
            unavailable => Err(unavailable),
        });
        match done {
            Ok(()) => {
                self.well();
                Ok(())
            }
            Err(error) => Err(self.failed(&error, now)),
        }
    }

    fn try_write(&mut self, batch: &[Entry]) -> Result<(), StoreError> {
        let store = match &mut self.store {
            Some(store) => store,
            none => {
                let opened = self.place.open()?;
                self.number += 1;
                none.insert(opened)
            }
        };
        if batch.is_empty() { Ok(()) } else { store.append(batch) }
    }

    /// Looks whether the store is damaged, and begins a new one if so; when to try again where that fails.
    pub(super) fn check(&mut self, now: Now) -> Result<(), Instant> {
        match self.begin_anew("a page that was read", now).and_then(|()| self.try_write(&[])) {
            Ok(()) => Ok(()),
            Err(error) => Err(self.failed(&error, now)),
        }
    }

    fn begin_anew(&mut self, said: &str, now: Now) -> Result<(), StoreError> {
        self.store = None;
        if let Some(aside) = self.place.set_aside_if_damaged(now.unix_ms.div_euclid(1000))? {
            tracing::error!(
                error = said,
                kept_as = %aside.display(),
                "the usage database is damaged: it was set aside, a new one is begun"
            );
            self.aside = Some(aside);
        }
        Ok(())
    }

    /// Forgets a slice of what came before; whether there may be more.
    pub(super) fn prune(&mut self, before_unix_ms: i64) -> Result<bool, StoreError> {
        match &mut self.store {
            Some(store) => store.prune(before_unix_ms).map(|gone| gone > 0),
            None => Ok(false),
        }
    }

    fn well(&mut self) {
        self.pause = FIRST_PAUSE;
        if self.trouble.take().is_some() {
            tracing::info!("usage records are written again");
        }
    }

    fn failed(&mut self, error: &StoreError, now: Now) -> Instant {
        let said = error.to_string();
        if self.trouble.is_none() {
            tracing::warn!(error = said, "usage records cannot be written, they wait");
        }
        self.trouble = Some(said);
        let at = now.at + self.pause;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        at
    }
}
