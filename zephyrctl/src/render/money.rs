//! What the status tells of money, and what a person should know of it.

use anstyle::Style;
use jiff::Zoned;

use super::clock::coming;
use super::glyph::{BAD, WARN, paint};
use super::number::{ago, count, dollars, percent};
use super::text::{line, name};
use crate::view::{Budget, Mismatch, Money, RecordStore};

/// Labels and lines for the status screen, safe for a terminal.
pub(crate) fn facts(money: &Money, now: &Zoned) -> Vec<(&'static str, String)> {
    let mut facts = vec![("today", today(money, now))];
    let warned = |(text, style): (String, Style)| paint(style, &text);
    facts.extend(money.budgets.iter().filter_map(|b| spent(b, now)).map(|w| ("budget", warned(w))));
    facts.extend(records(&money.records).map(|w| ("records", warned(w))));
    facts.extend(models(&money.mismatches).map(|text| ("models", paint(WARN, &text))));
    facts
}

/// `412 requests, $3.18 (budget: 64 % of $5.00, until midnight)`: the budget that is nearest to its end.
fn today(money: &Money, now: &Zoned) -> String {
    let today = &money.today;
    let nearest = money.budgets.iter().max_by(|a, b| a.share.total_cmp(&b.share));
    let budget = nearest.map(|b| {
        let share = percent(Some(b.share));
        format!(" ({}: {share} of {}, until {})", whose(b), dollars(b.limit), coming(b.resets_unix_ms, now))
    });
    let spent = format!("{}, {}", count(today.requests, "request", "requests"), dollars(today.cost));
    spent + &budget.unwrap_or_default()
}

fn whose(budget: &Budget) -> String {
    match &budget.client {
        Some(client) => format!("{}'s budget", name(client)),
        None => "budget".to_owned(),
    }
}

fn spent(budget: &Budget, now: &Zoned) -> Option<(String, Style)> {
    let the = if budget.client.is_none() { "the " } else { "" };
    let what = format!("{the}{} of {} a {}", whose(budget), dollars(budget.limit), line(&budget.period));
    if budget.over {
        let until = coming(budget.resets_unix_ms, now);
        return Some((format!("{what} is used up: requests are refused until {until}"), BAD));
    }
    let share = percent(Some(budget.share));
    budget.warn.then(|| (format!("{share} of {what} is spent"), WARN))
}

fn records(store: &RecordStore) -> Option<(String, Style)> {
    let waiting = (store.state == "waiting").then(|| count(store.waiting, "record waits", "records wait"));
    let detail = store.detail.as_deref().map(line);
    let state = match (waiting, detail) {
        (Some(wait), Some(detail)) => Some(format!("{wait} to be written: {detail}")),
        (Some(wait), None) => Some(format!("{wait} to be written")),
        (None, detail) => detail,
    };
    let lost = (store.dropped > 0).then(|| {
        let were = count(store.dropped, "record was", "records were");
        format!("{were} lost because too many waited")
    });
    let style = if lost.is_some() { BAD } else { WARN };
    let told: Vec<String> = state.into_iter().chain(lost).collect();
    (!told.is_empty()).then(|| (told.join("; "), style))
}

fn models(mismatches: &[Mismatch]) -> Option<String> {
    let newest = mismatches.first()?;
    let more = match mismatches.len() {
        1 => String::new(),
        n => format!("; {} more of that kind", n - 1),
    };
    Some(format!(
        "{} answered with {} where {} was asked for, {}, last {}{more}",
        name(&newest.endpoint),
        name(&newest.answered),
        name(&newest.asked),
        count(newest.count, "time", "times"),
        ago(newest.last_unix_ms),
    ))
}
