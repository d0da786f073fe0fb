//! Forms, encodings, credentials, names and shared answers: what else changes on the way between two dialects.

use std::io::Write as _;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;
use zephyr_tests::Answer;
use zephyr_tests::client::End;
use zephyr_tests::daemon::JSON;
use zephyr_tests::fake::{At, How};

use super::side::{CHAT, MESSAGES, RESPONSES, pairs};
use super::{ask, last, scene};
use crate::records::{all, tells};

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn an_endpoint_that_only_streams_serves_whole_answers_and_one_that_never_does_serves_streams() {
    for (client, endpoint) in
        pairs().chain([(&MESSAGES, &MESSAGES), (&CHAT, &CHAT), (&RESPONSES, &RESPONSES)])
    {
        let what = format!("{} → {}", client.name(), endpoint.name());
        for (forms, asked) in [("streams", false), ("wholes", true)] {
            let scene = scene(&[endpoint], &format!("quirks = {{ forms = \"{forms}\" }}"), "").await;
            let reply = ask(&scene.daemon, client, &client.body(asked)).await;
            assert_eq!((reply.status(), reply.end), (200, End::Clean), "{what} {forms}: {}", reply.text());
            client.says_all(asked, &reply.body);
            assert_eq!(last(scene.a())["stream"] == json!(true), !asked, "{what} {forms}");
            let used = client.usage(asked, &reply.body);
            let record = all(&scene.daemon, 1).await.remove(0);
            tells(
                &record,
                &json!({"usage": "final", "tokens": {"input": used.input, "output": used.output}}),
            );
        }
    }
}

#[tokio::test]
async fn a_stream_that_breaks_off_behind_a_whole_answer_is_not_seen() {
    for how in [How::Fin, How::Reset] {
        let scene = scene(&[&CHAT, &MESSAGES], "quirks = { forms = \"streams\" }", "").await;
        let events = (CHAT.events)("m", None);
        let sent = events[..5].iter().map(Bytes::len).sum();
        scene.a().on(CHAT.path, Answer::events(events).stop(At::Body(sent), how));
        let reply = ask(&scene.daemon, &RESPONSES, &RESPONSES.body(false)).await;
        assert_eq!((reply.status(), reply.header("x-used-endpoint")), (200, Some("b")), "{}", reply.text());
        RESPONSES.says_all(false, &reply.body);
        assert_eq!(scene.daemon.endpoint("a").await.failures, 1);
    }
}

#[tokio::test]
async fn a_whole_answer_that_is_none_of_its_dialect_is_not_seen() {
    let scene = scene(&[&CHAT, &RESPONSES], "", "").await;
    scene.a().on(CHAT.path, Answer::json(200, json!({"id": "x", "choices": "many"})));
    let reply = ask(&scene.daemon, &MESSAGES, &MESSAGES.body(false)).await;
    assert_eq!((reply.status(), reply.header("x-used-endpoint")), (200, Some("b")));
    MESSAGES.says_all(false, &reply.body);
}

#[tokio::test]
async fn what_is_compressed_is_read_both_ways() {
    let scene = scene(&[&CHAT], "", "").await;
    for stream in [true, false] {
        let (kind, bytes) = match stream {
            true => ("text/event-stream", (CHAT.events)("m", None).concat()),
            false => ("application/json", (CHAT.whole)("m", None).to_string().into_bytes()),
        };
        scene.a().on(CHAT.path, Answer::bytes(200, kind, gzip(&bytes)).header("content-encoding", "gzip"));
        let headers = [JSON[0], ("content-encoding", "gzip")];
        let body = gzip(MESSAGES.body(stream).to_string().as_bytes());
        let reply = scene.daemon.ask("POST", MESSAGES.path, &headers, &body).await;
        assert_eq!((reply.status(), reply.header("content-encoding")), (200, None), "{}", reply.text());
        MESSAGES.says_all(stream, &reply.body);
        let seen = scene.a().seen().pop().unwrap();
        assert_eq!(
            (seen.header("content-encoding"), &seen.json()["messages"][0]["role"]),
            (None, &json!("user"))
        );
    }
}

#[tokio::test]
async fn a_large_request_is_translated_whole() {
    let scene = scene(&[&CHAT], "", "").await;
    let mut body = MESSAGES.body(true);
    let text = "wind ".repeat(800_000);
    body["messages"][0]["content"] = json!(text);
    let reply = ask(&scene.daemon, &MESSAGES, &body).await;
    assert_eq!(reply.status(), 200, "{}", reply.text());
    MESSAGES.says_all(true, &reply.body);
    assert!(last(scene.a())["messages"].to_string().contains(&text));
}

#[tokio::test]
async fn the_clients_own_login_goes_into_the_header_of_the_endpoints_dialect() {
    let (openai, anthropic) = (
        scene(&[&CHAT], "auth = \"passthrough\"", "").await,
        scene(&[&MESSAGES], "auth = \"passthrough\"", "").await,
    );
    let body = MESSAGES.body(false).to_string();
    let headers =
        [JSON[0], ("x-api-key", "sk-ada"), ("anthropic-version", "2023-06-01"), ("anthropic-beta", "b")];
    assert_eq!(openai.daemon.ask("POST", MESSAGES.path, &headers, body.as_bytes()).await.status(), 200);
    let seen = openai.a().seen().remove(0);
    assert_eq!((seen.header("authorization"), seen.header("x-api-key")), (Some("Bearer sk-ada"), None));
    assert_eq!((seen.header("anthropic-version"), seen.header("anthropic-beta")), (None, None));

    let body = CHAT.body(false).to_string();
    let headers = [JSON[0], ("authorization", "Bearer sk-bob"), ("openai-organization", "org")];
    assert_eq!(anthropic.daemon.ask("POST", CHAT.path, &headers, body.as_bytes()).await.status(), 200);
    let seen = anthropic.a().seen().remove(0);
    assert_eq!((seen.header("x-api-key"), seen.header("authorization")), (Some("sk-bob"), None));
    assert_eq!(
        (seen.header("anthropic-version"), seen.header("openai-organization")),
        (Some("2023-06-01"), None)
    );
}

#[tokio::test]
async fn what_was_asked_under_another_name_is_priced_by_that_name() {
    let prices = "[[prices]]\nmodel = \"big-one\"\ninput = 1.0\noutput = 1000.0\n";
    let fake = zephyr_tests::Fake::start().await;
    let config = format!(
        "[health_check]\nenabled = false\n[[groups]]\nname = \"g\"\ndialect = \"openai-chat\"\n\
         auth = {{ bearer = \"sk-own-credential\" }}\nendpoints = [{{ url = \"{}\", name = \"a\" }}]\n\
         [[routes]]\nmodel = \"claude-*\"\ntargets = [{{ group = \"g\", model = \"big-one\" }}]\n{prices}",
        fake.url()
    );
    let daemon = zephyr_tests::daemon::Home::new(&config).start().await;
    fake.on(CHAT.path, Answer::json(200, (CHAT.whole)("big-one", None)));
    let reply = ask(&daemon, &MESSAGES, &MESSAGES.body(false)).await;
    assert_eq!((reply.status(), &reply.json()["model"]), (200, &json!("big-one")));
    assert_eq!(fake.seen()[0].json()["model"], "big-one");
    let record = all(&daemon, 1).await.remove(0);
    tells(
        &record,
        &json!({"model": "claude-opus-5-5", "answered_model": "big-one", "mismatch": false,
            "price_source": "config", "attempts": [{"model": "big-one", "dialect": "openai-chat"}]}),
    );
    assert!(record["cost_nanos"].as_i64().unwrap() >= 42 * 1_000_000, "{record}");
}

#[tokio::test]
async fn a_stored_answer_is_the_translated_one_and_comes_in_either_form() {
    let scene = scene(&[&CHAT], "", "[cache]\nenabled = true").await;
    let first = ask(&scene.daemon, &MESSAGES, &MESSAGES.body(true)).await;
    assert_eq!(first.header("x-zephyr-cache"), Some("miss"), "{}", first.text());
    MESSAGES.says_all(true, &first.body);
    for stream in [true, false] {
        let again = ask(&scene.daemon, &MESSAGES, &MESSAGES.body(stream)).await;
        assert_eq!(again.header("x-zephyr-cache"), Some("hit"), "{}", again.text());
        MESSAGES.says_all(stream, &again.body);
    }
    assert_eq!(scene.a().seen().len(), 1);
}

#[tokio::test]
async fn without_routes_whoever_is_there_serves_where_nobody_speaks_the_clients_dialect() {
    let config = |url: &str, dialect: &str| {
        format!(
            "[health_check]\nenabled = false\n[[groups]]\nname = \"g\"\ndialect = \"{dialect}\"\n\
             auth = {{ bearer = \"sk-own-credential\" }}\nendpoints = [{{ url = \"{url}\", name = \"a\" }}]\n"
        )
    };
    for (client, endpoint) in pairs() {
        let fake = zephyr_tests::Fake::start().await;
        let daemon = zephyr_tests::Daemon::with(&config(&fake.url(), endpoint.name())).await;
        let reply = ask(&daemon, client, &client.body(true)).await;
        assert_eq!(reply.status(), 200, "{} → {}: {}", client.name(), endpoint.name(), reply.text());
        client.says_all(true, &reply.body);
        assert_eq!(fake.seen()[0].json()["model"], client.body(true)["model"], "the name stays");
    }
}
