//! The sums of a report: what it came to, what explains it, and how much of the budgets is spent.

use maud::{Markup, html};
use zephyr_core::usage::{BudgetView, Report};
use zephyr_words::{Words, say};

use crate::system::text::clean;
use crate::web::figures::{money, percent, short, time};

/// What it came to.
pub(super) fn tiles(words: &Words, report: &Report) -> Markup {
    let t = &report.total;
    let tile = |name: &str, value: &str, note: &str| {
        html! { div.box { dt { (name) } dd.big { (value) } @if !note.is_empty() { dd.quiet { (note) } } } }
    };
    let failed = say!(words, "rep-tile-failed", failed = short(t.failed), left = short(t.cancelled));
    let tokens = format!("{} → {}", short(t.tokens.all_input()), short(t.tokens.output));
    let served = say!(words, "rep-tile-served", shared = short(t.shared), stored = short(t.cache_hits));
    let retried = say!(words, "rep-tile-retried", n = short(t.retried));
    let probes = say!(words, "rep-tile-probes", n = short(report.probes.probes));
    html! {
        dl.boxes.sums {
            (tile(&say!(words, "rep-column-cost"), &money(t.cost_nanos), ""))
            (tile(&say!(words, "rep-column-requests"), &short(t.requests), &failed))
            (tile(&say!(words, "rep-tile-tokens"), &tokens, ""))
            (tile(&say!(words, "rep-tile-cache"), &percent(t.cache_share()), &say!(words, "rep-tile-cache-saved", saved = money(t.cache_saved_nanos))))
            (tile(&say!(words, "rep-money-saved"), &money(t.saved_nanos), &served))
            (tile(&say!(words, "rep-money-lost"), &money(t.lost_nanos), &retried))
            (tile(&say!(words, "rep-money-probes"), &money(report.probes.cost_nanos), &probes))
        }
    }
}

/// What is to be known of the sums, where there is such a thing.
pub(super) fn remarks(words: &Words, report: &Report) -> Markup {
    let t = &report.total;
    html! {
        @if t.partial > 0 { p.quiet { (say!(words, "rep-usage-partial", n = t.partial)) } }
        @if t.default_priced > 0 { p.quiet { (say!(words, "rep-usage-default-priced", n = t.default_priced)) " " code { "[[prices]]" } } }
        @if t.mismatches > 0 { p.quiet { (say!(words, "rep-usage-mismatches", n = t.mismatches)) } }
    }
}

/// How much of each budget is spent.
pub(super) fn budgets(words: &Words, budgets: &[BudgetView]) -> Markup {
    html! {
        section {
            h2 { (say!(words, "web-budgets")) }
            div.scroll { table {
                thead { tr {
                    th scope="col" { (say!(words, "rep-column-client")) }
                    th scope="col" { (say!(words, "web-period")) }
                    th.number scope="col" { (say!(words, "web-spent")) }
                    th.number scope="col" { (say!(words, "rep-budget-limit")) }
                    th scope="col" { (say!(words, "rep-column-share")) }
                    th scope="col" { (say!(words, "rep-budget-resets")) }
                } }
                tbody { @for b in budgets { tr data-budget=(if b.over { "over" } else if b.warn { "warn" } else { "fine" }) {
                    th scope="row" { @match &b.client { Some(client) => (clean(client)), None => (say!(words, "web-everybody")) } }
                    td { (period(words, b.period.name())) }
                    td.number { (money(b.spent_nanos)) }
                    td.number { (money(b.limit_nanos)) }
                    td {
                        meter min="0" max="1" high=(b.warn_at) optimum="0" value=(b.share().clamp(0.0, 1.0)) {}
                        " " (percent(Some(b.share())))
                        @if b.over { " " strong.bad { (say!(words, "web-budget-over")) } }
                    }
                    td { (time(b.resets_unix_ms)) }
                } } }
            } }
        }
    }
}

fn period(words: &Words, name: &str) -> String {
    let text = match name {
        "day" => say!(words, "web-period-day"),
        "week" => say!(words, "web-period-week"),
        _ => say!(words, "web-period-month"),
    };
    text.into_owned()
}
