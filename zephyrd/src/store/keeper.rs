//! The writer without its thread: keeps a store open, writes batches, says when to try again, sets damage aside.
//!
//! Time is an argument. What the log is told are changes, never each try.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::parcel::Chunk;
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
    pub(super) fn write(&mut self, batch: &[Chunk], now: Now) -> Result<(), Instant> {
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

    fn try_write(&mut self, batch: &[Chunk]) -> Result<(), StoreError> {
        let store = match &mut self.store {
            Some(store) => store,
            none => {
                let opened = self.place.open()?;
                self.number += 1;
                none.insert(opened)
            }
        };
        if batch.is_empty() { Ok(()) } else { store.keep(batch) }
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use zephyr_core::usage::ReportQuery;

    use super::super::place::InFile;
    use super::super::suite::{DAY, request};
    use super::*;

    fn now() -> Now {
        Now { at: Instant::now(), unix_ms: DAY }
    }

    fn keeper(path: &Path) -> Keeper {
        Keeper::new(Box::new(InFile::new(path.to_owned())))
    }

    fn count(keeper: &Keeper) -> u64 {
        keeper.another().unwrap().report(&ReportQuery::default()).unwrap().total.requests
    }

    fn some(n: i64) -> Vec<Chunk> {
        Chunk::all_of(&(0..n).map(|n| request(DAY + n * 10_000, |_| {})).collect::<Vec<_>>())
    }

    /// A database with records in it, closed.
    fn filled() -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("usage.db");
        keeper(&path).write(&some(2_000), now()).unwrap();
        (dir, path)
    }

    fn aside(path: &Path) -> PathBuf {
        path.with_file_name(format!("usage.db.damaged-{}", DAY / 1000))
    }

    #[test]
    fn pauses_grow_up_to_half_a_minute_and_begin_anew_after_a_success() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("later/usage.db");
        let mut keeper = keeper(&path);
        let now = now();
        let mut pause = || keeper.write(&some(1), now).unwrap_err().duration_since(now.at).as_secs();
        assert_eq!([(); 7].map(|()| pause()), [1, 2, 4, 8, 16, 30, 30]);
        assert!(keeper.trouble().is_some());
        std::fs::create_dir(path.parent().unwrap()).unwrap();
        keeper.write(&some(1), now).unwrap();
        assert_eq!((count(&keeper), keeper.trouble()), (1, None));
        std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
        let again = keeper.write(&some(1), now).unwrap_err();
        assert_eq!(again.duration_since(now.at).as_secs(), 1);
    }

    #[test]
    fn random_bytes_are_set_aside_and_a_new_database_begun() {
        let (_dir, path) = filled();
        let noise: Vec<u8> = (0..50_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        std::fs::write(&path, &noise).unwrap();
        let mut keeper = keeper(&path);
        keeper.write(&some(3), now()).unwrap();
        assert_eq!(count(&keeper), 3);
        assert_eq!(std::fs::read(aside(&path)).unwrap(), noise);
        assert_eq!(keeper.aside, Some(aside(&path)));
    }

    #[test]
    fn a_truncated_database_is_set_aside_when_it_is_noticed() {
        let (_dir, path) = filled();
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() / 3]).unwrap();
        let mut keeper = keeper(&path);
        keeper.write(&some(3), now()).unwrap();
        keeper.check(now()).unwrap();
        assert!(aside(&path).exists());
        keeper.write(&some(3), now()).unwrap();
        assert_eq!(count(&keeper), 3);
    }

    #[test]
    fn damage_while_it_is_open_is_set_aside_and_what_is_written_then_is_kept() {
        let (_dir, path) = filled();
        let mut keeper = keeper(&path);
        keeper.write(&[], now()).unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        // The first page tells of the file, the others are what the next writes need.
        bytes[4096..].fill(0xa5);
        std::fs::write(&path, bytes).unwrap();
        keeper.write(&some(3), now()).unwrap();
        assert_eq!(count(&keeper), 3);
        assert!(aside(&path).exists());
    }

    #[test]
    fn a_suspicion_that_is_not_true_costs_nothing() {
        let (_dir, path) = filled();
        let mut keeper = keeper(&path);
        keeper.write(&[], now()).unwrap();
        keeper.check(now()).unwrap();
        assert_eq!((count(&keeper), keeper.aside.clone()), (2_000, None));
        assert!(!aside(&path).exists());
    }

    #[test]
    fn a_file_of_text_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config.toml");
        std::fs::write(&path, "[server]\nport = 8080\n").unwrap();
        let mut keeper = keeper(&path);
        keeper.write(&some(1), now()).unwrap_err();
        assert!(keeper.trouble().unwrap().contains("holds text and no database"), "{:?}", keeper.trouble());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "[server]\nport = 8080\n");
    }

    #[test]
    fn a_database_that_was_taken_away_is_made_anew() {
        let (_dir, path) = filled();
        let mut keeper = keeper(&path);
        keeper.write(&[], now()).unwrap();
        let first = keeper.number();
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", path.display()));
        }
        keeper.write(&some(5), now()).unwrap();
        assert_eq!(count(&keeper), 5);
        assert_ne!(keeper.number(), first, "readers are told");
    }

    #[test]
    fn what_cannot_be_made_is_told() {
        // A place where not even root can make a file.
        let mut keeper = keeper(Path::new("/proc/usage.db"));
        keeper.write(&some(1), now()).unwrap_err();
        assert!(keeper.trouble().unwrap().starts_with("`/proc/usage.db` cannot be made"));
    }
}
