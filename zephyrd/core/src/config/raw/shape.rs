//! Holds a tree against the vocabulary: unknown keys, reserved keys, wrong types, values out of bounds.

use super::super::vocabulary::{Key, Kind, Section, later, section, vocabulary};
use super::report::Report;
use super::tree::{Entry, Node, Table, Value};
use super::value;

/// Reports everything in `table` that does not fit `of`.
pub(super) fn hold(table: &Table, of: &'static Section, report: &mut Report<'_>) {
    for entry in &table.entries {
        match of.key(&entry.key) {
            Some(key) => hold_value(key, &entry.node, report),
            None => unknown(entry, of, report),
        }
    }
}

fn hold_value(key: &Key, node: &Node, report: &mut Report<'_>) {
    match (key.kind, &node.value) {
        (Kind::Table(name), Value::Table(t)) => hold(t, section(name), report),
        (Kind::Auth, Value::Table(t)) => hold(t, section("auth"), report),
        (Kind::Secret, Value::Table(t)) => hold(t, section("secret"), report),
        (Kind::Tables(name), Value::List(nodes)) => {
            for node in nodes {
                match &node.value {
                    Value::Table(t) => hold(t, section(name), report),
                    other => report.error(
                        &node.at,
                        format!("`{}` must be a list of tables, and this is {}", key.name, other.type_name()),
                        None,
                    ),
                }
            }
        }
        (Kind::Tables(_), Value::Table(_)) => report.error(
            &node.at,
            format!("`{}` must be a list of tables, not one table", key.name),
            Some(format!("write `[[{0}]]` with two brackets, or `{0} = [{{ … }}]`", key.name)),
        ),
        _ => {
            if let Err(wrong) = value::fits(key, node) {
                report.error(&wrong.at, wrong.message, wrong.hint);
            }
        }
    }
}

fn unknown(entry: &Entry, of: &'static Section, report: &mut Report<'_>) {
    let key = &entry.key;
    if let Some(later) = later(of.name, key) {
        let message = format!("`{key}` ({}) is not in this version of zephyrd yet", later.feature);
        return report.error(&entry.key_at, message, Some("remove it for now".to_owned()));
    }
    let hint = if let Some(near) = nearest(key, of.keys.iter().map(|k| k.name)) {
        format!("did you mean `{near}`?")
    } else if let Some(other) = vocabulary().iter().find(|s| s.name != of.name && s.key(key).is_some()) {
        format!("`{key}` belongs to {}", other.title)
    } else {
        let known: Vec<String> = of.keys.iter().map(|k| format!("`{}`", k.name)).collect();
        format!("known here: {}", known.join(", "))
    };
    report.error(&entry.key_at, format!("unknown key `{}` in {}", shown(key), of.title), Some(hint));
}

/// A key as it may be shown: bounded, and nothing that moves a terminal's cursor.
fn shown(key: &str) -> String {
    key.chars().take(64).map(|c| if c.is_control() { '?' } else { c }).collect()
}

/// The name nearest to `what`, when one is near enough to have been meant.
pub(in super::super) fn nearest<'n>(what: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let lower: String = what.chars().take(80).collect::<String>().to_lowercase().replace('-', "_");
    names
        .map(|n| (strsim::damerau_levenshtein(&lower, &n.to_lowercase().replace('-', "_")), n))
        .filter(|(distance, n)| *distance <= 1 + n.len().min(lower.len()) / 4)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, n)| n)
}

/// Calls `seen` with every known key of `table` and of the tables in it.
pub(super) fn visit<'t>(
    table: &'t Table,
    of: &'static Section,
    seen: &mut dyn FnMut(&'static Key, &'t Node),
) {
    for entry in &table.entries {
        let Some(key) = of.key(&entry.key) else { continue };
        seen(key, &entry.node);
        match (key.kind, &entry.node.value) {
            (Kind::Table(name), Value::Table(t)) => visit(t, section(name), seen),
            (Kind::Auth, Value::Table(t)) => visit(t, section("auth"), seen),
            (Kind::Secret, Value::Table(t)) => visit(t, section("secret"), seen),
            (Kind::Tables(name), Value::List(nodes)) => {
                for node in nodes {
                    if let Value::Table(t) = &node.value {
                        visit(t, section(name), seen);
                    }
                }
            }
            _ => {}
        }
    }
}
