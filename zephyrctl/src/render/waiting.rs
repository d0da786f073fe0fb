//! Requests that wait, as a table.

use super::glyph::{DIM, WARN, paint};
use super::number::{count, span};
use super::table::{Cell, Column, Table};
use crate::view::{Waiter, Waiting, WaitingTotals};

/// Everybody who waits, longest first, and what became of all.
pub(crate) fn screen(waiting: &Waiting, width: Option<usize>) -> String {
    let mut out = match waiting.requests.as_slice() {
        [] => "no request waits\n".to_owned(),
        requests => table(requests).render(width),
    };
    let totals = &waiting.totals;
    if totals.waited > 0 {
        let told = format!(
            "\nsince the start {} waited, {} timed out, {} released\n",
            count(totals.waited, "request has", "requests have"),
            totals.timed_out,
            totals.released
        );
        out.push_str(&paint(DIM, &told));
    }
    out
}

/// In one phrase, where anybody waits at all.
pub(crate) fn phrase(totals: &WaitingTotals) -> Option<String> {
    let (queued, suspended) = (totals.queued, totals.suspended);
    let mut parts = Vec::new();
    if suspended > 0 {
        let text = format!("{} until something recovers", count(suspended, "request", "requests"));
        parts.push(paint(WARN, &text));
    }
    if queued > 0 {
        parts.push(format!("{} for a place", count(queued, "request", "requests")));
    }
    (!parts.is_empty()).then(|| format!("{}; `zephyrctl suspended` shows them", parts.join(", ")))
}

fn table(requests: &[Waiter]) -> Table {
    let column = |head, right, min, drop| Column { head, right, min, drop };
    let mut table = Table::new(&[
        column("REQUEST", false, 0, 0),
        column("KIND", false, 0, 0),
        column("WAITED", true, 0, 0),
        column("LEFT", true, 0, 3),
        column("CLIENT", false, 6, 2),
        column("MODEL", false, 12, 1),
    ]);
    for waiter in requests {
        let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "–".to_owned());
        table.row(
            vec![
                Cell::plain(&waiter.request),
                Cell::plain(&waiter.kind),
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
