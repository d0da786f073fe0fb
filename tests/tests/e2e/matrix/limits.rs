//! The kinds of 429, and limits that answers tell.

use std::time::{SystemTime, UNIX_EPOCH};

use zephyr_tests::Answer;

use super::row::Again::{After, Never, Soon};
use super::row::Form::Both;
use super::row::Told::Own;
use super::row::{One, Row, USABLE, moves, row, spent, status};
use super::tell::tell;

/// The credential is out for every model.
const CREDENTIAL: One = moves([1, 0, 1], "b", ["exhausted", "exhausted"], ["b", "b"]);
/// The credential is out for one model.
const MODEL: One = moves([1, 0, 1], "b", [USABLE, USABLE], ["b", "a"]);

/// Seconds of the wall clock, so far ahead.
fn ahead(seconds: u64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    (now + seconds).to_string()
}

/// An answer about the windows of a subscription, of which the five-hour one and the weekly one end so far ahead.
fn windows(answer: Answer, claim: &str, five_hours: (&str, u64), week: (&str, u64)) -> Answer {
    let (short, long) = (ahead(five_hours.1), ahead(week.1));
    let latest = if week.0 == "rejected" { &long } else { &short };
    answer
        .header("anthropic-ratelimit-unified-status", "rejected")
        .header("anthropic-ratelimit-unified-representative-claim", claim)
        .header("anthropic-ratelimit-unified-reset", latest)
        .header("anthropic-ratelimit-unified-5h-status", five_hours.0)
        .header("anthropic-ratelimit-unified-5h-reset", &short)
        .header("anthropic-ratelimit-unified-7d-status", week.0)
        .header("anthropic-ratelimit-unified-7d-reset", &long)
}

#[rustfmt::skip]
fn rows() -> Vec<Row> {
    let limit = |again| spent([1, 0, 1], Own(429, "rate_limit_error"), again);
    let reached = Answer::error(403, "permission_error", "Usage limit reached for this plan.");
    let five_hours = windows(status(429), "five_hour", ("rejected", 7_200), ("allowed", 200_000));
    let both = windows(status(429), "seven_day", ("rejected", 7_200), ("rejected", 200_000));
    let family = status(429)
        .header("anthropic-ratelimit-unified-status", "rejected")
        .header("anthropic-ratelimit-unified-representative-claim", "seven_day_opus")
        .header("anthropic-ratelimit-unified-reset", &ahead(90_000));
    vec![
        row("429 with a time",             Both, status(429).header("retry-after", "120"), MODEL, limit(After(120))),
        row("429 with a short time",       Both, status(429).header("retry-after", "20"),  MODEL, limit(After(20))),
        row("429 of the five-hour window", Both, five_hours,  CREDENTIAL, limit(After(7_200))),
        row("429 of both windows",         Both, both,        CREDENTIAL, limit(After(200_000))),
        row("429 of one model family",     Both, family,      MODEL,      limit(After(90_000))),
        row("429 bare",                    Both, status(429), CREDENTIAL, limit(Soon)),
        row("a limit on use, in words",    Both, reached,     CREDENTIAL, limit(Soon)),
    ]
}

#[rustfmt::skip]
fn overage() -> Vec<Row> {
    let paid = windows(Answer::realistic(), "five_hour", ("rejected", 7_200), ("allowed", 200_000));
    vec![
        row("an answer that is paid extra, where that is not wanted", Both, paid,
            CREDENTIAL, spent([1, 0, 1], Own(429, "rate_limit_error"), Never)).with("overage = false"),
    ]
}

#[tokio::test]
async fn what_is_limited() {
    tell(rows()).await;
}

#[tokio::test]
async fn what_would_be_paid_extra() {
    tell(overage()).await;
}
