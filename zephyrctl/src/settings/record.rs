//! What stood in a file before it was edited, kept beside it.

use crate::language::words;
use std::path::{Path, PathBuf};
use zephyr_words::say;

use serde::{Deserialize, Serialize};

use super::file;
use crate::error::Error;

const SCHEMA: u32 = 1;

/// Everything that an undo needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    schema: u32,
    /// The whole file; `None` = there was none.
    pub(super) before: Option<String>,
    /// The whole file as it was written.
    pub(super) after: String,
    pub(super) values: Vec<Value>,
}

/// One value of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Value {
    pub(super) path: Vec<String>,
    /// As it was written; `None` = there was none.
    pub(super) before: Option<String>,
    pub(super) after: String,
    /// How many keys of the path existed.
    pub(super) depth: usize,
}

/// Where the record of a file lies.
pub(super) fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".before-zephyr");
    PathBuf::from(name)
}

impl Record {
    pub(super) fn new(before: Option<String>, after: String, values: Vec<Value>) -> Self {
        Self { schema: SCHEMA, before, after, values }
    }

    /// Reads it; `None` when there is none.
    pub(super) fn load(path: &Path) -> Result<Option<Self>, Error> {
        let Some(text) = file::read(path)? else { return Ok(None) };
        let unreadable =
            || Error::failed(say!(words(), "cannot-understand", path = path.display().to_string()));
        let record: Self = serde_json::from_str(&text).map_err(|e| unreadable().caused_by(e))?;
        if record.schema != SCHEMA {
            return Err(unreadable().hint(say!(words(), "other-version-hint")));
        }
        Ok(Some(record))
    }

    /// The file's text.
    pub(super) fn text(&self) -> Result<String, Error> {
        let text = serde_json::to_string_pretty(self);
        Ok(text.map_err(|e| Error::failed(say!(words(), "cannot-write-earlier")).caused_by(e))? + "\n")
    }
}
