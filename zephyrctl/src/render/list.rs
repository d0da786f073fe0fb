//! Endpoints as a plain table: what `list` and `show GROUP` print.

use super::glyph::endpoint as glyph;
use super::number::latency;
use super::table::{Cell, Column, Table};
use super::{note, text};
use crate::language::words;
use crate::view::Endpoint;
use zephyr_words::say;

/// One line per endpoint.
pub(crate) fn table<'a>(endpoints: impl IntoIterator<Item = &'a Endpoint>, width: Option<usize>) -> String {
    let column = |head, right, min, drop| Column { head, right, min, drop };
    let mut table = Table::new([
        column("".into(), false, 0, 0),
        column(say!(words(), "head-endpoint"), false, 12, 0),
        column(say!(words(), "head-group"), false, 8, 2),
        column(say!(words(), "head-state"), false, 0, 0),
        column(say!(words(), "head-latency"), true, 0, 1),
        column(say!(words(), "head-priority"), true, 0, 5),
        column(say!(words(), "head-price"), true, 0, 4),
        column(say!(words(), "head-dialect"), false, 0, 6),
        column(say!(words(), "head-url"), false, 16, 3),
    ]);
    for endpoint in endpoints {
        let (mark, style) = glyph(&endpoint.state, &endpoint.admin);
        table.row(
            vec![
                Cell::new(mark, style),
                Cell::plain(&endpoint.name),
                Cell::plain(&endpoint.group),
                Cell::new(note::state(endpoint), style),
                Cell::plain(latency(endpoint.latency_ms)),
                Cell::plain(priority(endpoint)),
                Cell::plain(price(endpoint.price)),
                Cell::plain(&endpoint.dialect),
                Cell::plain(&endpoint.url),
            ],
            None,
        );
    }
    table.render(width)
}

/// The group's priority, then the endpoint's own.
pub(crate) fn priority(endpoint: &Endpoint) -> String {
    format!("{}.{}", endpoint.group_priority, endpoint.priority)
}

/// A factor of the list price.
pub(crate) fn price(factor: f64) -> String {
    text::line(&format!("×{factor}"))
}
