//! A report: a table of sums, the sum of all, and beneath it what explains them.

use anstyle::Style;
use jiff::Zoned;

use super::clock::whole;
use super::glyph::{BOLD, DIM, WARN, paint};
use super::number::{count, dollars, latency, percent, short};
use super::table::{Cell, Column, Table};
use crate::view::{ProbeTotals, Report, Totals};

/// The whole of it.
pub(crate) fn screen(report: &Report, now: &Zoned, width: Option<usize>) -> String {
    if report.total.requests == 0 {
        let mut out = format!("no requests{}\n", when(report, now));
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

fn when(report: &Report, now: &Zoned) -> String {
    let since = report.since_unix_ms.map(|ms| format!(" since {}", whole(ms, now))).unwrap_or_default();
    let until = report.until_unix_ms.map(|ms| format!(" until {}", whole(ms, now))).unwrap_or_default();
    since + &until
}

fn table(report: &Report) -> Table {
    let column = |head, right, min, drop| Column { head, right, min, drop };
    let key = match report.by.as_str() {
        "day" => column("DAY", false, 0, 0),
        "month" => column("MONTH", false, 0, 0),
        "model" => column("MODEL", false, 12, 0),
        "endpoint" => column("ENDPOINT", false, 12, 0),
        "group" => column("GROUP", false, 12, 0),
        "client" => column("CLIENT", false, 12, 0),
        "session" => column("SESSION", false, 12, 0),
        _ => column("", false, 0, 0),
    };
    let mut table = Table::new(&[
        key,
        column("REQUESTS", true, 0, 0),
        column("OK", true, 0, 1),
        column("INPUT", true, 0, 3),
        column("OUTPUT", true, 0, 2),
        column("CACHED", true, 0, 4),
        column("TTFT", true, 0, 5),
        column("P95", true, 0, 6),
        column("COST", true, 0, 0),
    ]);
    let alone = report.by == "total";
    for row in report.rows.iter().filter(|_| !alone) {
        let key = if row.key.is_empty() { Cell::new("(none)", DIM) } else { Cell::plain(&row.key) };
        table.row(cells(key, &row.totals, Style::new()), None);
    }
    table.row(cells(Cell::new("total", BOLD), &report.total, BOLD), None);
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
    let plain = Style::new();
    let requests = |n: u64| count(n, "request", "requests");
    let spared = if t.cache_saved.0 < 0 { "cost more than they saved" } else { "saved" };
    remark(t.cache_saved.0 != 0, plain, format!("prompt caches {spared}: {}", dollars(t.cache_saved)));
    let served = t.shared.saturating_add(t.cache_hits);
    remark(
        served > 0 || t.saved.0 != 0,
        plain,
        format!(
            "shared and stored answers saved: {} ({}: {} shared, {} stored)",
            dollars(t.saved),
            requests(served),
            t.shared,
            t.cache_hits
        ),
    );
    remark(t.lost.0 != 0, WARN, format!("lost in attempts that brought no answer: {}", dollars(t.lost)));
    remark(t.retried > 0, plain, format!("{} took more than one attempt", requests(t.retried)));
    remark(t.cancelled > 0, plain, format!("{} left by the client", were(t.cancelled)));
    remark(
        t.partial > 0,
        WARN,
        format!("{} broke off: what they used is known in part", requests(t.partial)),
    );
    remark(
        t.default_priced > 0,
        WARN,
        format!(
            "{} priced by the default price, because nobody knows the model: set `[[prices]]`",
            were(t.default_priced)
        ),
    );
    remark(
        t.mismatches > 0,
        WARN,
        format!("{} answered by another model than was asked for", were(t.mismatches)),
    );
    out
}

fn were(n: u64) -> String {
    count(n, "request was", "requests were")
}

fn probes(probes: &ProbeTotals) -> String {
    if probes.probes == 0 {
        return String::new();
    }
    format!(
        "probes cost beside that: {} ({})\n",
        dollars(probes.cost),
        count(probes.probes, "probe", "probes")
    )
}
