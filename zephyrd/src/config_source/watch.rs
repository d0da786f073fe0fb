//! Says when files of the config may have changed.
//!
//! Directories are watched, not files: editors write a new file and rename it over the old one. What changed
//! is not told; the source compares contents.

use std::collections::{BTreeMap, BTreeSet};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::time::{Instant, timeout, timeout_at};

/// Changes end when nothing more happens for this long.
const QUIET: Duration = Duration::from_millis(200);
/// Changes that never end are looked at after this long.
const AT_MOST: Duration = Duration::from_secs(2);
/// Most directories that are watched.
const MOST: usize = 64;

/// What counts as a change. Not each write: a log that grows beside the config is no reason to wake up.
const CHANGES: WatchFlags = WatchFlags::CLOSE_WRITE
    .union(WatchFlags::MOVE)
    .union(WatchFlags::CREATE)
    .union(WatchFlags::DELETE)
    .union(WatchFlags::ATTRIB)
    .union(WatchFlags::ONLYDIR);

/// Watches the directories of some files.
pub(super) struct FileWatch {
    /// `None` where watching is not possible.
    inotify: Option<AsyncFd<OwnedFd>>,
    /// Directories and the kernel's numbers for them.
    watched: BTreeMap<PathBuf, i32>,
}

impl FileWatch {
    /// A watch over nothing yet. When it is not possible, it says so in the log and never reports anything.
    pub(super) fn new() -> Self {
        #[allow(
            deprecated,
            reason = "an `OwnedFd` names its own descriptor as long as it lives, which is all that is asked"
        )]
        let register = |fd| AsyncFd::with_interest(fd, Interest::READABLE);
        let inotify = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)
            .map_err(std::io::Error::from)
            .and_then(register)
            .inspect_err(|e| tracing::warn!(error = %e, "config files are not watched: reload by hand"))
            .ok();
        Self { inotify, watched: BTreeMap::new() }
    }

    /// Watches the directories of `files`, and no others any more.
    pub(super) fn follow(&mut self, files: &[PathBuf]) {
        let Some(inotify) = &self.inotify else { return };
        let wanted: BTreeSet<PathBuf> = files.iter().flat_map(|f| dirs(f)).take(MOST).collect();
        let mut watched = BTreeMap::new();
        for dir in wanted {
            // A directory that is watched already keeps its number.
            match inotify::add_watch(inotify.get_ref(), &dir, CHANGES) {
                Ok(number) => drop(watched.insert(dir, number)),
                Err(rustix::io::Errno::NOENT | rustix::io::Errno::NOTDIR) => {}
                Err(e) => {
                    tracing::warn!(dir = %dir.display(), error = %e, "this directory is not watched: reload by hand")
                }
            }
        }
        for number in self.watched.values() {
            if !watched.values().any(|kept| kept == number) {
                let _ = inotify::remove_watch(inotify.get_ref(), *number);
            }
        }
        self.watched = watched;
    }

    /// Waits for a change and for its end. When it is dropped before, the change is forgotten: whoever does
    /// that reads everything anyway.
    pub(super) async fn changed(&mut self) {
        self.event().await;
        let end = Instant::now() + AT_MOST;
        while Instant::now() < end {
            if !matches!(timeout(QUIET, timeout_at(end, self.event())).await, Ok(Ok(()))) {
                break;
            }
        }
    }

    /// Takes all events that are there, once there are any.
    async fn event(&self) {
        let Some(inotify) = &self.inotify else {
            // Without a watch there is nobody to tell.
            return std::future::pending().await;
        };
        loop {
            let Ok(mut ready) = inotify.readable().await else { return std::future::pending().await };
            let mut any = false;
            let mut events = [0; 4096];
            while rustix::io::read(inotify.get_ref(), &mut events).is_ok_and(|size| size > 0) {
                any = true;
            }
            ready.clear_ready();
            if any {
                return;
            }
        }
    }
}

/// The directory of `file` and, where it is a link, that of what it leads to.
fn dirs(file: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let own = file.parent().map(Path::to_owned);
    let real = file.canonicalize().ok().and_then(|f| f.parent().map(Path::to_owned));
    own.into_iter().chain(real)
}
