//! The last lines of the log in memory, for dashboards and for `zephyrctl logs` where there is no journal.
//!
//! Bounded: the last [`MOST`] lines that passed the filter of `[log] level`. Whoever follows reads a bounded queue and is
//! told what it missed; logging never waits for it.
#![allow(dead_code, reason = "the families and pages that use it are on their way")]

use std::collections::VecDeque;
use std::fmt::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::sync::broadcast;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

/// Most lines that are kept.
const MOST: usize = 2000;
/// Longest message or field that is kept, in bytes.
const LONGEST: usize = 2048;
/// How many lines a follower may lag behind.
const FOLLOW_QUEUE: usize = 256;

/// The ring; cheap to clone.
#[derive(Clone)]
pub(crate) struct LogRing(Arc<Shared>);

struct Shared {
    kept: Mutex<Kept>,
    followers: broadcast::Sender<Arc<LogLine>>,
}

#[derive(Default)]
struct Kept {
    lines: VecDeque<Arc<LogLine>>,
    /// Number of the next line.
    next: u64,
}

/// One line of the log.
#[derive(Debug, Clone)]
pub(crate) struct LogLine {
    /// Its number since the start, from 0.
    pub(crate) number: u64,
    /// When, Unix milliseconds.
    pub(crate) unix_ms: i64,
    /// How bad it is.
    pub(crate) level: Level,
    /// The module that wrote it.
    pub(crate) target: &'static str,
    /// What happened, as it was written: make it harmless before it is shown.
    pub(crate) message: String,
    /// The fields beside the message, in order.
    pub(crate) fields: Vec<(&'static str, String)>,
}

impl Default for LogRing {
    fn default() -> Self {
        let followers = broadcast::channel(FOLLOW_QUEUE).0;
        Self(Arc::new(Shared { kept: Mutex::default(), followers }))
    }
}

impl LogRing {
    /// The lines that are kept, the oldest first.
    pub(crate) fn lines(&self) -> Vec<Arc<LogLine>> {
        self.kept().lines.iter().cloned().collect()
    }

    /// Every line from now on; a slow reader is told how many it missed.
    pub(crate) fn follow(&self) -> broadcast::Receiver<Arc<LogLine>> {
        self.0.followers.subscribe()
    }

    fn keep(&self, mut line: LogLine) {
        let mut kept = self.kept();
        line.number = kept.next;
        kept.next += 1;
        let line = Arc::new(line);
        kept.lines.push_back(Arc::clone(&line));
        let oldest = if kept.lines.len() > MOST { kept.lines.pop_front() } else { None };
        drop(kept);
        drop(oldest);
        if self.0.followers.receiver_count() > 0 {
            // Whoever followed may have gone.
            let _ = self.0.followers.send(line);
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LogLine {
    /// The value of a field.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(n, _)| *n == name).map(|(_, value)| value.as_str())
    }
}

impl<S: Subscriber> Layer<S> for LogRing {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut line = LogLine {
            number: 0,
            unix_ms: i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
            level: *event.metadata().level(),
            target: event.metadata().target(),
            message: String::new(),
            fields: Vec::new(),
        };
        event.record(&mut Reading(&mut line));
        self.keep(line);
    }
}

/// Takes an event's fields down.
struct Reading<'a>(&'a mut LogLine);

impl Visit for Reading<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let mut text = Bounded(String::new());
        // It only fails when the text is full.
        let _ = write!(text, "{value:?}");
        self.put(field, text.0);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let mut text = Bounded(String::new());
        let _ = text.write_str(value);
        self.put(field, text.0);
    }
}

impl Reading<'_> {
    fn put(&mut self, field: &Field, text: String) {
        match field.name() {
            "message" => self.0.message = text,
            name => self.0.fields.push((name, text)),
        }
    }
}

/// A text that stops growing.
struct Bounded(String);

impl Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let left = LONGEST - self.0.len();
        let mut end = text.len().min(left);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        self.0.push_str(&text[..end]);
        if end < text.len() { Err(fmt::Error) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[test]
    fn lines_are_kept_with_their_fields_and_only_so_many() {
        let ring = LogRing::default();
        let mut followed = ring.follow();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(ring.clone()), || {
            tracing::info!(request = "req-1", status = 200_u16, "request {} is over", "req-1");
            for n in 0..MOST {
                tracing::warn!(n, "{}", "ü".repeat(LONGEST));
            }
        });
        let first = followed.try_recv();
        assert!(matches!(first, Err(broadcast::error::TryRecvError::Lagged(_))));
        let lines = ring.lines();
        assert_eq!((lines.len(), lines[0].number), (MOST, 1));
        assert_eq!(lines[0].message.len(), LONGEST);
    }

    #[test]
    fn a_line_tells_what_was_logged() {
        let ring = LogRing::default();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(ring.clone()), || {
            tracing::info!(request = "req-1", status = 200_u16, "request {} is over", "req-1");
        });
        let line = &ring.lines()[0];
        assert_eq!((line.message.as_str(), line.level), ("request req-1 is over", Level::INFO));
        assert_eq!(
            (line.field("request"), line.field("status"), line.field("x")),
            (Some("req-1"), Some("200"), None)
        );
    }
}
