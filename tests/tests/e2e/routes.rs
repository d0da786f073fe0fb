//! Models with routes: who serves them, in which order, and what is told about it.

use serde_json::json;
use zephyr_tests::client::Reply;
use zephyr_tests::{Answer, Scene};

async fn asked(scene: &Scene, model: &str) -> Reply {
    let body = json!({"model": model, "max_tokens": 64, "messages": [{"role": "user", "content": "hi"}]});
    scene.post("/v1/messages", &body.to_string()).await
}

async fn served(scene: &Scene, model: &str) -> String {
    let reply = asked(scene, model).await;
    assert_eq!(reply.status(), 200, "{model}");
    reply.header("x-used-endpoint").unwrap().to_owned()
}

const ROUTES: &str = r#"
[[routes]]
model = "*sonnet*"
targets = [{ endpoint = "b" }]
[[routes]]
model = "claude-*"
targets = [{ endpoint = "c", model = "passthrough" }]
[[routes]]
model = "claude-sonnet-4-5"
targets = [{ endpoint = "c", priority = 2 }, { endpoint = "a", priority = 1 }]
"#;

#[tokio::test]
async fn a_name_goes_before_patterns_and_of_patterns_the_first_counts() {
    let scene = Scene::followed_by(3, ROUTES).await;
    for (model, endpoint) in [
        ("claude-sonnet-4-5", "a"),
        ("Claude-Sonnet-4-5", "a"),
        ("claude-sonnet-4-5-20260101", "b"),
        ("CLAUDE-OPUS-4-5", "c"),
        ("other", "a"),
    ] {
        assert_eq!(served(&scene, model).await, endpoint, "{model}");
    }
    let opus = scene.fakes[2].seen_on("/v1/messages");
    let body = json!({"model": "CLAUDE-OPUS-4-5", "max_tokens": 64, "messages": [{"role": "user", "content": "hi"}]});
    assert_eq!(opus[0].body, body.to_string().as_bytes(), "the name is kept");
}

#[tokio::test]
async fn the_next_target_takes_over_and_nobody_else_does() {
    let scene = Scene::followed_by(3, ROUTES).await;
    scene.a_answers(Answer { status: 529, ..Answer::realistic() });
    assert_eq!(served(&scene, "claude-sonnet-4-5").await, "c");
    scene.b().on("/v1/messages", Answer { status: 401, ..Answer::realistic() });
    let refused = asked(&scene, "some-sonnet").await;
    assert_eq!(refused.status(), 503);
    let said = String::from_utf8_lossy(&refused.body).into_owned();
    assert!(said.contains("b: ") && !said.contains("c: "), "{said}");
}

/// The body as a client may well write it: nothing but the model's value changes.
#[tokio::test]
async fn another_name_changes_no_other_byte() {
    let routes = "[[routes]]\nmodel = \"opus\"\ntargets = [{ endpoint = \"a\", model = \"claude-ópus\" }]\n";
    let scene = Scene::followed_by(1, routes).await;
    let body = |model: &str| {
        format!(
            "{{ \"max_tokens\" : 64,\n\"metadata\":{{\"model\":\"opus\"}}, \"model\"\t: \"{model}\",\"messages\":[{{\"role\":\"user\",\"content\":\"\\u00e9 \\ud83d\\ude00 1.50\"}}] }}"
        )
    };
    assert_eq!(scene.post("/v1/messages", &body("opus")).await.status(), 200);
    let sent = &scene.a().seen_on("/v1/messages")[0];
    assert_eq!(String::from_utf8_lossy(&sent.body), body("claude-ópus"));
}

#[tokio::test]
async fn where_one_model_is_limited_the_same_endpoint_is_asked_for_the_next() {
    let routes = "[[routes]]\nmodel = \"opus\"\ntargets = [{ endpoint = \"a\" }, { endpoint = \"a\", model = \"sonnet\" }]\n";
    let scene = Scene::followed_by(2, routes).await;
    let limited = Answer::error(429, "rate_limit_error", "slow").header("retry-after", "120");
    scene.a().once("/v1/messages", limited);
    assert_eq!(served(&scene, "opus").await, "a");
    assert_eq!(served(&scene, "opus").await, "a");
    let models = scene.a().seen_on("/v1/messages").into_iter().map(|seen| {
        serde_json::from_slice::<serde_json::Value>(&seen.body).unwrap()["model"].as_str().unwrap().to_owned()
    });
    assert_eq!(models.collect::<Vec<_>>(), ["opus", "sonnet", "sonnet"]);
}

#[tokio::test]
async fn where_a_model_goes_is_told_with_its_route() {
    let scene = Scene::followed_by(3, ROUTES).await;
    let json = scene.daemon.ctl_json(&["route", "claude-sonnet-4-5"]).await;
    assert_eq!(json["route"]["route"], "claude-sonnet-4-5");
    assert!(json["route"]["route_line"].as_u64().unwrap() > 1, "{json}");
    let told: Vec<_> = json["route"]["candidates"].as_array().unwrap().iter().collect();
    let told: Vec<_> = told.iter().map(|c| (c["endpoint"].as_str(), c["target_priority"].as_u64())).collect();
    assert_eq!(told, [(Some("a"), Some(1)), (Some("c"), Some(2))]);
    let none = scene.daemon.ctl_ok(&["route", "other"]).await;
    assert!(none.contains("no route matches"), "{none}");
    served(&scene, "claude-opus-4-5").await;
    let explained = scene.daemon.ctl_ok(&["explain"]).await;
    assert!(explained.contains("by the route `claude-*`"), "{explained}");
}

#[tokio::test]
async fn a_reload_changes_routes_without_a_restart() {
    let scene = Scene::followed_by(3, ROUTES).await;
    assert_eq!(served(&scene, "some-sonnet").await, "b");
    let config = std::fs::read_to_string(scene.daemon.home.config()).unwrap();
    scene.daemon.home.write(&config.replace("{ endpoint = \"b\" }", "{ endpoint = \"c\" }"));
    // The changed file may have been taken up by itself just before: what it then says is no news.
    scene.daemon.ctl_ok(&["reload"]).await;
    assert_eq!(served(&scene, "some-sonnet").await, "c");
}
