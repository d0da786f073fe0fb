//! Requests that run: where each is, and since when.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use zephyr_words::say;

use super::grid::{Cell, Column, Grid};
use crate::render::glyph::WARN;
use crate::render::number::latency;
use crate::render::text;
use crate::top::app::{Pane, State, rows};
use crate::top::paint;
use crate::view::Runner;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let area = super::trouble(frame, area, state, Pane::Connections);
    let rows = rows::running(state);
    if rows.is_empty() {
        super::nothing(frame, area, state, Pane::Connections);
    }
    let cursor = rows::cursor(state, Pane::Connections, rows.len(), |row| {
        rows.get(row).map(|r| r.request.clone()).unwrap_or_default()
    });
    let focused = state.pane == Pane::Connections;
    let grid = Grid { columns: columns(state), total: rows.len(), cursor, focused };
    grid.draw(frame, area, |row| rows.get(row).map(|r| cells(state, r)).unwrap_or_default());
}

fn columns(state: &State) -> Vec<Column<'_>> {
    let words = state.words;
    vec![
        Column::number(say!(words, "top-col-age"), 8),
        Column::fixed(say!(words, "top-col-request"), 12),
        Column::text(say!(words, "top-col-phase"), 10, 14),
        Column::text(say!(words, "top-col-model"), 14, 32),
        Column::text(say!(words, "top-col-endpoint"), 12, 28),
        Column::number(say!(words, "top-col-tries"), 5),
        Column::text(say!(words, "top-col-client"), 8, 20).dropped(2),
        Column::text(say!(words, "top-col-session"), 8, 12).dropped(3),
    ]
}

fn cells(state: &State, r: &Runner) -> Vec<Cell> {
    let plain = Style::new();
    let or_none = |text: &Option<String>| text.as_deref().map_or("–".into(), text::clean).into_owned();
    let age = state.now_ms.saturating_sub(r.started_unix_ms).max(0);
    let waits = matches!(r.phase.as_str(), "queued" | "suspended");
    let phase = match r.phase.as_str() {
        "receiving" => say!(state.words, "top-phase-receiving"),
        "asking" => say!(state.words, "top-phase-asking"),
        "answering" => say!(state.words, "top-phase-answering"),
        "queued" => say!(state.words, "top-phase-queued"),
        "suspended" => say!(state.words, "top-phase-suspended"),
        "sharing" => say!(state.words, "top-phase-sharing"),
        other => text::clean(other),
    };
    vec![
        (latency(Some(age as f64)), plain),
        (text::clean(&r.request).into_owned(), plain),
        (phase.into_owned(), if waits { paint::style(WARN, state.colours) } else { plain }),
        (or_none(&r.model), plain),
        (or_none(&r.endpoint), plain),
        (r.attempts.to_string(), if r.attempts > 1 { paint::style(WARN, state.colours) } else { plain }),
        (or_none(&r.client), plain),
        (or_none(&r.session), plain),
    ]
}
