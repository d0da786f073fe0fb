//! The text as a tree with positions, held against the vocabulary.
//!
//! `tree` is the TOML tree with the place of every key and value; `overlay` lays the environment's
//! variables over it; `shape` reports every unknown key and wrong type; `value` reads typed values;
//! `report` collects the problems in the order of the text.

mod overlay;
mod report;
mod shape;
mod tree;
mod value;

pub(super) use report::Report;
pub(super) use shape::nearest;
pub(super) use tree::{At, Node, Table, Value};
pub(super) use value::Layers;

use super::facts::Facts;
use super::vocabulary::{Key, Section, section};
use std::collections::BTreeMap;

/// Largest config text, in bytes.
pub(super) const MAX_TEXT: usize = 1 << 20;

/// The tree of `text` with the variables over it; everything that does not fit the vocabulary is reported.
pub(super) fn read(text: &str, facts: &Facts, report: &mut Report<'_>) -> Option<Table> {
    if text.len() > MAX_TEXT {
        report.whole("the file is larger than 1 MiB", None);
        return None;
    }
    let (mut table, broken) = tree::parse(text, report);
    overlay::lay(&mut table, &facts.env, Some(report));
    shape::hold(&table, section(""), report);
    (!broken).then_some(table)
}

/// The tree of `text` as far as it can be read, nothing reported.
pub(super) fn read_quietly(text: &str, env: &BTreeMap<String, String>) -> Table {
    if text.len() > MAX_TEXT {
        return Table::default();
    }
    let (mut table, _) = tree::parse(text, &mut Report::new(text, ""));
    overlay::lay(&mut table, env, None);
    table
}

/// Calls `seen` with every known key of the tree, tables before what is in them.
pub(super) fn visit<'t>(
    table: &'t Table,
    of: &'static Section,
    seen: &mut dyn FnMut(&'static Key, &'t Node),
) {
    shape::visit(table, of, seen);
}
