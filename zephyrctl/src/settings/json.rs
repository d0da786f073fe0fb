//! Edits in JSON, with everything else in the text left alone.

use crate::language::words;
use jsonc_parser::ParseOptions;
use jsonc_parser::cst::{CstInputValue, CstNode, CstObject, CstObjectProp, CstRootNode};
use zephyr_words::say;

use crate::error::Error;

fn parse(text: &str) -> Result<CstRootNode, Error> {
    let root = CstRootNode::parse(text, &ParseOptions::default());
    root.map_err(|e| Error::failed(say!(words(), "not-json")).caused_by(e))
}

fn object(root: &CstRootNode) -> Result<CstObject, Error> {
    root.object_value_or_create().ok_or_else(|| Error::failed(say!(words(), "not-json-object")))
}

fn property(root: &CstRootNode, path: &[String]) -> Option<CstObjectProp> {
    let (last, parents) = path.split_last()?;
    let parent = parents.iter().try_fold(root.object_value()?, |object, key| object.object_value(key))?;
    parent.get(last)
}

pub(super) fn get(text: &str, path: &[String]) -> Result<Option<String>, Error> {
    Ok(property(&parse(text)?, path).and_then(|p| p.value()).map(|value| value.to_string()))
}

pub(super) fn set(text: &str, path: &[String], raw: &str) -> Result<String, Error> {
    let root = parse(text)?;
    let mut parent = object(&root)?;
    let Some((last, parents)) = path.split_last() else { return Ok(text.to_owned()) };
    for key in parents {
        let inner = parent.object_value_or_create(key);
        parent = inner.ok_or_else(|| Error::failed(say!(words(), "not-object", key = key.as_str())))?;
    }
    let property = match parent.get(last) {
        Some(property) => {
            property.set_value(CstInputValue::from(""));
            property
        }
        None => parent.append(last, CstInputValue::from("")),
    };
    // Verbatim: what is put back must look as it looked.
    if let Some(value) = property.value().as_ref().and_then(CstNode::as_string_lit) {
        value.set_raw_value(raw.to_owned());
    }
    let mut out = root.to_string();
    if text.trim().is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
    Ok(out)
}

pub(super) fn remove(text: &str, path: &[String], keep: usize) -> Result<String, Error> {
    let root = parse(text)?;
    for depth in (keep + 1..=path.len()).rev() {
        let Some(property) = property(&root, path.get(..depth).unwrap_or_default()) else { continue };
        let inner = property.object_value();
        if depth == path.len() || inner.is_some_and(|object| object.properties().is_empty()) {
            property.remove();
        }
    }
    Ok(root.to_string())
}
