//! The response cache: opt-in, exact, only whole and sound answers, in the form that was asked for, never for somebody
//! else.

use serde_json::{Value, json};
use zephyr_tests::client::Reply;
use zephyr_tests::daemon::{JSON, message};
use zephyr_tests::fake::realistic::anthropic;
use zephyr_tests::fake::{At, How};
use zephyr_tests::{Answer, Scene};

use crate::records::{OPUS, all, tells};

const ON: &str = "[cache]\nenabled = true";

async fn scene() -> Scene {
    Scene::followed_by(1, ON).await
}

async fn marked(scene: &Scene, headers: &[(&str, &str)], stream: bool) -> Reply {
    let headers = [&JSON[..], headers].concat();
    scene.daemon.ask("POST", "/v1/messages", &headers, message(stream).as_bytes()).await
}

fn told(reply: &Reply) -> Option<&str> {
    reply.header("x-zephyr-cache")
}

#[tokio::test]
async fn a_stream_is_given_again_byte_for_byte_and_as_a_whole() {
    let scene = scene().await;
    let first = scene.message(true).await;
    assert_eq!((first.status(), told(&first)), (200, Some("miss")));
    let again = scene.message(true).await;
    assert_eq!((again.status(), told(&again), &again.body), (200, Some("hit"), &first.body));
    assert_eq!(again.header("content-type"), first.header("content-type"));
    assert_eq!(again.header("x-used-endpoint"), Some("a"));
    assert_ne!(again.header("x-request-id"), first.header("x-request-id"));
    let whole = scene.message(false).await;
    assert_eq!(told(&whole), Some("hit"));
    assert_eq!(whole.json()["content"], anthropic::message("claude-opus-5-5", None)["content"]);
    assert_eq!(scene.a().seen_on("/v1/messages").len(), 1);
}

#[tokio::test]
async fn a_whole_answer_is_given_again_and_as_a_stream() {
    let scene = scene().await;
    let first = scene.message(false).await;
    let again = scene.message(false).await;
    assert_eq!((told(&again), &again.body), (Some("hit"), &first.body));
    let stream = scene.message(true).await;
    assert_eq!(told(&stream), Some("hit"));
    let text = stream.text();
    assert!(text.starts_with("event: message_start\n") && text.contains("event: message_stop\n"), "{text}");
    assert_eq!(scene.a().seen_on("/v1/messages").len(), 1);
}

#[tokio::test]
async fn without_being_asked_for_nothing_is_kept() {
    let scene = Scene::of(1).await;
    for _ in 0..2 {
        assert_eq!(told(&scene.message(false).await), None);
    }
    assert_eq!(scene.a().seen_on("/v1/messages").len(), 2);
}

#[tokio::test]
async fn what_is_no_whole_sound_answer_is_not_kept() {
    let scene = scene().await;
    let cut = anthropic::stream("claude-opus-5-5", None);
    let length = cut.concat().len() - 10;
    let mut unsound = anthropic::message("claude-opus-5-5", None);
    unsound["stop_reason"] = Value::Null;
    let answers = [
        Answer::error(400, "invalid_request_error", "no"),
        Answer::events(cut).stop(At::Body(length), How::Fin),
        Answer::json(200, unsound),
    ];
    let streams = [true, true, false];
    for (n, (answer, stream)) in answers.into_iter().zip(streams).enumerate() {
        scene.a_answers(answer);
        scene.message(stream).await;
        scene.message(stream).await;
        assert_eq!(scene.a().seen_on("/v1/messages").len(), 2 * (n + 1), "answer {n}");
    }
}

#[tokio::test]
async fn a_request_may_be_marked_to_pass_the_cache_by() {
    let scene = scene().await;
    let ask = async |name: &str, value: &str| {
        let reply = marked(&scene, &[(name, value)], false).await;
        (told(&reply).map(str::to_owned), scene.a().seen_on("/v1/messages").len())
    };
    assert_eq!(ask("x-zephyr-cache", "off").await, (None, 1), "neither read nor kept");
    assert_eq!(ask("cache-control", "no-store").await, (None, 2), "neither read nor kept");
    assert_eq!(ask("cache-control", "no-cache").await, (None, 3), "kept, but not read");
    assert_eq!(ask("cache-control", "no-cache").await, (None, 4), "not read");
    assert_eq!(ask("x-app", "cli").await, (Some("miss".to_owned()), 5), "another header, another request");
    assert_eq!(marked(&scene, &[], false).await.header("x-zephyr-cache"), Some("hit"));
}

#[tokio::test]
async fn an_answer_is_never_given_to_another_credential() {
    let clients = "[[clients]]\nname = \"one\"\ntoken = \"token-of-one-0123\"\n\
                   [[clients]]\nname = \"two\"\ntoken = \"token-of-two-0123\"\n";
    let scene = Scene::followed_by(1, &format!("{ON}\n{clients}")).await;
    let ask = async |token: &str| {
        let reply = marked(&scene, &[("x-api-key", token)], false).await;
        told(&reply).map(str::to_owned)
    };
    assert_eq!(ask("token-of-one-0123").await.as_deref(), Some("miss"));
    assert_eq!(ask("token-of-two-0123").await.as_deref(), Some("miss"));
    assert_eq!(ask("token-of-one-0123").await.as_deref(), Some("hit"));
    let passed = Scene::edited(1, |config| {
        format!("{}\n{ON}\n", config.replace("{ bearer = \"sk-own-credential\" }", "\"passthrough\""))
    })
    .await;
    for (key, want) in [("key-a", "miss"), ("key-b", "miss"), ("key-a", "hit")] {
        let reply = marked(&passed, &[("x-api-key", key)], false).await;
        assert_eq!(told(&reply), Some(want), "{key}");
    }
}

#[tokio::test]
async fn a_hundred_identical_requests_at_one_time_are_one_call() {
    let scene = Scene::followed_by(1, &format!("{ON}\n[dedup]\nenabled = true")).await;
    let mut asked = tokio::task::JoinSet::new();
    for i in 0..100 {
        let (addr, body) = (scene.daemon.addr(), message(i % 2 == 0));
        asked.spawn(async move {
            (i, zephyr_tests::client::ask(addr, "POST", "/v1/messages", &JSON, body.as_bytes()).await)
        });
    }
    for (i, reply) in asked.join_all().await {
        assert_eq!(reply.status(), 200, "{}", reply.text());
        if i % 2 == 0 {
            assert!(reply.text().contains("message_stop"), "{}", reply.text());
        } else {
            assert_eq!(reply.json()["type"], "message");
        }
    }
    assert_eq!(scene.a().seen_on("/v1/messages").len(), 1);
}

#[tokio::test]
async fn a_hit_costs_nothing_and_says_what_it_saved() {
    let scene = scene().await;
    let first = scene.message(false).await.header("x-request-id").unwrap().to_owned();
    all(&scene.daemon, 1).await;
    for (n, stream) in [false, true].into_iter().enumerate() {
        let hit = scene.message(stream).await;
        let id = hit.header("x-request-id").unwrap();
        let record = all(&scene.daemon, n + 2).await.into_iter().find(|record| record["id"] == id).unwrap();
        tells(
            &record,
            &json!({"source": "cache", "served_by": first, "stream": stream, "status": 200,
                "ended": "complete", "endpoint": "a", "answered_model": "claude-opus-5-5", "usage": "final",
                "stop": "end_turn", "tokens": {"input": 12, "output": 42, "cache_read": 2048},
                "cost_nanos": 0, "lost_nanos": 0, "cache_saved_nanos": 0, "saved_nanos": OPUS,
                "bytes_out": hit.body.len(), "attempts": []}),
        );
    }
    let usage = scene.daemon.ctl_json(&["usage", "--by", "total"]).await;
    tells(
        &usage["total"],
        &json!({"requests": 3, "cache_hits": 2, "cost_nanos": OPUS, "saved_nanos": 2 * OPUS,
            "tokens": {"input": 12, "output": 42, "cache_read": 2048}}),
    );
}
