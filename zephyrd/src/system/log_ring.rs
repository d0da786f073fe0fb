//! The last lines of the log in memory, for dashboards and for `zephyrctl logs` where there is no journal.
//!
//! Bounded: the last [`MOST`] lines that passed the filter of `[log] level`. There is one for each request, so a line is
//! written into the memory of the one that falls out, message and fields one behind the other. Whoever follows looks into
//! the same ring and counts what fell out before it looked; logging never waits for it.

use std::cell::Cell;
use std::collections::VecDeque;
use std::fmt::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::sync::Notify;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

/// Most lines that are kept.
const MOST: usize = 2000;
/// Longest message or field that is kept, in bytes.
const LONGEST: usize = 2048;
/// Most fields of a line, by `tracing`.
const MOST_FIELDS: usize = 32;
/// Memory of a line that is kept for the next, in bytes.
const LINE_KEPT: usize = 4 * 1024;

/// The ring; cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct LogRing(Arc<Shared>);

#[derive(Default)]
struct Shared {
    kept: Mutex<Kept>,
    more: Notify,
}

#[derive(Default)]
struct Kept {
    lines: VecDeque<Arc<LogLine>>,
    /// Number of the next line.
    next: u64,
    /// Somebody waits for it.
    awaited: bool,
}

/// One line of the log.
#[derive(Debug, Clone)]
pub(crate) struct LogLine {
    /// Its number since the start, from 0.
    pub(crate) number: u64,
    /// When, Unix milliseconds.
    pub(crate) unix_ms: i64,
    /// What wrote it, and the names of its fields.
    by: Option<&'static Metadata<'static>>,
    /// Message and fields as they came.
    text: String,
    /// Which field it is, and where it ends in `text`.
    ends: Vec<(u32, u32)>,
}

/// Whoever reads every line from one on.
pub(crate) struct Follower {
    ring: LogRing,
    next: u64,
}

impl LogRing {
    /// The lines that are kept, the oldest first.
    pub(crate) fn lines(&self) -> Vec<Arc<LogLine>> {
        self.kept().lines.iter().cloned().collect()
    }

    /// Every line from now on.
    pub(crate) fn follow(&self) -> Follower {
        Follower { ring: self.clone(), next: self.kept().next }
    }

    /// Every line that is kept, and every further one.
    pub(crate) fn follow_all(&self) -> Follower {
        let kept = self.kept();
        Follower { ring: self.clone(), next: kept.next - kept.lines.len() as u64 }
    }

    /// Puts `line` at the end and gives back what fell out.
    fn keep(&self, mut line: Arc<LogLine>) -> Option<Arc<LogLine>> {
        let mut kept = self.kept();
        if let Some(line) = Arc::get_mut(&mut line) {
            line.number = kept.next;
        }
        kept.next += 1;
        let oldest = if kept.lines.len() == MOST { kept.lines.pop_front() } else { None };
        kept.lines.push_back(line);
        let awaited = std::mem::take(&mut kept.awaited);
        drop(kept);
        if awaited {
            self.0.more.notify_waiters();
        }
        oldest
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Follower {
    /// Waits until there is a line that was not taken yet.
    pub(crate) async fn changed(&self) {
        loop {
            let more = self.ring.0.more.notified();
            {
                let mut kept = self.ring.kept();
                if kept.next > self.next {
                    return;
                }
                kept.awaited = true;
            }
            more.await;
        }
    }

    /// The newest `most` of the lines that were not taken yet, the oldest first, and how many there were before them.
    pub(crate) fn take(&mut self, most: usize) -> (Vec<Arc<LogLine>>, u64) {
        let kept = self.ring.kept();
        let new = kept.next - self.next;
        let given = usize::try_from(new).unwrap_or(usize::MAX).min(most).min(kept.lines.len());
        let lines: Vec<_> = kept.lines.range(kept.lines.len() - given..).cloned().collect();
        self.next = kept.next;
        (lines, new - given as u64)
    }
}

impl LogLine {
    fn empty() -> Self {
        Self { number: 0, unix_ms: 0, by: None, text: String::new(), ends: Vec::with_capacity(MOST_FIELDS) }
    }

    /// How bad it is.
    pub(crate) fn level(&self) -> Level {
        self.by.map_or(Level::INFO, |by| *by.level())
    }

    /// The same as a word: `error warn info debug trace`.
    pub(crate) fn level_name(&self) -> &'static str {
        match self.level() {
            Level::ERROR => "error",
            Level::WARN => "warn",
            Level::INFO => "info",
            Level::DEBUG => "debug",
            Level::TRACE => "trace",
        }
    }

    /// The module that wrote it.
    pub(crate) fn target(&self) -> &'static str {
        self.by.map_or("", Metadata::target)
    }

    /// What happened, as it was written: make it harmless before it is shown.
    pub(crate) fn message(&self) -> &str {
        self.field(MESSAGE).unwrap_or_default()
    }

    /// The fields beside the message, in order: as harmless as the message.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.parts().filter(|(name, _)| *name != MESSAGE)
    }

    /// The value of a field.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.parts().find(|(n, _)| *n == name).map(|(_, value)| value)
    }

    fn parts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let (mut begin, names) = (0, self.by.map(Metadata::fields));
        self.ends.iter().map(move |(index, end)| {
            let end = *end as usize;
            let value = &self.text[begin..end];
            begin = end;
            let name = names.and_then(|names| names.iter().nth(*index as usize));
            (name.map_or("", |name| name.name()), value)
        })
    }

    /// Becomes `event`, in the memory that it has.
    fn become_that_of(&mut self, event: &Event<'_>) {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        self.unix_ms = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
        self.by = Some(event.metadata());
        self.text.clear();
        self.text.shrink_to(LINE_KEPT);
        self.ends.clear();
        event.record(self);
    }

    fn put(&mut self, field: &Field, value: &str) {
        self.text.push_str(cut(value, LONGEST));
        self.end(field);
    }

    fn end(&mut self, field: &Field) {
        // At most 32 fields of 2 KiB.
        let at = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        self.ends.push((at(field.index()), at(self.text.len())));
    }
}

/// How `tracing` calls what was written.
const MESSAGE: &str = "message";

thread_local! {
    /// A line that fell out of the ring, for the next.
    static FREE: Cell<Option<Arc<LogLine>>> = const { Cell::new(None) };
}

impl<S: Subscriber> Layer<S> for LogRing {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut line = FREE.take().unwrap_or_else(|| Arc::new(LogLine::empty()));
        if Arc::get_mut(&mut line).is_none() {
            // Somebody still reads it.
            line = Arc::new(LogLine::empty());
        }
        if let Some(line) = Arc::get_mut(&mut line) {
            line.become_that_of(event);
        }
        FREE.set(self.keep(line));
    }
}

impl Visit for LogLine {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let most = self.text.len() + LONGEST;
        // It only fails when the text is full.
        let _ = write!(Bounded { text: &mut self.text, most }, "{value:?}");
        self.end(field);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, itoa::Buffer::new().format(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, itoa::Buffer::new().format(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, if value { "true" } else { "false" });
    }
}

/// A text that stops growing.
struct Bounded<'a> {
    text: &'a mut String,
    most: usize,
}

impl Write for Bounded<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let fits = cut(text, self.most - self.text.len());
        self.text.push_str(fits);
        if fits.len() < text.len() { Err(fmt::Error) } else { Ok(()) }
    }
}

/// As many whole letters of `text` as fit into `most` bytes.
fn cut(text: &str, most: usize) -> &str {
    if text.len() <= most {
        return text;
    }
    let mut end = most;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    fn logged(ring: &LogRing, log: impl FnOnce()) {
        tracing::subscriber::with_default(tracing_subscriber::registry().with(ring.clone()), log);
    }

    #[test]
    fn only_so_many_lines_of_bounded_length_are_kept() {
        let ring = LogRing::default();
        logged(&ring, || {
            for n in 0..=MOST {
                tracing::warn!(n, long = "é".repeat(LONGEST), "x{}", "ü".repeat(LONGEST));
            }
        });
        let lines = ring.lines();
        assert_eq!((lines.len(), lines[0].number), (MOST, 1));
        // A letter of two bytes that does not fit is left out whole.
        assert_eq!(lines[0].message().len(), LONGEST - 1);
        assert_eq!(lines[0].field("long").map(str::len), Some(LONGEST));
    }

    #[test]
    fn a_line_tells_what_was_logged() {
        let ring = LogRing::default();
        logged(&ring, || {
            tracing::info!(request = "req-1", status = 200_u16, ok = true, "request {} is over", "req-1");
        });
        let line = &ring.lines()[0];
        assert_eq!((line.message(), line.level()), ("request req-1 is over", Level::INFO));
        let fields: Vec<_> = line.fields().collect();
        assert_eq!(fields, [("request", "req-1"), ("status", "200"), ("ok", "true")]);
        assert_eq!((line.field("status"), line.field("x")), (Some("200"), None));
    }

    #[test]
    fn what_fell_out_leaves_nothing_in_the_next_line_and_stays_with_whoever_reads_it() {
        let ring = LogRing::default();
        let mut held = Vec::new();
        logged(&ring, || {
            tracing::info!(a = 1, "first");
            held = ring.lines();
            (0..2 * MOST).for_each(|n| tracing::info!("{n}"));
        });
        assert_eq!((held[0].message(), held[0].field("a")), ("first", Some("1")));
        assert!(ring.lines().iter().all(|line| line.fields().count() == 0));
    }

    #[test]
    fn a_follower_is_given_what_is_new_and_told_what_fell_out() {
        let ring = LogRing::default();
        logged(&ring, || tracing::info!("before"));
        let mut follower = ring.follow();
        assert!(follower.changed().now_or_never().is_none());
        logged(&ring, || (0..5).for_each(|n| tracing::info!("{n}")));
        assert!(follower.changed().now_or_never().is_some());
        let (lines, missed) = follower.take(3);
        let said: Vec<_> = lines.iter().map(|line| line.message()).collect();
        assert_eq!((said, missed), (vec!["2", "3", "4"], 2));
        logged(&ring, || (0..MOST + 7).for_each(|n| tracing::info!("{n}")));
        let (lines, missed) = follower.take(usize::MAX);
        assert_eq!((lines.len(), missed), (MOST, 7));
        assert_eq!(follower.take(usize::MAX).1, 0);
    }

    #[test]
    fn whoever_waits_is_woken_by_the_next_line() {
        let ring = LogRing::default();
        let follower = ring.follow();
        let mut changed = std::pin::pin!(follower.changed());
        assert!(changed.as_mut().now_or_never().is_none());
        logged(&ring, || tracing::info!("now"));
        assert!(changed.as_mut().now_or_never().is_some());
    }
}
