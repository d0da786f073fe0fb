//! The Prometheus text format: families with their help and type, values with labels, histograms.
//!
//! Written by hand as the library for it writes OpenMetrics, which older names of ours are no part of. Names of metrics
//! and labels are literals; values of labels may be anything.

use std::fmt::{Display, Write as _};

use crate::meter::{BOUNDS_MS, Times};
use crate::system::text::is_hostile;

/// What a family's values are.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// It only grows.
    Counter,
    /// It goes up and down.
    Gauge,
    /// Values in buckets.
    Histogram,
}

/// A label and its value.
pub(super) type Label<'a> = (&'static str, &'a str);

/// An answer in the making.
#[derive(Default)]
pub(super) struct Exposition(String);

/// One family of it.
pub(super) struct Family<'a> {
    out: &'a mut String,
    name: &'static str,
}

impl Exposition {
    /// A family begins. All values of one belong together.
    pub(super) fn family(&mut self, name: &'static str, kind: Kind, help: &str) -> Family<'_> {
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
        Family { out: &mut self.0, name }
    }

    /// A family with one value.
    pub(super) fn single(&mut self, name: &'static str, kind: Kind, help: &str, value: impl Display) {
        self.family(name, kind, help).value(&[], value);
    }

    /// The whole text.
    pub(super) fn finish(self) -> String {
        self.0
    }
}

impl Family<'_> {
    /// One value.
    pub(super) fn value(&mut self, labels: &[Label<'_>], value: impl Display) {
        self.line("", labels, None, value);
    }

    /// A value for each of `names`: 1 for the one that holds, 0 for the others.
    pub(super) fn one_of(
        &mut self,
        labels: &[Label<'_>],
        label: &'static str,
        names: impl Iterator<Item = (&'static str, bool)>,
    ) {
        for (name, holds) in names {
            self.line("", labels, Some((label, name)), u8::from(holds));
        }
    }

    /// The values of a histogram, in seconds.
    pub(super) fn times(&mut self, labels: &[Label<'_>], times: &Times) {
        let mut so_far = 0;
        for (bound, count) in BOUNDS_MS.iter().zip(times.buckets) {
            so_far += count;
            self.line("_bucket", labels, Some(("le", &Seconds(*bound).to_string())), so_far);
        }
        self.line("_bucket", labels, Some(("le", "+Inf")), times.count());
        self.line("_sum", labels, None, Seconds(times.sum_ms));
        self.line("_count", labels, None, times.count());
    }

    fn line(&mut self, suffix: &str, labels: &[Label<'_>], more: Option<Label<'_>>, value: impl Display) {
        self.out.push_str(self.name);
        self.out.push_str(suffix);
        let mut before = '{';
        for (label, text) in labels.iter().copied().chain(more) {
            self.out.push(before);
            self.out.push_str(label);
            self.out.push_str("=\"");
            quoted(self.out, text);
            self.out.push('"');
            before = ',';
        }
        if before == ',' {
            self.out.push('}');
        }
        // Writing into a string cannot fail.
        let _ = writeln!(self.out, " {value}");
    }
}

/// Milliseconds as seconds, exact.
pub(super) struct Seconds(pub(super) u64);

impl Display for Seconds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 % 1000 {
            0 => write!(f, "{}", self.0 / 1000),
            part => write!(f, "{}.{}", self.0 / 1000, format!("{part:03}").trim_end_matches('0')),
        }
    }
}

/// A label's value, escaped. What steers a terminal is spelt out, so that two names never become one.
fn quoted(out: &mut String, text: &str) {
    if text.bytes().all(|b| (b' '..=b'~').contains(&b) && b != b'"' && b != b'\\') {
        return out.push_str(text);
    }
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if is_hostile(c) => {
                out.push('\\');
                out.extend(c.escape_unicode());
            }
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_escaped_and_stay_in_their_line() {
        let mut out = Exposition::default();
        out.family("zephyr_x", Kind::Gauge, "Help.").value(&[("name", "a\"b\\c\nd\u{1b}é")], 1);
        out.single("zephyr_y_total", Kind::Counter, "Help.", 2);
        assert_eq!(
            out.finish(),
            "# HELP zephyr_x Help.\n# TYPE zephyr_x gauge\nzephyr_x{name=\"a\\\"b\\\\c\\\\u{a}d\\\\u{1b}é\"} 1\n\
             # HELP zephyr_y_total Help.\n# TYPE zephyr_y_total counter\nzephyr_y_total 2\n"
        );
    }

    #[test]
    fn a_histogram_counts_upwards_and_ends_with_infinity() {
        let mut out = Exposition::default();
        let mut times = Times { sum_ms: 10_300, ..Times::default() };
        (times.buckets[0], times.buckets[13]) = (2, 1);
        out.family("zephyr_x_seconds", Kind::Histogram, "Help.").times(&[("e", "a")], &times);
        let text = out.finish();
        let lines: Vec<&str> = text.lines().skip(2).collect();
        assert_eq!(lines[0], "zephyr_x_seconds_bucket{e=\"a\",le=\"0.1\"} 2");
        assert_eq!(lines[4], "zephyr_x_seconds_bucket{e=\"a\",le=\"2.5\"} 2");
        assert_eq!(lines[13], "zephyr_x_seconds_bucket{e=\"a\",le=\"+Inf\"} 3");
        assert_eq!(lines[14..], ["zephyr_x_seconds_sum{e=\"a\"} 10.3", "zephyr_x_seconds_count{e=\"a\"} 3"]);
    }
}
