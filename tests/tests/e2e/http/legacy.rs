//! The paths at the root: what they answer, on both listeners, and what is refused in which form.

use serde_json::{Value, json};
use zephyr_tests::client::Reply;
use zephyr_tests::daemon::{Daemon, JSON};
use zephyr_tests::fake::Gate;
use zephyr_tests::{Answer, Scene, until};

/// What `curl -d` calls every body.
const CURL: [(&str, &str); 1] = [("content-type", "application/x-www-form-urlencoded")];
/// Every local user may change things.
const OPEN: &str = "[web]\nwrites = \"loopback\"";

/// The paths that read, and the keys that scripts know.
const READS: [(&str, &[&str]); 6] = [
    (
        "/health",
        &[
            "/status",
            "/healthy_endpoints",
            "/total_endpoints",
            "/current_provider",
            "/failover_count",
            "/last_failover",
            "/last_health_check",
            "/health_check_failures",
            "/providers/a/active",
        ],
    ),
    (
        "/health/detailed",
        &[
            "/status",
            "/timestamp",
            "/endpoints/0/name",
            "/endpoints/0/url",
            "/endpoints/0/healthy",
            "/endpoints/0/response_time_ms",
            "/endpoints/0/last_check_time",
            "/endpoints/0/consecutive_fails",
            "/endpoints/0/priority",
        ],
    ),
    (
        "/status",
        &[
            "/current_endpoint",
            "/endpoints/URL/endpoint",
            "/endpoints/URL/available",
            "/endpoints/URL/latency",
            "/endpoints/URL/last_check",
            "/endpoints/URL/error",
            "/endpoints/URL/latency_history/max_size",
            "/endpoints/URL/latency_history/measurements",
            "/endpoint_connections/URL",
            "/total_active_connections",
            "/config/port",
            "/config/switch_threshold_ms",
            "/config/health_check_interval_seconds",
            "/timestamp",
        ],
    ),
    (
        "/diagnostics",
        &[
            "/connection_diagnostics/total_active",
            "/connection_diagnostics/endpoint_distribution",
            "/connection_diagnostics/connection_durations",
            "/connection_diagnostics/completed_count",
            "/connection_diagnostics/peak_concurrent",
            "/connection_diagnostics/longest_connection_seconds",
            "/connection_diagnostics/average_duration_seconds",
        ],
    ),
    (
        "/v1/status",
        &[
            "/status",
            "/current_provider",
            "/failover_count",
            "/providers/a/active",
            "/providers/a/state",
            "/providers/a/limits",
            "/providers/a/reset_time",
            "/providers/a/requests",
            "/providers/a/failovers",
            "/providers/a/last_error",
        ],
    ),
    (
        "/providers",
        &[
            "/total_providers",
            "/healthy_providers",
            "/selection_strategy",
            "/total_model_routes",
            "/providers/0/name",
            "/providers/0/type",
            "/providers/0/base_url",
            "/providers/0/enabled",
            "/providers/0/healthy",
            "/providers/0/failure_count",
            "/providers/0/last_failure_time",
            "/providers/0/last_error",
            "/providers/0/proxy",
            "/providers/0/status",
            "/providers/0/models",
        ],
    ),
];

/// Asserts that a refusal has the one shape, and gives its word for programs.
fn refused(reply: &Reply, status: u16) -> String {
    assert_eq!(reply.status(), status, "{}", reply.text());
    assert_eq!(reply.header("content-type"), Some("application/json"));
    let error = reply.json()["error"].clone();
    assert!(error["message"].as_str().is_some_and(|m| !m.is_empty()), "{error}");
    error["type"].as_str().expect("a word").to_owned()
}

/// A POST to the dashboard's listener with the admin token.
async fn write(daemon: &Daemon, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
    let token = format!("Bearer {}", daemon.admin_token().await);
    let headers = [headers, &[("authorization", token.as_str())]].concat();
    daemon.ask_web("POST", path, &headers, body.as_bytes()).await
}

async fn read(daemon: &Daemon, path: &str) -> Value {
    let reply = daemon.ask_web("GET", path, &[], b"").await;
    assert_eq!(reply.status(), 200, "{path}: {}", reply.text());
    reply.json()
}

#[tokio::test]
async fn every_key_that_scripts_know_is_there_on_both_listeners() {
    let scene = Scene::of(2).await;
    let daemon = &scene.daemon;
    let url = scene.a().url().replace('~', "~0").replace('/', "~1");
    for (path, keys) in READS {
        for at in [daemon.web().await, daemon.addr()] {
            let reply = zephyr_tests::client::ask(at, "GET", path, &[], b"").await;
            assert_eq!(reply.status(), 200, "{path}: {}", reply.text());
            assert_eq!(reply.header("content-type"), Some("application/json"), "{path}");
            assert_eq!(reply.header("cache-control"), Some("no-store"), "{path}");
            let told = reply.json();
            for key in keys {
                assert!(told.pointer(&key.replace("URL", &url)).is_some(), "{path} has no {key}: {told}");
            }
            let head = zephyr_tests::client::ask(at, "HEAD", path, &[], b"").await;
            assert_eq!((head.status(), head.body.len()), (200, 0), "{path}");
        }
    }
    assert!(scene.a().seen().is_empty() && scene.b().seen().is_empty(), "nothing was forwarded");
}

#[tokio::test]
async fn what_is_not_there_is_refused_in_the_one_shape() {
    let scene = Scene::of(1).await;
    let daemon = &scene.daemon;
    let reply = daemon.ask_web("GET", "/nothing/here", &[], b"").await;
    assert_eq!(refused(&reply, 404), "not_found");
    assert!(reply.text().contains("/nothing/here"), "{}", reply.text());
    for (method, path, allow) in [
        ("DELETE", "/health", "GET,HEAD"),
        ("POST", "/status", "GET,HEAD"),
        ("GET", "/v1/switch-provider", "POST"),
        ("PUT", "/providers/reload", "POST"),
    ] {
        let reply = daemon.ask_web(method, path, &[], b"").await;
        assert_eq!(refused(&reply, 405), "method_not_allowed", "{method} {path}");
        assert_eq!(reply.header("allow"), Some(allow), "{method} {path}");
    }
}

#[tokio::test]
async fn health_says_down_with_its_status_and_unknown_is_healthy() {
    let scene = Scene::of(1).await;
    let daemon = &scene.daemon;
    let told = read(daemon, "/health").await;
    assert_eq!((&told["status"], &told["healthy_endpoints"]), (&json!("healthy"), &json!(1)));
    assert_eq!(told["current_provider"], "a");
    daemon.ctl_ok(&["pause", "a"]).await;
    let reply = daemon.ask_web("GET", "/health", &[], b"").await;
    assert_eq!(reply.status(), 503);
    let told = reply.json();
    assert_eq!((&told["status"], &told["healthy_endpoints"]), (&json!("unhealthy"), &json!(0)));
    assert_eq!(told["current_provider"], Value::Null);
    let providers = read(daemon, "/providers").await;
    assert_eq!(providers["providers"][0]["status"], "disabled");
}

#[tokio::test]
async fn a_failover_and_a_failure_are_told_with_their_times() {
    let scene = Scene::of(2).await;
    let daemon = &scene.daemon;
    scene.a().always(Answer::error(500, "api_error", "it broke"));
    assert_eq!(scene.message(false).await.status(), 200);
    let told = until("the failover to be counted", || async {
        Some(read(daemon, "/v1/status").await).filter(|told| told["failover_count"] == 1)
    })
    .await;
    assert!(told["last_failover"].is_string(), "{told}");
    let (a, b) = (&told["providers"]["a"], &told["providers"]["b"]);
    assert_eq!((&a["requests"], &a["failures"], &a["failovers"]), (&json!(1), &json!(1), &json!(1)));
    assert_eq!((&b["requests"], &b["failures"], &b["failovers"]), (&json!(1), &json!(0), &json!(0)));
    assert!(a["last_error"].as_str().is_some_and(|e| e.contains("500")), "{a}");
    let providers = read(daemon, "/providers").await;
    assert_eq!(providers["providers"][0]["failure_count"], 1);
    assert!(providers["providers"][0]["last_failure_time"].is_string(), "{providers}");
    assert_eq!(providers["providers"][1]["last_failure_time"], Value::Null);
}

#[tokio::test]
async fn what_runs_is_told_where_it_runs() {
    let scene = Scene::of(1).await;
    let daemon = &scene.daemon;
    let gate = Gate::new(0);
    scene.a_answers(Answer::realistic().head_gated(&gate));
    let look = async {
        let told = until("a request that is asked", || async {
            let told = read(daemon, "/diagnostics").await["connection_diagnostics"].clone();
            Some(told).filter(|told| told["endpoint_distribution"]["a"] == 1)
        })
        .await;
        assert_eq!((&told["total_active"], &told["phases"]), (&json!(1), &json!({"asking": 1})));
        assert_eq!(told["connection_durations"].as_array().map(Vec::len), Some(1));
        let status = read(daemon, "/status").await;
        assert_eq!(status["endpoint_connections"][scene.a().url()], 1);
        assert_eq!(status["total_active_connections"], 1);
        let listed = read(daemon, "/api/v1/connections").await;
        assert_eq!(
            (&listed["connections"][0]["state"], &listed["total_active"]),
            (&json!("asking"), &json!(1))
        );
        gate.open();
    };
    let (reply, ()) = tokio::join!(daemon.message(false), look);
    assert_eq!(reply.status(), 200);
    let told = until("its end", || async {
        let told = read(daemon, "/diagnostics").await["connection_diagnostics"].clone();
        Some(told).filter(|told| told["completed_count"] == 1)
    })
    .await;
    assert_eq!((&told["total_active"], &told["peak_concurrent"]), (&json!(0), &json!(1)));
    assert!(told["average_duration_seconds"].as_f64().is_some_and(|s| s > 0.0), "{told}");
    assert_eq!(told["average_duration_seconds"], told["longest_connection_seconds"]);
}

#[tokio::test]
async fn switching_pins_by_name_and_auto_unpins() {
    let scene = Scene::of(2).await;
    let daemon = &scene.daemon;
    let switch = |body: &'static str| async move { write(daemon, "/v1/switch-provider", &JSON, body).await };
    let reply = switch("\"b\"").await;
    assert_eq!((reply.status(), &reply.json()["current_provider"]), (200, &json!("b")), "{}", reply.text());
    assert_eq!(read(daemon, "/v1/status").await["pinned"], "b");
    scene.message(false).await;
    assert_eq!((scene.a().seen().len(), scene.b().seen().len()), (0, 1));
    assert_eq!(switch("\"main\"").await.status(), 200, "groups have names too");
    let reply = switch("\"auto\"").await;
    assert_eq!((reply.status(), &reply.json()["pinned"]), (200, &Value::Null));
    assert_eq!(switch("\"auto\"").await.status(), 200, "twice is no error");
    let reply = switch("\"nobody\"").await;
    assert_eq!(refused(&reply, 404), "not_found");
    for name in ["`nobody`", "`a`", "`b`", "`main`", "`auto`"] {
        assert!(reply.text().contains(name), "{}", reply.text());
    }
    for (body, status) in [("b", 400), ("", 400), ("{\"name\":\"b\"}", 422), ("7", 422)] {
        assert_eq!(refused(&switch(body).await, status), "invalid_request", "{body}");
    }
    let large = format!("\"{}\"", "x".repeat(64 << 10));
    assert_eq!(refused(&write(daemon, "/v1/switch-provider", &JSON, &large).await, 413), "too_large");
    daemon.until_said("operator: pin b, by the dashboard").await;
}

#[tokio::test]
async fn a_check_probes_at_once_and_answers_with_what_it_found() {
    let scene = Scene::edited(2, |c| c.replace("enabled = false", "interval_seconds = 3600")).await;
    let daemon = &scene.daemon;
    scene.b().always(Answer::error(500, "api_error", "it broke"));
    let reply = write(daemon, "/v1/health-check", &[], "").await;
    assert_eq!(reply.status(), 200, "{}", reply.text());
    let told = reply.json();
    let of = |name: &str| {
        let results = told["results"].as_array().expect("results");
        results.iter().find(|r| r["name"] == name).unwrap_or_else(|| panic!("no {name} in {told}")).clone()
    };
    assert!(of("a")["healthy"] == true && of("a")["response_time_ms"].is_number(), "{told}");
    assert!(of("b")["healthy"] == false && of("b")["error"].is_string(), "{told}");
    let status = read(daemon, "/status").await;
    let history = &status["endpoints"][scene.a().url()]["latency_history"];
    assert!(history["measurements"][0]["latency"].is_number(), "{status}");
    assert!(read(daemon, "/health").await["last_health_check"].is_string());
}

#[tokio::test]
async fn a_reload_tells_what_changed_or_all_that_is_wrong() {
    let scene = Scene::of(1).await;
    let daemon = &scene.daemon;
    let reply = write(daemon, "/providers/reload", &[], "").await;
    assert_eq!((reply.status(), &reply.json()["providers_count"]), (200, &json!(1)), "{}", reply.text());
    let good = std::fs::read_to_string(daemon.home.config()).unwrap();
    let bad = format!("nonsense = 1\n{}", good.replace("strategy = \"priority\"", "strategy = \"luck\""));
    std::fs::write(daemon.home.config(), bad).unwrap();
    let reply = write(daemon, "/providers/reload", &[], "").await;
    assert_eq!(refused(&reply, 400), "config_invalid");
    let problems = reply.json()["error"]["problems"].to_string();
    assert!(problems.contains("nonsense") && problems.contains("luck"), "{problems}");
    assert_eq!(scene.message(false).await.status(), 200, "the old one stays in force");
}

#[tokio::test]
async fn a_proxys_password_is_not_told() {
    let proxied = |c: String| {
        c.replace("name = \"a\",", "name = \"a\", proxy = \"http://user:pass-word@127.0.0.1:9\",")
    };
    let scene = Scene::edited(1, proxied).await;
    let told = read(&scene.daemon, "/providers").await;
    assert_eq!(told["providers"][0]["proxy"], "http://…@127.0.0.1:9");
    assert!(!told.to_string().contains("pass-word"), "{told}");
}

#[tokio::test]
async fn beside_the_proxy_what_changes_something_goes_on_to_an_endpoint_unless_the_config_opens_it() {
    let scene = Scene::of(1).await;
    scene.a().always(Answer::json(404, json!({"error": "what is that?"})));
    for path in ["/v1/switch-provider", "/v1/health-check", "/providers/reload"] {
        let reply = scene.daemon.ask("POST", path, &CURL, b"\"a\"").await;
        assert_eq!(reply.status(), 404, "{path}: {}", reply.text());
        assert_eq!(scene.a().seen_on(path).len(), 1, "{path} goes where it always went");
    }
    assert_eq!(read(&scene.daemon, "/v1/status").await["pinned"], Value::Null);
}

#[tokio::test]
async fn the_lines_of_old_scripts_work_where_the_config_lets_them() {
    let scene = Scene::followed_by(2, OPEN).await;
    let daemon = &scene.daemon;
    let reply = daemon.ask("POST", "/v1/switch-provider", &CURL, b"\"b\"").await;
    assert_eq!((reply.status(), &reply.json()["pinned"]), (200, &json!("b")), "{}", reply.text());
    let reply = daemon.ask("POST", "/v1/health-check", &[], b"").await;
    assert_eq!(reply.json()["results"].as_array().map(Vec::len), Some(2), "{}", reply.text());
    let reply = daemon.ask("POST", "/providers/reload", &[], b"").await;
    assert_eq!((reply.status(), &reply.json()["status"]), (200, &json!("success")), "{}", reply.text());
    let reply = daemon.ask_web("POST", "/v1/switch-provider", &CURL, b"\"auto\"").await;
    assert_eq!(reply.status(), 200, "{}", reply.text());
    assert!(scene.a().seen_on("/v1/switch-provider").is_empty());
    daemon.until_said("operator: pin b, over HTTP without a login").await;
}
