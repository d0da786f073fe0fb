//! Pins and pauses on disk.

use std::path::{Path, PathBuf};

use zephyr_core::engine::Memory;

use super::atomic;

/// The file that holds the engine's memory.
#[derive(Debug, Clone)]
pub(crate) struct MemoryFile(PathBuf);

impl MemoryFile {
    /// The file in `dir`.
    pub(crate) fn new(dir: &Path) -> Self {
        Self(dir.join("state.json"))
    }

    /// What an earlier process knew. A damaged file is set aside, never fatal.
    pub(crate) fn load(&self) -> Option<Memory> {
        let text = match std::fs::read(&self.0) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return None,
            Err(e) => {
                tracing::warn!(file = %self.0.display(), error = %e, "the state file cannot be read, begun anew");
                return None;
            }
        };
        match serde_json::from_slice(&text) {
            Ok(memory) => Some(memory),
            Err(e) => {
                let aside = self.0.with_extension("json.damaged");
                let kept = std::fs::rename(&self.0, &aside).is_ok();
                tracing::warn!(file = %self.0.display(), error = %e, kept_as = %aside.display(), kept, "the state file is damaged, begun anew");
                None
            }
        }
    }

    /// Keeps `memory`.
    pub(crate) fn save(&self, memory: &Memory) {
        let text = serde_json::to_vec_pretty(memory).unwrap_or_default();
        if let Err(e) = atomic::replace(&self.0, &text) {
            tracing::warn!(file = %self.0.display(), error = %e, "pins and pauses cannot be kept over a restart");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use zephyr_core::engine::{Admin, Mode};

    #[test]
    fn what_is_saved_is_loaded_and_damage_is_set_aside() {
        let dir = tempfile::tempdir().expect("dir");
        let file = MemoryFile::new(dir.path());
        assert_eq!(file.load(), None);
        let memory = Memory {
            mode: Mode::Pinned { name: "Provider-A-2".into(), fallback: true },
            monitoring_paused: true,
            paused: vec![("B".into(), Admin::Drained)],
            ..Memory::default()
        };
        file.save(&memory);
        assert_eq!(file.load(), Some(memory));
        std::fs::write(dir.path().join("state.json"), "{\"version\":").expect("write");
        assert_eq!(file.load(), None);
        assert!(dir.path().join("state.json.damaged").exists());
    }
}
