//! The rows of a report.

use maud::{Markup, html};
use zephyr_core::usage::{By, Report, Totals};
use zephyr_words::{Words, say};

use crate::system::text::clean;
use crate::web::asked::Asked;
use crate::web::figures::{duration, money, percent, short};
use crate::web::format::NOTHING;

/// Most rows that are shown.
const MOST_ROWS: usize = 500;

/// What rows stand for.
pub(super) fn by_name(words: &Words, by: By) -> String {
    let text = match by {
        By::Total => say!(words, "rep-total"),
        By::Day => say!(words, "rep-by-day"),
        By::Month => say!(words, "rep-by-month"),
        By::Hour => say!(words, "rep-by-hour"),
        By::Minute => say!(words, "rep-by-minute"),
        By::Model => say!(words, "rep-by-model"),
        By::Endpoint => say!(words, "rep-by-endpoint"),
        By::Group => say!(words, "rep-by-group"),
        By::Client => say!(words, "rep-by-client"),
        By::Session => say!(words, "rep-by-session"),
    };
    text.into_owned()
}

/// What a filter is called.
pub(super) fn name_of(words: &Words, filter: &str) -> String {
    let text = match filter {
        "model" => say!(words, "rep-column-model"),
        "endpoint" => say!(words, "rep-column-endpoint"),
        "group" => say!(words, "rep-column-group"),
        "client" => say!(words, "rep-column-client"),
        _ => say!(words, "rep-column-session"),
    };
    text.into_owned()
}

/// The report as a table.
pub(super) fn table(words: &Words, by: By, report: &Report, asked: &Asked) -> Markup {
    let most = report.rows.iter().map(|row| row.totals.cost_nanos).max().unwrap_or(0);
    let left = report.rows.len().saturating_sub(MOST_ROWS);
    html! {
        div.scroll { table.usage {
            thead { tr {
                th scope="col" { (by_name(words, by)) }
                th.number scope="col" { (say!(words, "rep-column-requests")) }
                th.number scope="col" { (say!(words, "rep-column-succeeded")) }
                th.number scope="col" { (say!(words, "rep-column-input")) }
                th.number scope="col" { (say!(words, "rep-column-output")) }
                th.number scope="col" { (say!(words, "rep-column-cached")) }
                th.number scope="col" { (say!(words, "rep-column-ttft")) }
                th.number scope="col" { "p95" }
                th.number scope="col" { (say!(words, "rep-column-cost")) }
                th scope="col" { span.unseen { (say!(words, "rep-column-share")) } }
            } }
            tbody { @for row in report.rows.iter().take(MOST_ROWS) { tr {
                th scope="row" { (key(words, by, &row.key, asked)) }
                (cells(&row.totals))
                td.share { @if most > 0 { meter min="0" max=(most) value=(row.totals.cost_nanos.max(0)) { (money(row.totals.cost_nanos)) } } }
            } } }
            tfoot { tr { th scope="row" { (say!(words, "rep-total")) } (cells(&report.total)) td {} } }
        } }
        @if left > 0 { p.quiet { (say!(words, "rep-usage-more-rows", n = left)) } }
    }
}

/// What a row stands for; it leads to its requests, or to the usage of it alone.
fn key(words: &Words, by: By, key: &str, asked: &Asked) -> Markup {
    let shown = clean(key);
    let link = match by {
        By::Day => {
            let only = asked.with("/requests", "range", "");
            let joint = if only.contains('?') { '&' } else { '?' };
            Some(format!("{only}{joint}start_date={key}&end_date={key}"))
        }
        By::Month | By::Total => None,
        by if !key.is_empty() => Some(asked.with("/requests", by.name(), key)),
        _ => None,
    };
    html! {
        @match link {
            Some(link) => a href=(link) { (shown) },
            None if key.is_empty() => span.quiet { (say!(words, "rep-usage-nobody")) },
            None => (shown),
        }
    }
}

fn cells(t: &Totals) -> Markup {
    html! {
        td.number { (short(t.requests)) }
        td.number { (percent(t.success_rate())) }
        td.number { (short(t.tokens.all_input())) }
        td.number { (short(t.tokens.output)) }
        td.number { (percent(t.cache_share())) }
        td.number { (t.ttft.percentile(0.5).map_or_else(|| NOTHING.to_owned(), duration)) }
        td.number { (t.ttft.percentile(0.95).map_or_else(|| NOTHING.to_owned(), duration)) }
        td.number { (money(t.cost_nanos)) }
    }
}
