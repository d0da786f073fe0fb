//! One request with everything that is known of it, its attempts in order.

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
    let head = format!(
        "{} {}: {}\n",
        paint(style, mark),
        paint(BOLD, &name(&r.id)),
        paint(style, &line(&outcome(r)))
    );
    let mut out = head + &facts(r, now);
    if !r.attempts.is_empty() {
        out.push('\n');
        out.push_str(&attempts(&r.attempts).render(width));
    }
    out
}

fn outcome(r: &Request) -> String {
    match r.ended.as_str() {
        "complete" if r.succeeded => format!("answered with {}", status(r)),
        "complete" => format!("failed with {}", status(r)),
        "refused" => format!("refused by zephyrd with {}", status(r)),
        "cut" => "broke off inside the answer".to_owned(),
        "cancelled" => "left by the client".to_owned(),
        other => other.to_owned(),
    }
}

fn facts(r: &Request, now: &Zoned) -> String {
    let mut pairs = Pairs::default();
    let text = |text: &Option<String>| text.as_deref().map(line).unwrap_or_default();
    pairs.add("error", paint(BAD, &text(&r.detail)));
    pairs.add("came", format!("{}, {}", whole(r.started_unix_ms, now), ago(r.started_unix_ms)));
    let stream = if r.stream { "a stream" } else { "one answer" };
    let dialect = r.dialect.as_deref().map(|d| format!(" ({d}, {stream})")).unwrap_or_default();
    pairs.add("asked", line(&format!("{} {}{dialect}", r.method, r.path)));
    let model = line(&model(r));
    pairs.add("model", if r.mismatch { paint(WARN, &model) } else { model });
    pairs.add("client", text(&r.client));
    pairs.add("session", text(&r.session));
    pairs.add("agent", text(&r.agent));
    pairs.add("purpose", text(&r.class));
    pairs.add(if r.succeeded { "answered by" } else { "asked last" }, by(r));
    pairs.add("sent as", sent(r));
    pairs.add("first token", r.ttft_ms.map(|ms| latency(Some(ms as f64))).unwrap_or_default());
    pairs.add("in all", latency(Some(r.duration_ms as f64)));
    pairs.add("stopped", text(&r.stop));
    pairs.add("tokens", tokens(&r.tokens));
    pairs.add("known", known(r));
    pairs.add("cost", cost(r));
    let amount = |amount: Nanos, what: &str| match amount.0 {
        0 => String::new(),
        _ => format!("{} {what}", dollars(amount)),
    };
    pairs.add("lost", amount(r.lost, "in attempts that brought no answer"));
    pairs.add("saved", amount(r.saved, "by the other answer"));
    let label = if r.saved.0 == 0 { "saved" } else { "" };
    pairs.add(label, amount(r.cache_saved, "by the vendor's prompt cache"));
    pairs.add("bytes", format!("{} in, {} out", r.bytes_in, r.bytes_out));
    pairs.text()
}

/// The endpoint, or the request whose answer served.
fn by(r: &Request) -> String {
    let other = r.served_by.as_deref().map(name).unwrap_or_default();
    match (r.source.as_str(), &r.endpoint) {
        ("shared", _) => format!("the answer to {other}, which was on its way"),
        ("cache", _) => format!("the stored answer to {other}"),
        (_, None) => String::new(),
        (_, Some(endpoint)) => {
            let group = r.group.as_deref().map(|g| format!(" of group {}", name(g))).unwrap_or_default();
            let status = r.upstream_status.filter(|s| *s >= 300 && Some(*s) != r.status);
            let status = status.map(|s| format!(", which said {s}")).unwrap_or_default();
            format!("{}{group}{status}", name(endpoint))
        }
    }
}

/// What the last attempt asked for, where that was something else.
fn sent(r: &Request) -> String {
    let Some(last) = r.attempts.last() else { return String::new() };
    let model = last.model.as_deref().map(line);
    let dialect = last.dialect.as_deref().map(|d| format!("translated into {}", line(d)));
    [model, dialect].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// Every count that is not zero.
fn tokens(t: &Tokens) -> String {
    let parts = [
        (t.input, "in"),
        (t.cache_read, "read from the cache"),
        (t.cache_write_5m, "written to it for 5 min"),
        (t.cache_write_1h, "written to it for 1 h"),
        (t.output, "out"),
        (t.reasoning, "of it reasoning"),
        (t.web_searches, "web searches"),
        (t.web_fetches, "web fetches"),
        (t.code_runs, "code runs"),
    ];
    let shown = parts.into_iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}"));
    shown.collect::<Vec<_>>().join(", ")
}

fn known(r: &Request) -> String {
    match r.usage.as_str() {
        "partial" => paint(WARN, "in part: it broke off before the last word on usage"),
        "none" => "nothing: no usage was told".to_owned(),
        _ => String::new(),
    }
}

fn cost(r: &Request) -> String {
    let tier = if r.tier == "standard" { String::new() } else { format!(", {}", line(&r.tier)) };
    let price = match r.price_source.as_str() {
        "builtin" => ", by the built-in prices".to_owned(),
        "config" => ", by `[[prices]]`".to_owned(),
        "default" => paint(WARN, ", by the default price: nobody knows the model"),
        _ => String::new(),
    };
    format!("${}{tier}{price}", r.cost.usd())
}

fn attempts(attempts: &[Attempt]) -> Table {
    let column = |head, right, min, drop| Column { head, right, min, drop };
    let mut table = Table::new(&[
        column("TRY", true, 0, 0),
        column("ENDPOINT", false, 12, 0),
        column("AFTER", true, 0, 4),
        column("TOOK", true, 0, 3),
        column("STATUS", true, 0, 1),
        column("ENDED", false, 10, 0),
        column("IN", true, 0, 6),
        column("OUT", true, 0, 5),
        column("COST", true, 0, 0),
        column("BILLED", false, 0, 2),
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
                Cell::new(&attempt.class, if good { Style::new() } else { WARN }),
                number(attempt.tokens.all_input()),
                number(attempt.tokens.output),
                Cell::plain(dollars(attempt.cost)),
                Cell::plain(if attempt.may_be_billed { "perhaps" } else { "no" }),
            ],
            attempt.detail.as_ref().map(|detail| Cell::new(detail, WARN)),
        );
    }
    table
}
