//! The way into the store: entries wait in a bounded queue, one thread writes them together.
//!
//! Who appends never waits for a disk and never fails. While nothing can be written, entries wait, up to a bound; then
//! the oldest are given up and counted. A killed daemon loses what came within the last flush interval at most.

use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use zephyr_core::usage::Entry;

use super::health::{StoreHealth, StoreState};
use super::keeper::{Keeper, Now};
use super::memory::MemoryStore;
use super::parcel::{Chunk, packed};
use super::place::{InFile, InMemory, Place};
use super::queue::{Job, Queue, Timing};
use super::reader::{Reader, Source};

/// Between two times of forgetting what is old.
const PRUNE_EVERY: Duration = Duration::from_secs(24 * 60 * 60);
/// When forgetting failed.
const PRUNE_AGAIN: Duration = Duration::from_secs(60 * 60);

/// Which store, and how it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WriterSettings {
    /// The database's file; `None`: memory, which keeps nothing over a restart.
    pub(crate) database: Option<PathBuf>,
    /// So many entries are not kept waiting for more.
    pub(crate) batch_size: usize,
    /// Nor is one for longer than this.
    pub(crate) flush_interval: Duration,
    /// What is older is forgotten.
    pub(crate) retention: Duration,
}

/// The way into the store; cheap to clone.
#[derive(Clone)]
pub(crate) struct Writer(Arc<Shared>);

/// What the thread and those who append share.
pub(super) struct Shared {
    desk: Mutex<Desk>,
    /// There is something to do.
    work: Condvar,
    /// Something was done.
    done: Condvar,
    /// Where readers get their instances from.
    pub(super) source: Source,
}

struct Desk {
    queue: Queue,
    /// The thread sleeps until its time: who brings work wakes it.
    asleep: bool,
    retention: Duration,
    health: StoreHealth,
    /// The store was opened, or could not be.
    begun: bool,
    /// Entries that were given up when it ended.
    lost_at_end: u64,
    ended: bool,
}

impl Writer {
    /// Starts the thread, which opens the store; if that fails, it is tried again.
    pub(crate) fn start(settings: WriterSettings) -> Self {
        let place: Box<dyn Place> = match settings.database {
            Some(path) => Box::new(InFile::new(path)),
            None => Box::new(InMemory(MemoryStore::new())),
        };
        let timing = Timing { batch_size: settings.batch_size, flush_interval: settings.flush_interval };
        Self::start_at(place, timing, settings.retention)
    }

    fn start_at(place: Box<dyn Place>, timing: Timing, retention: Duration) -> Self {
        let desk = Desk {
            queue: Queue::new(timing, Instant::now()),
            asleep: false,
            retention,
            health: StoreHealth { state: StoreState::Ok, ..StoreHealth::default() },
            begun: false,
            lost_at_end: 0,
            ended: false,
        };
        let shared = Arc::new(Shared {
            desk: Mutex::new(desk),
            work: Condvar::new(),
            done: Condvar::new(),
            source: Source::default(),
        });
        let of_thread = Arc::clone(&shared);
        let run = move || of_thread.run(Keeper::new(place));
        if let Err(error) = std::thread::Builder::new().name("usage".to_owned()).spawn(run) {
            tracing::error!(%error, "no thread for usage records, none are kept");
            shared.end(Some(error.to_string()));
        }
        Self(shared)
    }

    /// Takes an entry in.
    pub(crate) fn append(&self, entry: &Entry) {
        let wake = packed(entry, |entry| {
            let mut desk = self.0.desk();
            if desk.ended {
                desk.queue.dropped += 1;
                return false;
            }
            let wake = desk.queue.push(entry, Instant::now) && desk.asleep;
            if wake {
                // Once is enough.
                desk.asleep = false;
            }
            wake
        });
        if wake {
            self.0.work.notify_one();
        }
    }

    /// How it goes.
    pub(crate) fn health(&self) -> StoreHealth {
        let desk = self.0.desk();
        let waiting = desk.queue.waiting() as u64;
        StoreHealth { waiting, dropped: desk.queue.dropped, ..desk.health.clone() }
    }

    /// A way to ask the store.
    pub(crate) fn reader(&self) -> Reader {
        Reader::new(Arc::clone(&self.0))
    }

    /// Takes up what a reload has changed.
    pub(crate) fn configure(&self, batch_size: usize, flush_interval: Duration, retention: Duration) {
        let mut desk = self.0.desk();
        desk.queue.timing = Timing { batch_size, flush_interval };
        if retention < desk.retention {
            desk.queue.prune_at = Instant::now();
        }
        desk.retention = retention;
        desk.asleep = false;
        self.0.work.notify_one();
    }

    /// Writes everything and ends the thread; waits for it, at most so long. How many entries could not be written.
    pub(crate) fn close(&self, at_most: Duration) -> u64 {
        let mut desk = self.0.desk();
        desk.queue.closing = true;
        desk.asleep = false;
        self.0.work.notify_one();
        let waited = self.0.done.wait_timeout_while(desk, at_most, |desk| !desk.ended);
        let (mut desk, _) = waited.unwrap_or_else(PoisonError::into_inner);
        desk.ended = true;
        desk.queue.waiting() as u64 + desk.lost_at_end
    }
}

impl Shared {
    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until all that came before is written, at most so long; not at all while nothing can be written.
    pub(super) fn flush(&self, at_most: Duration) {
        let mut desk = self.desk();
        let wanted = desk.queue.want_all();
        let open = |desk: &mut Desk| {
            let tried = desk.begun && desk.health.state == StoreState::Waiting;
            !desk.ended && !tried && (!desk.begun || desk.queue.settled() < wanted)
        };
        if open(&mut desk) {
            desk.asleep = false;
            self.work.notify_one();
            drop(self.done.wait_timeout_while(desk, at_most, open));
        }
    }

    /// Something read was damaged: the thread looks at it.
    pub(super) fn suspect(&self) {
        let mut desk = self.desk();
        desk.queue.suspect = true;
        desk.asleep = false;
        self.work.notify_one();
    }

    /// Why nothing can be read, for who has no store to ask.
    pub(super) fn trouble(&self) -> String {
        let detail = self.desk().health.detail.clone();
        detail.unwrap_or_else(|| "the usage database is not open yet".to_owned())
    }

    fn run(&self, mut keeper: Keeper) {
        loop {
            match self.next_job() {
                Job::Write(batch) => {
                    let done = keeper.write(&batch, now());
                    self.publish(&keeper);
                    self.settle(&keeper, batch, done);
                }
                Job::Check => {
                    self.source.close();
                    let done = keeper.check(now());
                    self.publish(&keeper);
                    self.settle(&keeper, Vec::new(), done);
                }
                Job::Prune => self.prune(&mut keeper),
                Job::End => break,
            }
        }
        self.source.close();
        // Closing the last connection moves its log into the database.
        drop(keeper);
        self.end(None);
    }

    fn next_job(&self) -> Job {
        let mut desk = self.desk();
        loop {
            let now = Instant::now();
            if let Some(job) = desk.queue.take_job(now) {
                return job;
            }
            let wait = desk.queue.next_at().saturating_duration_since(now);
            desk.asleep = true;
            // Whoever wakes the thread says so in `asleep`; a wake-up for nothing only looks again.
            let (woken, _) = self.work.wait_timeout(desk, wait).unwrap_or_else(PoisonError::into_inner);
            desk = woken;
            desk.asleep = false;
        }
    }

    /// Gives readers the store that is open now.
    fn publish(&self, keeper: &Keeper) {
        if self.source.number() != keeper.number() {
            self.source.open(keeper.number(), keeper.another());
        }
    }

    fn settle(&self, keeper: &Keeper, batch: Vec<Chunk>, done: Result<(), Instant>) {
        let mut desk = self.desk();
        let now = now();
        desk.begun = true;
        match done {
            Ok(()) => {
                let written = desk.queue.written(batch);
                desk.queue.retry_at = None;
                if written > 0 {
                    desk.health.written += written as u64;
                    desk.health.last_write_unix_ms = Some(now.unix_ms);
                }
                let aside = keeper.aside.as_ref();
                desk.health.detail =
                    aside.map(|at| format!("a damaged one was set aside as `{}`", at.display()));
                desk.tell(StoreState::Ok, now);
            }
            Err(retry_at) => {
                desk.queue.put_back(batch, now.at);
                desk.queue.retry_at = Some(retry_at);
                desk.health.detail = keeper.trouble().map(str::to_owned);
                desk.tell(StoreState::Waiting, now);
                if desk.queue.closing {
                    // It was the last try.
                    desk.lost_at_end = desk.queue.give_up();
                    desk.queue.retry_at = None;
                }
            }
        }
        drop(desk);
        self.done.notify_all();
    }

    fn prune(&self, keeper: &mut Keeper) {
        let retention = self.desk().retention;
        let now = now();
        let before = now.unix_ms.saturating_sub(i64::try_from(retention.as_millis()).unwrap_or(i64::MAX));
        let next = match keeper.prune(before) {
            Ok(true) => None,
            Ok(false) => Some(PRUNE_EVERY),
            Err(error) => {
                tracing::warn!(%error, "old usage records cannot be forgotten just now");
                Some(PRUNE_AGAIN)
            }
        };
        let mut desk = self.desk();
        // A reload meanwhile may have asked for it again.
        if let Some(next) = next.filter(|_| desk.retention == retention) {
            desk.queue.prune_at = now.at + next;
        }
    }

    fn end(&self, detail: Option<String>) {
        let mut desk = self.desk();
        desk.ended = true;
        desk.begun = true;
        desk.health.detail = detail.or(desk.health.detail.take());
        desk.tell(StoreState::Off, now());
        drop(desk);
        self.done.notify_all();
    }
}

impl Desk {
    fn tell(&mut self, state: StoreState, now: Now) {
        if self.health.state != state {
            self.health.state = state;
            self.health.since_unix_ms = now.unix_ms;
        }
    }
}

fn now() -> Now {
    let unix = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    Now { at: Instant::now(), unix_ms: i64::try_from(unix.as_millis()).unwrap_or(i64::MAX) }
}

#[cfg(test)]
mod tests {
    use zephyr_core::usage::{Filter, ReportQuery, RequestsQuery};

    use super::super::suite::{DAY, request};
    use super::*;

    const LONG: Duration = Duration::from_secs(20);

    fn settings(database: Option<PathBuf>) -> WriterSettings {
        // Nothing is written by time in these tests, nothing is old.
        let never = Duration::from_secs(36_500 * 86_400);
        WriterSettings { database, batch_size: 256, flush_interval: never, retention: never }
    }

    fn count(reader: &Reader) -> Result<u64, crate::store::StoreError> {
        reader.report(&ReportQuery::default()).map(|r| r.total.requests)
    }

    #[test]
    fn a_question_sees_what_was_appended_just_before() {
        let dir = tempfile::tempdir().unwrap();
        for database in [None, Some(dir.path().join("usage.db"))] {
            let writer = Writer::start(settings(database));
            let reader = writer.reader();
            for n in 0..300 {
                writer.append(&request(DAY + n, |_| {}));
                if n % 100 == 0 {
                    assert_eq!(count(&reader).unwrap(), n as u64 + 1);
                }
            }
            let query = RequestsQuery { limit: 1, filter: Filter::default(), ..RequestsQuery::default() };
            assert_eq!(reader.requests(&query).unwrap()[0].started_unix_ms, DAY + 299);
            assert_eq!(reader.spent(DAY).unwrap(), [(String::new(), 300_000_000)]);
            let health = writer.health();
            assert_eq!((health.state, health.waiting, health.written), (StoreState::Ok, 0, 300));
            assert_eq!(writer.close(LONG), 0);
        }
    }

    #[test]
    fn closing_writes_what_waits() {
        let dir = tempfile::tempdir().unwrap();
        let database = dir.path().join("usage.db");
        let writer = Writer::start(settings(Some(database.clone())));
        (0..10).for_each(|n| writer.append(&request(DAY + n, |_| {})));
        assert_eq!(writer.close(LONG), 0);
        assert_eq!(writer.health().state, StoreState::Off);
        writer.append(&request(DAY + 10, |_| {}));
        assert_eq!(writer.health().dropped, 1, "nobody writes any more");
        let left: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|f| f.unwrap().file_name()).collect();
        assert_eq!(left, ["usage.db"], "its log is moved into the database");
        let again = Writer::start(settings(Some(database)));
        assert_eq!(count(&again.reader()).unwrap(), 10);
        again.close(LONG);
    }

    #[test]
    fn a_full_batch_is_written_without_being_asked_for() {
        let writer = Writer::start(settings(None));
        assert_eq!(count(&writer.reader()).unwrap(), 0);
        (0..256).for_each(|n| writer.append(&request(DAY + n, |_| {})));
        let desk = writer.0.desk();
        let unwritten = |desk: &mut Desk| desk.queue.settled() < 256;
        let (desk, waited) = writer.0.done.wait_timeout_while(desk, LONG, unwritten).unwrap();
        assert!(!waited.timed_out());
        drop(desk);
        writer.close(LONG);
    }

    #[test]
    fn a_shorter_retention_forgets_at_once() {
        let writer = Writer::start(settings(None));
        writer.append(&request(1_000, |_| {}));
        let reader = writer.reader();
        assert_eq!(count(&reader).unwrap(), 1);
        writer.configure(256, Duration::from_millis(50), Duration::from_secs(86_400));
        let deadline = Instant::now() + LONG;
        while count(&reader).unwrap() > 0 {
            assert!(Instant::now() < deadline);
            std::thread::yield_now();
        }
        writer.close(LONG);
    }

    #[test]
    fn a_missing_directory_is_told_and_what_waited_is_written_when_it_is_there() {
        let dir = tempfile::tempdir().unwrap();
        let database = dir.path().join("later").join("usage.db");
        let writer = Writer::start(settings(Some(database.clone())));
        writer.append(&request(DAY, |_| {}));
        let error = count(&writer.reader()).unwrap_err().to_string();
        assert!(error.contains("later/usage.db` cannot be made"), "{error}");
        let health = writer.health();
        assert_eq!((health.state, health.waiting), (StoreState::Waiting, 1));
        assert_eq!(health.detail.as_deref(), Some(error.as_str()));
        std::fs::create_dir(database.parent().unwrap()).unwrap();
        let desk = writer.0.desk();
        let waiting = |desk: &mut Desk| desk.queue.waiting() > 0;
        let (desk, waited) = writer.0.done.wait_timeout_while(desk, LONG, waiting).unwrap();
        assert!(!waited.timed_out());
        drop(desk);
        assert_eq!(count(&writer.reader()).unwrap(), 1);
        assert_eq!((writer.health().state, writer.health().detail), (StoreState::Ok, None));
        writer.close(LONG);
    }

    #[test]
    fn what_cannot_be_written_at_the_end_is_counted() {
        let writer = Writer::start(settings(Some("/proc/usage.db".into())));
        (0..3).for_each(|n| writer.append(&request(DAY + n, |_| {})));
        assert_eq!(writer.close(LONG), 3);
        assert_eq!(writer.health().dropped, 3);
    }

    #[test]
    fn damage_that_a_question_meets_is_set_aside_while_it_runs() {
        let dir = tempfile::tempdir().unwrap();
        let database = dir.path().join("usage.db");
        let writer = Writer::start(settings(Some(database.clone())));
        (0..3_000).for_each(|n| writer.append(&request(DAY + n * 10_000, |_| {})));
        assert_eq!(writer.close(LONG), 0);
        let writer = Writer::start(settings(Some(database.clone())));
        let reader = writer.reader();
        assert_eq!(count(&reader).unwrap(), 3_000);
        let mut bytes = std::fs::read(&database).unwrap();
        bytes[4096..].fill(0);
        std::fs::write(&database, bytes).unwrap();
        let page = RequestsQuery { limit: usize::MAX, ..RequestsQuery::default() };
        assert!(matches!(reader.requests(&page), Err(crate::store::StoreError::Damaged(_))));
        writer.append(&request(DAY, |_| {}));
        assert_eq!(count(&reader).unwrap(), 1);
        let detail = writer.health().detail.unwrap();
        assert!(detail.starts_with("a damaged one was set aside as"), "{detail}");
        writer.close(LONG);
    }
}
