//! The table at the end of a run.

use std::fmt::Write;
use std::path::Path;

/// What one proxy showed in one scenario, round by round.
#[derive(Debug, Clone)]
struct Line {
    what: &'static str,
    unit: &'static str,
    proxy: String,
    values: Vec<f64>,
}

/// Everything measured so far.
#[derive(Debug, Default)]
pub(crate) struct Report {
    lines: Vec<Line>,
}

/// Least, middle and greatest.
fn spread(values: &[f64]) -> Option<[f64; 3]> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    Some([*sorted.first()?, sorted[sorted.len() / 2], *sorted.last()?])
}

fn number(value: f64) -> String {
    match value.abs() {
        v if v >= 100.0 => format!("{value:.0}"),
        v if v >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

impl Report {
    /// One more value of `proxy`; the n-th of each proxy belong to one round.
    pub(crate) fn add(&mut self, what: &'static str, unit: &'static str, proxy: &str, value: f64) {
        match self.lines.iter_mut().find(|l| l.what == what && l.proxy == proxy) {
            Some(line) => line.values.push(value),
            None => {
                self.lines.push(Line { what, unit, proxy: proxy.to_owned(), values: vec![value] });
            }
        }
    }

    /// Ratios of a line to `base` in the same scenario, round by round.
    fn ratios(&self, line: &Line, base: &str) -> Vec<f64> {
        let base = self.lines.iter().find(|l| l.what == line.what && l.proxy == base);
        let pairs = base.map(|b| line.values.iter().zip(&b.values)).into_iter().flatten();
        pairs.filter(|(_, b)| **b > 0.0).map(|(a, b)| a / b).collect()
    }

    /// The table, in Markdown.
    pub(crate) fn table(&self) -> String {
        let mut out = "| What | Unit | Proxy | min | median | max | to nginx, or to off (min median max) |\n"
            .to_owned();
        out.push_str("|---|---|---|--:|--:|--:|---|\n");
        let mut order: Vec<&'static str> = Vec::new();
        for line in &self.lines {
            if !order.contains(&line.what) {
                order.push(line.what);
            }
        }
        for what in order {
            for (i, line) in self.lines.iter().filter(|l| l.what == what).enumerate() {
                let Some([min, median, max]) = spread(&line.values) else { continue };
                let base = if self.lines.iter().any(|l| l.what == what && l.proxy == "off") {
                    "off"
                } else {
                    "nginx"
                };
                let ratio = spread(&self.ratios(line, base)).filter(|_| line.proxy != base);
                let ratio = ratio.map_or_else(String::new, |[a, b, c]| format!("{a:.2} **{b:.2}** {c:.2}"));
                let (what, unit) = if i == 0 { (line.what, line.unit) } else { ("", "") };
                let _ = writeln!(
                    out,
                    "| {what} | {unit} | {} | {} | {} | {} | {ratio} |",
                    line.proxy,
                    number(min),
                    number(median),
                    number(max),
                );
            }
        }
        out
    }

    /// Prints the table, and writes it to `path` where there is one.
    pub(crate) fn finish(&self, about: &str, path: Option<&Path>) {
        let text = format!("{about}\n\n{}", self.table());
        println!("\n{text}");
        if let Some(path) = path {
            std::fs::write(path, &text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        }
    }
}
