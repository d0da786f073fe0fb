//! Every key there is.

use std::borrow::Cow;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use zephyr_words::{Words, say};

use crate::top::app::{Pane, State, rows};
use crate::top::keys::{Action, PICKS, TABLE};

/// Columns for the keys.
const KEYS: usize = 11;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let lines = lines(state);
    let cursor = rows::cursor(state, Pane::Help, lines.len(), |line| line.to_string());
    let top = cursor.min(lines.len().saturating_sub(usize::from(area.height)));
    let top = u16::try_from(top).unwrap_or(0);
    frame.render_widget(Paragraph::new(lines).scroll((top, 0)), area);
}

fn lines(state: &State) -> Vec<Line<'static>> {
    let words = state.words;
    let row = |keys: String, does: Cow<'_, str>| {
        let pad = " ".repeat(KEYS.saturating_sub(crate::render::text::width(&keys)));
        Line::from(vec![
            Span::styled(format!("{keys}{pad}"), Style::new().add_modifier(Modifier::BOLD)),
            Span::raw(does.into_owned()),
        ])
    };
    let mut lines = vec![row("1-9 A-Z".to_owned(), say!(words, "top-key-pick"))];
    lines.push(row(String::new(), Cow::Owned(say!(words, "top-key-picks", keys = PICKS))));
    lines.extend(TABLE.iter().map(|binding| row(binding.shown.to_owned(), does(words, binding.action))));
    lines
}

fn does(words: &Words, action: Action) -> Cow<'_, str> {
    match action {
        Action::Quit => say!(words, "top-key-quit"),
        Action::Refresh => say!(words, "top-key-refresh"),
        Action::Probes => say!(words, "top-key-probes"),
        Action::Mode => say!(words, "top-key-mode"),
        Action::Pick(_) => say!(words, "top-key-pick"),
        Action::Up => say!(words, "top-key-up"),
        Action::Down => say!(words, "top-key-down"),
        Action::PageUp => say!(words, "top-key-page-up"),
        Action::PageDown => say!(words, "top-key-page-down"),
        Action::Home => say!(words, "top-key-home"),
        Action::End => say!(words, "top-key-end"),
        Action::Open => say!(words, "top-key-open"),
        Action::Close => say!(words, "top-key-close"),
        Action::NextPane => say!(words, "top-key-next-pane"),
        Action::LastPane => say!(words, "top-key-last-pane"),
        Action::Filter => say!(words, "top-key-filter"),
        Action::Sort => say!(words, "top-key-sort"),
        Action::NextBy => say!(words, "top-key-next-by"),
        Action::LastBy => say!(words, "top-key-last-by"),
        Action::More => say!(words, "top-key-more"),
        Action::Less => say!(words, "top-key-less"),
        Action::Help => say!(words, "top-key-help"),
        Action::Redraw => say!(words, "top-key-redraw"),
        Action::Suspend => say!(words, "top-key-suspend"),
    }
}
