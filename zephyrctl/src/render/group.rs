//! Groups: one with its endpoints, and all of them as tiers.

use crate::language::{term, words};
use std::borrow::Cow;
use zephyr_words::say;

use super::glyph::{BOLD, DIM, group as glyph, paint};
use super::list;
use super::number::until;
use super::table::{Cell, Column, Table};
use super::text::{line, name};
use crate::view::{Endpoint, Group};

/// The screen of `show GROUP`.
pub(crate) fn screen(group: &Group, endpoints: &[&Endpoint], width: Option<usize>) -> String {
    let head = head(group);
    let head = match note(group) {
        Some(note) => format!("{head}  {}\n", paint(DIM, &note)),
        None => head,
    };
    if endpoints.is_empty() {
        head
    } else {
        format!("{head}\n{}", list::table(endpoints.iter().copied(), width))
    }
}

fn head(group: &Group) -> String {
    let words = words();
    let default = if group.default { say!(words, "group-default") } else { Cow::Borrowed("") };
    let enabled = if group.enabled { Cow::Borrowed("") } else { say!(words, "group-off") };
    let (mark, style) = glyph(&group.state);
    let (mark, name) = (paint(style, mark), paint(BOLD, &name(&group.name)));
    let priority = group.priority;
    let head = match group.state.as_str() {
        "" => {
            say!(
                words,
                "group-screen-plain",
                mark = mark,
                name = name,
                priority = priority,
                default = default,
                enabled = enabled
            )
        }
        state => {
            say!(
                words,
                "group-screen",
                mark = mark,
                name = name,
                state = paint(style, &line(&term("state", state))),
                priority = priority,
                default = default,
                enabled = enabled
            )
        }
    };
    head + "\n"
}

/// One line per group.
pub(crate) fn table(groups: &[Group], endpoints: &[Endpoint], width: Option<usize>) -> String {
    let column = |head, right, min, drop| Column { head, right, min, drop };
    let mut table = Table::new([
        column("".into(), false, 0, 0),
        column(say!(words(), "head-group"), false, 12, 0),
        column(say!(words(), "head-priority"), true, 0, 2),
        column(say!(words(), "head-state"), false, 0, 0),
        column(say!(words(), "head-usable"), true, 0, 1),
        column(say!(words(), "head-run"), true, 0, 3),
    ]);
    for group in groups {
        let (mark, style) = glyph(&group.state);
        let members = || endpoints.iter().filter(|e| e.group == group.name);
        let running: u32 = members().map(|e| e.in_flight).sum();
        table.row(
            vec![
                Cell::new(mark, style),
                Cell::new(&group.name, if group.state == "active" { BOLD } else { anstyle::Style::new() }),
                Cell::plain(group.priority.to_string()),
                Cell::new(term("state", &group.state), style),
                Cell::plain(say!(
                    words(),
                    "group-usable",
                    usable = members().filter(|e| usable(e)).count(),
                    all = members().count()
                )),
                Cell::plain(running.to_string()),
            ],
            note(group).map(|note| Cell::safe(note, style)),
        );
    }
    table.render(width)
}

/// Whether the groups are worth a table of their own among other things.
pub(crate) fn worth_telling(groups: &[Group]) -> bool {
    let told = groups.iter().all(|g| !g.state.is_empty());
    told && (groups.len() > 1 || groups.iter().any(|g| note(g).is_some()))
}

fn usable(endpoint: &Endpoint) -> bool {
    matches!(endpoint.state.as_str(), "up" | "degraded" | "unknown")
        && !matches!(endpoint.admin.as_str(), "paused" | "drained")
}

/// How long its state lasts still: `9 min left`.
pub(crate) fn left(group: &Group) -> Option<String> {
    Some(say!(words(), "left", span = group.until_unix_ms.and_then(until)?))
}

/// What is to be known of it beside its state.
fn note(group: &Group) -> Option<String> {
    let words = words();
    let left = group.until_unix_ms.and_then(until);
    let mut notes: Vec<Cow<'_, str>> = Vec::new();
    match (group.state.as_str(), left) {
        ("cooling", None) => notes.push(say!(words, "group-cooling")),
        ("cooling", Some(left)) => notes.push(say!(words, "group-cooling-left", span = left).into()),
        ("exhausted", None) => notes.push(say!(words, "group-exhausted")),
        ("exhausted", Some(left)) => notes.push(say!(words, "group-exhausted-left", span = left).into()),
        ("paused", None) => notes.push(say!(words, "group-paused", name = line(&group.name)).into()),
        ("paused", Some(left)) => {
            notes.push(say!(words, "group-paused-left", name = line(&group.name), span = left).into());
        }
        ("disabled", _) if !group.enabled => notes.push(say!(words, "group-disabled")),
        ("disabled", _) => notes.push(say!(words, "group-no-endpoint-on")),
        _ => {}
    }
    if group.activated {
        notes.push(say!(words, "group-activated"));
    }
    if let Some(config) = group.config_priority {
        notes.push(say!(words, "group-priority-by-hand", n = config).into());
    }
    (!notes.is_empty()).then(|| notes.join(&say!(words, "semicolon")))
}
