//! The daemon's log, the newest last.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use zephyr_words::say;

use super::grid::{Cell, Column, Grid};
use crate::render::glyph::{BAD, DIM, WARN};
use crate::render::{clock, text};
use crate::top::app::{Pane, State, rows};
use crate::top::paint;
use crate::view::LogLine;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let area = super::trouble(frame, area, state, Pane::Log);
    let rows = rows::log(state);
    if rows.is_empty() {
        super::nothing(frame, area, state, Pane::Log);
    }
    let cursor = rows::cursor(state, Pane::Log, rows.len(), |row| {
        rows.get(row).map(|l| l.number.to_string()).unwrap_or_default()
    });
    let focused = state.pane == Pane::Log;
    let grid = Grid { columns: columns(state), total: rows.len(), cursor, focused };
    grid.draw(frame, area, |row| rows.get(row).map(|l| cells(state, l)).unwrap_or_default());
}

fn columns(state: &State) -> Vec<Column<'_>> {
    let words = state.words;
    vec![
        Column::text(say!(words, "top-col-time"), 8, 8),
        Column::fixed(say!(words, "top-col-level"), 5),
        Column::text(say!(words, "top-col-message"), 40, u16::MAX),
    ]
}

fn cells(state: &State, l: &LogLine) -> Vec<Cell> {
    let style = match l.level.as_str() {
        "error" => paint::style(BAD, state.colours),
        "warn" => paint::style(WARN, state.colours),
        "debug" | "trace" => paint::style(DIM, state.colours),
        _ => Style::new(),
    };
    let fields = l.fields.iter().map(|(name, value)| format!(" {name}={value}")).collect::<String>();
    vec![
        (clock::brief(l.unix_ms, &state.now()), paint::style(DIM, state.colours)),
        (text::clean(&l.level).into_owned(), style),
        (text::line(&format!("{}{fields}", l.message)), style),
    ]
}
