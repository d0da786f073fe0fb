//! Edits in TOML, with everything else in the text left alone.

use crate::language::words;
use toml_edit::{DocumentMut, Item, Table, TableLike, Value};
use zephyr_words::say;

use crate::error::Error;

fn parse(text: &str) -> Result<DocumentMut, Error> {
    text.parse().map_err(|e| Error::failed(say!(words(), "not-toml")).caused_by(e))
}

fn table<'a>(document: &'a DocumentMut, path: &[String]) -> Option<&'a dyn TableLike> {
    path.iter().try_fold(document.as_table() as &dyn TableLike, |table, key| table.get(key)?.as_table_like())
}

pub(super) fn get(text: &str, path: &[String]) -> Result<Option<String>, Error> {
    let document = parse(text)?;
    let Some((last, parents)) = path.split_last() else { return Ok(None) };
    let item = table(&document, parents).and_then(|table| table.get(last));
    Ok(item.map(|item| match item.as_value() {
        Some(value) => value.clone().decorated("", "").to_string(),
        None => item.to_string(),
    }))
}

pub(super) fn set(text: &str, path: &[String], raw: &str) -> Result<String, Error> {
    let mut document = parse(text)?;
    let Some((last, parents)) = path.split_last() else { return Ok(text.to_owned()) };
    let mut parent: &mut dyn TableLike = document.as_table_mut();
    for (depth, key) in parents.iter().enumerate() {
        if parent.get(key).is_none() {
            let mut table = Table::new();
            // Only the innermost one needs a heading.
            table.set_implicit(depth + 1 < parents.len());
            parent.insert(key, Item::Table(table));
        }
        let inner = parent.get_mut(key).and_then(Item::as_table_like_mut);
        parent = inner.ok_or_else(|| Error::failed(say!(words(), "not-table", key = key.as_str())))?;
    }
    let mut value: Value =
        raw.parse().map_err(|e| Error::failed(say!(words(), "cannot-write-toml")).caused_by(e))?;
    match parent.get_mut(last) {
        Some(Item::Value(old)) => {
            *value.decor_mut() = old.decor().clone();
            *old = value;
        }
        Some(_) => return Err(Error::failed(say!(words(), "not-plain-value", key = last.as_str()))),
        None => {
            parent.insert(last, Item::Value(value));
        }
    }
    Ok(document.to_string())
}

pub(super) fn remove(text: &str, path: &[String], keep: usize) -> Result<String, Error> {
    let mut document = parse(text)?;
    for depth in (keep + 1..=path.len()).rev() {
        let Some((last, parents)) = path.get(..depth).and_then(|p| p.split_last()) else { continue };
        let start: &mut dyn TableLike = document.as_table_mut();
        let parent = parents.iter().try_fold(start, |table, key| table.get_mut(key)?.as_table_like_mut());
        let Some(parent) = parent else { continue };
        let empty = parent.get(last).and_then(Item::as_table_like).is_some_and(TableLike::is_empty);
        if depth == path.len() || empty {
            parent.remove(last);
        }
    }
    Ok(document.to_string())
}
