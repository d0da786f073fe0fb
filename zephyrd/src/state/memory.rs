//! What the engine knows, on disk.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;
use zephyr_core::engine::{MEMORY_VERSION, Memory};

use super::atomic;

/// The file that holds the engine's memory. Cheap to clone; all clones are one file.
#[derive(Debug, Clone)]
pub(crate) struct MemoryFile {
    path: Arc<Path>,
    writing: Arc<Mutex<Writing>>,
}

#[derive(Debug, Default)]
struct Writing {
    /// The last word is written: whoever comes later comes with something older.
    closed: bool,
    /// It was told that nothing can be kept.
    failing: bool,
}

/// What is read first of a file that may be of another version.
#[derive(Deserialize)]
struct Version {
    version: u32,
}

impl MemoryFile {
    /// The file in `dir`.
    pub(crate) fn new(dir: &Path) -> Self {
        Self { path: dir.join("state.json").into(), writing: Arc::default() }
    }

    /// What an earlier process knew. A file that is damaged or of a later version is set aside, never fatal.
    pub(crate) fn load(&self) -> Option<Memory> {
        let text = match std::fs::read(&self.path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return None,
            Err(e) => {
                tracing::warn!(file = %self.path.display(), error = %e, "the state file cannot be read, begun anew");
                return None;
            }
        };
        if let Ok(Version { version }) = serde_json::from_slice(&text)
            && version > MEMORY_VERSION
        {
            self.set_aside("json.newer", &format!("of version {version}, which a later zephyrd wrote"));
            return None;
        }
        serde_json::from_slice(&text)
            .inspect_err(|e| self.set_aside("json.damaged", &format!("damaged: {e}")))
            .ok()
    }

    fn set_aside(&self, extension: &str, what: &str) {
        let aside: PathBuf = self.path.with_extension(extension);
        let kept = std::fs::rename(&self.path, &aside).is_ok();
        tracing::warn!(file = %self.path.display(), kept_as = %aside.display(), kept, "the state file is {what}; begun anew");
    }

    /// Keeps `memory`, on a thread that may wait for the disk.
    pub(crate) async fn keep(&self, memory: Memory) {
        let file = self.clone();
        // It fails only if the runtime ends, and then the last word is still to come.
        let _ = tokio::task::spawn_blocking(move || file.save(&memory, false)).await;
    }

    /// Keeps `memory` as the last word: what is still on its way is older.
    pub(crate) fn close(&self, memory: &Memory) {
        self.save(memory, true);
    }

    fn save(&self, memory: &Memory, last: bool) {
        let mut writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        if writing.closed {
            return;
        }
        writing.closed = last;
        let written = serde_json::to_vec_pretty(memory)
            .map_err(std::io::Error::from)
            .and_then(|text| atomic::replace(&self.path, &text));
        match written {
            Ok(()) => writing.failing = false,
            Err(e) if !std::mem::replace(&mut writing.failing, true) => {
                tracing::warn!(file = %self.path.display(), error = %e, "what is known cannot be kept over a restart");
            }
            Err(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use zephyr_core::engine::{Admin, Mode};

    fn memory() -> Memory {
        Memory {
            mode: Mode::Pinned { name: "Provider-A-2".into(), fallback: true },
            monitoring_paused: true,
            paused: vec![("B".into(), Admin::Drained)],
            ..Memory::default()
        }
    }

    #[tokio::test]
    async fn what_is_kept_is_loaded_and_damage_is_set_aside() {
        let dir = tempfile::tempdir().expect("dir");
        let file = MemoryFile::new(dir.path());
        assert_eq!(file.load(), None);
        file.keep(memory()).await;
        assert_eq!(file.load(), Some(memory()));
        for damage in ["{\"version\":", "", "7", "{\"version\":2,\"paused\":7}"] {
            std::fs::write(dir.path().join("state.json"), damage).expect("write");
            assert_eq!(file.load(), None);
            let aside = dir.path().join("state.json.damaged");
            assert_eq!(std::fs::read_to_string(aside).expect("the damaged one"), damage);
        }
    }

    #[test]
    fn a_file_of_a_later_version_is_kept_for_it() {
        let dir = tempfile::tempdir().expect("dir");
        let text = "{\"version\":3,\"mode\":{\"what\":1}}";
        std::fs::write(dir.path().join("state.json"), text).expect("write");
        assert_eq!(MemoryFile::new(dir.path()).load(), None);
        assert_eq!(std::fs::read_to_string(dir.path().join("state.json.newer")).expect("kept"), text);
    }

    #[tokio::test]
    async fn nothing_comes_after_the_last_word() {
        let dir = tempfile::tempdir().expect("dir");
        let file = MemoryFile::new(dir.path());
        file.close(&memory());
        file.keep(Memory::default()).await;
        assert_eq!(file.load(), Some(memory()));
    }
}
