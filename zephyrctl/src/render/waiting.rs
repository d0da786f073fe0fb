//! Requests that wait, as a table.

use super::glyph::{DIM, WARN, paint};
use super::number::span;
use super::table::{Cell, Column, Table};
use crate::language::{term, words};
use crate::view::{Waiter, Waiting, WaitingTotals};
use zephyr_words::say;

/// Everybody who waits, longest first, and what became of all.
pub(crate) fn screen(waiting: &Waiting, width: Option<usize>) -> String {
    let mut out = match waiting.requests.as_slice() {
        [] => say!(words(), "no-request-waits").into_owned() + "\n",
        requests => table(requests).render(width),
    };
    let totals = &waiting.totals;
    if totals.waited > 0 {
        let told = say!(
            words(),
            "waited-since-start",
            n = totals.waited,
            late = totals.timed_out,
            released = totals.released
        );
        out.push_str(&paint(DIM, &format!("\n{told}\n")));
    }
    out
}

/// In one phrase, where anybody waits at all.
pub(crate) fn phrase(totals: &WaitingTotals) -> Option<String> {
    let (queued, suspended) = (totals.queued, totals.suspended);
    let mut parts = Vec::new();
    if suspended > 0 {
        parts.push(paint(WARN, &say!(words(), "wait-until-recovery", n = suspended)));
    }
    if queued > 0 {
        parts.push(say!(words(), "wait-for-place", n = queued));
    }
    let waiting = parts.join(&say!(words(), "comma"));
    (!parts.is_empty()).then(|| say!(words(), "wait-shown", waiting = waiting))
}

fn table(requests: &[Waiter]) -> Table {
    let column = |head, right, min, drop| Column { head, right, min, drop };
    let mut table = Table::new([
        column(say!(words(), "head-request"), false, 0, 0),
        column(say!(words(), "head-kind"), false, 0, 0),
        column(say!(words(), "head-waited"), true, 0, 0),
        column(say!(words(), "head-left"), true, 0, 3),
        column(say!(words(), "head-client"), false, 6, 2),
        column(say!(words(), "head-model"), false, 12, 1),
    ]);
    for waiter in requests {
        let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "–".to_owned());
        table.row(
            vec![
                Cell::plain(&waiter.request),
                Cell::plain(term("waits", &waiter.kind)),
                Cell::plain(span(waiter.waited_ms / 1000)),
                Cell::plain(span(waiter.left_ms.div_ceil(1000))),
                Cell::plain(or_none(&waiter.client)),
                Cell::plain(or_none(&waiter.model)),
            ],
            Some(Cell::new(&waiter.why, DIM)),
        );
    }
    table
}
