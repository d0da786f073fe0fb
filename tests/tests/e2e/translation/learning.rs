//! What an endpoint says it does not know is left out from then on.

use serde_json::json;
use zephyr_tests::Answer;
use zephyr_tests::daemon::JSON;

use super::side::{CHAT, MESSAGES, RESPONSES};
use super::{ask, scene};
use crate::records::{all, tells};

fn unsupported(name: &str) -> Answer {
    let message = format!("Unsupported parameter: '{name}' is not supported with this model.");
    let error = json!({"message": message, "type": "invalid_request_error", "param": name,
        "code": "unsupported_parameter"});
    Answer::json(400, json!({ "error": error }))
}

#[tokio::test]
async fn a_member_that_is_refused_is_left_out_at_once_and_from_then_on() {
    for endpoint in [&CHAT, &RESPONSES] {
        let scene = scene(&[endpoint], "", "").await;
        scene.a().once(endpoint.path, unsupported("temperature"));
        let mut body = MESSAGES.body(true);
        body["temperature"] = json!(0.5);
        for _ in 0..2 {
            let reply = ask(&scene.daemon, &MESSAGES, &body).await;
            assert_eq!(reply.status(), 200, "{}", reply.text());
            MESSAGES.says_all(true, &reply.body);
        }
        let asked: Vec<bool> =
            scene.a().seen().iter().map(|seen| seen.json()["temperature"].is_null()).collect();
        assert_eq!(asked, [false, true, true], "{}", endpoint.name());
        let endpoint = scene.daemon.endpoint("a").await;
        assert_eq!((endpoint.failures, endpoint.state.as_str()), (0, "up"), "that says nothing about health");
        let records = all(&scene.daemon, 2).await;
        let refused = json!({"class": "client-fault", "status": 400, "may_be_billed": false});
        tells(&records[0], &json!({"status": 200, "attempts": [refused, {"class": "ok"}]}));
    }
}

#[tokio::test]
async fn a_body_of_the_endpoints_own_dialect_loses_that_member_and_no_other_byte() {
    let scene = scene(&[&CHAT], "", "").await;
    scene.a().once(CHAT.path, unsupported("seed"));
    let body = r#"{ "model":"gpt-5", "seed": 7,"messages":[{"role":"user","content":"hi"}] }"#;
    let post = || scene.daemon.ask("POST", CHAT.path, &JSON, body.as_bytes());
    assert_eq!(post().await.status(), 200);
    let bodies: Vec<_> = scene.a().seen().into_iter().map(|seen| seen.body).collect();
    let without = r#"{ "model":"gpt-5","messages":[{"role":"user","content":"hi"}] }"#;
    assert_eq!(bodies, [body, without]);
    scene.daemon.ctl_ok(&["reload"]).await;
    assert_eq!(post().await.status(), 200);
    assert_eq!(scene.a().seen()[2].body, body, "a reload forgets what was learnt");
}

#[tokio::test]
async fn an_endpoint_that_refuses_something_else_each_time_is_not_asked_for_ever() {
    let scene = scene(&[&CHAT], "", "").await;
    for n in 0..10 {
        scene.a().once(CHAT.path, unsupported(&format!("member_{n}")));
    }
    let reply = ask(&scene.daemon, &CHAT, &CHAT.body(false)).await;
    assert_eq!(reply.status(), 400);
    assert!(reply.text().contains("member_4"), "{}", reply.text());
    assert_eq!(scene.a().seen().len(), 5);
    scene.a().on(CHAT.path, unsupported("member_4"));
    assert_eq!(
        ask(&scene.daemon, &CHAT, &CHAT.body(false)).await.status(),
        400,
        "a refusal that teaches nothing"
    );
}

#[tokio::test]
async fn betas_are_passed_on_as_refused_and_spared_the_next_request() {
    let scene = scene(&[&MESSAGES], "", "").await;
    let words = "Unexpected value(s) `new-thing-2026-01-01` for the `anthropic-beta` header.";
    scene.a().once(MESSAGES.path, Answer::error(400, "invalid_request_error", words));
    let headers = [JSON[0], ("anthropic-beta", "old-2025-01-01,new-thing-2026-01-01")];
    let body = MESSAGES.body(false).to_string();
    let post = || scene.daemon.ask("POST", MESSAGES.path, &headers, body.as_bytes());
    let reply = post().await;
    assert_eq!(reply.status(), 400);
    assert!(reply.text().contains(words), "the client takes it out of its session by these words");
    assert_eq!(post().await.status(), 200);
    let betas: Vec<_> =
        scene.a().seen().iter().map(|s| s.header("anthropic-beta").unwrap().to_owned()).collect();
    assert_eq!(betas, ["old-2025-01-01,new-thing-2026-01-01", "old-2025-01-01"]);
}
