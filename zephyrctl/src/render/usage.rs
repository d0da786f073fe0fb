//! A report: a table of sums, the sum of all, and beneath it what explains them.

use crate::language::words;
use anstyle::Style;
use jiff::Zoned;
use zephyr_words::say;

use super::clock::whole;
use super::glyph::{BOLD, DIM, WARN, paint};
use super::number::{self, dollars, latency, percent, requests, short};
use super::table::{Cell, Column, Table};
use crate::view::{ProbeTotals, Report, Totals};

/// The whole of it.
pub(crate) fn screen(report: &Report, now: &Zoned, width: Option<usize>) -> String {
    if report.total.requests == 0 {
        let mut out = when(report, now) + "\n";
        out.push_str(&probes(&report.probes));
        return out;
    }
    let mut out = table(report).render(width);
    let remarks = remarks(&report.total) + &probes(&report.probes);
    if !remarks.is_empty() {
        out.push('\n');
        out.push_str(&remarks);
    }
    out
}

/// That there were none, and when.
fn when(report: &Report, now: &Zoned) -> String {
    let words = words();
    let since = report.since_unix_ms.map(|ms| say!(words, "since", time = whole(ms, now)));
    let until = report.until_unix_ms.map(|ms| say!(words, "until", time = whole(ms, now)));
    say!(words, "no-requests-when", since = since.unwrap_or_default(), until = until.unwrap_or_default())
}

fn table(report: &Report) -> Table {
    let column = |head, right, min, drop| Column { head, right, min, drop };
    let words = words();
    let key = match report.by.as_str() {
        "day" => column(say!(words, "head-day"), false, 0, 0),
        "month" => column(say!(words, "head-month"), false, 0, 0),
        "model" => column(say!(words, "head-model"), false, 12, 0),
        "endpoint" => column(say!(words, "head-endpoint"), false, 12, 0),
        "group" => column(say!(words, "head-group"), false, 12, 0),
        "client" => column(say!(words, "head-client"), false, 12, 0),
        "session" => column(say!(words, "head-session"), false, 12, 0),
        _ => column("".into(), false, 0, 0),
    };
    let mut table = Table::new([
        key,
        column(say!(words, "head-requests"), true, 0, 0),
        column(say!(words, "head-ok"), true, 0, 1),
        column(say!(words, "head-input"), true, 0, 3),
        column(say!(words, "head-output"), true, 0, 2),
        column(say!(words, "head-cached"), true, 0, 4),
        column(say!(words, "head-ttft"), true, 0, 5),
        column(say!(words, "head-p95"), true, 0, 6),
        column(say!(words, "head-cost"), true, 0, 0),
    ]);
    let alone = report.by == "total";
    for row in report.rows.iter().filter(|_| !alone) {
        let key =
            if row.key.is_empty() { Cell::new(say!(words, "none"), DIM) } else { Cell::plain(&row.key) };
        table.row(cells(key, &row.totals, Style::new()), None);
    }
    table.row(cells(Cell::new(say!(words, "total"), BOLD), &report.total, BOLD), None);
    table
}

fn cells(key: Cell, t: &Totals, style: Style) -> Vec<Cell> {
    let cell = |text: String| Cell::new(text, style);
    let judged = t.succeeded.saturating_add(t.failed) > 0;
    let success = if judged && t.failed > 0 { WARN } else { style };
    let ms = |ms: Option<u64>| latency(ms.map(|ms| ms as f64));
    vec![
        key,
        cell(short(t.requests)),
        Cell::new(percent(t.success_rate), success),
        cell(short(t.tokens.all_input())),
        cell(short(t.tokens.output)),
        cell(percent(t.cache_share)),
        cell(ms(t.ttft_ms.map(|p| p.p50))),
        cell(ms(t.ttft_ms.map(|p| p.p95))),
        cell(dollars(t.cost)),
    ]
}

/// One line for each thing that there was.
fn remarks(t: &Totals) -> String {
    let mut out = String::new();
    let mut remark = |there: bool, style: Style, text: String| {
        if there {
            out.push_str(&format!("{}\n", paint(style, &text)));
        }
    };
    let (plain, words) = (Style::new(), words());
    let saved = dollars(t.cache_saved);
    remark(t.cache_saved.0 > 0, plain, say!(words, "cache-saved", cost = saved.as_str()));
    remark(t.cache_saved.0 < 0, plain, say!(words, "cache-cost-more", cost = saved));
    let served = t.shared.saturating_add(t.cache_hits);
    remark(
        served > 0 || t.saved.0 != 0,
        plain,
        say!(
            words,
            "answers-saved",
            cost = dollars(t.saved),
            requests = requests(served),
            shared = t.shared,
            stored = t.cache_hits
        ),
    );
    remark(t.lost.0 != 0, WARN, say!(words, "report-lost", cost = dollars(t.lost)));
    remark(t.retried > 0, plain, say!(words, "report-retried", requests = requests(t.retried)));
    remark(t.cancelled > 0, plain, say!(words, "report-cancelled", n = t.cancelled));
    remark(t.partial > 0, WARN, say!(words, "report-partial", requests = requests(t.partial)));
    remark(t.default_priced > 0, WARN, say!(words, "report-default-priced", n = t.default_priced));
    remark(t.mismatches > 0, WARN, say!(words, "report-mismatches", n = t.mismatches));
    out
}

fn probes(probes: &ProbeTotals) -> String {
    if probes.probes == 0 {
        return String::new();
    }
    let (cost, count) = (dollars(probes.cost), number::probes(probes.probes));
    say!(words(), "report-probes", cost = cost, probes = count) + "\n"
}
