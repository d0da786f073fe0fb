//! Where a request would go.

use super::glyph::{BAD, BOLD, DIM, GOOD, endpoint as glyph, paint};
use super::list::price;
use super::number::latency;
use super::table::{Cell, Column, Table};
use super::text::{line, name};
use crate::language::{term, words};
use crate::view::Route;
use zephyr_words::say;

/// The screen of `route`.
pub(crate) fn screen(route: &Route, width: Option<usize>) -> String {
    let head = head(route) + "\n\n";
    let column = |head, right, min, drop| Column { head, right, min, drop };
    let routed = route.route.is_some();
    let mut columns = vec![
        column(say!(words(), "head-try"), true, 0, 0),
        column("".into(), false, 0, 0),
        column(say!(words(), "head-endpoint"), false, 12, 0),
        column(say!(words(), "head-group"), false, 8, 2),
        column(say!(words(), "head-state"), false, 0, 1),
        column(say!(words(), "head-latency"), true, 0, 3),
        column(say!(words(), "head-priority"), true, 0, 5),
        column(say!(words(), "head-price"), true, 0, 4),
        column(say!(words(), "head-running"), true, 0, 6),
        column(say!(words(), "head-why-not"), false, 32, 0),
    ];
    if routed {
        columns.insert(3, column(say!(words(), "head-model"), false, 12, 0));
        columns.insert(0, column(say!(words(), "head-target"), true, 0, 0));
    }
    let mut table = Table::new(columns);
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
            Cell::new(term("state", &c.state), style),
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

fn head(route: &Route) -> String {
    let (words, why) = (words(), why(route));
    let (model, dialect) = (paint(BOLD, &name(&route.model)), line(&route.dialect));
    let Some(first) = route.candidates.iter().find(|c| c.first) else {
        let mark = paint(BAD, "✕");
        return say!(words, "route-nobody", mark = mark, model = model, dialect = dialect, why = why);
    };
    let (mark, endpoint) = (paint(GOOD, "●"), paint(BOLD, &name(&first.endpoint)));
    match &first.model {
        None => {
            say!(
                words,
                "route-goes",
                mark = mark,
                model = model,
                dialect = dialect,
                endpoint = endpoint,
                why = why
            )
        }
        Some(sent) => {
            say!(
                words,
                "route-goes-as",
                mark = mark,
                model = model,
                dialect = dialect,
                endpoint = endpoint,
                sent = paint(BOLD, &name(sent)),
                why = why
            )
        }
    }
}

/// By which line of the config, or why the first is the first.
fn why(route: &Route) -> String {
    let why = line(&route.why);
    match route.route_line {
        Some(line) => say!(words(), "route-line", why = why, line = line.to_string()),
        None => why,
    }
}
