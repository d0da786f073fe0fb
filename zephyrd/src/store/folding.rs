//! From sums by key to a report: keys, order and total are the same for every kind of store.

use std::collections::HashMap;

use zephyr_core::usage::{By, ProbeTotals, Report, ReportRow, Totals, UsageRecord};

const MINUTE_MS: i64 = 60 * 1000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// The row a request belongs to.
pub(super) fn key_of(by: By, record: &UsageRecord) -> String {
    match by {
        By::Total => String::new(),
        By::Day => day(record.day),
        By::Month => month(record.day),
        By::Hour => moment(record.started_unix_ms.div_euclid(HOUR_MS) * HOUR_MS),
        By::Minute => moment(record.started_unix_ms.div_euclid(MINUTE_MS) * MINUTE_MS),
        By::Model => record.model.clone(),
        By::Endpoint => record.endpoint.clone().unwrap_or_default(),
        By::Group => record.group.clone().unwrap_or_default(),
        By::Client => record.client.clone(),
        By::Session => record.session.clone().unwrap_or_default(),
    }
}

/// `2026-11-21` of 20261121.
pub(super) fn day(day: i32) -> String {
    format!("{:04}-{:02}-{:02}", day / 10_000, day / 100 % 100, day % 100)
}

/// `2026-11` of 20261121.
pub(super) fn month(day: i32) -> String {
    format!("{:04}-{:02}", day / 10_000, day / 100 % 100)
}

/// `2026-11-21T20:07Z`.
pub(super) fn moment(unix_ms: i64) -> String {
    let time = jiff::Timestamp::from_millisecond(unix_ms).unwrap_or_default();
    time.strftime("%Y-%m-%dT%H:%MZ").to_string()
}

/// The report of these sums. Where nothing was counted there is no row.
pub(super) fn report(by: By, sums: HashMap<String, Totals>, probes: ProbeTotals) -> Report {
    let mut rows: Vec<ReportRow> = sums.into_iter().map(|(key, totals)| ReportRow { key, totals }).collect();
    match by {
        By::Day | By::Month | By::Hour | By::Minute => rows.sort_by(|a, b| a.key.cmp(&b.key)),
        _ => rows.sort_by(|a, b| {
            let weight = |row: &ReportRow| (row.totals.cost_nanos, row.totals.requests);
            weight(b).cmp(&weight(a)).then_with(|| a.key.cmp(&b.key))
        }),
    }
    let mut total = Totals::default();
    for row in &rows {
        total.merge(&row.totals);
    }
    Report { rows, total, probes }
}
