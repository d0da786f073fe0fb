//! Streams between dialects: nothing is held, nothing is invented, and who leaves is followed at once.

use serde_json::json;
use zephyr_tests::client::{Client, End, request};
use zephyr_tests::daemon::JSON;
use zephyr_tests::fake::realistic::{TEXT, openai_chat};
use zephyr_tests::fake::{At, How};
use zephyr_tests::{Answer, Gate, Scene};

use super::scene;
use super::side::{CHAT, MESSAGES, RESPONSES, Side, pairs};

async fn streaming(scene: &Scene, client: &Side) -> Client {
    let mut connection = Client::connect(scene.daemon.addr()).await;
    let body = client.body(true).to_string();
    connection.send(&request("POST", client.path, &JSON, body.as_bytes())).await;
    connection
}

#[tokio::test]
async fn every_word_leaves_before_the_next_has_come() {
    for (client, endpoint) in pairs() {
        let what = format!("{} → {}", client.name(), endpoint.name());
        let scene = scene(&[endpoint], "", "").await;
        let gate = Gate::new(0);
        let events = (endpoint.events)("m", None);
        scene.a().on(endpoint.path, Answer::events(events.clone()).gated(&gate));
        let mut connection = streaming(&scene, client).await;
        let mut words = TEXT.split_inclusive(' ').map(|word| json!(word).to_string()).peekable();
        let (mut got, mut begun) = (String::new(), false);
        for event in &events {
            gate.release(1);
            let word = words.next_if(|word| String::from_utf8_lossy(event).contains(word.as_str()));
            let Some(word) = word else { continue };
            if !begun {
                begun = true;
                assert_eq!(connection.head().await.status, 200, "{what}");
            }
            // The endpoint sends nothing more until this has come.
            while !got.contains(&word) {
                let piece =
                    connection.piece().await.unwrap_or_else(|end| panic!("{what}: {end:?} after {got}"));
                got.push_str(&String::from_utf8_lossy(&piece));
            }
        }
        assert_eq!(words.next(), None, "{what}");
        let (rest, end) = connection.rest().await;
        got.push_str(&String::from_utf8_lossy(&rest));
        assert_eq!(end, End::Clean, "{what}");
        client.says_all(true, got.as_bytes());
    }
}

#[tokio::test]
async fn a_stream_that_is_cut_after_its_first_word_is_aborted_and_never_ended() {
    for (client, endpoint) in pairs() {
        let what = format!("{} → {}", client.name(), endpoint.name());
        let scene = scene(&[endpoint, client], "", "").await;
        let events = (endpoint.events)("m", None);
        let words = events.iter().position(|e| String::from_utf8_lossy(e).contains("\"zephyr \"")).unwrap();
        let sent: usize = events[..=words].iter().map(bytes::Bytes::len).sum();
        scene.a().on(endpoint.path, Answer::events(events).stop(At::Body(sent), How::Fin));
        let mut connection = streaming(&scene, client).await;
        assert_eq!(connection.head().await.status, 200, "{what}");
        let (got, end) = connection.rest().await;
        let got = String::from_utf8_lossy(&got).into_owned();
        assert_ne!(end, End::Clean, "{what}: {got}");
        assert!(got.contains("\"The \""), "{what}: {got}");
        for invented in ["message_stop", "[DONE]", "response.completed"] {
            assert!(!got.contains(invented), "{what}: {got}");
        }
        assert!(scene.b().seen().is_empty(), "{what}: one upstream after the commit");
    }
}

#[tokio::test]
async fn an_error_amid_an_answer_aborts_it() {
    let scene = scene(&[&CHAT], "", "").await;
    let mut events = openai_chat::stream("m", None);
    events.truncate(4);
    events.push(bytes::Bytes::from_static(
        b"data: {\"error\":{\"message\":\"out of memory\",\"type\":\"server_error\"}}\n\n",
    ));
    events.push(openai_chat::done());
    let gate = Gate::new(2);
    scene.a().on(CHAT.path, Answer::events(events).gated(&gate));
    let mut connection = streaming(&scene, &MESSAGES).await;
    connection.head().await;
    let first = connection.piece().await.unwrap();
    gate.open();
    let (rest, end) = connection.rest().await;
    let got = [first, rest].concat();
    let got = String::from_utf8_lossy(&got).into_owned();
    assert_ne!(end, End::Clean, "{got}");
    assert!(got.contains("\"The \"") && !got.contains("message_stop"), "{got}");
}

#[tokio::test]
async fn a_client_that_leaves_takes_the_translated_request_with_it() {
    for (client, endpoint) in [(&MESSAGES, &CHAT), (&CHAT, &RESPONSES), (&RESPONSES, &MESSAGES)] {
        let scene = scene(&[endpoint], "", "").await;
        let events = (endpoint.events)("m", None);
        let words = events.iter().position(|e| String::from_utf8_lossy(e).contains("\"The \"")).unwrap();
        let gate = Gate::new(words + 1);
        scene.a().on(endpoint.path, Answer::events(events).gated(&gate));
        let mut connection = streaming(&scene, client).await;
        connection.head().await;
        connection.piece().await.unwrap();
        drop(connection);
        scene.a().wait_gone(0).await;
        scene.daemon.until("nothing in flight", |s| (s.endpoints[0].in_flight == 0).then_some(())).await;
        assert_eq!(scene.daemon.endpoint("a").await.failures, 0, "a cancel is no failure");
    }
}

#[tokio::test]
async fn a_stream_that_dies_before_its_first_word_is_answered_by_an_endpoint_of_another_dialect() {
    for (first, second) in [(&CHAT, &MESSAGES), (&MESSAGES, &RESPONSES), (&RESPONSES, &CHAT)] {
        for client in [&MESSAGES, &CHAT, &RESPONSES] {
            let what = format!("{}: {} → {}", client.name(), first.name(), second.name());
            let scene = scene(&[first, second], "", "").await;
            let events = (first.events)("m", None);
            let sent = events[0].len();
            scene.a().on(first.path, Answer::events(events).stop(At::Body(sent), How::Reset));
            let reply = super::ask(&scene.daemon, client, &client.body(true)).await;
            assert_eq!((reply.status(), reply.end), (200, End::Clean), "{what}: {}", reply.text());
            assert_eq!(reply.header("x-used-endpoint"), Some("b"), "{what}");
            client.says_all(true, &reply.body);
        }
    }
}
