//! Budgets: a client that has spent its money is told so, in words that it shows and without asking again; the others go
//! on; what was spent survives a restart.

use serde_json::json;
use zephyr_tests::client::Reply;
use zephyr_tests::daemon::{JSON, message};
use zephyr_tests::fake::realistic::anthropic;
use zephyr_tests::{Answer, Scene};

const CLIENTS: &str = "[[clients]]\nname = \"one\"\ntoken = \"token-of-one-0123\"\n\
                       [[clients]]\nname = \"two\"\ntoken = \"token-of-two-0123\"\n";

/// An answer that costs one dollar: a million tokens of input at a price that the config states.
fn dear() -> Answer {
    let mut answer = anthropic::message("claude-opus-5-5", None);
    answer["usage"] = json!({"input_tokens": 1_000_000, "output_tokens": 0});
    Answer::json(200, answer)
}

async fn scene(budgets: &str) -> Scene {
    let prices = "[[prices]]\nmodel = \"claude-*\"\ninput = 1.0\noutput = 1.0\n";
    let scene = Scene::followed_by(1, &format!("{CLIENTS}{prices}{budgets}")).await;
    scene.a_answers(dear());
    scene
}

async fn asks(scene: &Scene, name: &str) -> Reply {
    let token = format!("token-of-{name}-0123");
    let headers = [&JSON[..], &[("x-api-key", token.as_str())]].concat();
    scene.daemon.ask("POST", "/v1/messages", &headers, message(false).as_bytes()).await
}

#[tokio::test]
async fn a_spent_budget_stops_its_client_and_nobody_else() {
    let scene = scene("[[budgets]]\nperiod = \"day\"\nlimit_usd = 2\nclient = \"one\"\n").await;
    assert_eq!(asks(&scene, "one").await.status(), 200);
    assert_eq!(asks(&scene, "one").await.status(), 200);
    let refused = asks(&scene, "one").await;
    assert_eq!(refused.status(), 429);
    assert_eq!(refused.header("x-should-retry"), Some("false"));
    let told = refused.json();
    assert_eq!(told["error"]["type"], "rate_limit_error");
    let message = told["error"]["message"].as_str().unwrap();
    assert!(message.contains("budget") && message.contains("$2.00") && message.contains("one"), "{message}");
    assert_eq!(asks(&scene, "two").await.status(), 200);
    assert_eq!(scene.a().seen_on("/v1/messages").len(), 3);
    scene.daemon.until_said("budget").await;
}

#[tokio::test]
async fn a_budget_in_all_stops_everybody_but_not_counts_of_tokens() {
    let scene = scene("[[budgets]]\nperiod = \"month\"\nlimit_usd = 1\n").await;
    assert_eq!(asks(&scene, "one").await.status(), 200);
    assert_eq!(asks(&scene, "two").await.status(), 429);
    let headers = [&JSON[..], &[("x-api-key", "token-of-two-0123")]].concat();
    let count =
        scene.daemon.ask("POST", "/v1/messages/count_tokens", &headers, message(false).as_bytes()).await;
    assert_eq!(count.status(), 200);
}

#[tokio::test]
async fn what_was_spent_survives_a_restart_and_a_reload_lifts_the_limit() {
    let mut scene = scene("[[budgets]]\nperiod = \"week\"\nlimit_usd = 1\n").await;
    assert_eq!(asks(&scene, "one").await.status(), 200);
    let home = scene.daemon.stop().await;
    scene.daemon = home.start().await;
    zephyr_tests::until("the budget of before", || async {
        (asks(&scene, "one").await.status() == 429).then_some(())
    })
    .await;
    let config = std::fs::read_to_string(scene.daemon.home.config()).unwrap();
    scene.daemon.home.write(&config.replace("limit_usd = 1\n", "limit_usd = 100\n"));
    scene.daemon.ctl_ok(&["reload"]).await;
    assert_eq!(asks(&scene, "one").await.status(), 200);
}
