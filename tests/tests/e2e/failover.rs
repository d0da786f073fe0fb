//! Before the first semantic byte a failed attempt moves on silently; what is the client's fault does not.

use bytes::Bytes;
use serde_json::json;
use zephyr_tests::client::End;
use zephyr_tests::daemon::{config, message};
use zephyr_tests::fake::realistic::anthropic;
use zephyr_tests::fake::{At, Framing, How};
use zephyr_tests::scene::{fakes, urls};
use zephyr_tests::{Answer, Daemon, Fake, Scene};

/// What makes an attempt fail so that the next endpoint is asked, whatever the request.
fn failures() -> Vec<(&'static str, Answer)> {
    let status = |status| Answer { status, ..Answer::realistic() };
    let credit = "Your credit balance is too low to access the Anthropic API.";
    let quota =
        json!({"error": {"type": "insufficient_quota", "message": "You exceeded your current quota"}});
    vec![
        ("reset before the head", Answer::realistic().stop(At::Head, How::Reset)),
        ("closed before the head", Answer::realistic().stop(At::Head, How::Fin)),
        ("401", status(401)),
        ("402", status(402)),
        ("403", status(403)),
        ("400 about credit", Answer::error(400, "invalid_request_error", credit)),
        ("404 of a model", Answer::error(404, "not_found_error", "model: claude-opus-5-5")),
        ("408", status(408)),
        ("409", status(409)),
        ("425", status(425)),
        ("429", status(429)),
        ("429 with a time", status(429).header("retry-after", "120")),
        ("429 about quota", Answer::json(429, quota)),
        ("500", status(500)),
        ("502", status(502)),
        ("503", status(503)),
        ("504", status(504)),
        ("520", status(520)),
        ("526", status(526)),
        ("529", status(529)),
        ("301", Answer::empty(301).header("location", "https://example.invalid/")),
        ("405", status(405)),
        ("501", status(501)),
        ("505", status(505)),
        ("403 HTML", Answer::html(403)),
        ("404 HTML", Answer::html(404)),
        ("503 HTML", Answer::html(503)),
        ("200 HTML", Answer::html(200)),
        ("200 with an error", Answer::error(200, "overloaded_error", "Overloaded")),
        ("200 with nothing", Answer::empty(200).header("content-type", "application/json")),
        ("no HTTP at all", Answer::raw("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n")),
        ("a broken head", Answer::raw("HTTP/1.1 200 OK\r\nno colon here\r\n\r\n")),
    ]
}

/// What makes a stream fail before anything semantic.
fn stream_failures() -> Vec<(&'static str, Answer)> {
    let start = || anthropic::start("m");
    let cut = |events: Vec<Bytes>, how| {
        let all: usize = events.iter().map(Bytes::len).sum();
        Answer::events(events).stop(At::Body(all), how)
    };
    vec![
        ("an error event first", Answer::events([anthropic::error("overloaded_error", "Overloaded")])),
        (
            "an error event before anything semantic",
            Answer::events([start(), anthropic::ping(), anthropic::error("api_error", "oops")]),
        ),
        ("a clean end before anything semantic", Answer::events([start(), anthropic::ping()])),
        ("closed before anything semantic", cut(vec![start(), anthropic::ping()], How::Fin)),
        ("reset before anything semantic", cut(vec![start(), anthropic::ping()], How::Reset)),
        ("an empty stream", Answer::events([])),
        (
            "an end without content or reason",
            Answer::events([start(), anthropic::end("end_turn")[1].clone()]),
        ),
        ("a JSON error", Answer::error(200, "api_error", "oops")),
    ]
}

async fn moves_on(name: &str, answer: Answer, stream: bool, wanted: &[u8]) -> Result<(), String> {
    let scene = Scene::of(2).await;
    scene.a_answers(answer);
    let reply = scene.message(stream).await;
    let (asked, given) = (scene.a().seen(), scene.b().seen());
    let facts = [
        (reply.status() == 200 && reply.end == End::Clean, "the answer is not whole"),
        (reply.body == wanted, "the answer is not b's"),
        (reply.header("x-used-endpoint") == Some("b"), "x-used-endpoint is not b"),
        (reply.header("x-endpoint-index") == Some("1"), "x-endpoint-index is not 1"),
        (
            given.len() == 1 && given[0].body == message(stream).as_bytes(),
            "b did not get the request as it was",
        ),
        ((1..=2).contains(&asked.len()), "a was not asked once, or once again"),
    ];
    match facts.iter().find(|(good, _)| !good) {
        Some((_, what)) => {
            let body: String = reply.text().chars().take(200).collect();
            Err(format!("{name}, stream {stream}: {what}: {} {body}", reply.status()))
        }
        None => Ok(()),
    }
}

#[tokio::test]
async fn every_failed_answer_moves_on_silently() {
    let (whole, streamed) = (
        anthropic::message("claude-opus-5-5", None).to_string().into_bytes(),
        anthropic::stream("claude-opus-5-5", None).concat(),
    );
    let mut broken = Vec::new();
    for (name, answer) in failures() {
        broken.extend(moves_on(name, answer.clone(), false, &whole).await.err());
        broken.extend(moves_on(name, answer, true, &streamed).await.err());
    }
    for (name, answer) in stream_failures() {
        broken.extend(moves_on(name, answer, true, &streamed).await.err());
    }
    assert!(broken.is_empty(), "{} classes do not move on:\n{}", broken.len(), broken.join("\n"));
}

/// An address where nothing listens.
async fn refusing() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[tokio::test]
async fn an_endpoint_that_cannot_be_connected_moves_on() {
    let good = Fake::start().await;
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    for (name, url) in [
        ("refused", refusing().await),
        ("no TLS there", good.url().replace("http://", "https://")),
        ("TLS that never answers", format!("https://{}", silent.local_addr().unwrap())),
        ("no such host", "http://nowhere.invalid".to_owned()),
    ] {
        for stream in [false, true] {
            let text = config(&[url.clone(), good.url()])
                .replace("default = true\n", "default = true\ntimeouts = { connect_seconds = \"500ms\" }\n");
            let daemon = Daemon::with(&text).await;
            let reply = daemon.message(stream).await;
            assert_eq!((reply.status(), reply.header("x-used-endpoint")), (200, Some("b")), "{name}");
            assert_eq!(daemon.endpoint("a").await.consecutive_failures, 1, "{name}");
        }
    }
}

#[tokio::test]
async fn an_endpoint_that_does_not_answer_in_time_moves_on() {
    let limits = "timeouts = { first_event_seconds = \"800ms\", non_stream_seconds = \"800ms\" }";
    let hang = |events: Vec<Bytes>| {
        let all: usize = events.iter().map(Bytes::len).sum();
        Answer::events(events).stop(At::Body(all), How::Hang)
    };
    let start = anthropic::start("m");
    for (name, stream, answer) in [
        ("never a byte", false, Answer::never()),
        ("never a byte", true, Answer::never()),
        ("a head and nothing more", false, hang(vec![])),
        ("a head and nothing more", true, hang(vec![])),
        ("nothing semantic", true, hang(vec![start, anthropic::ping()])),
    ] {
        let scene = Scene::with_group(2, limits).await;
        scene.a_answers(answer);
        let reply = scene.message(stream).await;
        assert_eq!(
            (reply.status(), reply.header("x-used-endpoint")),
            (200, Some("b")),
            "{name}, stream {stream}"
        );
        scene.a().wait_gone(0).await;
    }
}

#[tokio::test]
async fn pings_for_ever_are_not_an_answer() {
    let scene = Scene::with_group(2, "timeouts = { first_event_seconds = \"300ms\" }").await;
    // Any byte restarts the limit, up to twice its length.
    let pings = vec![anthropic::ping(); 1000];
    scene.a_answers(Answer { pace_ms: 50, ..Answer::events(pings) });
    let reply = scene.message(true).await;
    assert_eq!((reply.status(), reply.header("x-used-endpoint")), (200, Some("b")));
}

#[tokio::test]
async fn a_stale_pooled_connection_is_replaced_without_a_word() {
    let scene = Scene::of(2).await;
    scene.message(false).await;
    // The endpoint closes what it kept; the next request finds out only when it uses it, or before.
    scene.a().close_idle();
    scene.a().wait_closed().await;
    let reply = scene.message(false).await;
    assert_eq!((reply.status(), reply.header("x-used-endpoint")), (200, Some("a")));
    assert_eq!(scene.daemon.endpoint("a").await.failures, 0);
}

#[tokio::test]
async fn what_is_the_clients_fault_is_told_verbatim_and_not_repeated() {
    for status in [400, 413, 422] {
        for stream in [false, true] {
            let scene = Scene::of(2).await;
            let body = "{\"type\":\"error\", \"error\":{\"type\":\"invalid_request_error\",\
                        \"message\":\"prompt is too long: 210000 tokens > 200000 maximum\"}}\n";
            scene.a_answers(
                Answer::text(status, "application/json", body)
                    .header("request-id", "req_1")
                    .header("x-odd", "kept"),
            );
            let reply = scene.message(stream).await;
            assert_eq!((reply.status(), reply.text().as_str()), (status, body));
            assert_eq!((reply.header("request-id"), reply.header("x-odd")), (Some("req_1"), Some("kept")));
            assert_eq!(reply.header("x-used-endpoint"), Some("a"));
            assert_eq!((scene.a().seen().len(), scene.b().seen().len()), (1, 0));
            assert_eq!(scene.daemon.endpoint("a").await.failures, 0, "it says nothing about health");
        }
    }
}

#[tokio::test]
async fn a_status_of_the_config_moves_on_too() {
    let scene = Scene::followed_by(2, "[failover]\nstatuses = [422]").await;
    scene.a_answers(Answer { status: 422, ..Answer::realistic() });
    assert_eq!(scene.message(false).await.header("x-used-endpoint"), Some("b"));
}

fn status(status: u16) -> Answer {
    Answer { status, ..Answer::realistic() }
}

#[tokio::test]
async fn at_most_three_attempts_that_may_have_been_billed() {
    let scene = Scene::of(5).await;
    scene.fakes.iter().for_each(|f| f.on("/v1/messages", status(502)));
    let reply = scene.message(false).await;
    assert!(reply.status() >= 500, "{}", reply.status());
    let asked: usize = scene.fakes.iter().map(|f| f.seen().len()).sum();
    assert_eq!(asked, 3);
}

#[tokio::test]
async fn failures_that_cost_nothing_do_not_use_the_attempts_up() {
    let good = Fake::start().await;
    let mut urls = Vec::new();
    for _ in 0..4 {
        urls.push(refusing().await);
    }
    urls.push(good.url());
    let daemon = Daemon::with(&config(&urls)).await;
    assert_eq!(daemon.message(true).await.header("x-used-endpoint"), Some("e"));

    for free in [401, 402, 403, 404, 429, 529] {
        let scene = Scene::of(5).await;
        scene.fakes[..4].iter().for_each(|f| f.on("/v1/messages", status(free)));
        // Each of them is a provider of its own.
        let reply = scene.message(false).await;
        assert_eq!(reply.header("x-used-endpoint"), Some("e"), "{free}: {}", reply.text());
    }
}

#[tokio::test]
async fn free_failures_end_after_sixteen_endpoints() {
    let fakes = fakes(20).await;
    fakes.iter().for_each(|f| f.on("/v1/messages", status(401)));
    let daemon = Daemon::with(&config(&urls(&fakes))).await;
    let reply = daemon.message(false).await;
    assert_eq!(reply.status(), 503, "{}", reply.text());
    assert_eq!(fakes.iter().filter(|f| !f.seen().is_empty()).count(), 16);
}

#[tokio::test]
async fn a_request_that_was_sent_and_not_answered_is_repeated_once_only() {
    let scene = Scene::of(4).await;
    scene.fakes.iter().for_each(|f| f.on("/v1/messages", Answer::realistic().stop(At::Head, How::Reset)));
    let reply = scene.message(false).await;
    assert_eq!(reply.status(), 502, "{}", reply.text());
    let asked: usize = scene.fakes.iter().map(|f| f.seen().len()).sum();
    assert_eq!(asked, 2);
}

#[tokio::test]
async fn an_endpoint_that_fails_three_times_rests_and_comes_back() {
    let scene = Scene::followed_by(2, "[failover]\ncooldown_seconds = \"400ms\"").await;
    scene.a_answers(status(500));
    for _ in 0..3 {
        assert_eq!(scene.message(false).await.header("x-used-endpoint"), Some("b"));
    }
    assert_eq!(scene.daemon.endpoint("a").await.state, "cooling");
    let asked = scene.a().seen().len();
    assert_eq!(scene.message(false).await.header("x-used-endpoint"), Some("b"));
    assert_eq!(scene.a().seen().len(), asked, "a cooling endpoint is left alone");
    scene.a_answers(Answer::realistic());
    zephyr_tests::until("a to serve again", || async {
        (scene.message(false).await.header("x-used-endpoint") == Some("a")).then_some(())
    })
    .await;
    assert_eq!(scene.daemon.endpoint("a").await.state, "up");
}

#[tokio::test]
async fn count_tokens_says_nothing_about_health() {
    let scene = Scene::of(1).await;
    scene.a().on("/v1/messages/count_tokens", status(500));
    for _ in 0..5 {
        scene.post("/v1/messages/count_tokens", r#"{"model":"m","messages":[]}"#).await;
    }
    let endpoint = scene.daemon.endpoint("a").await;
    assert_eq!((endpoint.failures, endpoint.consecutive_failures), (0, 0));
    assert_eq!(scene.message(false).await.status(), 200);
}

#[tokio::test]
async fn a_framing_that_lies_before_the_first_byte_moves_on() {
    let scene = Scene::of(2).await;
    let twice = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 5\r\n\r\n{}abc";
    scene.a_answers(Answer::raw(twice));
    assert_eq!(scene.message(false).await.header("x-used-endpoint"), Some("b"));
    let no_size = Answer::text(200, "application/json", "").framing(Framing::BadChunk);
    scene.a_answers(no_size);
    assert_eq!(scene.message(false).await.header("x-used-endpoint"), Some("b"));
}
