//! Writes lines of the log together: a request's line costs no system call of its own.
//!
//! A line is out within [`GATHER`], from a thread of its own that needs no runtime; warnings and errors are out
//! at once, and everything before them. What is gathered is bounded: at [`MOST`] whoever logs writes.

use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tracing::{Level, Metadata};
use tracing_subscriber::fmt::MakeWriter;

/// How long a line may wait for others.
const GATHER: Duration = Duration::from_millis(10);
/// Most that waits, in bytes.
const MOST: usize = 64 * 1024;

/// The way to standard error; cheap to clone.
#[derive(Clone)]
pub(super) struct LogWriter(Arc<Shared>);

struct Shared {
    lines: Mutex<Vec<u8>>,
    some: Condvar,
    /// Held while lines are written, so that they stay in order.
    out: Mutex<Box<dyn Write + Send>>,
    /// Lines that could not be written.
    lost: Arc<AtomicU64>,
}

impl LogWriter {
    /// A writer to `out`, with its thread.
    pub(super) fn start(out: Box<dyn Write + Send>) -> Self {
        let shared = Shared {
            lines: Mutex::default(),
            some: Condvar::new(),
            out: Mutex::new(out),
            lost: Arc::default(),
        };
        let writer = Self(Arc::new(shared));
        let of_thread = writer.clone();
        let thread = std::thread::Builder::new().name("log".to_owned()).spawn(move || of_thread.run());
        // Without it lines wait for the next urgent one, or until there are many.
        drop(thread);
        writer
    }

    /// Writes everything that waits.
    pub(super) fn flush_all(&self) {
        let mut out = self.0.out.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = std::mem::take(&mut *self.lines());
        // Nobody can be told in the log that the log cannot be written.
        if out.write_all(&lines).and_then(|()| out.flush()).is_err() {
            let lost = lines.iter().filter(|byte| **byte == b'\n').count();
            self.0.lost.fetch_add(lost as u64, Ordering::Relaxed);
        }
    }

    /// Lines that could not be written.
    pub(super) fn lost_lines(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.0.lost)
    }

    fn lines(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self) {
        loop {
            let waiting = self.0.some.wait_while(self.lines(), |lines| lines.is_empty());
            drop(waiting.unwrap_or_else(PoisonError::into_inner));
            std::thread::park_timeout(GATHER);
            self.flush_all();
        }
    }
}

/// Takes one line.
pub(super) struct OneLine<'a> {
    writer: &'a LogWriter,
    urgent: bool,
}

impl Write for OneLine<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut lines = self.writer.lines();
        let first = lines.is_empty();
        lines.extend_from_slice(line);
        let full = lines.len() >= MOST;
        drop(lines);
        if self.urgent || full {
            self.writer.flush_all();
        } else if first {
            self.writer.0.some.notify_one();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for LogWriter {
    type Writer = OneLine<'a>;

    fn make_writer(&'a self) -> OneLine<'a> {
        OneLine { writer: self, urgent: false }
    }

    fn make_writer_for(&'a self, meta: &Metadata<'_>) -> OneLine<'a> {
        OneLine { writer: self, urgent: *meta.level() <= Level::WARN }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    /// Tells of each write.
    struct Told(mpsc::Sender<Vec<u8>>);

    impl Write for Told {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if !bytes.is_empty() {
                self.0.send(bytes.to_vec()).unwrap();
            }
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn writer() -> (LogWriter, mpsc::Receiver<Vec<u8>>) {
        let (tell, told) = mpsc::channel();
        (LogWriter::start(Box::new(Told(tell))), told)
    }

    fn say(writer: &LogWriter, line: &str, urgent: bool) {
        OneLine { writer, urgent }.write_all(line.as_bytes()).unwrap();
    }

    #[test]
    fn a_line_comes_out_by_itself() {
        let (writer, told) = writer();
        say(&writer, "a\n", false);
        assert_eq!(told.recv_timeout(Duration::from_secs(20)).unwrap(), b"a\n");
    }

    #[test]
    fn an_urgent_line_is_out_at_once_after_all_before_it() {
        let (writer, told) = writer();
        say(&writer, "a\n", false);
        say(&writer, "b\n", true);
        let out: Vec<u8> = told.try_iter().flatten().collect();
        assert_eq!(out, b"a\nb\n");
    }

    #[test]
    fn lines_that_cannot_be_written_are_counted() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let writer = LogWriter::start(Box::new(Full));
        say(&writer, "a\nb\n", true);
        writer.flush_all();
        assert_eq!(writer.lost_lines().load(Ordering::Relaxed), 2);
    }

    #[test]
    fn what_waits_is_bounded() {
        let (writer, told) = writer();
        say(&writer, &"x".repeat(MOST), false);
        assert_eq!(told.try_iter().map(|w| w.len()).sum::<usize>(), MOST);
    }
}
