//! Counts of input tokens: an endpoint's own, or an estimate that says so.

use serde_json::json;
use zephyr_tests::client::{Client, Reply, request};
use zephyr_tests::scene::{fakes, urls};
use zephyr_tests::{Answer, Daemon, Gate, Scene};

use zephyr_tests::daemon::{JSON, message};

const COUNT: &str = "/v1/messages/count_tokens";
const INPUT_TOKENS: &str = "/v1/responses/input_tokens";
const HELLO: &str = r#"{"model":"claude-opus-5-5","system":"You are a scientist","messages":[{"role":"user","content":"Hello, Claude"}]}"#;

/// The tokens of an answer that must say that they are estimated.
fn estimated(reply: &Reply) -> u64 {
    assert_eq!((reply.status(), reply.header("x-token-estimation")), (200, Some("true")), "{}", reply.text());
    assert!(reply.header("x-request-id").is_some_and(|id| id.starts_with("req-")));
    reply.json()["input_tokens"].as_u64().unwrap()
}

/// A daemon in front of one endpoint of `dialect`.
async fn in_front_of(dialect: &str) -> Scene {
    let dialect = format!("default = true\ndialect = \"{dialect}\"\n");
    Scene::edited(1, |config| config.replace("default = true\n", &dialect)).await
}

#[tokio::test]
async fn an_endpoint_that_counts_is_asked_and_its_answer_passed_on() {
    let scene = Scene::of(2).await;
    let counted = r#"{"input_tokens": 4711, "context_management": {"original_input_tokens": 5000}}"#;
    scene.a().on(COUNT, Answer::text(200, "application/json", counted));
    let reply = scene.post(&format!("{COUNT}?beta=true"), HELLO).await;
    assert_eq!((reply.status(), reply.text().as_str()), (200, counted));
    assert_eq!((reply.header("x-token-estimation"), reply.header("x-used-endpoint")), (None, Some("a")));
    let seen = scene.a().seen();
    assert_eq!(
        (seen[0].target.as_str(), &seen[0].body[..]),
        ("/v1/messages/count_tokens?beta=true", HELLO.as_bytes())
    );
}

#[tokio::test]
async fn where_the_endpoint_cannot_count_there_is_an_estimate_and_it_is_not_asked_again() {
    for answer in [
        Answer::text(404, "text/html", "<html>no such page</html>"),
        Answer::json(404, json!({"detail": "Not Found"})),
        Answer::text(405, "text/plain", "no"),
        Answer::json(501, json!({"error": {"message": "not implemented"}})),
        Answer::json(200, json!({"ok": true})),
        Answer::text(200, "text/html", "<html>welcome</html>"),
    ] {
        let scene = Scene::of(1).await;
        scene.a().on(COUNT, answer);
        let tokens = estimated(&scene.post(COUNT, HELLO).await);
        assert!((14..90).contains(&tokens), "{tokens}");
        assert_eq!(estimated(&scene.post(COUNT, HELLO).await), tokens);
        assert_eq!(scene.a().seen_on(COUNT).len(), 1, "it is remembered");
        assert_eq!(scene.message(false).await.status(), 200, "messages go there as before");
    }
}

#[tokio::test]
async fn what_an_endpoint_says_to_a_wrong_request_is_passed_on() {
    for status in [400, 413, 422] {
        let scene = Scene::of(2).await;
        scene.a().on(COUNT, Answer::error(status, "invalid_request_error", "messages: too strange"));
        let reply = scene.post(COUNT, HELLO).await;
        assert_eq!((reply.status(), reply.header("x-token-estimation")), (status, None));
        assert!(reply.text().contains("too strange"), "{}", reply.text());
        assert!(scene.b().seen().is_empty());
    }
}

#[tokio::test]
async fn another_endpoint_is_asked_before_anything_is_estimated() {
    let scene = Scene::of(2).await;
    scene.a().on(COUNT, Answer::error(529, "overloaded_error", "busy"));
    let reply = scene.post(COUNT, HELLO).await;
    assert_eq!((reply.header("x-used-endpoint"), reply.header("x-token-estimation")), (Some("b"), None));
    scene.b().on(COUNT, Answer::error(429, "rate_limit_error", "slowly"));
    estimated(&scene.post(COUNT, HELLO).await);
    scene.a().on(COUNT, Answer::realistic());
    assert_eq!(
        scene.post(COUNT, HELLO).await.header("x-used-endpoint"),
        Some("a"),
        "it can count, it was busy"
    );
}

#[tokio::test]
async fn a_missing_model_is_no_sign_that_an_endpoint_cannot_count() {
    let scene = Scene::of(1).await;
    scene.a().once(COUNT, Answer::error(404, "not_found_error", "model: claude-opus-9"));
    estimated(&scene.post(COUNT, HELLO).await);
    assert_eq!(scene.post(COUNT, HELLO).await.header("x-token-estimation"), None);
}

#[tokio::test]
async fn an_endpoint_that_is_slow_to_count_is_not_waited_for() {
    let scene = Scene::of(1).await;
    let gate = Gate::new(0);
    scene.a().on(COUNT, Answer::realistic().head_gated(&gate));
    estimated(&scene.post(COUNT, HELLO).await);
    let endpoint = scene.daemon.endpoint("a").await;
    assert_eq!((endpoint.failures, endpoint.state.as_str()), (0, "unknown"));
    gate.open();
}

#[tokio::test]
async fn twenty_five_at_once_do_no_harm() {
    let scene = Scene::with_group(1, "max_concurrent = 1").await;
    scene.a().on(COUNT, Answer::error(500, "api_error", "broken"));
    let gate = Gate::new(0);
    scene.a().once("/v1/messages", Answer::realistic().gated(&gate));
    let mut running = scene.streaming().await;
    scene.a().wait(1).await;
    let filler = "all work and no play makes a dull prompt ".repeat(2_500);
    let body = message(false).replace("hi", &filler);
    let asked = request("POST", COUNT, &JSON, body.as_bytes());
    let mut clients = Vec::new();
    for _ in 0..25 {
        let mut client = Client::connect(scene.daemon.addr()).await;
        client.send(&asked).await;
        clients.push(client);
    }
    let mut replies = Vec::new();
    for client in &mut clients {
        replies.push(client.reply("POST").await);
    }
    let first = estimated(&replies[0]);
    assert!(first > 25_000, "{first}");
    assert!(replies.iter().all(|reply| estimated(reply) == first));
    let endpoint = scene.daemon.endpoint("a").await;
    assert_eq!((endpoint.failures, endpoint.consecutive_failures, endpoint.in_flight), (0, 0, 1));
    gate.open();
    let reply = running.reply("POST").await;
    assert_eq!(reply.status(), 200);
}

#[tokio::test]
async fn endpoints_of_another_dialect_are_never_asked() {
    let scene = in_front_of("openai-chat").await;
    let tokens = estimated(&scene.post(COUNT, HELLO).await);
    assert!((14..90).contains(&tokens), "{tokens}");
    let long = HELLO.replace("Hello", &"Hello ".repeat(1_000));
    assert!(estimated(&scene.post(COUNT, &long).await) > tokens + 1_000);
    assert!(scene.a().seen().is_empty());
    let broken = scene.post(COUNT, "{\"model\":").await;
    assert_eq!((broken.status(), &broken.json()["error"]["type"]), (400, &json!("invalid_request_error")));
}

#[tokio::test]
async fn a_route_decides_who_counts_and_under_which_name() {
    let fakes = fakes(2).await;
    let group = |name: &str, dialect: &str, url: &str| {
        format!(
            "[[groups]]\nname = \"{name}\"\nauth = \"none\"\ndialect = \"{dialect}\"\n\
             endpoints = [{{ url = \"{url}\", name = \"{name}-1\" }}]\n"
        )
    };
    let urls = urls(&fakes);
    let daemon = Daemon::with(&format!(
        "[health_check]\nenabled = false\n{}{}\
         [[routes]]\nmodel = \"mine\"\ntargets = [{{ group = \"claude\", model = \"theirs\" }}]\n\
         [[routes]]\nmodel = \"claude-*\"\ntargets = [{{ group = \"gpt\", model = \"gpt-5\" }}]\n",
        group("claude", "anthropic", &urls[0]),
        group("gpt", "openai-chat", &urls[1])
    ))
    .await;
    let body = r#"{"messages" : [], "model":"mine","x":1.0}"#;
    let reply = daemon.ask("POST", COUNT, &JSON, body.as_bytes()).await;
    assert_eq!((reply.status(), reply.header("x-token-estimation")), (200, None));
    let seen = fakes[0].seen().pop().unwrap();
    assert_eq!(&seen.body[..], br#"{"messages" : [], "model":"theirs","x":1.0}"#);
    let for_gpt = estimated(&daemon.ask("POST", COUNT, &JSON, HELLO.as_bytes()).await);
    assert!((8..25).contains(&for_gpt), "{for_gpt} in the tokens of the model that will answer");
    assert_eq!((fakes[0].seen().len(), fakes[1].seen().len()), (1, 0));
}

#[tokio::test]
async fn input_tokens_of_responses_are_counted_likewise() {
    let body = r#"{"model":"gpt-5.2","instructions":"Be brief.","input":"How is the weather?"}"#;
    let scene = in_front_of("openai-responses").await;
    let counted = json!({"object": "response.input_tokens", "input_tokens": 11});
    scene.a().once(INPUT_TOKENS, Answer::json(200, counted.clone()));
    let reply = scene.post(INPUT_TOKENS, body).await;
    assert_eq!((reply.json(), reply.header("x-token-estimation")), (counted, None));
    scene.a().on(INPUT_TOKENS, Answer::json(404, json!({"error": {"message": "Invalid URL"}})));
    let reply = scene.post(INPUT_TOKENS, body).await;
    assert!((8..80).contains(&estimated(&reply)), "{}", reply.text());
    assert_eq!(reply.json()["object"], "response.input_tokens");
}

#[tokio::test]
async fn where_estimates_are_off_the_client_is_told_not_to_ask_again() {
    let off = |config: String| format!("[server]\nestimate_tokens = false\n{config}");
    let scene = Scene::edited(1, off).await;
    assert_eq!(scene.post(COUNT, HELLO).await.header("x-used-endpoint"), Some("a"));
    scene.a().on(COUNT, Answer::json(404, json!({"detail": "Not Found"})));
    for _ in 0..2 {
        let reply = scene.post(COUNT, HELLO).await;
        assert_eq!(
            (reply.status(), reply.header("x-should-retry")),
            (501, Some("false")),
            "{}",
            reply.text()
        );
        assert_eq!(reply.json()["error"]["type"], "not_supported");
    }
    let busy = Scene::edited(1, off).await;
    busy.a().on(COUNT, Answer::error(529, "overloaded_error", "busy"));
    assert_eq!(busy.post(COUNT, HELLO).await.status(), 529, "what may pass is told as what it is");
}

#[tokio::test]
async fn a_client_without_a_login_gets_an_estimate_and_a_wrong_login_its_refusal() {
    let fakes = fakes(1).await;
    let daemon = Daemon::with(&format!(
        "[health_check]\nenabled = false\n[[groups]]\nname = \"g\"\nauth = \"passthrough\"\n\
         endpoints = [{{ url = \"{}\", name = \"a\" }}]\n",
        urls(&fakes)[0]
    ))
    .await;
    estimated(&daemon.ask("POST", COUNT, &JSON, HELLO.as_bytes()).await);
    assert!(fakes[0].seen().is_empty());
    fakes[0].on(COUNT, Answer::error(401, "authentication_error", "invalid x-api-key"));
    let headers = [&JSON[..], &[("x-api-key", "of-the-client")]].concat();
    let reply = daemon.ask("POST", COUNT, &headers, HELLO.as_bytes()).await;
    assert_eq!((reply.status(), reply.header("x-token-estimation")), (401, None));
}
