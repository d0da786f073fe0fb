//! Everything about the one thing that is selected, in place of its pane.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;
use zephyr_words::say;

use crate::render::{clock, endpoint, explain, request, text};
use crate::top::app::{Of, State};
use crate::top::paint;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, state: &State, of: &Of, scroll: u16) {
    let columns = usize::from(area.width);
    let lines: Vec<Line<'static>> =
        lines(state, of, columns).into_iter().flat_map(|line| folded(line, columns)).collect();
    let last = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_sub(area.height);
    frame.render_widget(Paragraph::new(lines).scroll((scroll.min(last), 0)), area);
}

fn lines(state: &State, of: &Of, columns: usize) -> Vec<Line<'static>> {
    match of {
        Of::Endpoint(name) => {
            let found = state.status.iter().flat_map(|s| &s.endpoints).find(|e| e.name == *name);
            match found {
                Some(found) => paint::lines(&endpoint::screen(found), state.colours),
                None => vec![Line::from(say!(state.words, "top-endpoint-gone", name = text::name(name)))],
            }
        }
        Of::Request { record, trace, .. } => {
            let mut lines = Vec::new();
            match trace {
                Some(Ok(trace)) => {
                    lines.extend(paint::lines(&explain::screen(trace, &state.now()), state.colours));
                }
                Some(Err(failure)) => lines.push(Line::from(text::line(&failure.line()))),
                None => lines.push(Line::from(say!(state.words, "top-asking").into_owned())),
            }
            if let Some(record) = record {
                lines.push(Line::default());
                let screen = request::screen(record, &state.now(), Some(columns));
                lines.extend(paint::lines(&screen, state.colours));
            }
            lines
        }
        Of::Line(line) => {
            let head = format!("{} {} {}", clock::whole(line.unix_ms, &state.now()), line.level, line.target);
            let mut lines = vec![Line::from(text::line(&head)), Line::from(text::line(&line.message))];
            let fields = line.fields.iter().map(|(name, value)| text::line(&format!("  {name}: {value}")));
            lines.extend(fields.map(Line::from));
            lines
        }
    }
}

/// A line in as many as it takes, so that the last one can be scrolled to.
fn folded(line: Line<'static>, columns: usize) -> Vec<Line<'static>> {
    if line.width() <= columns {
        return vec![line];
    }
    let style = line.spans.last().map(|span| span.style).unwrap_or_default();
    let whole = line.to_string();
    let inset = whole.len() - whole.trim_start_matches(' ').len();
    let room = columns.saturating_sub(inset + 2).max(1);
    let folded = text::wrap(whole.trim_start_matches(' '), room, 40);
    let lines = folded.into_iter().enumerate().map(|(place, part)| {
        let inset = if place == 0 { inset } else { inset + 2 };
        Line::styled(format!("{:inset$}{part}", ""), style)
    });
    lines.collect()
}
