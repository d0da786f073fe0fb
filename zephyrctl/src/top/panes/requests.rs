//! Requests that have ended, the newest first.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use zephyr_words::say;

use super::grid::{Cell, Column, Grid};
use crate::render::glyph::{DIM, WARN};
use crate::render::number::{dollars, latency, short};
use crate::render::requests::{glyph, model, status};
use crate::render::{clock, text};
use crate::top::app::{Pane, State, rows};
use crate::top::paint;
use crate::view::Request;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let area = super::trouble(frame, area, state, Pane::Requests);
    let rows = rows::requests(state);
    if rows.is_empty() {
        super::nothing(frame, area, state, Pane::Requests);
    }
    let cursor = rows::cursor(state, Pane::Requests, rows.len(), |row| {
        rows.get(row).map(|r| r.id.clone()).unwrap_or_default()
    });
    let focused = state.pane == Pane::Requests;
    let grid = Grid { columns: columns(state), total: rows.len(), cursor, focused };
    grid.draw(frame, area, |row| rows.get(row).map(|r| cells(state, r)).unwrap_or_default());
}

fn columns(state: &State) -> Vec<Column<'_>> {
    let words = state.words;
    vec![
        Column::text(say!(words, "top-col-time"), 8, 14),
        Column::fixed("", 1),
        Column::fixed(say!(words, "top-col-request"), 12).dropped(4),
        Column::text(say!(words, "top-col-model"), 14, 32),
        Column::text(say!(words, "top-col-endpoint"), 10, 24),
        Column::text(say!(words, "top-col-status"), 6, 9),
        Column::number(say!(words, "top-col-ttft"), 7).dropped(8),
        Column::number(say!(words, "top-col-took"), 8),
        Column::number(say!(words, "top-col-in"), 6).dropped(7),
        Column::number(say!(words, "top-col-out"), 6).dropped(6),
        Column::number(say!(words, "top-col-cost"), 8),
        Column::number(say!(words, "top-col-tries"), 5).dropped(9),
        Column::text(say!(words, "top-col-client"), 8, 20).dropped(10),
    ]
}

fn cells(state: &State, r: &Request) -> Vec<Cell> {
    let (mark, painted) = glyph(r);
    let style = paint::style(painted, state.colours);
    let plain = Style::new();
    let warned = |yes: bool| if yes { paint::style(WARN, state.colours) } else { plain };
    let number = |n: u64| if n == 0 { "–".to_owned() } else { short(n) };
    let or_none = |text: &Option<String>| text.as_deref().map_or("–".into(), text::clean).into_owned();
    vec![
        (clock::brief(r.started_unix_ms, &state.now()), paint::style(DIM, state.colours)),
        (mark.to_owned(), style),
        (text::clean(&r.id).into_owned(), plain),
        (text::clean(&model(r)).into_owned(), warned(r.mismatch)),
        (or_none(&r.endpoint), plain),
        (text::clean(&status(r)).into_owned(), style),
        (latency(r.ttft_ms.map(|ms| ms as f64)), plain),
        (latency(Some(r.duration_ms as f64)), plain),
        (number(r.tokens.all_input()), plain),
        (number(r.tokens.output), plain),
        (dollars(r.cost), plain),
        (r.attempts.len().to_string(), warned(r.attempts.len() > 1)),
        (or_none(&r.client), plain),
    ]
}
