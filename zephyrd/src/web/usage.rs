//! What was used and what it cost: sums of a time by day, model, endpoint, group, client or session, charts of the days in
//! it, budgets, and where money was saved or lost.

mod days;
mod sums;
mod table;

use axum::response::Response;
use maud::{Markup, html};
use zephyr_core::usage::{By, Filter, Report, ReportQuery};
use zephyr_words::{Words, say};

use super::asked::{Asked, NAMES};
use super::frame::framed;
use super::page::Seen;
use super::period::Period;
use super::range;
use crate::ledger::{Ledger, LedgerView};
use crate::store::StoreError;
use crate::system::text::clean;

/// What rows can stand for.
const BYS: [By; 7] = [By::Day, By::Month, By::Model, By::Endpoint, By::Group, By::Client, By::Session];

/// The page.
pub(super) async fn page(Seen(page): Seen, asked: Asked) -> Response {
    let words = page.words;
    let ledger = &page.room.desk.ledger;
    let period = Period::of(&asked, "30d", ledger.now());
    let by = BYS.into_iter().find(|by| by.name() == asked.get("by")).unwrap_or(By::Model);
    let filter = Filter { since_unix_ms: period.since, until_unix_ms: period.until, ..asked.filter() };
    let reports = reports(ledger, &filter, by).await;
    let view = ledger.view();
    let title = say!(words, "rep-usage-title");
    let main = html! {
        h1 { (title) }
        @if !view.on { p.bad { (say!(words, "rep-usage-off")) } }
        (form(words, &asked, &period, by))
        @match &reports {
            Err(error) => p.bad role="alert" { (say!(words, "rep-records-unreadable", why = clean(&error.to_string()))) },
            Ok((days, report)) => (shown(words, &asked, &period, by, (days, report), &view, ledger.now())),
        }
    };
    framed(&page, &title, &main)
}

/// The days, and the rows that were asked for.
async fn reports(ledger: &Ledger, filter: &Filter, by: By) -> Result<(Report, Report), StoreError> {
    let ask = |by| ledger.report(ReportQuery { filter: filter.clone(), by });
    let days = ask(By::Day).await?;
    let rows = if by == By::Day { days.clone() } else { ask(by).await? };
    Ok((days, rows))
}

fn shown(
    words: &Words,
    asked: &Asked,
    period: &Period,
    by: By,
    (days, report): (&Report, &Report),
    view: &LedgerView,
    now: i64,
) -> Markup {
    html! {
        (sums::tiles(words, report))
        @if report.total.requests == 0 {
            p.empty { (say!(words, "rep-usage-none")) }
        } @else {
            (days::charts(words, days, period, now))
            section {
                h2 { (table::by_name(words, by)) }
                (table::table(words, by, report, asked))
                (sums::remarks(words, report))
            }
        }
        @if !view.budgets.is_empty() { (sums::budgets(words, &view.budgets)) }
        p.export {
            (say!(words, "rep-usage-export")) " "
            a href=(export(asked, period, "csv")) download="zephyr-usage.csv" { "CSV" } " · "
            a href=(export(asked, period, "json")) download="zephyr-usage.json" { "JSON" }
        }
    }
}

/// Where the API gives the same requests one by one.
fn export(asked: &Asked, period: &Period, format: &str) -> String {
    let mut query = format!("format={format}");
    period.write_query(&mut query);
    for name in NAMES.into_iter().filter(|name| !asked.get(name).is_empty()) {
        query.push('&');
        query.push_str(
            &form_urlencoded::Serializer::new(String::new()).append_pair(name, asked.get(name)).finish(),
        );
    }
    if asked.is_on("all") {
        query.push_str("&all=true");
    }
    format!("/api/v1/usage/export?{query}")
}

fn form(words: &Words, asked: &Asked, period: &Period, by: By) -> Markup {
    html! {
        form.filters method="get" action="/usage" {
            label { span { (say!(words, "rep-usage-by")) }
                select name="by" { @for choice in BYS {
                    option value=(choice.name()) selected[choice == by] { (table::by_name(words, choice)) }
                } }
            }
            (range::choice(words, asked, period, false))
            @for name in NAMES.into_iter().filter(|name| !asked.get(name).is_empty()) {
                label { span { (table::name_of(words, name)) }
                    input type="text" name=(name) value=(asked.get(name)) maxlength="256" autocomplete="off";
                }
            }
            p.buttons {
                button type="submit" { (say!(words, "rep-filter-apply")) }
                " " a href="/usage" { (say!(words, "rep-filter-clear")) }
            }
            (range::wrong(words, period))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_export_asks_for_what_is_shown() {
        let asked = Asked::of("model=a%26b&client=ada&by=day&start_date=1970-01-01T00:00:01Z");
        let period = Period::of(&asked, "30d", 0);
        assert_eq!(
            export(&asked, &period, "csv"),
            "/api/v1/usage/export?format=csv&start_date=1970-01-01T00:00:01.000Z&model=a%26b&client=ada"
        );
    }
}
