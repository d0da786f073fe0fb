//! What a config text points at, gathered by the shell.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How the source of a text is called in problems: a path, or `built-in`.
pub type SourceName = String;

/// What [`super::needs`] asks the shell to gather.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// The key file named by `[server] env_file`; `None` = the shell's default one, which may be absent.
    pub env_file: Option<PathBuf>,
    /// Every other file that the text names (key files, systemd credentials as `credential:NAME`, TLS, CA).
    pub files: Vec<PathBuf>,
}

/// The state of one file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum FileState {
    /// Its text.
    Text(String),
    /// It is not there.
    Missing,
    /// It is there but could not be read, and why.
    Unreadable(String),
}

/// One file as the shell found it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FileFact {
    /// Its content, or why there is none.
    pub state: FileState,
    /// Permission bits (`0o600`); 0 where unknown.
    pub mode: u32,
}

/// Everything outside the text that decides the plan.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Facts {
    /// How the text's source is called in problems.
    pub source: SourceName,
    /// Permission bits of the text's own file; 0 where unknown.
    pub source_mode: u32,
    /// The process environment.
    pub env: BTreeMap<String, String>,
    /// The key file's path, for problems, and its state; wins over `env` for the variables that it names.
    pub env_file: Option<(PathBuf, FileFact)>,
    /// The files of [`Needs::files`].
    pub files: BTreeMap<PathBuf, FileFact>,
}

impl Facts {
    /// The fact about `path`, if the shell gathered one.
    #[must_use]
    pub fn file(&self, path: &Path) -> Option<&FileFact> {
        self.files.get(path)
    }
}
