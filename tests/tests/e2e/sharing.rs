//! Requests that mean the same share one upstream call while it is on its way; everybody gets the right bytes in the
//! form that they asked for, and nobody who leaves takes it from the others.

use bytes::Bytes;
use serde_json::{Value, json};
use zephyr_tests::client::{Client, End, Reply, ask, request};
use zephyr_tests::daemon::{JSON, message};
use zephyr_tests::fake::realistic::{anthropic, openai_chat, openai_responses};
use zephyr_tests::fake::{At, How};
use zephyr_tests::{Answer, Gate, Scene};

use crate::records::{OPUS, all, tells};

const ON: &str = "[dedup]\nenabled = true\n[log]\nlevel = \"info,zephyrd=debug\"";

/// How many identical requests there are.
const MANY: usize = 100;

async fn scene(dialect: &str) -> Scene {
    Scene::edited(1, |config| {
        let config =
            config.replace("default = true\n", &format!("default = true\ndialect = \"{dialect}\"\n"));
        format!("{config}\n{ON}\n")
    })
    .await
}

/// Waits until `n` requests share another's call.
async fn until_shared(scene: &Scene, n: usize) {
    zephyr_tests::until(&format!("{n} requests that share a call"), || async {
        (scene.daemon.said().matches("shares the call of").count() >= n).then_some(())
    })
    .await;
}

async fn sent(scene: &Scene, path: &str, body: &str) -> Client {
    let mut client = Client::connect(scene.daemon.addr()).await;
    client.send(&request("POST", path, &JSON, body.as_bytes())).await;
    client
}

/// The data of every event.
fn events(body: &[u8]) -> Vec<Value> {
    let text = String::from_utf8_lossy(body).into_owned();
    let data = text.lines().filter_map(|line| line.strip_prefix("data: "));
    data.filter(|data| *data != "[DONE]").map(|data| serde_json::from_str(data).unwrap()).collect()
}

/// A hundred streams and whole answers of the same request, in turn, are one call. `whole` and `stream` are bodies that
/// differ in the form alone.
async fn many_share_one_call(
    dialect: &str,
    path: &str,
    stream: &str,
    whole: &str,
    streamed: Vec<Bytes>,
) -> Vec<Reply> {
    let scene = scene(dialect).await;
    let gate = Gate::new(0);
    scene.a().on(path, Answer::events(streamed).gated(&gate));
    let mut clients = vec![sent(&scene, path, stream).await];
    scene.daemon.until_said("shares its call").await;
    for i in 1..MANY {
        clients.push(sent(&scene, path, if i % 2 == 0 { stream } else { whole }).await);
    }
    until_shared(&scene, MANY - 1).await;
    gate.open();
    let mut replies = Vec::new();
    for client in &mut clients {
        let reply = client.reply("POST").await;
        assert_eq!((reply.status(), reply.end), (200, End::Clean), "{}", reply.text());
        replies.push(reply);
    }
    assert_eq!(scene.a().seen_on(path).len(), 1, "one upstream call");
    let mut ids: Vec<&str> = replies.iter().filter_map(|r| r.header("x-request-id")).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), MANY, "each request has an id of its own");
    replies
}

#[tokio::test]
async fn a_hundred_messages_are_one_call_and_each_has_its_form() {
    let streamed = anthropic::stream("claude-opus-5-5", None);
    let want = streamed.concat();
    let replies =
        many_share_one_call("anthropic", "/v1/messages", &message(true), &message(false), streamed).await;
    for (i, reply) in replies.iter().enumerate() {
        if i % 2 == 0 {
            assert_eq!(reply.body, want);
        } else {
            let (whole, model) = (reply.json(), anthropic::message("claude-opus-5-5", None));
            assert_eq!(whole["content"], model["content"]);
            assert_eq!(whole["usage"]["output_tokens"], model["usage"]["output_tokens"]);
            assert_eq!((&whole["type"], &whole["stop_reason"]), (&json!("message"), &model["stop_reason"]));
            assert!(reply.header("content-type").unwrap().starts_with("application/json"));
        }
    }
}

#[tokio::test]
async fn a_hundred_chats_are_one_call_and_each_has_its_form() {
    let body =
        |form: &str| format!(r#"{{"model":"gpt-5",{form},"messages":[{{"role":"user","content":"hi"}}]}}"#);
    let stream = body(r#""stream":true,"stream_options":{"include_usage":true}"#);
    let streamed = openai_chat::stream("gpt-5", None);
    let want = streamed.concat();
    let whole = body(r#""stream":false"#);
    let replies = many_share_one_call("openai-chat", "/v1/chat/completions", &stream, &whole, streamed).await;
    for (i, reply) in replies.iter().enumerate() {
        if i % 2 == 0 {
            assert_eq!(reply.body, want);
        } else {
            let (whole, model) = (reply.json(), openai_chat::completion("gpt-5", None));
            assert_eq!(whole["object"], "chat.completion");
            assert_eq!(whole["choices"][0]["message"]["content"], model["choices"][0]["message"]["content"]);
            assert_eq!(whole["usage"], model["usage"]);
        }
    }
}

#[tokio::test]
async fn a_hundred_responses_are_one_call_and_each_has_its_form() {
    let body = |stream: bool| format!(r#"{{"model":"gpt-5","stream":{stream},"input":"hi"}}"#);
    let streamed = openai_responses::stream("gpt-5", None);
    let want = streamed.concat();
    let replies =
        many_share_one_call("openai-responses", "/v1/responses", &body(true), &body(false), streamed).await;
    let last = events(&want).pop().unwrap();
    for (i, reply) in replies.iter().enumerate() {
        if i % 2 == 0 { assert_eq!(reply.body, want) } else { assert_eq!(reply.json(), last["response"]) }
    }
}

#[tokio::test]
async fn a_stream_is_made_of_a_whole_answer_that_is_on_its_way() {
    let scene = scene("anthropic").await;
    let gate = Gate::new(0);
    let whole = anthropic::message("claude-opus-5-5", None);
    scene.a_answers(Answer::json(200, whole.clone()).head_gated(&gate));
    let mut first = sent(&scene, "/v1/messages", &message(false)).await;
    scene.daemon.until_said("shares its call").await;
    let mut second = sent(&scene, "/v1/messages", &message(true)).await;
    until_shared(&scene, 1).await;
    gate.open();
    assert_eq!(first.reply("POST").await.json(), whole);
    let reply = second.reply("POST").await;
    assert!(reply.header("content-type").unwrap().starts_with("text/event-stream"), "{:?}", reply.head);
    let names: Vec<Value> = events(&reply.body).iter().map(|e| e["type"].clone()).collect();
    assert_eq!(names.first(), Some(&json!("message_start")));
    assert_eq!(names.last(), Some(&json!("message_stop")));
    assert_eq!(scene.a().seen_on("/v1/messages").len(), 1);
}

#[tokio::test]
async fn who_comes_late_has_the_beginning_too() {
    let scene = scene("anthropic").await;
    let gate = Gate::new(4);
    let streamed = anthropic::stream("claude-opus-5-5", None);
    scene.a_answers(Answer::events(streamed.clone()).gated(&gate));
    let mut first = sent(&scene, "/v1/messages", &message(true)).await;
    first.head().await;
    first.expect(&streamed[..4].concat()).await;
    let mut late = sent(&scene, "/v1/messages", &message(true)).await;
    late.head().await;
    late.expect(&streamed[..4].concat()).await;
    gate.open();
    assert_eq!(first.rest().await, (streamed[4..].concat().into(), End::Clean));
    assert_eq!(late.rest().await, (streamed[4..].concat().into(), End::Clean));
    assert_eq!(scene.a().seen_on("/v1/messages").len(), 1);
}

#[tokio::test]
async fn whoever_began_may_leave_and_the_others_have_it_all() {
    let scene = scene("anthropic").await;
    let gate = Gate::new(4);
    let streamed = anthropic::stream("claude-opus-5-5", None);
    scene.a_answers(Answer::events(streamed.clone()).gated(&gate));
    let mut first = sent(&scene, "/v1/messages", &message(true)).await;
    first.head().await;
    let mut second = sent(&scene, "/v1/messages", &message(true)).await;
    second.head().await;
    drop(first);
    scene.daemon.until_said("leaves its call to others").await;
    gate.open();
    let (rest, end) = second.rest().await;
    assert_eq!((rest, end), (streamed.concat().into(), End::Clean));
    scene.daemon.until_said("cancelled").await;
    assert_eq!(scene.a().seen_on("/v1/messages").len(), 1);
}

#[tokio::test]
async fn when_all_have_left_the_upstream_request_ends() {
    let scene = scene("anthropic").await;
    let gate = Gate::new(4);
    scene.a_answers(Answer::events(anthropic::stream("claude-opus-5-5", None)).gated(&gate));
    let mut clients = Vec::new();
    for _ in 0..3 {
        let mut client = sent(&scene, "/v1/messages", &message(true)).await;
        client.head().await;
        clients.push(client);
    }
    drop(clients);
    scene.a().wait_closed().await;
}

#[tokio::test]
async fn a_call_that_dies_is_cut_for_everybody() {
    let scene = scene("anthropic").await;
    let gate = Gate::new(4);
    let streamed = anthropic::stream("claude-opus-5-5", None);
    let cut = At::Body(streamed[..5].concat().len());
    scene.a_answers(Answer::events(streamed).gated(&gate).stop(cut, How::Reset));
    let mut clients = Vec::new();
    for _ in 0..3 {
        let mut client = sent(&scene, "/v1/messages", &message(true)).await;
        client.head().await;
        clients.push(client);
    }
    gate.open();
    for client in &mut clients {
        assert_ne!(client.rest().await.1, End::Clean);
    }
    assert_eq!(scene.a().seen_on("/v1/messages").len(), 1);
}

#[tokio::test]
async fn an_error_is_everybodys() {
    let scene = scene("anthropic").await;
    let gate = Gate::new(0);
    let told = "prompt is too long: 1 tokens > 0 maximum";
    scene.a_answers(Answer::error(400, "invalid_request_error", told).head_gated(&gate));
    let mut first = sent(&scene, "/v1/messages", &message(true)).await;
    scene.daemon.until_said("shares its call").await;
    let mut second = sent(&scene, "/v1/messages", &message(false)).await;
    until_shared(&scene, 1).await;
    gate.open();
    for client in [&mut first, &mut second] {
        let reply = client.reply("POST").await;
        assert_eq!((reply.status(), reply.json()["error"]["message"].as_str()), (400, Some(told)));
    }
    assert_eq!(scene.a().seen_on("/v1/messages").len(), 1);
}

/// Sends two requests at one time and gives how many calls they made.
async fn calls(scene: &Scene, one: (&[(&str, &str)], &str), two: (&[(&str, &str)], &str)) -> usize {
    let before = scene.a().seen_on("/v1/messages").len();
    // A gate for each call: the first would take what the second needs to begin.
    let gates = [Gate::new(4), Gate::new(4)];
    let mut clients = Vec::new();
    for ((headers, body), gate) in [one, two].into_iter().zip(&gates) {
        scene.a_answers(Answer::events(anthropic::stream("claude-opus-5-5", None)).gated(gate));
        let mut client = Client::connect(scene.daemon.addr()).await;
        let headers = [&JSON[..], headers].concat();
        client.send(&request("POST", "/v1/messages", &headers, body.as_bytes())).await;
        client.head().await;
        clients.push(client);
    }
    gates.iter().for_each(Gate::open);
    for client in &mut clients {
        assert_eq!(client.rest().await.1, End::Clean);
    }
    scene.a().seen_on("/v1/messages").len() - before
}

#[tokio::test]
async fn what_differs_in_meaning_or_is_marked_so_is_a_call_of_its_own() {
    let scene = scene("anthropic").await;
    let (hi, none): (String, &[(&str, &str)]) = (message(true), &[]);
    assert_eq!(calls(&scene, (none, &hi), (none, &hi)).await, 1);
    assert_eq!(calls(&scene, (none, &hi), (none, &hi.replace("hi", "ho"))).await, 2);
    assert_eq!(calls(&scene, (none, &hi), (&[("x-zephyr-dedup", "off")], &hi)).await, 2);
    assert_eq!(calls(&scene, (none, &hi), (&[("anthropic-beta", "x-2026")], &hi)).await, 2);
    assert_eq!(calls(&scene, (none, &hi), (&[("x-stainless-retry-count", "1")], &hi)).await, 1);
    let session = [("x-claude-code-session-id", "s-1")];
    assert_eq!(calls(&scene, (none, &hi), (&session, &hi)).await, 1);
    assert!(scene.a().seen().iter().all(|seen| seen.header("x-zephyr-dedup").is_none()));
}

#[tokio::test]
async fn credentials_never_share_a_call() {
    let passthrough =
        |config: String| config.replace("{ bearer = \"sk-own-credential\" }", "\"passthrough\"");
    let scene = Scene::edited(1, |config| format!("{}\n{ON}\n", passthrough(config))).await;
    let hi = message(true);
    let (a, b) = ([("x-api-key", "key-a")], [("x-api-key", "key-b")]);
    assert_eq!(calls(&scene, (&a, &hi), (&b, &hi)).await, 2);
    assert_eq!(calls(&scene, (&a, &hi), (&a, &hi)).await, 1);
}

#[tokio::test]
async fn unless_told_only_a_conversation_shares_with_itself() {
    let scene = Scene::of(1).await;
    let (hi, none): (String, &[(&str, &str)]) = (message(true), &[]);
    let (one, two) = ([("x-claude-code-session-id", "s-1")], [("x-claude-code-session-id", "s-2")]);
    assert_eq!(calls(&scene, (none, &hi), (none, &hi)).await, 2);
    assert_eq!(calls(&scene, (&one, &hi), (&one, &hi)).await, 1);
    assert_eq!(calls(&scene, (&one, &hi), (&two, &hi)).await, 2);
    let off = Scene::followed_by(1, "[dedup]\nenabled = false").await;
    assert_eq!(calls(&off, (&one, &hi), (&one, &hi)).await, 2);
}

#[tokio::test]
async fn a_hundred_different_requests_are_a_hundred_calls() {
    let scene = scene("anthropic").await;
    let gate = Gate::new(0);
    scene.a_answers(Answer::events(anthropic::stream("claude-opus-5-5", None)).gated(&gate));
    let mut asked = tokio::task::JoinSet::new();
    for i in 0..MANY {
        let (addr, body) = (scene.daemon.addr(), message(true).replace("hi", &format!("hi {i}")));
        asked.spawn(async move { ask(addr, "POST", "/v1/messages", &JSON, body.as_bytes()).await });
    }
    zephyr_tests::until("all upstream calls", || async {
        (scene.a().seen_on("/v1/messages").len() == MANY).then_some(())
    })
    .await;
    gate.open();
    let want = anthropic::stream("claude-opus-5-5", None).concat();
    for reply in asked.join_all().await {
        assert_eq!((reply.status(), &reply.body[..]), (200, &want[..]));
    }
}

#[tokio::test]
async fn one_pays_and_the_others_say_what_that_saved() {
    let scene = scene("anthropic").await;
    let gate = Gate::new(0);
    let streamed = anthropic::stream("claude-opus-5-5", None);
    scene.a_answers(Answer::events(streamed).gated(&gate));
    let mut clients = vec![sent(&scene, "/v1/messages", &message(true)).await];
    scene.daemon.until_said("shares its call").await;
    for stream in [true, false] {
        clients.push(sent(&scene, "/v1/messages", &message(stream)).await);
    }
    until_shared(&scene, 2).await;
    gate.open();
    let mut replies = Vec::new();
    for client in &mut clients {
        replies.push(client.reply("POST").await);
    }
    let records = all(&scene.daemon, 3).await;
    let leader = replies[0].header("x-request-id").unwrap();
    let tokens = json!({"input": 12, "output": 42, "cache_read": 2048});
    for reply in &replies {
        let id = reply.header("x-request-id").unwrap();
        let record = records.iter().find(|record| record["id"] == id).unwrap();
        tells(
            record,
            &json!({"status": 200, "upstream_status": 200, "ended": "complete", "succeeded": true,
                "usage": "final", "stop": "end_turn", "tokens": tokens, "endpoint": "a", "group": "main",
                "answered_model": "claude-opus-5-5", "bytes_out": reply.body.len()}),
        );
        let (source, by, cost, saved) =
            if id == leader { ("endpoint", None, OPUS, 0) } else { ("shared", Some(leader), 0, OPUS) };
        tells(
            record,
            &json!({"source": source, "served_by": by, "cost_nanos": cost, "saved_nanos": saved,
                "lost_nanos": 0}),
        );
        assert_eq!(record["attempts"].as_array().unwrap().len(), usize::from(id == leader), "{record}");
    }
    let usage = scene.daemon.ctl_json(&["usage", "--by", "total"]).await;
    tells(
        &usage["total"],
        &json!({"requests": 3, "succeeded": 3, "shared": 2, "cost_nanos": OPUS, "saved_nanos": 2 * OPUS,
            "tokens": tokens}),
    );
}

#[tokio::test]
async fn whoever_began_and_left_is_recorded_as_gone_and_pays_for_the_call_once() {
    let scene = scene("anthropic").await;
    let gate = Gate::new(4);
    let streamed = anthropic::stream("claude-opus-5-5", None);
    scene.a_answers(Answer::events(streamed.clone()).gated(&gate));
    let mut first = sent(&scene, "/v1/messages", &message(true)).await;
    let leader = first.head().await.header("x-request-id").unwrap().to_owned();
    let mut second = sent(&scene, "/v1/messages", &message(true)).await;
    second.head().await;
    first.expect(&streamed[..4].concat()).await;
    drop(first);
    scene.daemon.until_said("leaves its call to others").await;
    gate.open();
    assert_eq!(second.rest().await.1, End::Clean);
    let records = all(&scene.daemon, 2).await;
    let (began, joined) = match records[0]["id"] == leader.as_str() {
        true => (&records[0], &records[1]),
        false => (&records[1], &records[0]),
    };
    tells(
        began,
        &json!({"ended": "cancelled", "usage": "final", "source": "endpoint", "cost_nanos": OPUS,
            "tokens": {"output": 42}, "attempts": [{"cost_nanos": OPUS, "may_be_billed": true}]}),
    );
    tells(
        joined,
        &json!({"ended": "complete", "source": "shared", "served_by": leader, "cost_nanos": 0,
            "saved_nanos": OPUS}),
    );
}

#[tokio::test]
async fn whoever_shares_with_nobody_and_leaves_at_the_streams_own_end_has_it_all() {
    let scene = scene("anthropic").await;
    let streamed = anthropic::stream("claude-opus-5-5", None);
    let gate = Gate::new(streamed.len());
    let mut pieces = streamed.clone();
    pieces.push(anthropic::ping());
    scene.a_answers(Answer::events(pieces).gated(&gate));
    let mut client = sent(&scene, "/v1/messages", &message(true)).await;
    client.head().await;
    client.expect(&streamed.concat()).await;
    drop(client);
    tells(
        &all(&scene.daemon, 1).await[0],
        &json!({"ended": "complete", "succeeded": true, "usage": "final", "cost_nanos": OPUS}),
    );
}

#[tokio::test]
async fn whoever_joins_and_leaves_costs_nothing() {
    let scene = scene("anthropic").await;
    let gate = Gate::new(4);
    let streamed = anthropic::stream("claude-opus-5-5", None);
    scene.a_answers(Answer::events(streamed.clone()).gated(&gate));
    let mut first = sent(&scene, "/v1/messages", &message(true)).await;
    let leader = first.head().await.header("x-request-id").unwrap().to_owned();
    let mut second = sent(&scene, "/v1/messages", &message(true)).await;
    second.head().await;
    second.expect(&streamed[..4].concat()).await;
    drop(second);
    let joined = all(&scene.daemon, 1).await.remove(0);
    tells(
        &joined,
        &json!({"ended": "cancelled", "source": "shared", "served_by": leader, "cost_nanos": 0,
            "saved_nanos": 0, "attempts": []}),
    );
    gate.open();
    assert_eq!(first.rest().await.1, End::Clean);
    let usage = all(&scene.daemon, 2).await;
    let paid: i64 = usage.iter().map(|record| record["cost_nanos"].as_i64().unwrap()).sum();
    assert_eq!(paid, OPUS);
}
