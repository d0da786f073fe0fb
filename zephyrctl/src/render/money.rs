//! What the status tells of money, and what a person should know of it.

use crate::language::{term, words};
use std::borrow::Cow;
use zephyr_words::say;

use anstyle::Style;
use jiff::Zoned;

use super::clock::coming;
use super::glyph::{BAD, WARN, paint};
use super::number::{ago, dollars, percent, requests};
use super::text::{line, name};
use crate::view::{Budget, Mismatch, Money, RecordStore};

/// Labels and lines for the status screen, safe for a terminal.
pub(crate) fn facts(money: &Money, now: &Zoned) -> Vec<(Cow<'static, str>, String)> {
    let words = words();
    let mut facts = vec![(say!(words, "fact-today"), today(money, now))];
    let warned = |(text, style): (String, Style)| paint(style, &text);
    let budgets = money.budgets.iter().filter_map(|b| spent(b, now));
    facts.extend(budgets.map(|w| (say!(words, "fact-budget"), warned(w))));
    facts.extend(records(&money.records).map(|w| (say!(words, "fact-records"), warned(w))));
    facts.extend(models(&money.mismatches).map(|text| (say!(words, "fact-models"), paint(WARN, &text))));
    facts
}

/// `412 requests, $3.18 (budget: 64 % of $5.00, until midnight)`: the budget that is nearest to its end.
fn today(money: &Money, now: &Zoned) -> String {
    let today = &money.today;
    let nearest = money.budgets.iter().max_by(|a, b| a.share.total_cmp(&b.share));
    let (requests, cost) = (requests(today.requests), dollars(today.cost));
    let spent = say!(words(), "today-spent", requests = requests, cost = cost);
    let Some(budget) = nearest else { return spent };
    say!(
        words(),
        "today-spent-budget",
        spent = spent,
        whose = whose(budget).unwrap_or_else(|| say!(words(), "budget-all").into_owned()),
        share = percent(Some(budget.share)),
        limit = dollars(budget.limit),
        until = coming(budget.resets_unix_ms, now)
    )
}

/// `None` = everybody's.
fn whose(budget: &Budget) -> Option<String> {
    budget.client.as_ref().map(|client| say!(words(), "budget-of", client = name(client)))
}

fn spent(budget: &Budget, now: &Zoned) -> Option<(String, Style)> {
    let words = words();
    let what = say!(
        words,
        "budget-what",
        whose = whose(budget).unwrap_or_else(|| say!(words, "the-budget-all").into_owned()),
        limit = dollars(budget.limit),
        period = line(&term("period", &budget.period))
    );
    if budget.over {
        let until = coming(budget.resets_unix_ms, now);
        return Some((say!(words, "budget-over", what = what, until = until), BAD));
    }
    let share = percent(Some(budget.share));
    budget.warn.then(|| (say!(words, "budget-warn", share = share, what = what), WARN))
}

fn records(store: &RecordStore) -> Option<(String, Style)> {
    let words = words();
    let state = match (store.state == "waiting", store.detail.as_deref().map(line)) {
        (true, Some(detail)) => Some(say!(words, "records-wait-why", n = store.waiting, why = detail)),
        (true, None) => Some(say!(words, "records-wait", n = store.waiting)),
        (false, detail) => detail,
    };
    let lost = (store.dropped > 0).then(|| say!(words, "records-lost", n = store.dropped));
    let style = if lost.is_some() { BAD } else { WARN };
    let told: Vec<String> = state.into_iter().chain(lost).collect();
    (!told.is_empty()).then(|| (told.join(&say!(words, "semicolon")), style))
}

fn models(mismatches: &[Mismatch]) -> Option<String> {
    let newest = mismatches.first()?;
    let told = say!(
        words(),
        "mismatch",
        endpoint = name(&newest.endpoint),
        answered = name(&newest.answered),
        asked = name(&newest.asked),
        n = newest.count,
        ago = ago(newest.last_unix_ms)
    );
    Some(match mismatches.len() {
        1 => told,
        n => say!(words(), "mismatch-more", told = told, n = n - 1),
    })
}
