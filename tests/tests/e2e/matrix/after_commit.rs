//! Content has gone out: nobody else is ever asked, and a dead endpoint breaks the client's connection.

use bytes::Bytes;
use serde_json::json;
use zephyr_tests::Answer;
use zephyr_tests::fake::realistic::anthropic;
use zephyr_tests::fake::{At, How};

use super::row::Form::{Stream, Whole};
use super::row::{Again, All, DEGRADED, One, Row, Told, row, spent, stays};
use super::tell::tell;

const FAILURE: One = stays([DEGRADED, "unknown"], ["", ""]);
const BROKEN: All = spent([1, 0, 0], Told::Broken, Again::AsItSays);

/// The beginning of a stream, with its first word.
fn first_word() -> Vec<Bytes> {
    anthropic::stream("m", None).into_iter().take(4).collect()
}

fn breaking(how: How) -> Answer {
    let events = first_word();
    let all: usize = events.iter().map(Bytes::len).sum();
    Answer::events(events).stop(At::Body(all), how)
}

/// An answer of 300 KB that breaks off in its middle.
fn half(how: How) -> Answer {
    let mut whole = anthropic::message("m", None);
    whole["content"][0]["text"] = json!("wind ".repeat(60_000));
    Answer::json(200, whole).stop(At::Body(150_000), how)
}

#[rustfmt::skip]
fn rows() -> Vec<Row> {
    let endless = Answer::events(first_word());
    let mut with_error = first_word();
    with_error.push(anthropic::error("overloaded_error", "Overloaded"));
    let short = r#"timeouts = { idle_seconds = "900ms" }"#;
    vec![
        row("closed after the first word",        Stream, breaking(How::Fin),         FAILURE, BROKEN),
        row("reset after the first word",         Stream, breaking(How::Reset),       FAILURE, BROKEN),
        row("silent after the first word",        Stream, breaking(How::Hang),        FAILURE, BROKEN).with(short),
        row("a clean end without a last event",   Stream, endless,                    FAILURE, BROKEN),
        row("an error event after the first word", Stream, Answer::events(with_error), FAILURE, BROKEN),
        row("closed in the middle of a whole",    Whole,  half(How::Fin),             FAILURE, BROKEN),
        row("reset in the middle of a whole",     Whole,  half(How::Reset),           FAILURE, BROKEN),
        row("silent in the middle of a whole",    Whole,  half(How::Hang),            FAILURE, BROKEN).with(short),
    ]
}

#[tokio::test]
async fn what_breaks_off_after_content() {
    tell(rows()).await;
}
