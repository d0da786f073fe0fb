//! The screen: a head, the tabs, a pane (two where there is room), what was done, and the keys.
//!
//! Everything here only draws.

mod connections;
mod detail;
mod endpoints;
mod foot;
mod grid;
mod head;
mod help;
mod log;
mod requests;
#[cfg(test)]
mod tests;
mod usage;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Wrap};
use zephyr_words::say;

use super::app::{Over, Pane, State};
use crate::render::glyph::{BAD, DIM, WARN};
use crate::render::text;
use crate::top::paint;

/// What everything fits into.
const LEAST: (u16, u16) = (80, 24);

/// Lines of a body that endpoints share with any other pane.
const TALL: u16 = 30;
/// Lines that requests need beside them.
const BESIDE: u16 = 6;

/// Draws everything.
pub(crate) fn draw(frame: &mut Frame<'_>, state: &State) {
    let area = frame.area();
    if area.width < LEAST.0 || area.height < LEAST.1 {
        too_small(frame, area, state);
        return;
    }
    let head = head::lines(state);
    let rows = Layout::vertical([
        Constraint::Length(u16::try_from(head.len()).unwrap_or(u16::MAX)),
        Constraint::Length(1),
        Constraint::Min(1),
        Constraint::Length(1),
        Constraint::Length(1),
    ]);
    let [top, tabs, body, note, keys] = rows.areas(area);
    for (line, y) in head.into_iter().zip(top.y..top.bottom()) {
        frame.render_widget(line, Rect { y, height: 1, ..top });
    }
    frame.render_widget(self::tabs(state), tabs);
    frame.buffer_mut().set_style(tabs, Style::new().add_modifier(Modifier::REVERSED));
    if let Over::Detail { of, scroll } = &state.over {
        detail::draw(frame, body, state, of, *scroll);
    } else {
        self::body(frame, body, state);
    }
    frame.render_widget(foot::note(state), note);
    frame.render_widget(foot::keys(state), keys);
}

fn body(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let endpoints = state.status.as_ref().map_or(0, |s| s.endpoints.len());
    // Its headings and what is told of the selected one too.
    let wanted = u16::try_from(endpoints).unwrap_or(u16::MAX).saturating_add(3);
    let (other, room) = match state.pane {
        Pane::Endpoints => (Pane::Requests, area.height >= wanted.saturating_add(BESIDE)),
        other => (other, false),
    };
    if state.pane == Pane::Help || endpoints == 0 || !(room || area.height >= TALL) {
        pane(frame, area, state, state.pane);
        return;
    }
    let halves = Layout::vertical([
        Constraint::Length(wanted.min(area.height / 2)),
        Constraint::Length(1),
        Constraint::Min(1),
    ]);
    let [above, _, below] = halves.areas(area);
    pane(frame, above, state, Pane::Endpoints);
    pane(frame, below, state, other);
}

fn pane(frame: &mut Frame<'_>, area: Rect, state: &State, pane: Pane) {
    match pane {
        Pane::Endpoints => endpoints::draw(frame, area, state),
        Pane::Connections => connections::draw(frame, area, state),
        Pane::Requests => requests::draw(frame, area, state),
        Pane::Usage => usage::draw(frame, area, state),
        Pane::Log => log::draw(frame, area, state),
        Pane::Help => help::draw(frame, area, state),
    }
}

fn tabs(state: &State) -> Line<'static> {
    let mut spans = Vec::new();
    for pane in Pane::ALL {
        let name = match pane {
            Pane::Endpoints => say!(state.words, "top-endpoints"),
            Pane::Connections => say!(state.words, "top-connections"),
            Pane::Requests => say!(state.words, "top-requests"),
            Pane::Usage => say!(state.words, "top-usage"),
            Pane::Log => say!(state.words, "top-log"),
            Pane::Help => say!(state.words, "top-help"),
        };
        // Brackets tell it without bold letters too.
        if pane == state.pane {
            spans.push(Span::styled(format!("[{name}]"), Style::new().add_modifier(Modifier::BOLD)));
        } else {
            spans.push(Span::raw(format!(" {name} ")));
        }
    }
    let view = state.view(state.pane);
    if let Some(order) = super::app::rows::order(state.words, state.pane, view.sort) {
        spans.push(Span::raw(format!("  {}", say!(state.words, "top-sorted", order = order))));
    }
    if !view.filter.is_empty() {
        spans.push(Span::raw(format!("  /{}", text::clean(&view.filter))));
    }
    Line::from(spans)
}

/// Why a pane is empty, or as old as it is; the rest of the area.
fn trouble(frame: &mut Frame<'_>, area: Rect, state: &State, pane: Pane) -> Rect {
    let Some(failure) = state.trouble(pane) else { return area };
    let style = paint::style(WARN, state.colours);
    let told = text::wrap(&text::line(&failure.line()), usize::from(area.width), 2);
    let lines = u16::try_from(told.len()).unwrap_or(0).min(area.height);
    let (above, below) = split(area, lines);
    frame.render_widget(Paragraph::new(told.join("\n")).style(style), above);
    below
}

/// What is said where a pane has no rows.
fn nothing(frame: &mut Frame<'_>, area: Rect, state: &State, pane: Pane) {
    let told = match (state.view(pane).filter.is_empty(), state.trouble(pane)) {
        (_, Some(_)) => return,
        (false, None) => say!(state.words, "top-nothing-passes"),
        (true, None) => match pane {
            Pane::Endpoints => say!(state.words, "top-no-endpoints"),
            Pane::Connections => say!(state.words, "top-no-connections"),
            Pane::Requests | Pane::Usage => say!(state.words, "top-no-requests"),
            Pane::Log | Pane::Help => say!(state.words, "top-no-log"),
        },
    };
    let (_, below) = split(area, 1);
    frame.render_widget(Paragraph::new(told).style(paint::style(DIM, state.colours)), below);
}

/// The first lines of an area, and the rest.
fn split(area: Rect, lines: u16) -> (Rect, Rect) {
    Layout::vertical([Constraint::Length(lines), Constraint::Min(0)]).areas::<2>(area).into()
}

fn too_small(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let told = say!(
        state.words,
        "top-too-small",
        columns = LEAST.0.to_string(),
        lines = LEAST.1.to_string(),
        has = format!("{}×{}", area.width, area.height)
    );
    let style = paint::style(BAD, state.colours);
    frame.render_widget(Paragraph::new(told).style(style).wrap(Wrap { trim: true }), area);
}
