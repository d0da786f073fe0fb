//! Every client with every endpoint of another dialect, in both forms.

use serde_json::{Value, json};
use zephyr_tests::client::End;

use super::side::pairs;
use super::{ask, last, scene};
use crate::records::{all, tells};

#[tokio::test]
async fn every_client_is_answered_by_an_endpoint_of_every_other_dialect_and_billed_for_what_it_is_told() {
    for (client, endpoint) in pairs() {
        let what = format!("{} → {}", client.name(), endpoint.name());
        let scene = scene(&[endpoint], "", "").await;
        for (n, stream) in [true, false].into_iter().enumerate() {
            let reply = ask(&scene.daemon, client, &client.body(stream)).await;
            assert_eq!((reply.status(), reply.end), (200, End::Clean), "{what}: {}", reply.text());
            let kind = reply.header("content-type").unwrap();
            let want = if stream { "text/event-stream; charset=utf-8" } else { "application/json" };
            assert_eq!(kind, want, "{what}");
            assert!(
                reply.header("request-id").unwrap().starts_with("req_fake_"),
                "{what}: the endpoint's own id"
            );
            client.says_all(stream, &reply.body);

            let seen = scene.a().seen().pop().unwrap();
            assert_eq!(seen.target, endpoint.path, "{what}");
            assert_eq!(seen.header("authorization"), Some("Bearer sk-own-credential"), "{what}");
            assert_eq!(seen.json()["stream"] == json!(true), stream, "{what}");

            let record = all(&scene.daemon, n + 1).await.pop().unwrap();
            let usage = client.usage(stream, &reply.body);
            assert!(usage.input > 0 && usage.output > 0 && usage.cache_read > 0, "{what}: {usage:?}");
            let (used, bytes) = (&record["tokens"], record["bytes_out"].as_u64());
            assert_eq!(
                [&used["input"], &used["output"], &used["cache_read"]].map(Value::as_u64),
                [usage.input, usage.output, usage.cache_read].map(Some),
                "{what}"
            );
            assert_eq!(bytes, Some(reply.body.len() as u64), "{what}");
            tells(
                &record,
                &json!({"dialect": client.name(), "usage": "final", "ended": "complete",
                    "attempts": [{"endpoint": "a", "class": "ok", "dialect": endpoint.name(), "model": null}]}),
            );
        }
    }
}

#[tokio::test]
async fn a_tool_is_called_and_its_result_comes_back_to_the_endpoint() {
    for (client, endpoint) in pairs() {
        let what = format!("{} → {}", client.name(), endpoint.name());
        let scene = scene(&[endpoint], "", "").await;
        for stream in [true, false] {
            let first = client.with_tool(stream);
            let reply = ask(&scene.daemon, client, &first).await;
            assert_eq!((reply.status(), reply.end), (200, End::Clean), "{what}: {}", reply.text());
            let answer = client.read(stream, &reply.body);
            let (id, name, input) = client.call(&answer);
            assert_eq!(
                (name.as_str(), &input),
                ("weather", &json!({"city": "Geneva", "unit": "°C"})),
                "{what}"
            );
            assert!(last(scene.a())["tools"].to_string().contains("\"city\""), "{what}");

            let second = client.with_result(first, &answer);
            let reply = ask(&scene.daemon, client, &second).await;
            assert_eq!(reply.status(), 200, "{what}: {}", reply.text());
            client.says_all(stream, &reply.body);
            let asked = last(scene.a()).to_string();
            for part in ["windy", "Geneva", "weather", &id] {
                assert!(asked.contains(part), "{what}: `{part}` in {asked}");
            }
        }
    }
}
