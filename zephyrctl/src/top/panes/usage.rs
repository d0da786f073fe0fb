//! What was used and what it cost: today by model, endpoint, group or client, or the last days.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use zephyr_words::say;

use super::grid::{Cell, Column, Grid};
use crate::render::number::{dollars, latency, percent, short};
use crate::render::text;
use crate::top::app::{By, Pane, State, rows};
use crate::view::{Row, Totals};

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let area = super::trouble(frame, area, state, Pane::Usage);
    let (above, area) = super::split(area, 1);
    frame.render_widget(by(state), above);
    let Some(report) = &state.usage else { return };
    let rows = rows::usage(state);
    if rows.is_empty() {
        super::nothing(frame, area, state, Pane::Usage);
    }
    let cursor = rows::cursor(state, Pane::Usage, rows.len(), |row| {
        rows.get(row).map(|r| r.key.clone()).unwrap_or_default()
    });
    let (table, below) = super::split(area, area.height.saturating_sub(1));
    let focused = state.pane == Pane::Usage;
    let grid = Grid { columns: columns(state), total: rows.len(), cursor, focused };
    grid.draw(frame, table, |row| rows.get(row).map(|r| cells(state, r)).unwrap_or_default());
    // The sum stands under the same columns.
    grid.foot(frame, below, total(state, &report.total));
}

/// `by  [model]  endpoint  group …`
fn by(state: &State) -> Line<'static> {
    let words = state.words;
    let mut spans = vec![Span::raw(format!("{}  ", say!(words, "top-usage-by")))];
    for by in [By::Model, By::Endpoint, By::Group, By::Client, By::Day] {
        let name = match by {
            By::Model => say!(words, "top-by-model"),
            By::Endpoint => say!(words, "top-by-endpoint"),
            By::Group => say!(words, "top-by-group"),
            By::Client => say!(words, "top-by-client"),
            By::Day => say!(words, "top-by-day"),
        };
        if by == state.by {
            spans.push(Span::styled(format!("[{name}]"), Style::new().add_modifier(Modifier::BOLD)));
        } else {
            spans.push(Span::raw(format!(" {name} ")));
        }
    }
    let span =
        if state.by == By::Day { say!(words, "top-usage-month") } else { say!(words, "top-usage-today") };
    spans.push(Span::raw(format!("  {span}")));
    Line::from(spans)
}

fn columns(state: &State) -> Vec<Column<'_>> {
    let words = state.words;
    let name = match state.by {
        By::Model => say!(words, "top-col-model"),
        By::Endpoint => say!(words, "top-col-endpoint"),
        By::Group => say!(words, "top-col-group"),
        By::Client => say!(words, "top-col-client"),
        By::Day => say!(words, "top-col-day"),
    };
    vec![
        Column::text(name, 18, 40),
        Column::number(say!(words, "top-col-requests"), 8),
        Column::number(say!(words, "top-col-good"), 6),
        Column::number(say!(words, "top-col-in"), 7),
        Column::number(say!(words, "top-col-cached"), 6).dropped(2),
        Column::number(say!(words, "top-col-out"), 7),
        Column::number(say!(words, "top-col-ttft"), 8).dropped(3),
        Column::number(say!(words, "top-col-cost"), 9),
        Column::number(say!(words, "top-col-saved"), 9).dropped(4),
    ]
}

fn cells(state: &State, row: &Row) -> Vec<Cell> {
    let name = match row.key.as_str() {
        "" => say!(state.words, "top-unnamed"),
        key => text::clean(key),
    };
    numbers(name.into_owned(), &row.totals, Style::new())
}

fn total(state: &State, totals: &Totals) -> Vec<Cell> {
    let name = say!(state.words, "top-total").into_owned();
    numbers(name, totals, Style::new().add_modifier(Modifier::BOLD))
}

fn numbers(name: String, t: &Totals, style: Style) -> Vec<Cell> {
    let texts = [
        name,
        short(t.requests),
        percent(t.success_rate),
        short(t.tokens.all_input()),
        percent(t.cache_share),
        short(t.tokens.output),
        latency(t.ttft_ms.map(|p| p.p50 as f64)),
        dollars(t.cost),
        dollars(t.cache_saved),
    ];
    texts.into_iter().map(|text| (text, style)).collect()
}
