//! Every event is passed on as it comes (proved by causality: the endpoint sends the next one only after the
//! client has confirmed the last), a client that leaves takes the upstream request with it, and a stream that
//! dies after the first word is never ended cleanly.

use std::io::Write as _;

use bytes::Bytes;
use serde_json::json;
use zephyr_tests::client::{Client, End, request};
use zephyr_tests::daemon::{JSON, message};
use zephyr_tests::fake::realistic::{anthropic, openai_chat, openai_responses};
use zephyr_tests::fake::{At, Framing, How};
use zephyr_tests::{Answer, Gate, Scene};

fn text_delta(text: &str) -> Bytes {
    anthropic::delta(0, &json!({"type": "text_delta", "text": text}))
}

/// The beginning of a stream, with one semantic event in it.
fn opening() -> Vec<Bytes> {
    vec![anthropic::start("m"), anthropic::block_start(0, &json!({"type": "text", "text": ""}))]
}

/// Walks through `events`, each sent only after the client has everything before it. The first `held` events
/// may be held back until the one after them.
async fn each_on_its_own(scene: &Scene, path: &str, body: &str, events: Vec<Bytes>, held: usize) {
    let gate = Gate::new(held);
    scene.a().on(path, Answer::events(events.clone()).gated(&gate));
    let mut client = Client::connect(scene.daemon.addr()).await;
    client.send(&request("POST", path, &JSON, body.as_bytes())).await;
    let (first, rest) = events.split_at(held + 1);
    gate.release(1);
    client.head().await;
    client.expect(&first.concat()).await;
    for event in rest {
        gate.release(1);
        client.expect(event).await;
    }
    assert_eq!(client.rest().await, (Bytes::new(), End::Clean));
}

#[tokio::test]
async fn anthropic_events_pass_one_by_one() {
    let scene = Scene::of(1).await;
    let events = anthropic::stream("claude-opus-5-5", None);
    each_on_its_own(&scene, "/v1/messages", &message(true), events, 1).await;
}

#[tokio::test]
async fn thinking_counts_as_the_first_semantic_event() {
    let scene = Scene::of(1).await;
    let events = anthropic::thinking_stream("claude-opus-5-5");
    each_on_its_own(&scene, "/v1/messages", &message(true), events, 1).await;
}

#[tokio::test]
async fn chat_chunks_pass_one_by_one() {
    let scene = Scene::with_group(1, "dialect = \"openai-chat\"").await;
    let body = r#"{"model":"gpt-5","stream":true,"messages":[{"role":"user","content":"hi"}]}"#;
    each_on_its_own(&scene, "/v1/chat/completions", body, openai_chat::stream("gpt-5", None), 1).await;
}

#[tokio::test]
async fn responses_events_pass_one_by_one() {
    let scene = Scene::with_group(1, "dialect = \"openai-responses\"").await;
    let body = r#"{"model":"gpt-5","stream":true,"input":"hi"}"#;
    let events = openai_responses::stream("gpt-5", None);
    // created, in_progress, item added and part added carry nothing yet.
    each_on_its_own(&scene, "/v1/responses", body, events, 4).await;
}

#[tokio::test]
async fn bytes_of_half_an_event_pass_once_it_has_begun() {
    let scene = Scene::of(1).await;
    let gate = Gate::new(0);
    let whole = text_delta("half");
    let (first, second) = (whole.slice(..10), whole.slice(10..));
    let mut events = vec![opening().concat().into(), first.clone(), second.clone()];
    events.extend(anthropic::end("end_turn"));
    scene.a_answers(Answer::events(events).gated(&gate));
    let mut client = scene.streaming().await;
    gate.release(1);
    client.head().await;
    client.expect(&opening().concat()).await;
    gate.release(1);
    client.expect(&first).await;
    gate.release(1);
    client.expect(&second).await;
    gate.open();
    assert_eq!(client.rest().await.1, End::Clean);
}

#[tokio::test]
async fn a_stream_byte_by_byte_is_the_same_stream() {
    let scene = Scene::of(1).await;
    let events = anthropic::stream("m", Some(&json!({"name": "weather"})));
    scene.a_answers(Answer::events(events.clone()).trickled(1));
    let reply = scene.message(true).await;
    assert_eq!((reply.body, reply.end), (events.concat().into(), End::Clean));
}

#[tokio::test]
async fn pings_and_comments_are_passed_on() {
    let scene = Scene::of(1).await;
    let mut events = opening();
    events.extend([anthropic::ping(), Bytes::from_static(b": keep-alive\n\n"), text_delta("x")]);
    events.extend(anthropic::end("end_turn"));
    scene.a_answers(Answer::events(events.clone()));
    assert_eq!(scene.message(true).await.body, events.concat());
}

#[tokio::test]
async fn a_compressed_answer_passes_untouched() {
    let scene = Scene::of(1).await;
    let gzip = |text: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    };
    let whole = gzip(anthropic::message("m", None).to_string().as_bytes());
    scene.a_answers(Answer::bytes(200, "application/json", whole.clone()).header("content-encoding", "gzip"));
    let reply = scene.message(false).await;
    assert_eq!((reply.header("content-encoding"), &reply.body[..]), (Some("gzip"), &whole[..]));

    let stream = gzip(&anthropic::stream("m", None).concat());
    let answer = Answer::events([Bytes::from(stream.clone())]).header("content-encoding", "gzip");
    scene.a_answers(answer);
    let reply = scene.message(true).await;
    assert_eq!((reply.header("content-encoding"), &reply.body[..]), (Some("gzip"), &stream[..]));
}

#[tokio::test]
async fn a_client_that_leaves_while_waiting_ends_the_upstream_request() {
    for stream in [true, false] {
        let scene = Scene::of(2).await;
        scene.a_answers(Answer::never());
        let mut client = Client::connect(scene.daemon.addr()).await;
        client.send(&request("POST", "/v1/messages", &JSON, message(stream).as_bytes())).await;
        scene.a().wait(1).await;
        drop(client);
        scene.a().wait_gone(0).await;
        scene.daemon.until("nothing in flight", |s| (s.endpoints[0].in_flight == 0).then_some(())).await;
        assert!(scene.b().seen().is_empty(), "nobody waits for another attempt");
        assert_eq!(scene.daemon.endpoint("a").await.failures, 0, "a cancel is no failure");
    }
}

#[tokio::test]
async fn a_client_that_leaves_amid_a_stream_ends_the_upstream_request() {
    let scene = Scene::of(1).await;
    let gate = Gate::new(2);
    let mut events = opening();
    events.push(text_delta("never sent"));
    scene.a_answers(Answer::events(events).gated(&gate));
    let mut client = scene.streaming().await;
    client.head().await;
    client.expect(&opening().concat()).await;
    drop(client);
    scene.a().wait_gone(0).await;
}

#[tokio::test]
async fn a_stream_cut_after_its_first_word_is_aborted_and_not_repeated() {
    for how in [How::Fin, How::Reset] {
        for framing in [Framing::Chunked, Framing::UntilClose] {
            let scene = Scene::of(2).await;
            let mut events = opening();
            events.push(text_delta("and then"));
            let sent = events.concat();
            let gate = Gate::new(2);
            let answer = Answer::events(events).framing(framing).gated(&gate);
            scene.a_answers(answer.stop(At::Body(sent.len()), how));
            let mut client = scene.streaming().await;
            client.head().await;
            client.expect(&opening().concat()).await;
            gate.release(1);
            let (rest, end) = client.rest().await;
            assert!(sent.ends_with(&rest), "{framing:?} {how:?}: nothing is invented");
            // Where the body ends with the connection, only the missing terminal event tells that it was cut.
            assert_ne!(end, End::Clean, "{framing:?} {how:?}: a cut stream must not end cleanly");
            assert!(
                scene.b().seen().is_empty(),
                "{framing:?} {how:?}: after commit there is one upstream only"
            );
        }
    }
}

#[tokio::test]
async fn a_cut_stream_is_told_from_a_whole_one_also_where_nothing_is_recorded() {
    let scene = Scene::followed_by(1, "[usage]\nenabled = false\n").await;
    let events = anthropic::stream("m", None);
    let whole = events.concat();
    let answer = Answer::events(events).framing(Framing::UntilClose);
    scene.a_answers(answer.clone());
    let reply = scene.message(true).await;
    assert_eq!((reply.end, &reply.body[..]), (End::Clean, &whole[..]));
    scene.a_answers(answer.stop(At::Body(whole.len() - 20), How::Fin));
    assert_ne!(scene.message(true).await.end, End::Clean);
}

#[tokio::test]
async fn broken_chunks_after_the_first_word_abort_and_before_it_move_on() {
    let scene = Scene::of(2).await;
    scene.a_answers(Answer::events([opening().concat().into()]).framing(Framing::BadChunk));
    let reply = scene.message(true).await;
    assert_eq!((&reply.body[..], reply.end == End::Clean), (&opening().concat()[..], false));
    assert!(scene.b().seen().is_empty());

    scene.a_answers(Answer::events([anthropic::start("m")]).framing(Framing::BadChunk));
    let reply = scene.message(true).await;
    assert_eq!((reply.status(), reply.end, reply.header("x-used-endpoint")), (200, End::Clean, Some("b")));
}

#[tokio::test]
async fn a_stream_that_stalls_after_its_first_word_is_aborted() {
    let scene = Scene::with_group(2, "timeouts = { idle_seconds = \"300ms\" }").await;
    let gate = Gate::new(2);
    let mut events = opening();
    events.push(text_delta("never sent"));
    scene.a_answers(Answer::events(events).gated(&gate));
    let reply = scene.message(true).await;
    assert_eq!((reply.body, reply.end == End::Clean), (opening().concat().into(), false));
    assert!(scene.b().seen().is_empty());
    scene.a().wait_gone(0).await;
}

#[tokio::test]
async fn an_error_event_after_the_first_word_is_the_upstreams_own_and_passes() {
    let scene = Scene::of(2).await;
    let mut events = opening();
    events.push(text_delta("so far"));
    events.push(anthropic::error("overloaded_error", "Overloaded"));
    scene.a_answers(Answer::events(events.clone()));
    let reply = scene.message(true).await;
    assert!(reply.body == events.concat(), "{}", reply.text());
    assert!(scene.b().seen().is_empty());
}

#[tokio::test]
async fn a_whole_answer_cut_after_its_first_byte_is_aborted() {
    let long = "x".repeat(300_000);
    for (framing, at, how) in [
        (Framing::Length, 200_000, How::Fin),
        (Framing::Length, 200_000, How::Reset),
        (Framing::Chunked, 200_000, How::Fin),
        (Framing::LengthOff(100), 300_000, How::Fin),
    ] {
        let scene = Scene::of(2).await;
        let body = format!("{{\"type\":\"message\",\"text\":\"{long}\"}}");
        scene.a_answers(
            Answer::text(200, "application/json", &body)
                .framing(framing)
                .trickled(1 << 15)
                .stop(At::Body(at), how),
        );
        let reply = scene.message(false).await;
        assert_ne!(reply.end, End::Clean, "{framing:?} {how:?}");
        assert!(body.as_bytes().starts_with(&reply.body), "{framing:?} {how:?}");
        assert!(scene.b().seen().is_empty(), "{framing:?} {how:?}");
    }
}

#[tokio::test]
async fn a_waiting_client_is_kept_with_comments_and_failover_stays_invisible() {
    // After 15 s without anything semantic the 200 and comments go out, and a failed attempt is still replaced.
    let scene = Scene::of(2).await;
    let gate = Gate::new(0);
    scene.a_answers(Answer { status: 500, ..Answer::realistic() }.head_gated(&gate));
    let events = anthropic::stream("claude-opus-5-5", None);
    let mut client = scene.streaming().await;
    let head = client.head().await;
    assert_eq!(head.status, 200);
    assert!(head.header("content-type").unwrap().starts_with("text/event-stream"));
    assert_eq!(&client.piece().await.unwrap()[..1], b":", "a comment keeps the client waiting");
    gate.open();
    let (rest, end) = client.rest().await;
    let text = String::from_utf8(rest.to_vec()).unwrap();
    let said: String = text.split_inclusive("\n\n").filter(|block| !block.starts_with(':')).collect();
    assert_eq!((said.as_bytes(), end), (&events.concat()[..], End::Clean));
    assert_eq!(scene.b().seen().len(), 1);
}

#[tokio::test]
async fn a_waiting_client_is_told_in_its_stream_when_all_is_spent() {
    let fakes = zephyr_tests::scene::fakes(1).await;
    let gate = Gate::new(0);
    fakes[0].always(Answer { status: 503, ..Answer::realistic() }.head_gated(&gate));
    let group = |dialect: &str| {
        format!(
            "[[groups]]\nname = \"{dialect}\"\ndialect = \"{dialect}\"\nauth = \"none\"\n\
             endpoints = [{{ url = \"{}\", name = \"e-{dialect}\" }}]\n",
            fakes[0].url()
        )
    };
    let groups = ["anthropic", "openai-chat", "openai-responses"].map(group).concat();
    let daemon = zephyr_tests::Daemon::with(&format!("[health_check]\nenabled = false\n{groups}")).await;
    let cases = [
        ("/v1/messages", "event: error\n", "\"type\":\"overloaded_error\""),
        ("/v1/chat/completions", "data: {\"error\"", "\"server_error\""),
        ("/v1/responses", "event: response.failed\n", "\"server_is_overloaded\""),
    ];
    let mut waiting = Vec::new();
    for (path, ..) in cases {
        let mut client = Client::connect(daemon.addr()).await;
        client
            .send(&request("POST", path, &JSON, br#"{"model":"m","stream":true,"messages":[],"input":"hi"}"#))
            .await;
        waiting.push(client);
    }
    for client in &mut waiting {
        assert_eq!(client.head().await.status, 200);
    }
    gate.open();
    for ((path, begins, holds), mut client) in cases.into_iter().zip(waiting) {
        let (body, end) = client.rest().await;
        let text = String::from_utf8(body.to_vec()).unwrap();
        let events: Vec<&str> =
            text.split_inclusive("\n\n").filter(|block| !block.starts_with(':')).collect();
        assert_eq!((events.len(), end), (1, End::Clean), "{path}: {text}");
        assert!(events[0].starts_with(begins) && events[0].contains(holds), "{path}: {text}");
    }
}
