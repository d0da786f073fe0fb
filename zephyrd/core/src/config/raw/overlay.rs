//! `ZEPHYRD_SECTION__KEY` variables over the text.
//!
//! Only the single tables take part; a `ZEPHYRD_` variable without a double underscore is no config.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::vocabulary::{Key, Kind, VARIABLE_SECTIONS, later, section, variable};
use super::report::Report;
use super::shape::nearest;
use super::tree::{At, Node, Table, Value, parse_value};

/// Puts every variable's value in the tree; unknown ones are reported where there is a report.
pub(super) fn lay(table: &mut Table, env: &BTreeMap<String, String>, mut report: Option<&mut Report<'_>>) {
    for (name, value) in env {
        let Some(rest) = name.strip_prefix("ZEPHYRD_").filter(|rest| rest.contains("__")) else { continue };
        let at = At::Variable(Arc::from(name.as_str()));
        let done = lay_one(table, rest, value, &at);
        if let (Err((message, hint)), Some(report)) = (done, report.as_deref_mut()) {
            report.error(&at, message, hint);
        }
    }
}

type Wrong = (String, Option<String>);

fn lay_one(table: &mut Table, rest: &str, value: &str, at: &At) -> Result<(), Wrong> {
    let lower = rest.to_ascii_lowercase();
    let path: Vec<&str> = lower.split("__").collect();
    if !VARIABLE_SECTIONS.contains(&path[0]) {
        return Err(unknown(rest));
    }
    let mut of = section(path[0]);
    let mut into = table.table_mut(path[0], at).ok_or_else(|| unknown(rest))?;
    let (last, between) = path[1..].split_last().ok_or_else(|| unknown(rest))?;
    for name in between {
        let Some(Kind::Table(inner)) = of.key(name).map(|k| k.kind) else { return Err(unknown(rest)) };
        of = section(inner);
        into = into.table_mut(name, at).ok_or_else(|| unknown(rest))?;
    }
    if value.is_empty() {
        return Err(("is empty".to_owned(), Some("give it a value or unset it".to_owned())));
    }
    match of.key(last) {
        Some(key) => {
            let value = read(key, value, at)?;
            into.set(last, value);
            // Two ways to say one thing: the variable's way wins over the text's.
            match (of.name, *last) {
                ("server", "port") => into.forget_text("listen"),
                ("server", "listen") => into.forget_text("port"),
                _ => {}
            }
        }
        // `shape` says that it is a later feature.
        None if later(of.name, last).is_some() => {
            into.set(last, Node { value: Value::Text(value.to_owned()), at: at.clone() });
        }
        None => return Err(unknown(rest)),
    }
    Ok(())
}

fn read(key: &Key, value: &str, at: &At) -> Result<Node, Wrong> {
    let text = || Node { value: Value::Text(value.to_owned()), at: at.clone() };
    match key.kind {
        Kind::Table(_) | Kind::Pairs | Kind::Values | Kind::Tables(_) => {
            Err((format!("`{}` is a table", key.name), Some("set its keys one by one".to_owned())))
        }
        Kind::Texts | Kind::Statuses | Kind::Command if value.trim_start().starts_with('[') => {
            parse_value(value, at).ok_or_else(|| {
                let hint = "write it as in TOML: [\"one\", \"two\"]".to_owned();
                (format!("`{}` is no list", key.name), Some(hint))
            })
        }
        Kind::Flag | Kind::Integer { .. } | Kind::Number { .. } | Kind::Statuses => {
            Ok(parse_value(value, at).unwrap_or_else(text))
        }
        Kind::Seconds { .. } | Kind::Millis { .. } | Kind::Size { .. } => Ok(parse_value(value, at)
            .filter(|n| matches!(n.value, Value::Integer(_) | Value::Number(_)))
            .unwrap_or_else(text)),
        _ => Ok(text()),
    }
}

fn unknown(rest: &str) -> Wrong {
    let mut all = Vec::new();
    for name in VARIABLE_SECTIONS {
        for key in section(name).keys {
            match key.kind {
                Kind::Table(inner) => {
                    all.extend(section(inner).keys.iter().map(|k| variable(&[name, key.name, k.name])));
                }
                _ => all.push(variable(&[name, key.name])),
            }
        }
    }
    let name = format!("ZEPHYRD_{rest}");
    let hint = match nearest(&name, all.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => {
            let tables: Vec<String> = VARIABLE_SECTIONS.iter().map(|name| format!("`[{name}]`")).collect();
            format!("variables override the keys of {}", tables.join(", "))
        }
    };
    ("names no key of the config".to_owned(), Some(hint))
}
