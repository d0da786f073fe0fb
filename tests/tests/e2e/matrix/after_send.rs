//! Sent, and answered with a status that says it all, or not answered at all.

use zephyr_tests::Answer;
use zephyr_tests::fake::{At, How};

use super::row::Again::{After, AsItSays, Never, Soon};
use super::row::Form::{Both, Stream, Whole};
use super::row::Told::{Own, Verbatim};
use super::row::{ANY, DEGRADED, One, Row, USABLE, moves, row, spent, status, stays};
use super::tell::tell;

/// A failure of the endpoint: the next is asked, which is its twin.
const FAILURE: One = moves([1, 1, 0], "twin", [DEGRADED, "up"], ["", ""]);
/// The credential is out: neither it nor its twin is asked before its time.
const fn credential(state: &'static str) -> One {
    moves([1, 0, 1], "b", [state, state], ["b", "b"])
}
/// The credential may not use this model: others it may.
const MODEL: One = moves([1, 0, 1], "b", [USABLE, USABLE], ["b", "a"]);
/// No API is there: the endpoint rests, its twin serves.
const WALL: One = moves([1, 1, 0], "twin", ["misconfigured", "up"], ["twin", "twin"]);
/// The client's own fault: nothing follows.
const CLIENT: One = stays([USABLE, "unknown"], ["a", "a"]);

fn error(status: u16, message: &str) -> Answer {
    Answer::error(status, "invalid_request_error", message)
}

#[rustfmt::skip]
fn the_client() -> Vec<Row> {
    let long = "prompt is too long: 210000 tokens > 200000 maximum";
    vec![
        row("400", Both, error(400, long),  CLIENT, spent([1, 0, 0], Verbatim(400), AsItSays)),
        row("413", Both, error(413, long),  CLIENT, spent([1, 0, 0], Verbatim(413), AsItSays)),
        row("422", Both, error(422, long),  CLIENT, spent([1, 0, 0], Verbatim(422), AsItSays)),
        row("418", Both, status(418),       CLIENT, spent([1, 0, 0], Verbatim(418), AsItSays)),
    ]
}

#[rustfmt::skip]
fn the_credential() -> Vec<Row> {
    let credit = "Your credit balance is too low to access the Anthropic API.";
    let spend = "You have reached your specified API usage limits: spend limit.";
    let money = spent([1, 0, 1], Own(429, "rate_limit_error"), Never);
    vec![
        row("400 about credit",      Both, error(400, credit), credential("exhausted"),   money),
        row("402",                   Both, status(402),        credential("exhausted"),   money),
        row("403 about a limit",     Both, error(403, spend),  credential("exhausted"),   money),
        row("401 to a key of ours",  Both, status(401),        credential("auth-failed"), spent([1, 0, 1], Own(503, "api_error"), Never)),
        // Nobody says that asking is in vain: with nobody else left the twin is asked too.
        row("403",                   Both, status(403),        MODEL,                     spent([1, 1, 1], Own(403, "permission_error"), Never)),
        row("404 for a model",       Both, status(404),        MODEL,                     spent([1, 1, 1], Verbatim(404), AsItSays)),
    ]
}

#[rustfmt::skip]
fn the_place() -> Vec<Row> {
    let wall = spent([1, 1, 1], Own(502, "api_error"), Never);
    let elsewhere = |status| Answer::empty(status).header("location", "http://127.0.0.1:1/");
    vec![
        row("301",           Both, elsewhere(301),       WALL, wall),
        row("307",           Both, elsewhere(307),       WALL, wall),
        row("403 with HTML", Both, Answer::html(403),    WALL, wall),
        row("404 with HTML", Both, Answer::html(404),    WALL, wall),
        row("503 with HTML", Both, Answer::html(503),    WALL, wall),
        row("405",           Both, status(405),          WALL, wall),
        row("501",           Both, status(501),          WALL, wall),
        row("505",           Both, status(505),          WALL, wall),
    ]
}

#[rustfmt::skip]
fn the_moment() -> Vec<Row> {
    // The same endpoint once more after half a second, and then the next.
    const AGAIN: One = moves([2, 1, 0], "twin", [USABLE, "up"], ["a", "a"]);
    let verbatim = |status| spent([2, 1, 0], Verbatim(status), AsItSays);
    vec![
        row("408", Both, status(408), AGAIN, verbatim(408)),
        row("409", Both, status(409), AGAIN, verbatim(409)),
        row("425", Both, status(425), AGAIN, verbatim(425)),
    ]
}

#[rustfmt::skip]
fn the_server() -> Vec<Row> {
    const RESTS: One = moves([1, 1, 0], "twin", ["cooling", "up"], ["twin", "twin"]);
    let unavailable = spent([1, 1, 1], Own(503, "api_error"), Soon);
    let in_half_a_minute = spent([1, 1, 1], Own(503, "api_error"), After(30));
    vec![
        row("500",             Both, status(500), FAILURE, spent([1, 1, 1], Own(500, "api_error"), Soon)),
        row("502",             Both, status(502), FAILURE, unavailable),
        row("503",             Both, status(503), FAILURE, unavailable),
        row("504",             Both, status(504), FAILURE, unavailable),
        row("520",             Both, status(520), FAILURE, unavailable),
        row("526",             Both, status(526), FAILURE, unavailable),
        row("503 with a time", Both, status(503).header("retry-after", "30"), RESTS, in_half_a_minute),
        // Overload is the provider's, for this model: another provider first, and the same once at last.
        row("529",             Both, status(529), moves([1, 0, 1], "b", [ANY, ANY], ["b", "a"]),
            spent([1, 1, 1], Own(529, "overloaded_error"), Soon)),
    ]
}

#[rustfmt::skip]
fn silence() -> Vec<Row> {
    let reset = Answer::realistic().stop(At::Head, How::Reset);
    let closed = Answer::realistic().stop(At::Head, How::Fin);
    let short = r#"timeouts = { first_event_seconds = "900ms", non_stream_seconds = "900ms" }"#;
    let once = |status, kind| spent([1, 1, 0], Own(status, kind), Soon);
    vec![
        row("reset without a byte",  Both,   reset,  FAILURE, once(502, "api_error")),
        row("closed without a byte", Both,   closed, FAILURE, once(502, "api_error")),
        row("never a byte",          Stream, Answer::never(), FAILURE, once(504, "timeout_error")).with(short),
        row("never a byte",          Whole,  Answer::never(), FAILURE, once(504, "timeout_error")).with(short),
    ]
}

#[tokio::test]
async fn what_is_the_clients_own_fault() {
    tell(the_client()).await;
}

#[tokio::test]
async fn what_is_refused_to_a_credential() {
    tell(the_credential()).await;
}

#[tokio::test]
async fn what_is_no_api() {
    tell(the_place()).await;
}

#[tokio::test]
async fn what_is_refused_for_the_moment() {
    tell(the_moment()).await;
}

#[tokio::test]
async fn what_the_server_could_not_do() {
    tell(the_server()).await;
}

#[tokio::test]
async fn what_is_never_answered() {
    tell(silence()).await;
}
