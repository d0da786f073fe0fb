//! The charts of a time: what each of its days came to. Days without requests are days too; more than three months are
//! shown by month.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use maud::{Markup, html};
use zephyr_core::usage::money::NANOS;
use zephyr_core::usage::{Report, Totals};
use zephyr_words::{Words, say};

use crate::web::chart::{Chart, Kind, Series};
use crate::web::figures::{duration, money, short, zone};
use crate::web::period::Period;

/// Most days that have a bar of their own.
const MOST_DAYS: usize = 92;
/// Most days that are looked at.
const MOST: usize = 4000;

/// The four charts.
pub(super) fn charts(words: &Words, days: &Report, period: &Period, now: i64) -> Markup {
    let sums = sums(days, period, now);
    let labels: Vec<String> = sums.keys().cloned().collect();
    let series = |name: &str, value: &dyn Fn(&Totals) -> Option<f64>| Series {
        name: name.to_owned(),
        values: sums.values().map(value).collect(),
    };
    let dollars = |nanos: i64| Some(nanos as f64 / NANOS as f64);
    let tokens = |n: u64| Some(n as f64);
    let cost = vec![
        series(&say!(words, "rep-chart-answers"), &|t| dollars(t.cost_nanos.saturating_sub(t.lost_nanos))),
        series(&say!(words, "rep-chart-lost"), &|t| dollars(t.lost_nanos)),
    ];
    let requests = vec![
        series(&say!(words, "rep-chart-succeeded"), &|t| tokens(t.succeeded)),
        series(&say!(words, "rep-chart-failed"), &|t| tokens(t.failed)),
        series(&say!(words, "rep-chart-cancelled"), &|t| tokens(t.cancelled)),
    ];
    let kinds = vec![
        series(&say!(words, "rep-tokens-cache-read"), &|t| tokens(t.tokens.cache_read)),
        series(&say!(words, "rep-chart-written"), &|t| {
            tokens(t.tokens.cache_write_5m + t.tokens.cache_write_1h)
        }),
        series(&say!(words, "rep-tokens-input"), &|t| tokens(t.tokens.input)),
        series(&say!(words, "rep-tokens-output"), &|t| tokens(t.tokens.output)),
    ];
    let times = vec![
        series("p50", &|t| t.ttft.percentile(0.5).map(|ms| ms as f64)),
        series("p95", &|t| t.ttft.percentile(0.95).map(|ms| ms as f64)),
    ];
    let draw =
        |title: &str, kind, series, write| Chart { title, kind, labels: &labels, series, write }.draw();
    html! {
        div.charts {
            (draw(&say!(words, "rep-column-cost"), Kind::Bars, cost, usd))
            (draw(&say!(words, "rep-column-requests"), Kind::Bars, requests, count))
            (draw(&say!(words, "rep-tile-tokens"), Kind::Bars, kinds, count))
            (draw(&say!(words, "rep-chart-ttft"), Kind::Lines, times, ms))
        }
    }
}

fn usd(dollars: f64) -> String {
    money((dollars * NANOS as f64) as i64)
}

fn count(n: f64) -> String {
    short(n as u64)
}

fn ms(ms: f64) -> String {
    duration(ms as u64)
}

/// Sums by day, or by month where there are many; without a gap.
fn sums(days: &Report, period: &Period, now: i64) -> BTreeMap<String, Totals> {
    let mut sums: BTreeMap<String, Totals> = BTreeMap::new();
    let date = |unix_ms: i64| Some(Timestamp::from_millisecond(unix_ms).ok()?.to_zoned(zone()).date());
    let first = period.since.and_then(date).or_else(|| days.rows.first()?.key.parse::<Date>().ok());
    let last = period.until.map(|until| until.min(now).saturating_sub(1)).unwrap_or(now);
    if let (Some(first), Some(last)) = (first, date(last)) {
        let all = std::iter::successors(Some(first), |day| day.checked_add(1.day()).ok());
        sums.extend(
            all.take_while(|day| *day <= last).take(MOST).map(|day| (day.to_string(), Totals::default())),
        );
    }
    for row in &days.rows {
        sums.entry(row.key.clone()).or_default().merge(&row.totals);
    }
    if sums.len() <= MOST_DAYS {
        return sums;
    }
    let mut months: BTreeMap<String, Totals> = BTreeMap::new();
    for (day, totals) in &sums {
        months.entry(day.chars().take(7).collect()).or_default().merge(totals);
    }
    months
}

#[cfg(test)]
mod tests {
    use zephyr_core::usage::ReportRow;

    use super::*;

    fn report(days: &[&str]) -> Report {
        let row = |day: &&str| ReportRow {
            key: (*day).to_owned(),
            totals: Totals { requests: 1, ..Totals::default() },
        };
        Report { rows: days.iter().map(row).collect(), ..Report::default() }
    }

    fn at(text: &str) -> i64 {
        text.parse::<jiff::civil::DateTime>().unwrap().to_zoned(zone()).unwrap().timestamp().as_millisecond()
    }

    #[test]
    fn a_day_without_requests_is_a_day() {
        let period = Period { since: Some(at("2026-11-18T12:00")), ..Period::default() };
        let sums = sums(&report(&["2026-11-19", "2026-11-21"]), &period, at("2026-11-21T12:00"));
        let told: Vec<_> = sums.iter().map(|(day, t)| (day.as_str(), t.requests)).collect();
        assert_eq!(told, [("2026-11-18", 0), ("2026-11-19", 1), ("2026-11-20", 0), ("2026-11-21", 1)]);
    }

    #[test]
    fn a_year_is_shown_by_month() {
        let period = Period { since: Some(at("2025-11-21T12:00")), ..Period::default() };
        let sums = sums(&report(&["2025-12-01", "2025-12-31"]), &period, at("2026-11-21T12:00"));
        assert_eq!((sums.len(), sums["2025-12"].requests), (13, 2));
    }

    #[test]
    fn the_end_of_a_time_is_not_in_it() {
        let period = Period {
            since: Some(at("2026-11-20T00:00")),
            until: Some(at("2026-11-21T00:00")),
            ..Period::default()
        };
        assert_eq!(sums(&report(&[]), &period, at("2026-12-01T00:00")).len(), 1);
    }
}
