//! The head: how everything is, who serves and why, what runs and what it costs, and what a person must know first.

use ratatui::text::{Line, Span};
use zephyr_words::say;

use crate::render::clock::brief;
use crate::render::glyph::{BAD, DIM, WARN};
use crate::render::number::{dollars, percent, short};
use crate::render::{text, verdict};
use crate::top::app::{Link, State};
use crate::top::paint;
use crate::view::{Head, Status};

/// Most dialects that are told of.
const DIALECTS: usize = 3;
/// Most lines of what is out of the ordinary.
const MARKS: usize = 3;

/// Its lines, from top to bottom.
pub(super) fn lines(state: &State) -> Vec<Line<'static>> {
    let columns = usize::from(state.size.0);
    let Some(status) = state.status.as_deref() else {
        let told = match &state.link {
            Link::Lost { .. } => return vec![stale(state), Line::default()],
            _ => say!(state.words, "top-connecting"),
        };
        return vec![Line::from(told.into_owned()), Line::default()];
    };
    let mut lines = Vec::new();
    let told = verdict::lines(&status.head, &status.endpoints);
    lines.extend(paint::lines(&told, state.colours).into_iter().take(DIALECTS).map(|l| cut(l, columns)));
    lines.push(cut(facts(state, status), columns));
    lines.extend(marks(state, status, columns).into_iter().map(|mark| cut(mark, columns)));
    lines
}

/// `3.2 req/s  2 running  0 waiting  today 412 requests, $3.18  auto, fastest`
fn facts(state: &State, status: &Status) -> Line<'static> {
    let words = state.words;
    let mut spans = vec![Span::raw("  ")];
    let mut fact = |text: String, style| {
        spans.push(Span::styled(text, style));
        spans.push(Span::raw("  "));
    };
    let plain = ratatui::style::Style::new();
    let held = |yes: bool| if yes { paint::style(WARN, state.colours) } else { plain };
    fact(say!(words, "top-rate", rate = format!("{:.1}", state.rate.per_second())), plain);
    let known = state.trouble(crate::top::app::Pane::Connections).is_none();
    let in_flight: u32 = status.endpoints.iter().map(|e| e.in_flight).fold(0, u32::saturating_add);
    let running = if known { state.running.totals.now } else { in_flight };
    fact(say!(words, "top-running", count = running.to_string()), plain);
    let waiting = status.head.suspended.saturating_add(status.head.queued);
    fact(say!(words, "top-waiting", count = waiting.to_string()), held(waiting > 0));
    match &status.money {
        Some(money) => {
            let (requests, cost) = (short(money.today.requests), dollars(money.today.cost));
            fact(say!(words, "top-today", requests = requests, cost = cost), plain);
        }
        None => fact(say!(words, "top-today-unknown").into_owned(), paint::style(DIM, state.colours)),
    }
    fact(mode(state, &status.head, &status.daemon.strategy), held(status.head.pinned.is_some()));
    Line::from(spans)
}

fn mode(state: &State, head: &Head, strategy: &str) -> String {
    let words = state.words;
    match &head.pinned {
        Some(name) if head.pin_fallback => say!(words, "top-mode-pinned-fallback", name = text::name(name)),
        Some(name) => say!(words, "top-mode-pinned", name = text::name(name)),
        None => say!(words, "top-mode-auto", strategy = text::line(strategy)),
    }
}

/// What is out of the ordinary: on one line where that is wide enough, else each on its own.
fn marks(state: &State, status: &Status, columns: usize) -> Vec<Line<'static>> {
    let words = state.words;
    let mut marks = Vec::new();
    let mut mark = |text: String, style| marks.push(Span::styled(text, paint::style(style, state.colours)));
    if let Link::Lost { .. } = state.link {
        return vec![stale(state)];
    }
    if let Some(since) = status.head.offline_unix_ms {
        mark(say!(words, "top-offline", since = brief(since, &state.now())), BAD);
    }
    if status.head.paused {
        mark(say!(words, "top-paused").into_owned(), WARN);
    }
    if !status.daemon.config.problems.is_empty() {
        mark(say!(words, "top-config-refused").into_owned(), WARN);
    }
    for budget in status.money.iter().flat_map(|money| &money.budgets).filter(|b| b.over || b.warn) {
        let share = percent(Some(budget.share));
        let whose = budget.client.as_deref().map(text::name).unwrap_or_default();
        let told = say!(words, "top-budget", share = share, whose = whose, limit = dollars(budget.limit));
        mark(told, if budget.over { BAD } else { WARN });
    }
    let width = marks.iter().map(|mark| mark.width() + 2).sum::<usize>();
    if width > columns {
        let alone = |mark| Line::from(vec![Span::raw("! "), mark]);
        return marks.into_iter().take(MARKS).map(alone).collect();
    }
    let mut spans = Vec::new();
    for mark in marks {
        spans.push(Span::raw(if spans.is_empty() { "! " } else { "; " }));
        spans.push(mark);
    }
    if spans.is_empty() { Vec::new() } else { vec![Line::from(spans)] }
}

fn stale(state: &State) -> Line<'static> {
    let Link::Lost { since_ms, why } = &state.link else { return Line::default() };
    let since = brief(*since_ms, &state.now());
    let told = say!(state.words, "top-stale", since = since, why = text::line(why));
    Line::styled(format!("! {told}"), paint::style(BAD, state.colours))
}

/// A line in so many columns, with `…` where something was cut.
pub(super) fn cut(line: Line<'static>, columns: usize) -> Line<'static> {
    if line.width() <= columns {
        return line;
    }
    let mut left = columns;
    let mut spans = Vec::new();
    for span in line.spans {
        let width = span.width();
        if width < left {
            left -= width;
            spans.push(span);
            continue;
        }
        spans.push(Span::styled(text::fit(&format!("{}  ", span.content), left), span.style));
        break;
    }
    Line::from(spans)
}
