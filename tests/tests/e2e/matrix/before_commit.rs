//! Begun, and failed before anything with content had come: nothing of it is seen.

use bytes::Bytes;
use serde_json::json;
use zephyr_tests::Answer;
use zephyr_tests::fake::realistic::anthropic;
use zephyr_tests::fake::{At, How};

use super::row::Again::{Never, Soon};
use super::row::Form::{Both, Stream};
use super::row::Told::Own;
use super::row::{ANY, All, DEGRADED, One, Row, USABLE, moves, row, spent, stays};
use super::tell::tell;

const FAILURE: One = moves([1, 1, 0], "twin", [DEGRADED, "up"], ["", ""]);

/// A stream of these events that breaks off like this after the last.
fn breaking(events: Vec<Bytes>, how: How) -> Answer {
    let all: usize = events.iter().map(Bytes::len).sum();
    Answer::events(events).stop(At::Body(all), how)
}

/// A stream that says an error of this kind before anything else of weight.
fn says(kind: &str) -> Answer {
    Answer::events([anthropic::start("m"), anthropic::ping(), anthropic::error(kind, "scripted")])
}

fn beginning() -> Vec<Bytes> {
    vec![anthropic::start("m"), anthropic::ping()]
}

#[rustfmt::skip]
fn no_answers() -> Vec<Row> {
    let nothing = Answer::empty(200).header("content-type", "application/json");
    let odd = Answer::json(200, json!({"error": {"type": "odd", "message": "scripted"}}));
    let clean = Answer::events(beginning());
    let ended = Answer::events([anthropic::start("m"), anthropic::end("end_turn")[1].clone()]);
    let all: All = spent([1, 1, 1], Own(502, "api_error"), Soon);
    vec![
        row("200 with HTML",                   Both,   Answer::html(200),   FAILURE, all),
        row("200 with nothing",                Both,   nothing,             FAILURE, all),
        row("200 with an error",               Both,   odd,                 FAILURE, all),
        row("an empty stream",                 Stream, Answer::events([]),  FAILURE, all),
        row("a clean end before any content",  Stream, clean,               FAILURE, all),
        row("an end without any content",      Stream, ended,               FAILURE, all),
    ]
}

#[rustfmt::skip]
fn broken_off() -> Vec<Row> {
    let short = r#"timeouts = { first_event_seconds = "900ms", non_stream_seconds = "900ms" }"#;
    let once = |status, kind| spent([1, 1, 0], Own(status, kind), Soon);
    let head = |how| breaking(vec![], how);
    vec![
        row("closed before any content", Stream, breaking(beginning(), How::Fin),   FAILURE, once(502, "api_error")),
        row("reset before any content",  Stream, breaking(beginning(), How::Reset), FAILURE, once(502, "api_error")),
        row("silent before any content", Stream, breaking(beginning(), How::Hang),  FAILURE, once(504, "timeout_error")).with(short),
        row("reset after the head",      Both,   head(How::Reset),                  FAILURE, once(502, "api_error")),
        row("silent after the head",     Both,   head(How::Hang),                   FAILURE, once(504, "timeout_error")).with(short),
    ]
}

/// As its type.
#[rustfmt::skip]
fn error_events() -> Vec<Row> {
    const CREDENTIAL: fn(&'static str) -> One = |state| moves([1, 0, 1], "b", [state, state], ["b", "b"]);
    const MODEL: One = moves([1, 0, 1], "b", [USABLE, USABLE], ["b", "a"]);
    const PROVIDER: One = moves([1, 0, 1], "b", [ANY, ANY], ["b", "a"]);
    let own = |calls, status, kind, again| spent(calls, Own(status, kind), again);
    vec![
        row("overloaded_error first",      Stream, says("overloaded_error"),      PROVIDER,                  own([1, 1, 1], 529, "overloaded_error", Soon)),
        row("rate_limit_error first",      Stream, says("rate_limit_error"),      CREDENTIAL("exhausted"),   own([1, 0, 1], 429, "rate_limit_error", Soon)),
        row("authentication_error first",  Stream, says("authentication_error"),  CREDENTIAL("auth-failed"), own([1, 0, 1], 503, "api_error", Never)),
        row("permission_error first",      Stream, says("permission_error"),      MODEL,                     own([1, 1, 1], 403, "permission_error", Never)),
        row("not_found_error first",       Stream, says("not_found_error"),       MODEL,                     own([1, 1, 1], 404, "not_found_error", Never)),
        row("api_error first",             Stream, says("api_error"),             FAILURE,                   own([1, 1, 1], 500, "api_error", Soon)),
        row("invalid_request_error first", Stream, says("invalid_request_error"), stays([USABLE, "unknown"], ["a", "a"]),
            own([1, 0, 0], 400, "invalid_request_error", Never)),
    ]
}

#[tokio::test]
async fn what_is_not_what_was_asked_for() {
    tell(no_answers()).await;
}

#[tokio::test]
async fn what_breaks_off_before_any_content() {
    tell(broken_off()).await;
}

#[tokio::test]
async fn what_says_an_error_before_any_content() {
    tell(error_events()).await;
}
