//! Says when files of the config may have changed.
//!
//! Directories are watched, not files: editors write a new file and rename it over the old one. What changed
//! is not told; the source compares contents.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout, timeout_at};

/// Changes end when nothing more happens for this long.
const QUIET: Duration = Duration::from_millis(200);
/// Changes that never end are looked at after this long.
const AT_MOST: Duration = Duration::from_secs(2);
/// Most directories that are watched.
const MOST: usize = 64;

/// Watches the directories of some files.
pub(super) struct FileWatch {
    /// `None` where watching is not possible.
    watcher: Option<RecommendedWatcher>,
    watched: BTreeSet<PathBuf>,
    events: mpsc::Receiver<()>,
}

impl FileWatch {
    /// A watch over nothing yet. When it is not possible, it says so in the log and never reports anything.
    pub(super) fn new() -> Self {
        let (tell, events) = mpsc::channel(1);
        let heard = move |event: notify::Result<Event>| {
            // Reading is no change, least of all ours; an error may hide one.
            if !event.is_ok_and(|e| matches!(e.kind, EventKind::Access(kind) if kind != written())) {
                // Full means that it is told already.
                let _ = tell.try_send(());
            }
        };
        let watcher = notify::recommended_watcher(heard)
            .inspect_err(|e| tracing::warn!(error = %e, "config files are not watched: reload by hand"))
            .ok();
        Self { watcher, watched: BTreeSet::new(), events }
    }

    /// Watches the directories of `files`, and no others any more.
    pub(super) fn follow(&mut self, files: &[PathBuf]) {
        let Some(watcher) = &mut self.watcher else { return };
        let wanted: BTreeSet<PathBuf> = files.iter().flat_map(|f| dirs(f)).take(MOST).collect();
        for dir in self.watched.difference(&wanted) {
            let _ = watcher.unwatch(dir);
        }
        let mut watched: BTreeSet<PathBuf> = self.watched.intersection(&wanted).cloned().collect();
        for dir in wanted {
            if watched.contains(&dir) || !dir.is_dir() {
                continue;
            }
            match watcher.watch(&dir, RecursiveMode::NonRecursive) {
                Ok(()) => drop(watched.insert(dir)),
                Err(e) => {
                    tracing::warn!(dir = %dir.display(), error = %e, "this directory is not watched: reload by hand")
                }
            }
        }
        self.watched = watched;
    }

    /// Waits for a change and for its end. When it is dropped before, the change is forgotten: whoever does
    /// that reads everything anyway.
    pub(super) async fn changed(&mut self) {
        if self.events.recv().await.is_none() {
            // Without a watcher there is nobody to tell.
            std::future::pending::<()>().await;
        }
        let end = Instant::now() + AT_MOST;
        while Instant::now() < end {
            match timeout(QUIET, timeout_at(end, self.events.recv())).await {
                Ok(Ok(Some(()))) => {}
                _ => break,
            }
        }
    }
}

/// A file that was open for writing was closed.
fn written() -> notify::event::AccessKind {
    notify::event::AccessKind::Close(notify::event::AccessMode::Write)
}

/// The directory of `file` and, where it is a link, that of what it leads to.
fn dirs(file: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let own = file.parent().map(Path::to_owned);
    let real = file.canonicalize().ok().and_then(|f| f.parent().map(Path::to_owned));
    own.into_iter().chain(real)
}
