//! What endpoints refuse, in the words of the client's own vendor; and what cannot be asked of them at all.

use serde_json::{Value, json};
use zephyr_tests::Answer;
use zephyr_tests::client::Reply;
use zephyr_tests::fake::realistic::openai_chat;

use super::side::{CHAT, MESSAGES, RESPONSES, Side, pairs};
use super::{ask, last, scene};
use crate::records::{all, tells};

/// An error as OpenAI shapes it.
fn openai_error(status: u16, kind: &str, code: Option<&str>, message: &str) -> Answer {
    Answer::json(status, json!({"error": {"message": message, "type": kind, "param": null, "code": code}}))
}

fn error(endpoint: &Side, status: u16, kind: &str, message: &str) -> Answer {
    match endpoint.name() {
        "anthropic" => Answer::error(status, kind, message),
        _ => openai_error(status, kind, None, message),
    }
}

#[track_caller]
fn shaped(client: &Side, reply: &Reply) -> (Value, String) {
    let body = reply.json();
    let anthropic = client.name() == "anthropic";
    assert_eq!(body["type"] == "error", anthropic, "{body}");
    assert_eq!(reply.header("content-type"), Some("application/json"));
    (body["error"]["type"].clone(), body["error"]["message"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_refusal_keeps_its_words_and_gets_the_clients_shape() {
    for (client, endpoint) in pairs() {
        let what = format!("{} → {}", client.name(), endpoint.name());
        for stream in [true, false] {
            let scene = scene(&[endpoint], "", "").await;
            scene.a().on(endpoint.path, error(endpoint, 400, "invalid_request_error", "no such thing"));
            let reply = ask(&scene.daemon, client, &client.body(stream)).await;
            assert_eq!(reply.status(), 400, "{what}");
            let told = shaped(client, &reply);
            assert_eq!(told, (json!("invalid_request_error"), "no such thing".to_owned()), "{what}");

            scene.a().on(endpoint.path, error(endpoint, 404, "not_found_error", "no such model"));
            let reply = ask(&scene.daemon, client, &client.body(stream)).await;
            assert_eq!(reply.status(), 404, "{what}");
            assert_eq!(shaped(client, &reply).1, "no such model", "{what}");
        }
    }
}

#[tokio::test]
async fn a_full_context_is_told_as_the_clients_own_vendor_tells_it() {
    let told = "This model's maximum context length is 128000 tokens. However, your messages resulted in 130000 tokens. \
                Please reduce the length of the messages.";
    for endpoint in [&CHAT, &RESPONSES] {
        let scene = scene(&[endpoint], "", "").await;
        let error = openai_error(400, "invalid_request_error", Some("context_length_exceeded"), told);
        scene.a().on(endpoint.path, error);
        let reply = ask(&scene.daemon, &MESSAGES, &MESSAGES.body(true)).await;
        assert_eq!(reply.status(), 400);
        let message = shaped(&MESSAGES, &reply).1;
        assert_eq!(message, "prompt is too long: 130000 tokens > 128000 maximum");
    }
    for client in [&CHAT, &RESPONSES] {
        let scene = scene(&[&MESSAGES], "", "").await;
        let words = "prompt is too long: 210000 tokens > 200000 maximum";
        scene.a().on(MESSAGES.path, Answer::error(400, "invalid_request_error", words));
        let reply = ask(&scene.daemon, client, &client.body(true)).await;
        assert_eq!(
            (reply.status(), &reply.json()["error"]["code"]),
            (400, &json!("context_length_exceeded"))
        );
    }
}

#[tokio::test]
async fn an_error_before_the_first_word_of_a_stream_moves_on_to_another_dialect() {
    let scene = scene(&[&CHAT, &RESPONSES], "", "").await;
    let overloaded = json!({"error": {"message": "busy", "type": "server_is_overloaded"}});
    scene.a().on(
        CHAT.path,
        Answer::events([
            openai_chat::chunk("m", &json!({"role": "assistant"}), None),
            format!("data: {overloaded}\n\n").into(),
        ]),
    );
    let reply = ask(&scene.daemon, &MESSAGES, &MESSAGES.body(true)).await;
    assert_eq!((reply.status(), reply.header("x-used-endpoint")), (200, Some("b")));
    MESSAGES.says_all(true, &reply.body);
    let record = all(&scene.daemon, 1).await.remove(0);
    let attempts = json!([{"class": "overloaded", "dialect": "openai-chat"},
        {"class": "ok", "dialect": "openai-responses"}]);
    tells(&record, &json!({"attempts": attempts, "succeeded": true}));
}

#[tokio::test]
async fn what_no_other_dialect_can_be_asked_for_is_refused_unless_an_endpoint_of_its_own_is_left() {
    let mut body = CHAT.body(false);
    body["n"] = json!(2);
    let alone = scene(&[&MESSAGES, &RESPONSES], "", "").await;
    let reply = ask(&alone.daemon, &CHAT, &body).await;
    let (kind, message) = shaped(&CHAT, &reply);
    assert_eq!((reply.status(), kind), (400, json!("invalid_request_error")));
    assert!(message.contains("`n`"), "{message}");
    assert_eq!(reply.header("x-should-retry"), Some("false"));
    assert!(alone.a().seen().is_empty() && alone.b().seen().is_empty(), "nothing was sent");
    assert_eq!(alone.daemon.endpoint("a").await.failures, 0, "that says nothing about health");

    let other = scene(&[&MESSAGES, &CHAT], "", "").await;
    let reply = ask(&other.daemon, &CHAT, &body).await;
    assert_eq!((reply.status(), reply.header("x-used-endpoint")), (200, Some("b")));
    assert_eq!(other.b().seen()[0].body, body.to_string(), "untouched");
    let record = all(&other.daemon, 1).await.remove(0);
    tells(
        &record,
        &json!({"attempts": [{"class": "declined", "status": null, "may_be_billed": false}, {"class": "ok"}]}),
    );
}

/// Anthropic's SDKs begin a new thread with all they know at this refusal, which nobody but Anthropic's endpoints need see.
#[tokio::test]
async fn a_thread_that_its_endpoint_cannot_go_on_with_is_begun_anew_elsewhere() {
    let scene = scene(&[&MESSAGES, &CHAT], "", "").await;
    let mut body = MESSAGES.body(false);
    body["thread"] = json!({"type": "continue", "previous_message_id": "msg_1"});
    assert_eq!(ask(&scene.daemon, &MESSAGES, &body).await.header("x-used-endpoint"), Some("a"));
    assert_eq!(last(scene.a())["thread"], body["thread"], "its own endpoint knows threads");
    scene.a_answers(Answer::error(429, "rate_limit_error", "slow").header("retry-after", "120"));
    let reply = ask(&scene.daemon, &MESSAGES, &body).await;
    let told: Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!((reply.status(), &told["error"]["details"]["error_code"]), (400, &json!("thread_not_found")));
    assert!(scene.b().seen().is_empty(), "nothing was sent");
    body["thread"] = json!({"type": "create"});
    assert_eq!(ask(&scene.daemon, &MESSAGES, &body).await.header("x-used-endpoint"), Some("b"));
}

#[tokio::test]
async fn what_is_left_out_is_told_by_explain() {
    let scene = scene(&[&CHAT], "", "").await;
    let mut body = MESSAGES.body(false);
    body["top_k"] = json!(5);
    assert_eq!(ask(&scene.daemon, &MESSAGES, &body).await.status(), 200);
    let trace = scene.daemon.ctl_json(&["explain"]).await;
    let steps = trace["trace"]["steps"].as_array().unwrap();
    let step = steps.iter().find(|step| step["what"] == "translated").unwrap();
    assert_eq!(step["dialect"], "openai-chat");
    let shown = scene.daemon.ctl_ok(&["explain"]).await;
    assert!(shown.contains("translated into openai-chat"), "{shown}");
}
