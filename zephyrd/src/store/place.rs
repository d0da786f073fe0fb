//! Where a store is: opening it, noticing that it was taken away, and setting a damaged one aside.

use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::memory::MemoryStore;
use super::sqlite::SqliteStore;
use super::{Store, StoreError};

/// Opens one kind of store again and again.
pub(super) trait Place: Send {
    /// Opens the store, and makes it where there is none.
    fn open(&mut self) -> Result<Box<dyn Store>, StoreError>;

    /// Whether what was opened last is still what everybody finds there.
    fn is_there(&self) -> bool;

    /// Looks at a store that seems damaged, which nobody here has open for writing. One that is gets out of the way;
    /// the answer is where it went, `None` if it is whole.
    fn set_aside_if_damaged(&mut self, unix_s: i64) -> Result<Option<PathBuf>, StoreError>;
}

/// Memory never breaks.
pub(super) struct InMemory(pub(super) MemoryStore);

impl Place for InMemory {
    fn open(&mut self) -> Result<Box<dyn Store>, StoreError> {
        self.0.another()
    }

    fn is_there(&self) -> bool {
        true
    }

    fn set_aside_if_damaged(&mut self, _unix_s: i64) -> Result<Option<PathBuf>, StoreError> {
        Ok(None)
    }
}

/// A database in a file.
pub(super) struct InFile {
    path: PathBuf,
    /// Device and number of the file that was opened.
    opened: Option<(u64, u64)>,
}

impl InFile {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, opened: None }
    }

    fn found(&self) -> Option<(u64, u64)> {
        std::fs::metadata(&self.path).ok().map(|file| (file.dev(), file.ino()))
    }
}

impl Place for InFile {
    fn open(&mut self) -> Result<Box<dyn Store>, StoreError> {
        let store = SqliteStore::open(&self.path)?;
        self.opened = self.found();
        Ok(Box::new(store))
    }

    fn is_there(&self) -> bool {
        self.opened.is_some() && self.opened == self.found()
    }

    fn set_aside_if_damaged(&mut self, unix_s: i64) -> Result<Option<PathBuf>, StoreError> {
        match SqliteStore::open(&self.path).and_then(|store| store.check()) {
            Ok(None) => return Ok(None),
            Ok(Some(_)) | Err(StoreError::Damaged(_)) => {}
            Err(e) => return Err(e),
        }
        let failed = |e: std::io::Error| {
            StoreError::Unavailable(format!("the damaged `{}` cannot be set aside: {e}", self.path.display()))
        };
        if is_text(&self.path).map_err(failed)? {
            return Err(StoreError::Unavailable(format!(
                "`{}` holds text and no database, and is left alone: name another file in `[usage] database`",
                self.path.display()
            )));
        }
        let aside = beside(&self.path, &format!(".damaged-{unix_s}"));
        // The database first: without one, what is left of its log is thrown away by the next.
        std::fs::rename(&self.path, &aside).map_err(failed)?;
        for end in ["-wal", "-shm"] {
            // They are there or not.
            let _ = std::fs::rename(beside(&self.path, end), beside(&aside, end));
        }
        Ok(Some(aside))
    }
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

/// A file of somebody's words is no damaged database, but a wrong name in the config.
fn is_text(path: &Path) -> std::io::Result<bool> {
    let mut head = Vec::new();
    std::fs::File::open(path)?.take(512).read_to_end(&mut head)?;
    let printable = |byte: &u8| *byte >= b' ' || byte.is_ascii_whitespace();
    Ok(!head.is_empty() && head.iter().all(printable) && std::str::from_utf8(&head).is_ok())
}
