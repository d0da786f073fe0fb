//! Edits in other programs' settings files that can be taken back exactly.
//!
//! Beside an edited file lies a record of what stood there. Undo gives back the very bytes of before when nobody
//! else has touched the file since, else only our values; it refuses when one of those was changed by
//! somebody else. [`write`] and [`undo`] touch the world, the rest is text in and text out.

mod file;
mod json;
pub(crate) mod priority;
mod record;
mod toml;

use crate::language::words;
use std::path::{Path, PathBuf};
use zephyr_words::say;

use crate::error::Error;
use record::Record;

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// JSON, comments allowed.
    Json,
    /// TOML.
    Toml,
}

impl Format {
    /// The value at a path, as it is written in the file.
    fn get(self, text: &str, path: &[String]) -> Result<Option<String>, Error> {
        match self {
            Self::Json => json::get(text, path),
            Self::Toml => toml::get(text, path),
        }
    }

    /// The text with a value, as it is written in the file, at that path.
    fn set(self, text: &str, path: &[String], raw: &str) -> Result<String, Error> {
        match self {
            Self::Json => json::set(text, path, raw),
            Self::Toml => toml::set(text, path, raw),
        }
    }

    /// The text without that key; `keep` says how many of its parents stay although they are empty now.
    fn remove(self, text: &str, path: &[String], keep: usize) -> Result<String, Error> {
        match self {
            Self::Json => json::remove(text, path, keep),
            Self::Toml => toml::remove(text, path, keep),
        }
    }

    /// Whether nothing is left in it.
    fn is_empty(self, text: &str) -> bool {
        match self {
            Self::Json => matches!(text.trim(), "" | "{}"),
            Self::Toml => text.trim().is_empty(),
        }
    }

    /// How many of the path's keys, from the outside, exist.
    fn depth(self, text: &str, path: &[String]) -> Result<usize, Error> {
        for depth in (1..=path.len()).rev() {
            if self.get(text, path.get(..depth).unwrap_or_default())?.is_some() {
                return Ok(depth);
            }
        }
        Ok(0)
    }
}

/// One value that has to stand in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Edit {
    path: Vec<String>,
    /// Valid as JSON and as TOML.
    raw: String,
}

impl Edit {
    pub(crate) fn text(path: &[&str], value: &str) -> Self {
        // A JSON string without control characters is a TOML basic string too.
        Self { path: owned(path), raw: serde_json::Value::from(value).to_string() }
    }

    pub(crate) fn flag(path: &[&str], value: bool) -> Self {
        Self { path: owned(path), raw: value.to_string() }
    }
}

fn owned(path: &[&str]) -> Vec<String> {
    path.iter().map(|key| (*key).to_owned()).collect()
}

/// What an edit or its undoing did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Done {
    pub(crate) file: PathBuf,
    /// Where the earlier values are kept (or were, after an undo).
    pub(crate) record: PathBuf,
    pub(crate) changed: bool,
}

/// Puts the values into the file, which need not exist, and records what stood there.
///
/// # Errors
/// The file cannot be read or written, or is not what it should be.
pub(crate) fn write(path: &Path, format: Format, edits: &[Edit]) -> Result<Done, Error> {
    let file = file::resolve(path);
    let kept = record::beside(&file);
    let text = file::read(&file)?;
    let old = Record::load(&kept)?;
    let located = |e: Error| e.hint(say!(words(), "left-as-is", file = file.display().to_string()));
    let changed = match apply(text.as_deref(), format, edits, old).map_err(located)? {
        None => false,
        Some((text, record)) => {
            // The record first: an edit without a way back is worse than a record without an edit.
            file::replace(&kept, &record.text()?, Some(0o600))?;
            file::replace(&file, &text, None)?;
            true
        }
    };
    Ok(Done { file, record: kept, changed })
}

/// Takes back what [`write`] did.
///
/// # Errors
/// As [`write`], and when somebody else changed one of the values since.
pub(crate) fn undo(path: &Path, format: Format) -> Result<Done, Error> {
    let file = file::resolve(path);
    let kept = record::beside(&file);
    let Some(record) = Record::load(&kept)? else {
        return Ok(Done { file, record: kept, changed: false });
    };
    let text = file::read(&file)?;
    let located = |e: Error| e.hint(say!(words(), "earlier-values-in", file = kept.display().to_string()));
    match revert(text.as_deref(), format, &record).map_err(located)? {
        Some(before) if Some(&before) != text.as_ref() => file::replace(&file, &before, None)?,
        None if text.is_some() => file::remove(&file)?,
        _ => {}
    }
    file::remove(&kept)?;
    Ok(Done { file, record: kept, changed: true })
}

/// The new text with its record; `None` when everything stands there already.
fn apply(
    text: Option<&str>,
    format: Format,
    edits: &[Edit],
    old: Option<Record>,
) -> Result<Option<(String, Record)>, Error> {
    let stands = |text: &str| -> Result<bool, Error> {
        for edit in edits {
            if format.get(text, &edit.path)?.as_deref() != Some(edit.raw.as_str()) {
                return Ok(false);
            }
        }
        Ok(true)
    };
    if stands(text.unwrap_or_default())? {
        return Ok(None);
    }
    // What an undo would give back now; where it would refuse, the file as it is counts as the earlier one.
    let before = match old.map(|record| revert(text, format, &record)) {
        Some(Ok(before)) => before,
        Some(Err(_)) | None => text.map(str::to_owned),
    };
    let start = before.clone().unwrap_or_default();
    let mut after = start.clone();
    let mut values = Vec::new();
    for edit in edits {
        values.push(record::Value {
            path: edit.path.clone(),
            before: format.get(&start, &edit.path)?,
            after: edit.raw.clone(),
            depth: format.depth(&start, &edit.path)?,
        });
        after = format.set(&after, &edit.path, &edit.raw)?;
    }
    let record = Record::new(before, after.clone(), values);
    Ok(Some((after, record)))
}

/// The earlier text; `None` when there was no file.
fn revert(text: Option<&str>, format: Format, record: &Record) -> Result<Option<String>, Error> {
    if text == Some(record.after.as_str()) || text == record.before.as_deref() {
        return Ok(record.before.clone());
    }
    let text = text.unwrap_or_default();
    for value in &record.values {
        if format.get(text, &value.path)?.as_deref() != Some(value.after.as_str()) {
            return Err(Error::failed(say!(words(), "changed-since", key = value.path.join(".")))
                .hint(say!(words(), "by-hand-hint")));
        }
    }
    let mut out = text.to_owned();
    for value in record.values.iter().rev() {
        out = match &value.before {
            Some(before) => format.set(&out, &value.path, before)?,
            None => format.remove(&out, &value.path, value.depth)?,
        };
    }
    Ok((record.before.is_some() || !format.is_empty(&out)).then_some(out))
}

#[cfg(test)]
mod tests;
