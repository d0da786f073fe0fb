//! The last two lines: what was done or is asked, and the most useful keys.

use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use zephyr_words::say;

use super::head::cut;
use crate::render::glyph::{BAD, DIM, GOOD, WARN};
use crate::render::text;
use crate::top::app::{Note, Over, Pane, State};
use crate::top::paint;

pub(super) fn note(state: &State) -> Line<'static> {
    let words = state.words;
    let painted = |style| paint::style(style, state.colours);
    let strong = Style::new().add_modifier(Modifier::BOLD);
    let line = match (&state.over, &state.note) {
        (Over::Filter, _) => {
            let typed = text::clean(&state.view(state.pane).filter).into_owned();
            Line::styled(say!(words, "top-ask-filter", typed = typed), strong)
        }
        (Over::Priority { name, number, .. }, _) => {
            let of = state.status.iter().flat_map(|s| &s.endpoints).find(|e| e.name == *name);
            let now = of.map(|e| e.priority.to_string()).unwrap_or_default();
            let strategy = state.status.as_ref().map(|s| s.daemon.strategy.clone()).unwrap_or_default();
            let (name, number) = (text::name(name), number.clone());
            let mut asked = say!(words, "top-ask-priority", name = name, now = now, number = number);
            if strategy != "priority" {
                let strategy = text::line(&strategy);
                asked.push_str(&say!(words, "top-ask-priority-unused", strategy = strategy));
            }
            Line::styled(asked, strong)
        }
        (Over::Save { name, number, file }, _) => {
            let (name, number) = (text::name(name), number.to_string());
            let asked = say!(words, "top-ask-save", name = name, number = number, file = text::line(file));
            Line::styled(asked, strong)
        }
        (_, Note::None) => Line::default(),
        (_, Note::Doing(told)) => Line::styled(format!("… {told}"), painted(WARN)),
        (_, Note::Done(told)) => Line::styled(format!("● {told}"), painted(GOOD)),
        (_, Note::Failed(told)) => Line::styled(format!("✕ {}", text::line(told)), painted(BAD)),
    };
    cut(line, usize::from(state.size.0))
}

pub(super) fn keys(state: &State) -> Line<'static> {
    let words = state.words;
    let told = match (&state.over, state.pane) {
        (Over::Filter, _) => say!(words, "top-hint-filter"),
        (Over::Priority { .. }, _) => say!(words, "top-hint-priority"),
        (Over::Save { .. }, _) => say!(words, "top-hint-save"),
        (Over::Detail { .. }, _) => say!(words, "top-hint-detail"),
        (Over::Nothing, Pane::Endpoints) => say!(words, "top-hint-endpoints"),
        (Over::Nothing, Pane::Usage) => say!(words, "top-hint-usage"),
        (Over::Nothing, Pane::Help) => say!(words, "top-hint-help"),
        (Over::Nothing, _) => say!(words, "top-hint-list"),
    };
    let line = Line::from(Span::styled(told.into_owned(), paint::style(DIM, state.colours)));
    cut(line, usize::from(state.size.0))
}
