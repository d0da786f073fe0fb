//! Files that config values name.

use std::path::{Path, PathBuf};

use super::super::facts::FileState;
use super::super::raw::{At, Layers};
use super::Check;

impl Check<'_> {
    /// The text of the file `path`, which is a `what`; what is wrong with it is reported at `at`.
    pub(super) fn file_text(&mut self, at: &At, path: &Path, what: &str) -> Option<String> {
        let shown = path.display();
        let state = self.facts.file(path).map_or(&FileState::Missing, |fact| &fact.state);
        match state {
            FileState::Text(text) => return Some(text.clone()),
            FileState::Missing => self.report.error(at, format!("{what} `{shown}` does not exist"), None),
            FileState::Unreadable(why) => {
                self.report.error(at, format!("{what} `{shown}` cannot be read: {why}"), None);
            }
        }
        None
    }

    /// Reports a file that others than its owner can read.
    pub(super) fn refuse_wide_mode(&mut self, at: &At, path: &Path) {
        let mode = self.facts.file(path).map_or(0, |fact| fact.mode);
        if mode & 0o077 != 0 {
            let shown = path.display();
            let message =
                format!("`{shown}` is readable by others than its owner (mode {:04o})", mode & 0o7777);
            self.report.error(at, message, Some(format!("chmod 600 {shown}")));
        }
    }

    /// The PEM file at `key`, which must contain a block whose label ends in `label`.
    pub(super) fn pem(&mut self, layers: &Layers<'_>, key: &str, label: &str) -> Option<PathBuf> {
        let path = PathBuf::from(layers.text(key)?);
        let at = layers.at(key)?.clone();
        let text = self.file_text(&at, &path, &format!("`{key}` file"))?;
        if !text
            .lines()
            .any(|l| l.starts_with("-----BEGIN ") && l.trim_end().ends_with(&format!("{label}-----")))
        {
            let message = format!("`{}` has no PEM block `{label}`", path.display());
            self.report.error(&at, message, None);
        }
        Some(path)
    }
}
