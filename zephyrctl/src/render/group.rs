//! Groups: one with its endpoints, and all of them as tiers.

use super::glyph::{BOLD, DIM, group as glyph, paint};
use super::list;
use super::number::until;
use super::table::{Cell, Column, Table};
use super::text::{line, name};
use crate::view::{Endpoint, Group};

/// The screen of `show GROUP`.
pub(crate) fn screen(group: &Group, endpoints: &[&Endpoint], width: Option<usize>) -> String {
    let default = if group.default { ", the default" } else { "" };
    let enabled = if group.enabled { "" } else { ", switched off in the config" };
    let (mark, style) = glyph(&group.state);
    let state = if group.state.is_empty() { String::new() } else { format!("{}, ", line(&group.state)) };
    let head = format!(
        "{} group {}: {}priority {}{default}{enabled}\n",
        paint(style, mark),
        paint(BOLD, &name(&group.name)),
        paint(style, &state),
        group.priority
    );
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

/// One line per group.
pub(crate) fn table(groups: &[Group], endpoints: &[Endpoint], width: Option<usize>) -> String {
    let column = |head, right, min, drop| Column { head, right, min, drop };
    let mut table = Table::new(&[
        column("", false, 0, 0),
        column("GROUP", false, 12, 0),
        column("PRIO", true, 0, 2),
        column("STATE", false, 0, 0),
        column("USABLE", true, 0, 1),
        column("RUN", true, 0, 3),
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
                Cell::new(&group.state, style),
                Cell::plain(format!("{} of {}", members().filter(|e| usable(e)).count(), members().count())),
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
    Some(format!("{} left", group.until_unix_ms.and_then(until)?))
}

/// What is to be known of it beside its state.
fn note(group: &Group) -> Option<String> {
    let left = left(group).map(|left| format!(", {left}")).unwrap_or_default();
    let mut notes = Vec::new();
    match group.state.as_str() {
        "cooling" => notes.push(format!("all its endpoints have failed{left}, or until one answers")),
        "exhausted" => notes.push(format!("all its endpoints have reached a limit{left}")),
        "paused" => {
            let name = line(&group.name);
            notes.push(format!("by an operator{left}; `zephyrctl group resume {name}` brings it back"));
        }
        "disabled" if !group.enabled => notes.push("switched off in the config".to_owned()),
        "disabled" => notes.push("none of its endpoints is switched on in the config".to_owned()),
        _ => {}
    }
    if group.activated {
        notes.push("activated by an operator".to_owned());
    }
    if let Some(config) = group.config_priority {
        notes.push(format!("priority by an operator; the config says {config}"));
    }
    (!notes.is_empty()).then(|| notes.join("; "))
}
