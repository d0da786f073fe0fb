//! Where a request would go.

use super::glyph::{BAD, BOLD, DIM, GOOD, endpoint as glyph, paint};
use super::list::price;
use super::number::latency;
use super::table::{Cell, Column, Table};
use super::text::{line, name};
use crate::view::Route;

/// The screen of `route`.
pub(crate) fn screen(route: &Route, width: Option<usize>) -> String {
    let model = paint(BOLD, &name(&route.model));
    let head = match route.candidates.iter().find(|c| c.first) {
        Some(first) => format!(
            "{} a request for {model} ({}) would go to {}{}: {}\n\n",
            paint(GOOD, "●"),
            line(&route.dialect),
            paint(BOLD, &name(&first.endpoint)),
            first.model.as_ref().map(|m| format!(" as {}", paint(BOLD, &name(m)))).unwrap_or_default(),
            why(route)
        ),
        None => format!(
            "{} nobody could serve a request for {model} ({}): {}\n\n",
            paint(BAD, "✕"),
            line(&route.dialect),
            why(route)
        ),
    };
    let column = |head, right, min, drop| Column { head, right, min, drop };
    let routed = route.route.is_some();
    let mut columns = vec![
        column("TRY", true, 0, 0),
        column("", false, 0, 0),
        column("ENDPOINT", false, 12, 0),
        column("GROUP", false, 8, 2),
        column("STATE", false, 0, 1),
        column("LATENCY", true, 0, 3),
        column("PRIO", true, 0, 5),
        column("PRICE", true, 0, 4),
        column("RUNNING", true, 0, 6),
        column("WHY NOT", false, 32, 0),
    ];
    if routed {
        columns.insert(3, column("MODEL", false, 12, 0));
        columns.insert(0, column("TARGET", true, 0, 0));
    }
    let mut table = Table::new(&columns);
    let mut place = 0;
    for c in &route.candidates {
        let (mark, style) = glyph(&c.state, "auto");
        let usable = c.why_not.is_none();
        place += u32::from(usable);
        let number = if usable { place.to_string() } else { "–".to_owned() };
        let why_not = c.why_not.as_deref().unwrap_or_default();
        let mut row = vec![
            Cell::new(number, if c.first { GOOD } else { DIM }),
            Cell::new(mark, style),
            Cell::new(&c.endpoint, if c.first { BOLD } else { anstyle::Style::new() }),
            Cell::plain(&c.group),
            Cell::new(&c.state, style),
            Cell::plain(latency(c.latency_ms)),
            Cell::plain(format!("{}.{}", c.group_priority, c.priority)),
            Cell::plain(price(c.price)),
            Cell::plain(c.in_flight.to_string()),
            Cell::new(why_not, DIM),
        ];
        if routed {
            row.insert(3, Cell::plain(c.model.as_deref().unwrap_or(&route.model)));
            row.insert(0, Cell::plain(c.target_priority.map(|p| p.to_string()).unwrap_or_default()));
        }
        table.row(row, None);
    }
    head + &table.render(width)
}

/// By which line of the config, or why the first is the first.
fn why(route: &Route) -> String {
    let place = route.route_line.map(|line| format!(" in line {line}")).unwrap_or_default();
    format!("{}{place}", line(&route.why))
}
