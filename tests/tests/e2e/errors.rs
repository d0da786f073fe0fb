//! When nothing can answer: the status, shape and advice that the client understands.

use serde_json::json;
use zephyr_tests::client::Reply;
use zephyr_tests::daemon::config;
use zephyr_tests::fake::{At, How};
use zephyr_tests::{Answer, Daemon, Scene};

fn status(status: u16) -> Answer {
    Answer { status, ..Answer::realistic() }
}

/// What a Messages client gets when every endpoint answers like this.
async fn all_answer(answer: Answer, stream: bool) -> Reply {
    let never = answer.stop.is_some_and(|s| s.how == How::Hang);
    let limits = "timeouts = { first_event_seconds = \"300ms\", non_stream_seconds = \"300ms\" }";
    let scene = Scene::with_group(2, if never { limits } else { "" }).await;
    scene.fakes.iter().for_each(|f| f.on("/v1/messages", answer.clone()));
    scene.message(stream).await
}

#[tokio::test]
async fn the_status_follows_what_happened() {
    for (answer, wanted, kind) in [
        (status(500), 500, "api_error"),
        (status(502), 503, "api_error"),
        (status(503), 503, "api_error"),
        (status(529), 529, "overloaded_error"),
        (status(429), 429, "rate_limit_error"),
        (status(402), 429, "rate_limit_error"),
        (status(401), 503, "api_error"),
        (status(403), 403, "permission_error"),
        (Answer::error(404, "not_found_error", "model: m"), 404, "not_found_error"),
        (Answer::html(200), 502, "api_error"),
        (Answer::html(404), 502, "api_error"),
        (Answer::realistic().stop(At::Head, How::Reset), 502, "api_error"),
        (Answer::never(), 504, "timeout_error"),
    ] {
        for stream in [false, true] {
            let reply = all_answer(answer.clone(), stream).await;
            let body = reply.json();
            assert_eq!(reply.status(), wanted, "{answer:?}: {body}");
            assert_eq!(
                (&body["type"], &body["error"]["type"]),
                (&json!("error"), &json!(kind)),
                "{answer:?}"
            );
            assert!(!body["error"]["message"].as_str().unwrap().is_empty());
            assert_eq!(reply.header("content-type"), Some("application/json"));
        }
    }
}

#[tokio::test]
async fn the_message_says_what_was_tried() {
    let reply = all_answer(status(503), false).await;
    let message = reply.json()["error"]["message"].as_str().unwrap().to_owned();
    for part in ["a", "b", "503"] {
        assert!(message.contains(part), "{message}");
    }
}

#[tokio::test]
async fn a_short_wait_is_told_in_whole_seconds_and_a_long_one_stops_retries() {
    let short = all_answer(status(429).header("retry-after", "7"), false).await;
    assert_eq!((short.status(), short.header("x-should-retry")), (429, None));
    let seconds: u64 = short.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=7).contains(&seconds), "{seconds}");

    let long = all_answer(status(429).header("retry-after", "7200"), false).await;
    assert_eq!((long.status(), long.header("x-should-retry")), (429, Some("false")));
    let seconds: u64 = long.header("retry-after").unwrap().parse().unwrap();
    assert!(seconds > 59, "{seconds}");
}

#[tokio::test]
async fn a_busy_upstreams_503_comes_with_a_wait_that_clients_obey() {
    let reply = all_answer(status(503).header("retry-after", "3"), true).await;
    let seconds: u64 = reply.header("retry-after").unwrap().parse().unwrap();
    assert_eq!((reply.status(), (1..=59).contains(&seconds)), (503, true));
}

#[tokio::test]
async fn chat_and_responses_clients_get_errors_of_their_own_shape() {
    for (dialect, path, body) in [
        ("openai-chat", "/v1/chat/completions", r#"{"model":"m","messages":[]}"#),
        ("openai-responses", "/v1/responses", r#"{"model":"m","input":"hi"}"#),
    ] {
        let scene = Scene::with_group(1, &format!("dialect = \"{dialect}\"")).await;
        scene.a().on(path, status(503));
        let reply = scene.post(path, body).await;
        let error = reply.json()["error"].clone();
        assert_eq!(reply.status(), 503);
        assert!(error["message"].is_string() && error["type"].is_string(), "{error}");
        for key in ["param", "code"] {
            assert!(error.get(key).is_some(), "{error} has no `{key}`");
        }
        assert!(reply.json().get("type").is_none(), "that would be Anthropic's shape");
    }
}

#[tokio::test]
async fn an_endpoint_that_is_known_to_be_out_is_told_at_once() {
    let scene = Scene::of(1).await;
    scene.a_answers(status(429).header("retry-after", "7200"));
    scene.message(false).await;
    let asked = scene.a().seen().len();
    let reply = scene.message(false).await;
    assert_eq!(reply.status(), 429, "{}", reply.text());
    assert_eq!(reply.header("x-should-retry"), Some("false"), "two hours are not worth a retry");
    assert_eq!(scene.a().seen().len(), asked, "a limited endpoint is not asked again");
    assert_eq!(scene.daemon.endpoint("a").await.state, "unknown", "it is the model that is limited");
}

#[tokio::test]
async fn a_refused_credential_is_a_hard_state() {
    let scene = Scene::of(1).await;
    scene.a_answers(status(401));
    assert_eq!(scene.message(false).await.status(), 503, "never a bare 401 of our own credential");
    assert_eq!(scene.daemon.endpoint("a").await.state, "auth-failed");
    let asked = scene.a().seen().len();
    scene.message(false).await;
    assert_eq!(scene.a().seen().len(), asked);
}

#[tokio::test]
async fn a_wall_where_the_api_should_be_is_misconfigured() {
    let scene = Scene::of(1).await;
    scene.a_answers(Answer::html(404));
    scene.message(false).await;
    assert_eq!(scene.daemon.endpoint("a").await.state, "misconfigured");
}

#[tokio::test]
async fn a_last_resort_is_tried_where_everything_is_softly_down() {
    let scene = Scene::of(1).await;
    scene.a_answers(status(500));
    for _ in 0..3 {
        scene.message(false).await;
    }
    assert_eq!(scene.daemon.endpoint("a").await.state, "cooling");
    scene.a_answers(Answer::realistic());
    assert_eq!(scene.message(false).await.status(), 200, "the only endpoint is tried though it is cooling");
}

#[tokio::test]
async fn no_endpoint_for_a_client_without_a_credential_is_its_own_answer() {
    let config = config(&["http://127.0.0.1:9".to_owned()])
        .replace("auth = { bearer = \"sk-own-credential\" }", "auth = \"passthrough\"");
    let daemon = Daemon::with(&config).await;
    let reply = daemon.message(false).await;
    assert_eq!((reply.status(), reply.header("x-should-retry")), (401, Some("false")));
    assert_eq!(reply.json()["error"]["type"], "authentication_error");
}
