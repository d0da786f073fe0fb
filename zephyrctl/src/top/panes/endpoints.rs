//! The endpoints: how each is, its last measurements, its turn; beneath, what is wrong with the selected one.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::widgets::Paragraph;
use zephyr_words::say;

use super::grid::{Cell, Column, Grid};
use crate::render::glyph::{DIM, endpoint as glyph};
use crate::render::number::latency;
use crate::render::{note, spark, text};
use crate::top::app::{Pane, State, rows};
use crate::top::{keys, paint};
use crate::view::{Endpoint, Head};

/// Lines for what is wrong with the selected one.
const BELOW: u16 = 2;
/// Measurements that are shown.
const HISTORY: (u16, u16) = (10, 20);

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let area = super::trouble(frame, area, state, Pane::Endpoints);
    let rows = rows::endpoints(state);
    let Some(status) = state.status.as_deref() else { return };
    if rows.is_empty() {
        super::nothing(frame, area, state, Pane::Endpoints);
        return;
    }
    let [table, below] = Layout::vertical([Constraint::Min(1), Constraint::Length(BELOW)]).areas(area);
    let cursor = rows::cursor(state, Pane::Endpoints, rows.len(), |row| {
        rows.get(row).map(|(_, e)| e.name.clone()).unwrap_or_default()
    });
    let focused = state.pane == Pane::Endpoints;
    let grid = Grid { columns: columns(state), total: rows.len(), cursor, focused };
    grid.draw(frame, table, |row| {
        rows.get(row).map(|(place, e)| cells(state, *place, e, &status.head)).unwrap_or_default()
    });
    if let Some((_, selected)) = rows.get(cursor).filter(|_| focused) {
        why_not(frame, below, state, selected);
    }
}

fn columns(state: &State) -> Vec<Column<'_>> {
    let words = state.words;
    vec![
        Column::fixed("", 1),
        Column::fixed("", 1),
        Column::text(say!(words, "top-col-endpoint"), 12, 32),
        Column::text(say!(words, "top-col-group"), 8, 20).dropped(9),
        Column::text(say!(words, "top-col-state"), 13, 21),
        Column::number(say!(words, "top-col-latency"), 8),
        Column::text(say!(words, "top-col-history"), HISTORY.0, HISTORY.1).newest().dropped(5),
        Column::number(say!(words, "top-col-ttft"), 8).dropped(4),
        Column::number(say!(words, "top-col-run"), 4),
        Column::number(say!(words, "top-col-priority"), 7).dropped(3),
        Column::number(say!(words, "top-col-turn"), 4),
    ]
}

fn cells(state: &State, place: usize, e: &Endpoint, head: &Head) -> Vec<Cell> {
    let (mark, painted) = glyph(&e.state, &e.admin);
    let style = paint::style(painted, state.colours);
    let plain = Style::new();
    let name = if e.current { plain.add_modifier(Modifier::BOLD) } else { plain };
    let key = keys::label(place).map(String::from).unwrap_or_default();
    let shown = e.history.len().saturating_sub(usize::from(HISTORY.1));
    let turn = match rows::turn(e, head) {
        Some(0) => say!(state.words, "top-turn-now").into_owned(),
        Some(place) => (place + 1).to_string(),
        None => "–".to_owned(),
    };
    let run = match e.max_concurrent {
        Some(most) => format!("{}/{most}", e.in_flight),
        None => e.in_flight.to_string(),
    };
    vec![
        (key, paint::style(DIM, state.colours)),
        (mark.to_owned(), style),
        (text::clean(&e.name).into_owned(), name),
        (text::clean(&e.group).into_owned(), plain),
        (text::line(&note::state(e)), style),
        (latency(e.latency_ms), plain),
        (spark::line(e.history.get(shown..).unwrap_or_default()), plain),
        (latency(e.ttft_ms), plain),
        (run, plain),
        (format!("{}.{}", e.group_priority, e.priority), plain),
        (turn, name),
    ]
}

fn why_not(frame: &mut Frame<'_>, area: Rect, state: &State, endpoint: &Endpoint) {
    let name = text::name(&endpoint.name);
    let (told, style) = match note::why_not(endpoint) {
        Some((why, style)) => (format!("{name}: {why}"), style),
        None => (format!("{name}: {}", text::line(&endpoint.url)), DIM),
    };
    let told = text::wrap(&told, usize::from(area.width), usize::from(area.height));
    let style = paint::style(style, state.colours);
    frame.render_widget(Paragraph::new(told.join("\n")).style(style), area);
}
