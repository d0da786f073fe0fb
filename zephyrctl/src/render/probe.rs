//! What probes and tests found.

use crate::language::words;
use anstyle::Style;
use zephyr_words::say;

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
    let mut table = Table::new([
        column("".into(), false, 0, 0),
        column(say!(words(), "head-endpoint"), false, 12, 0),
        column(say!(words(), "head-probe"), false, 0, 2),
        column(say!(words(), "head-result"), false, 0, 0),
        column(say!(words(), "head-latency"), true, 0, 1),
    ]);
    for result in results {
        let (mark, word, style) = if result.healthy {
            ("●", say!(words(), "healthy"), GOOD)
        } else {
            ("✕", say!(words(), "failed"), BAD)
        };
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
    let words = words();
    let (mark, word, style) =
        if test.ok { ("●", say!(words, "answers"), GOOD) } else { ("✕", say!(words, "failed"), BAD) };
    let mut pairs = Pairs::default();
    if let Some(error) = &test.error {
        pairs.add(&say!(words, "label-error"), paint(BAD, &line(error)));
    }
    pairs.add(
        &say!(words, "label-status"),
        if test.status == 0 { say!(words, "no-answer").into_owned() } else { test.status.to_string() },
    );
    pairs.add(&say!(words, "label-model"), model(test));
    pairs.add(&say!(words, "label-answer"), line(&test.text));
    if test.connect_ms.is_some() {
        pairs.add(&say!(words, "label-connect"), latency(test.connect_ms));
    }
    pairs.add(&say!(words, "label-first-byte"), latency(test.first_byte_ms));
    pairs.add(&say!(words, "label-in-all"), latency(Some(test.total_ms)));
    pairs.add(&say!(words, "label-tokens"), tokens(test));
    pairs.add(&say!(words, "label-price"), price(test.price));
    let (mark, endpoint) = (paint(style, mark), paint(BOLD, &name(&test.endpoint)));
    let head = say!(words, "test-head", mark = mark, endpoint = endpoint, word = paint(style, &word));
    format!("{head}\n{}", pairs.text())
}

fn model(test: &Tested) -> String {
    let (asked, answered) = (line(&test.model_asked), line(&test.model_answered));
    if answered.is_empty() || asked == answered {
        asked
    } else {
        say!(words(), "model-asked-answered", asked = asked, answered = answered)
    }
}

fn tokens(test: &Tested) -> String {
    let input = test.input_tokens.map(|n| say!(words(), "tokens-in", n = n));
    let output = test.output_tokens.map(|n| say!(words(), "tokens-out", n = n));
    [input, output].into_iter().flatten().collect::<Vec<_>>().join(&say!(words(), "comma"))
}
