//! `/metrics` where it is asked for, and that it counts what happened.

use zephyr_tests::daemon::Daemon;
use zephyr_tests::{Answer, Scene, until};

async fn metrics(daemon: &Daemon) -> String {
    let reply = daemon.ask("GET", "/metrics", &[], b"").await;
    assert_eq!(reply.status(), 200);
    assert_eq!(reply.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    reply.text()
}

#[tokio::test]
async fn what_happened_is_counted_on_the_proxys_own_port() {
    let scene = Scene::of(2).await;
    scene.a().once("/v1/messages", Answer::error(529, "overloaded_error", "later"));
    assert_eq!(scene.message(true).await.header("x-used-endpoint"), Some("b"));
    let text = until("the request to be counted", || async {
        let text = metrics(&scene.daemon).await;
        text.contains("zephyr_failovers_total 1\n").then_some(text)
    })
    .await;
    let of_b = "{endpoint=\"b\",model=\"claude-opus-5-5\"";
    for line in [
        "endpoint_forwarder_endpoints_total 2".to_owned(),
        format!(
            "endpoint_forwarder_endpoint_healthy{{name=\"b\",url=\"{}\",priority=\"2\"}} 1",
            scene.b().url()
        ),
        format!("zephyr_requests_total{of_b},operation=\"generate\",outcome=\"ok\"}} 1"),
        format!("zephyr_requests_total{of_b},operation=\"generate\",outcome=\"cut\"}} 0"),
        "zephyr_attempts_total{endpoint=\"a\",class=\"overloaded\"} 1".to_owned(),
        "zephyr_attempts_total{endpoint=\"b\",class=\"ok\"} 1".to_owned(),
        "zephyr_retries_total 1".to_owned(),
        "zephyr_request_ttft_seconds_count{endpoint=\"b\"} 1".to_owned(),
        "zephyr_request_duration_seconds_bucket{endpoint=\"b\",le=\"+Inf\"} 1".to_owned(),
        format!("zephyr_tokens_total{of_b},kind=\"cache_read\"}} 2048"),
        format!("zephyr_cost_usd_total{of_b}}} 0.0012976"),
        "zephyr_requests_in_flight 0".to_owned(),
        "zephyr_endpoint_state{endpoint=\"b\",group=\"main\",state=\"up\"} 1".to_owned(),
        "zephyr_store_up 1".to_owned(),
        format!("zephyr_build_info{{version=\"{}\"}} 1", env!("CARGO_PKG_VERSION")),
    ] {
        assert!(text.lines().any(|l| l == line), "no `{line}` in\n{text}");
    }
}

#[tokio::test]
async fn endpoints_that_a_reload_takes_away_are_told_of_no_more() {
    let scene = Scene::of(2).await;
    scene.message(false).await;
    until("the request to be counted", || async {
        metrics(&scene.daemon).await.contains("zephyr_attempts_total{endpoint=\"a\"").then_some(())
    })
    .await;
    let config = std::fs::read_to_string(scene.daemon.home.config()).unwrap();
    scene.daemon.home.write(&config.replace("name = \"a\"", "name = \"z\""));
    scene.daemon.ctl_ok(&["reload"]).await;
    let text = metrics(&scene.daemon).await;
    assert!(text.contains("name=\"z\"") && !text.contains("\"a\""), "{text}");
}
