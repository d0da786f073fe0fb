//! What probes and tests found.

use anstyle::Style;

use super::glyph::{BAD, BOLD, GOOD, paint};
use super::list::price;
use super::number::latency;
use super::pairs::Pairs;
use super::table::{Cell, Column, Table};
use super::text::{line, name};
use crate::view::{Checked, Tested};

/// One line per endpoint.
pub(crate) fn checked(results: &[Checked], width: Option<usize>) -> String {
    let column = |head, right, min, drop| Column { head, right, min, drop };
    let mut table = Table::new(&[
        column("", false, 0, 0),
        column("ENDPOINT", false, 12, 0),
        column("PROBE", false, 0, 2),
        column("RESULT", false, 0, 0),
        column("LATENCY", true, 0, 1),
    ]);
    for result in results {
        let (mark, word, style) =
            if result.healthy { ("●", "healthy", GOOD) } else { ("✕", "failed", BAD) };
        let error = result.error.as_ref().map(|e| Cell::new(e, BAD));
        table.row(
            vec![
                Cell::new(mark, style),
                Cell::new(&result.endpoint, Style::new()),
                Cell::plain(&result.kind),
                Cell::new(word, style),
                Cell::plain(latency(result.latency_ms)),
            ],
            error,
        );
    }
    table.render(width)
}

/// Everything about one answer.
pub(crate) fn tested(test: &Tested) -> String {
    let (mark, word, style) = if test.ok { ("●", "answers", GOOD) } else { ("✕", "failed", BAD) };
    let mut pairs = Pairs::default();
    if let Some(error) = &test.error {
        pairs.add("error", paint(BAD, &line(error)));
    }
    pairs.add("status", if test.status == 0 { "no answer".to_owned() } else { test.status.to_string() });
    pairs.add("model", model(test));
    pairs.add("answer", line(&test.text));
    if test.connect_ms.is_some() {
        pairs.add("connect", latency(test.connect_ms));
    }
    pairs.add("first byte", latency(test.first_byte_ms));
    pairs.add("in all", latency(Some(test.total_ms)));
    pairs.add("tokens", tokens(test));
    pairs.add("price", price(test.price));
    format!("{} {}: {}\n", paint(style, mark), paint(BOLD, &name(&test.endpoint)), paint(style, word))
        + &pairs.text()
}

fn model(test: &Tested) -> String {
    let (asked, answered) = (line(&test.model_asked), line(&test.model_answered));
    if answered.is_empty() || asked == answered {
        asked
    } else {
        format!("{asked} asked, {answered} answered")
    }
}

fn tokens(test: &Tested) -> String {
    let part = |n: Option<u64>, word: &str| n.map(|n| format!("{n} {word}"));
    [part(test.input_tokens, "in"), part(test.output_tokens, "out")]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(", ")
}
