//! Conversations stay at their endpoint, also after a failover and over a restart, and lose no answer by moving.

use serde_json::{Value, json};
use zephyr_tests::client::Reply;
use zephyr_tests::daemon::{Home, JSON, config};
use zephyr_tests::fake::realistic::anthropic;
use zephyr_tests::scene::{fakes, urls};
use zephyr_tests::{Answer, Daemon, Fake, Scene};

const REFUSAL: &str = "messages.1.content.0: Invalid `signature` in `thinking` block";

/// A turn of a conversation: the user's words and what was answered to them so far, the last unanswered.
fn turns(words: &[&str], answer: &Value) -> String {
    let mut messages = Vec::new();
    for (i, word) in words.iter().enumerate() {
        messages.push(json!({"role": "user", "content": word}));
        if i + 1 < words.len() {
            messages.push(json!({"role": "assistant", "content": answer}));
        }
    }
    json!({"model": "claude-opus-5-5", "max_tokens": 64, "messages": messages}).to_string()
}

/// What a thinking endpoint has answered.
fn thought() -> Value {
    json!([{"type": "thinking", "thinking": "Winds have names.", "signature": "QXMgd3JpdHRlbiBieSBB"},
        {"type": "text", "text": "zephyr"}])
}

trait Talks {
    async fn talk(&self, session: &str, body: &str) -> Reply;
    async fn served(&self, session: &str) -> String;
}

impl Talks for Daemon {
    async fn talk(&self, session: &str, body: &str) -> Reply {
        let headers = [JSON[0], ("x-claude-code-session-id", session)];
        let headers = if session.is_empty() { &headers[..1] } else { &headers[..] };
        self.ask("POST", "/v1/messages", headers, body.as_bytes()).await
    }

    /// By whom one more request of the conversation is answered.
    async fn served(&self, session: &str) -> String {
        let reply = self.talk(session, &turns(&["hi"], &json!(""))).await;
        assert_eq!(reply.status(), 200, "{}", reply.text());
        reply.header("x-used-endpoint").unwrap().to_owned()
    }
}

async fn rotating() -> Scene {
    Scene::edited(3, |config| config.replace("\"priority\"", "\"round-robin\"")).await
}

#[tokio::test]
async fn conversations_stay_where_they_began_while_new_ones_take_turns() {
    let scene = rotating().await;
    let daemon = &scene.daemon;
    let (one, two) = (daemon.served("one").await, daemon.served("two").await);
    assert_ne!(one, two);
    for _ in 0..3 {
        assert_eq!((daemon.served("one").await, daemon.served("two").await), (one.clone(), two.clone()));
    }
    assert_eq!((daemon.endpoint(&one).await.sessions, daemon.endpoint(&two).await.sessions), (1, 1));
    assert!(daemon.ctl_ok(&["show", &one]).await.contains("conversations"));
    let subagent = [JSON[0], ("x-claude-code-session-id", "one"), ("x-claude-code-agent-id", "a1")];
    let body = turns(&["hi"], &json!(""));
    let reply = daemon.ask("POST", "/v1/messages", &subagent, body.as_bytes()).await;
    assert_ne!(
        reply.header("x-used-endpoint"),
        Some(one.as_str()),
        "a subagent is a conversation of its own"
    );
}

#[tokio::test]
async fn a_conversation_without_an_id_is_known_by_how_it_begins() {
    let scene = rotating().await;
    let at = async |words: &[&str]| {
        let reply = scene.daemon.talk("", &turns(words, &json!("yes?"))).await;
        reply.header("x-used-endpoint").unwrap().to_owned()
    };
    let (hi, ho) = (at(&["hi"]).await, at(&["ho"]).await);
    assert_ne!(hi, ho);
    for _ in 0..2 {
        assert_eq!((at(&["hi", "more"]).await, at(&["ho", "more"]).await), (hi.clone(), ho.clone()));
    }
    assert_ne!(at(&["hi"]).await, hi, "who begins alike begins anew");
}

#[tokio::test]
async fn a_conversation_that_failed_over_does_not_flap_back() {
    let scene = Scene::of(2).await;
    let daemon = &scene.daemon;
    assert_eq!(daemon.served("one").await, "a");
    scene.a().once("/v1/messages", Answer::empty(503));
    assert_eq!(daemon.served("one").await, "b");
    assert_eq!((daemon.served("one").await, daemon.served("new").await), ("b".into(), "a".into()));
}

#[tokio::test]
async fn conversations_are_found_again_after_a_restart_and_a_reload() {
    let fakes = fakes(2).await;
    let text = config(&urls(&fakes));
    let daemon = Home::new(&text).start().await;
    daemon.ctl_ok(&["pause", "a"]).await;
    assert_eq!(daemon.served("one").await, "b");
    daemon.ctl_ok(&["resume", "a"]).await;
    let home = daemon.stop().await;
    let daemon = home.start().await;
    assert_eq!((daemon.served("one").await, daemon.served("new").await), ("b".into(), "a".into()));
    daemon.ctl_ok(&["reload"]).await;
    assert_eq!(daemon.served("one").await, "b");
    daemon.ctl_ok(&["pin", "a"]).await;
    assert_eq!(daemon.served("one").await, "a");
}

#[tokio::test]
async fn switched_off_every_request_goes_by_the_strategy() {
    let scene =
        Scene::edited(2, |config| config.replace("[selection]\n", "[selection]\naffinity = false\n")).await;
    scene.a().once("/v1/messages", Answer::empty(503));
    assert_eq!(scene.daemon.served("one").await, "b");
    assert_eq!(scene.daemon.served("one").await, "a");
}

/// A thinks, then it dies; B refuses what A has written.
async fn moved() -> Scene {
    let scene = Scene::of(2).await;
    scene.a_answers(Answer::events(anthropic::thinking_stream("claude-opus-5-5")));
    let body = turns(&["hi"], &json!("")).replace("\"model\"", "\"stream\":true,\"model\"");
    let first = scene.daemon.talk("one", &body).await;
    assert_eq!((first.status(), first.header("x-used-endpoint")), (200, Some("a")));
    scene.a_answers(Answer::empty(503));
    scene.b().once("/v1/messages", Answer::error(400, "invalid_request_error", REFUSAL));
    scene
}

fn asked(fake: &Fake) -> Vec<Value> {
    fake.seen_on("/v1/messages").iter().map(|seen| seen.json()).collect()
}

#[tokio::test]
async fn thinking_that_the_new_endpoint_cannot_read_is_left_out_and_the_client_sees_an_answer() {
    let scene = moved().await;
    let body = turns(&["hi", "more"], &thought());
    let reply = scene.daemon.talk("one", &body).await;
    assert_eq!((reply.status(), reply.header("x-used-endpoint")), (200, Some("b")), "{}", reply.text());
    let calls = asked(scene.b());
    assert_eq!(calls.len(), 2);
    assert_eq!(calls[0]["messages"][1]["content"], thought());
    assert_eq!(calls[1]["messages"][1]["content"], json!([{"type": "text", "text": "zephyr"}]));
    assert_eq!(scene.daemon.endpoint("b").await.failures, 0);

    // From now on it is left out at once, and what the new endpoint has written stays.
    let own = json!([{"type": "thinking", "thinking": "B's", "signature": "QXMgd3JpdHRlbiBieSBC"}]);
    let mut later: Value = serde_json::from_str(&turns(&["hi", "more"], &thought())).unwrap();
    let messages = later["messages"].as_array_mut().unwrap();
    messages.push(json!({"role": "assistant", "content": own}));
    messages.push(json!({"role": "user", "content": "and more"}));
    assert_eq!(scene.daemon.talk("one", &later.to_string()).await.status(), 200);
    let calls = asked(scene.b());
    assert_eq!(calls.len(), 3);
    assert_eq!(calls[2]["messages"][1]["content"], json!([{"type": "text", "text": "zephyr"}]));
    assert_eq!(calls[2]["messages"][3]["content"], own);
}

#[tokio::test]
async fn whoever_wrote_the_thinking_is_asked_first_if_it_can_be() {
    let scene = Scene::of(2).await;
    assert_eq!(scene.daemon.served("one").await, "a");
    scene.daemon.ctl_ok(&["pin", "b"]).await;
    scene.b().on("/v1/messages", Answer::error(400, "invalid_request_error", REFUSAL));
    scene.daemon.ctl_ok(&["unpin"]).await;
    scene.a().once("/v1/messages", Answer::empty(503));
    // A fails, B refuses, and A was tried already: without the thinking, and that is refused too.
    let reply = scene.daemon.talk("one", &turns(&["hi", "more"], &thought())).await;
    assert_eq!((reply.status(), reply.text().contains(REFUSAL)), (400, true), "{}", reply.text());
    assert_eq!((asked(scene.a()).len(), asked(scene.b()).len()), (2, 2));
    // Pinned with fallback, B is asked before A, which wrote it and can be asked.
    scene.daemon.ctl_ok(&["pin", "b", "--fallback"]).await;
    let reply = scene.daemon.talk("one", &turns(&["hi", "more"], &thought())).await;
    assert_eq!((reply.status(), reply.header("x-used-endpoint")), (200, Some("a")), "{}", reply.text());
    assert_eq!((asked(scene.a()).len(), asked(scene.b()).len()), (3, 3));
    assert_eq!(asked(scene.a())[2]["messages"][1]["content"], thought());
}

#[tokio::test]
async fn a_refusal_where_nobody_else_has_written_stands() {
    let scene = Scene::of(2).await;
    assert_eq!(scene.daemon.served("one").await, "a");
    scene.a_answers(Answer::error(400, "invalid_request_error", REFUSAL));
    let reply = scene.daemon.talk("one", &turns(&["hi", "more"], &thought())).await;
    assert_eq!((reply.status(), reply.text().contains(REFUSAL)), (400, true));
    assert_eq!((asked(scene.a()).len(), asked(scene.b()).len()), (2, 0));
}

#[tokio::test]
async fn other_refusals_and_bodies_without_thinking_are_passed_on() {
    for (answer, said) in
        [(thought(), "prompt is too long: 9 tokens > 8 maximum"), (json!("zephyr"), REFUSAL)]
    {
        let scene = moved().await;
        scene.b().on("/v1/messages", Answer::error(400, "invalid_request_error", said));
        scene.daemon.talk("two", &turns(&["hi"], &json!(""))).await;
        let reply = scene.daemon.talk("one", &turns(&["hi", "more"], &answer)).await;
        assert_eq!((reply.status(), reply.text().contains(said)), (400, true), "{}", reply.text());
        assert_eq!(asked(scene.b()).len(), 2, "{said}");
    }
}

#[tokio::test]
async fn encrypted_reasoning_of_another_is_left_out_of_responses() {
    let scene = Scene::edited(2, |config| {
        config.replace("default = true\n", "default = true\ndialect = \"openai-responses\"\n")
    })
    .await;
    let reasoning = json!({"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gAAAA"});
    let user = json!({"type": "message", "role": "user", "content": "hi"});
    let ask = async |input: Value| {
        let body = json!({"model": "gpt-5", "store": false, "prompt_cache_key": "one", "input": input});
        scene.daemon.ask("POST", "/v1/responses", &JSON, body.to_string().as_bytes()).await
    };
    assert_eq!(ask(json!([user])).await.header("x-used-endpoint"), Some("a"));
    scene.a().on("/v1/responses", Answer::empty(503));
    let refusal = json!({"error": {"message": "The encrypted content gAAA could not be verified.",
        "type": "invalid_request_error", "param": null, "code": "invalid_encrypted_content"}});
    scene.b().once("/v1/responses", Answer::json(400, refusal));
    let reply = ask(json!([user, reasoning, user])).await;
    assert_eq!((reply.status(), reply.header("x-used-endpoint")), (200, Some("b")), "{}", reply.text());
    let calls: Vec<Value> = scene.b().seen_on("/v1/responses").iter().map(|seen| seen.json()).collect();
    assert_eq!(calls.len(), 2);
    assert_eq!(calls[1]["input"], json!([user, user]));
}
