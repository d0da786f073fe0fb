//! Requests as a log: one line each, the newest last, in columns that stay where they are while more come.

use crate::language::{term, words};
use anstyle::Style;
use jiff::Zoned;
use zephyr_words::say;

use super::clock::brief;
use super::glyph::{BAD, BOLD, DIM, GOOD, WARN};
use super::number::{dollars, latency, short};
use super::table::{Cell, Column, Layout, Table};
use super::text::clean;
use crate::view::Request;

/// What columns are made wide enough for where the rows to come are not known.
const SAMPLE: [&str; 13] = [
    "12-31 23:59:59",
    "●",
    "req-00000000",
    "a-model-of-24-characters",
    "an-endpoint-16-c",
    "cancelled",
    "9999 ms",
    "9999 ms",
    "999.9k",
    "999.9k",
    "$0.0000",
    "3",
    "client/session0",
];

/// The log in the making.
#[derive(Debug)]
pub(crate) struct Log {
    width: Option<usize>,
    /// More rows will come than those that are known.
    open: bool,
    layout: Option<Layout>,
}

impl Log {
    /// `open`: more will come than the first rows.
    pub(crate) fn new(width: Option<usize>, open: bool) -> Self {
        Self { width, open, layout: None }
    }

    /// Lines for these requests, oldest first; before the first ones the headings.
    pub(crate) fn lines(&mut self, requests: &[Request], now: &Zoned) -> String {
        let mut table = table();
        for request in requests {
            table.row(cells(request, now), remark(request));
        }
        match &self.layout {
            Some(layout) => table.body(layout),
            None => {
                let layout = self.first(requests, now);
                let text = table.head(&layout) + &table.body(&layout);
                self.layout = Some(layout);
                text
            }
        }
    }

    fn first(&self, requests: &[Request], now: &Zoned) -> Layout {
        let mut measured = table();
        for request in requests {
            measured.row(cells(request, now), None);
        }
        if self.open {
            measured.row(SAMPLE.map(Cell::plain).to_vec(), None);
        }
        measured.layout(self.width)
    }
}

fn table() -> Table {
    let column = |head, right, min, drop| Column { head, right, min, drop };
    Table::new([
        column(say!(words(), "head-time"), true, 0, 0),
        column("".into(), false, 0, 0),
        column(say!(words(), "head-request"), false, 0, 2),
        column(say!(words(), "head-model"), false, 14, 0),
        column(say!(words(), "head-endpoint"), false, 8, 3),
        column(say!(words(), "head-status"), false, 0, 0),
        column(say!(words(), "head-ttft"), true, 0, 8),
        column(say!(words(), "head-took"), true, 0, 4),
        column(say!(words(), "head-in"), true, 0, 6),
        column(say!(words(), "head-out"), true, 0, 5),
        column(say!(words(), "head-cost"), true, 0, 1),
        column(say!(words(), "head-tries"), true, 0, 7),
        column(say!(words(), "head-from"), false, 8, 9),
    ])
}

fn cells(r: &Request, now: &Zoned) -> Vec<Cell> {
    let (mark, style) = glyph(r);
    let number = |n: u64| Cell::plain(if n == 0 { "–".to_owned() } else { short(n) });
    let tries = if r.attempts.len() > 1 { WARN } else { Style::new() };
    vec![
        Cell::new(brief(r.started_unix_ms, now), DIM),
        Cell::new(mark, style),
        Cell::new(&r.id, BOLD),
        Cell::new(model(r), if r.mismatch { WARN } else { Style::new() }),
        Cell::plain(endpoint(r)),
        Cell::new(status(r), style),
        Cell::plain(latency(r.ttft_ms.map(|ms| ms as f64))),
        Cell::plain(latency(Some(r.duration_ms as f64))),
        number(r.tokens.all_input()),
        number(r.tokens.output),
        Cell::plain(dollars(r.cost)),
        Cell::new(r.attempts.len().to_string(), tries),
        Cell::plain(from(r)),
    ]
}

/// What went wrong, beneath the line.
fn remark(r: &Request) -> Option<Cell> {
    let detail = r.detail.as_deref().filter(|_| !r.succeeded)?;
    Some(Cell::new(detail, glyph(r).1))
}

/// Glyph and colour of how a request ended.
pub(crate) fn glyph(r: &Request) -> (&'static str, Style) {
    match (r.succeeded, r.failed) {
        (true, _) => ("●", GOOD),
        (_, true) => ("✕", BAD),
        _ => ("◌", WARN),
    }
}

/// The status that the client saw, or how it ended where that says more.
pub(crate) fn status(r: &Request) -> String {
    match (r.ended.as_str(), r.status) {
        ("complete" | "refused", Some(status)) => status.to_string(),
        (ended, _) => term("ended", ended).into_owned(),
    }
}

/// Asked for, and answered where that is another.
pub(crate) fn model(r: &Request) -> String {
    match (&r.model, &r.answered_model) {
        (Some(asked), Some(answered)) if r.mismatch => format!("{asked} → {answered}"),
        (Some(model), _) | (None, Some(model)) => model.clone(),
        (None, None) if r.operation == "generate" => "–".to_owned(),
        (None, None) => term("operation", &r.operation).into_owned(),
    }
}

fn endpoint(r: &Request) -> String {
    match (r.source.as_str(), &r.endpoint) {
        ("shared", _) => say!(words(), "from-shared").into_owned(),
        ("cache", _) => say!(words(), "from-stored").into_owned(),
        (_, Some(endpoint)) => endpoint.clone(),
        (_, None) => "–".to_owned(),
    }
}

/// Client and the beginning of the session.
fn from(r: &Request) -> String {
    let session = r.session.as_deref().map(|s| clean(s).chars().take(8).collect::<String>());
    [r.client.clone(), session].into_iter().flatten().collect::<Vec<_>>().join("/")
}
