//! One request with everything that is known of it, its attempts in order.

use crate::language::{term, words};
use std::borrow::Cow;
use zephyr_words::say;

use anstyle::Style;
use jiff::Zoned;

use super::clock::whole;
use super::glyph::{BAD, BOLD, DIM, WARN, paint};
use super::number::{ago, dollars, latency};
use super::pairs::Pairs;
use super::requests::{glyph, model, status};
use super::table::{Cell, Column, Table};
use super::text::{line, name};
use crate::view::{Attempt, Nanos, Request, Tokens};

/// The screen of `requests REQ-ID`.
pub(crate) fn screen(r: &Request, now: &Zoned, width: Option<usize>) -> String {
    let (mark, style) = glyph(r);
    let (mark, id) = (paint(style, mark), paint(BOLD, &name(&r.id)));
    let outcome = paint(style, &line(&outcome(r)));
    let head = say!(words(), "request-head", mark = mark, id = id, outcome = outcome);
    let mut out = format!("{head}\n{}", facts(r, now));
    if !r.attempts.is_empty() {
        out.push('\n');
        out.push_str(&attempts(&r.attempts).render(width));
    }
    out
}

fn outcome(r: &Request) -> String {
    let words = words();
    match r.ended.as_str() {
        "complete" if r.succeeded => say!(words, "outcome-answered", status = status(r)),
        "complete" => say!(words, "outcome-failed", status = status(r)),
        "refused" => say!(words, "outcome-refused", status = status(r)),
        "cut" => say!(words, "outcome-cut").into_owned(),
        "cancelled" => say!(words, "outcome-left").into_owned(),
        other => other.to_owned(),
    }
}

fn facts(r: &Request, now: &Zoned) -> String {
    let words = words();
    let mut pairs = Pairs::default();
    let text = |text: &Option<String>| text.as_deref().map(line).unwrap_or_default();
    pairs.add(&say!(words, "label-error"), paint(BAD, &text(&r.detail)));
    let (came, ago) = (whole(r.started_unix_ms, now), ago(r.started_unix_ms));
    pairs.add(&say!(words, "label-came"), say!(words, "came-ago", time = came, ago = ago));
    pairs.add(&say!(words, "label-asked"), asked(&r.method, &r.path, r.dialect.as_deref(), r.stream));
    let model = line(&model(r));
    pairs.add(&say!(words, "label-model"), if r.mismatch { paint(WARN, &model) } else { model });
    pairs.add(&say!(words, "label-client"), text(&r.client));
    pairs.add(&say!(words, "label-session"), text(&r.session));
    pairs.add(&say!(words, "label-agent"), text(&r.agent));
    pairs.add(&say!(words, "label-purpose"), text(&r.class));
    let answered = r.succeeded;
    let by_whom = if answered { say!(words, "label-answered-by") } else { say!(words, "label-asked-last") };
    pairs.add(&by_whom, by(r));
    pairs.add(&say!(words, "label-sent-as"), sent(r));
    pairs.add(
        &say!(words, "label-first-token"),
        r.ttft_ms.map(|ms| latency(Some(ms as f64))).unwrap_or_default(),
    );
    pairs.add(&say!(words, "label-in-all"), latency(Some(r.duration_ms as f64)));
    pairs.add(&say!(words, "label-stopped"), text(&r.stop));
    pairs.add(&say!(words, "label-tokens"), tokens(&r.tokens));
    pairs.add(&say!(words, "label-known"), known(r));
    pairs.add(&say!(words, "label-cost"), cost(r));
    let there = |amount: Nanos| (amount.0 != 0).then(|| dollars(amount));
    if let Some(lost) = there(r.lost) {
        pairs.add(&say!(words, "label-lost"), say!(words, "lost-in-attempts", cost = lost));
    }
    let mut label = say!(words, "label-saved");
    if let Some(saved) = there(r.saved) {
        pairs.add(&std::mem::take(&mut label), say!(words, "saved-by-answer", cost = saved));
    }
    if let Some(saved) = there(r.cache_saved) {
        pairs.add(&label, say!(words, "saved-by-cache", cost = saved));
    }
    pairs.add(
        &say!(words, "label-bytes"),
        say!(words, "bytes-both", received = r.bytes_in, sent = r.bytes_out),
    );
    pairs.text()
}

/// What was asked for: `POST /v1/messages (anthropic, a stream)`.
pub(crate) fn asked(method: &str, path: &str, dialect: Option<&str>, stream: bool) -> String {
    let asked = line(&format!("{method} {path}"));
    match dialect.map(line) {
        None => asked,
        Some(dialect) if stream => say!(words(), "asked-stream", asked = asked, dialect = dialect),
        Some(dialect) => say!(words(), "asked-whole", asked = asked, dialect = dialect),
    }
}

/// The endpoint, or the request whose answer served.
fn by(r: &Request) -> String {
    let other = r.served_by.as_deref().map(name).unwrap_or_default();
    match (r.source.as_str(), &r.endpoint) {
        ("shared", _) => say!(words(), "by-shared", request = other),
        ("cache", _) => say!(words(), "by-stored", request = other),
        (_, None) => String::new(),
        (_, Some(endpoint)) => {
            let endpoint = name(endpoint);
            let by = match r.group.as_deref().map(name) {
                Some(group) => say!(words(), "by-endpoint", endpoint = endpoint, group = group),
                None => endpoint,
            };
            match r.upstream_status.filter(|s| *s >= 300 && Some(*s) != r.status) {
                Some(status) => say!(words(), "by-said", by = by, status = status),
                None => by,
            }
        }
    }
}

/// What the last attempt asked for, where that was something else.
fn sent(r: &Request) -> String {
    let Some(last) = r.attempts.last() else { return String::new() };
    let model = last.model.as_deref().map(line);
    let dialect = last.dialect.as_deref().map(|d| say!(words(), "translated-into", dialect = line(d)));
    [model, dialect].into_iter().flatten().collect::<Vec<_>>().join(&say!(words(), "comma"))
}

/// Every count that is not zero.
fn tokens(t: &Tokens) -> String {
    let words = words();
    let parts = [
        (t.input, say!(words, "tokens-in", n = t.input)),
        (t.cache_read, say!(words, "tokens-cache-read", n = t.cache_read)),
        (t.cache_write_5m, say!(words, "tokens-cache-5m", n = t.cache_write_5m)),
        (t.cache_write_1h, say!(words, "tokens-cache-1h", n = t.cache_write_1h)),
        (t.output, say!(words, "tokens-out", n = t.output)),
        (t.reasoning, say!(words, "tokens-reasoning", n = t.reasoning)),
        (t.web_searches, say!(words, "tokens-searches", n = t.web_searches)),
        (t.web_fetches, say!(words, "tokens-fetches", n = t.web_fetches)),
        (t.code_runs, say!(words, "tokens-code", n = t.code_runs)),
    ];
    let shown = parts.into_iter().filter(|(n, _)| *n > 0).map(|(_, text)| text);
    shown.collect::<Vec<_>>().join(&say!(words, "comma"))
}

fn known(r: &Request) -> String {
    match r.usage.as_str() {
        "partial" => paint(WARN, &say!(words(), "known-part")),
        "none" => say!(words(), "known-nothing").into_owned(),
        _ => String::new(),
    }
}

fn cost(r: &Request) -> String {
    let words = words();
    let mut cost = format!("${}", r.cost.usd());
    if r.tier != "standard" {
        cost = say!(words, "cost-tier", cost = cost, tier = line(&term("tier", &r.tier)));
    }
    match r.price_source.as_str() {
        "builtin" => say!(words, "cost-builtin", cost = cost),
        "config" => say!(words, "cost-config", cost = cost),
        "default" => cost + &paint(WARN, &say!(words, "cost-default")),
        _ => cost,
    }
}

fn attempts(attempts: &[Attempt]) -> Table {
    let column = |head, right, min, drop| Column { head, right, min, drop };
    let mut table = Table::new([
        column(say!(words(), "head-try"), true, 0, 0),
        column(say!(words(), "head-endpoint"), false, 12, 0),
        column(say!(words(), "head-after"), true, 0, 4),
        column(say!(words(), "head-took"), true, 0, 3),
        column(say!(words(), "head-status"), true, 0, 1),
        column(say!(words(), "head-ended"), false, 10, 0),
        column(say!(words(), "head-in"), true, 0, 6),
        column(say!(words(), "head-out"), true, 0, 5),
        column(say!(words(), "head-cost"), true, 0, 0),
        column(say!(words(), "head-billed"), false, 0, 2),
    ]);
    for (attempt, place) in attempts.iter().zip(1u32..) {
        let ms = |ms: u64| Cell::plain(latency(Some(ms as f64)));
        let number = |n: u64| Cell::plain(n.to_string());
        let good = attempt.detail.is_none();
        table.row(
            vec![
                Cell::new(place.to_string(), DIM),
                Cell::plain(&attempt.endpoint),
                ms(attempt.after_ms),
                ms(attempt.duration_ms),
                Cell::plain(attempt.status.map_or_else(|| "–".to_owned(), |s| s.to_string())),
                Cell::new(term("class", &attempt.class), if good { Style::new() } else { WARN }),
                number(attempt.tokens.all_input()),
                number(attempt.tokens.output),
                Cell::plain(dollars(attempt.cost)),
                Cell::plain(billed(attempt.may_be_billed)),
            ],
            attempt.detail.as_ref().map(|detail| Cell::new(detail, WARN)),
        );
    }
    table
}

fn billed(perhaps: bool) -> Cow<'static, str> {
    if perhaps { say!(words(), "billed-perhaps") } else { say!(words(), "billed-no") }
}
