//! `/api/v1`: every family as a client meets it: shapes, filters, pages, steering, refusals, and hostile names.

use serde_json::{Value, json};
use zephyr_tests::client::{Client, Reply, request};
use zephyr_tests::daemon::{Daemon, JSON, message};
use zephyr_tests::{Answer, Scene, until};

use crate::records::{OPUS, tells};

/// Asks without a token, as who looks.
async fn get(daemon: &Daemon, target: &str) -> Reply {
    daemon.ask_web("GET", target, &[], b"").await
}

/// The answer to a question that must be answered.
async fn read(daemon: &Daemon, target: &str) -> Value {
    let reply = get(daemon, target).await;
    assert_eq!(reply.status(), 200, "{target}: {}", reply.text());
    assert_eq!(reply.header("content-type"), Some("application/json"), "{target}");
    reply.json()
}

/// Does something, with the token.
async fn act(daemon: &Daemon, method: &str, target: &str, body: &str) -> Reply {
    let bearer = format!("Bearer {}", daemon.admin_token().await);
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    daemon.ask_web(method, target, &headers, body.as_bytes()).await
}

/// Does something that must work.
async fn done(daemon: &Daemon, method: &str, target: &str, body: &str) -> Value {
    let reply = act(daemon, method, target, body).await;
    assert_eq!(reply.status(), 200, "{method} {target}: {}", reply.text());
    let told = reply.json();
    assert_eq!(told["success"], true, "{told}");
    assert!(told["message"].as_str().is_some_and(|m| !m.is_empty()), "{told}");
    told
}

/// Asserts a refusal in the one shape; its sentence.
#[track_caller]
fn refused(reply: &Reply, status: u16) -> String {
    assert_eq!(reply.status(), status, "{}", reply.text());
    assert_eq!(reply.header("content-type"), Some("application/json"), "{}", reply.text());
    let error = reply.json()["error"].clone();
    assert!(error["type"].as_str().is_some_and(|t| !t.is_empty()), "{error}");
    error["message"].as_str().expect("a sentence").to_owned()
}

/// Waits until there are records of so many requests.
async fn recorded(daemon: &Daemon, number: u64) {
    until(&format!("{number} records"), || async {
        (read(daemon, "/api/v1/requests?limit=1").await["total"] == number).then_some(())
    })
    .await;
}

fn ids(page: &Value) -> Vec<String> {
    page["data"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_status_tells_the_daemon_who_serves_and_what_today_came_to() {
    let scene = Scene::of(2).await;
    let daemon = &scene.daemon;
    scene.message(false).await;
    recorded(daemon, 1).await;
    let status = read(daemon, "/api/v1/status").await;
    let serving = json!([{"dialect": "anthropic", "current": "a", "order": ["a", "b"]}]);
    tells(
        &status,
        &json!({"status": "running", "strategy": "priority", "overall": "ok", "mode": "auto", "pinned": null,
            "auth_enabled": false, "proxy_enabled": false, "monitoring_paused": false, "serving": serving,
            "endpoints": {"total": 2, "healthy": 2}, "budgets": [], "store": {"enabled": true, "state": "ok"},
            "today": {"requests": 1, "cost_nanos": OPUS, "cost_usd": OPUS as f64 / 1e9}}),
    );
    assert_eq!(status["server"]["proxy_port"], daemon.addr().port());
    assert_eq!(status["server"]["web_port"], daemon.web().await.port());
    assert_eq!(status["config_file"], daemon.home.config().to_str().unwrap());
    assert!(status["start_time"].as_str().unwrap().ends_with('Z'), "{status}");
}

#[tokio::test]
async fn endpoints_are_listed_probed_paused_and_given_other_numbers() {
    let scene = Scene::of(2).await;
    let daemon = &scene.daemon;
    let told = read(daemon, "/api/v1/endpoints").await;
    tells(
        &told,
        &json!({"total": 2, "healthy": 2, "endpoints": [
            {"name": "a", "group": "main", "provider": "p-a", "state": "unknown", "never_checked": true, "healthy": true,
             "current": true, "priority": 1, "config_priority": null, "auth": "bearer", "history": []},
            {"name": "b", "current": false, "priority": 2}]}),
    );
    assert!(!told.to_string().contains("sk-own-credential"), "{told}");

    let checked = done(daemon, "POST", "/api/v1/endpoints/a/health-check", "").await;
    tells(&checked, &json!({"healthy": true, "never_checked": false, "error": null}));
    assert!(checked["response_time"].as_f64().is_some_and(|ms| ms > 0.0), "{checked}");
    let a = read(daemon, "/api/v1/endpoints").await["endpoints"][0].clone();
    tells(&a, &json!({"state": "up", "never_checked": false}));
    assert_eq!(a["history"].as_array().unwrap().len(), 1, "{a}");

    done(daemon, "POST", "/api/v1/endpoints/b/priority", r#"{"priority":1}"#).await;
    done(daemon, "POST", "/api/v1/endpoints/a/priority", r#"{"priority":7}"#).await;
    let told = read(daemon, "/api/v1/endpoints").await;
    tells(&told["endpoints"][0], &json!({"priority": 7, "config_priority": 1, "current": false}));
    done(daemon, "DELETE", "/api/v1/endpoints/a/priority", "").await;
    let again = act(daemon, "DELETE", "/api/v1/endpoints/a/priority", "").await;
    assert_eq!(refused(&again, 400), "the priority of `a` is the config's already");

    done(daemon, "POST", "/api/v1/endpoints/a/pause", "{}").await;
    tells(
        &read(daemon, "/api/v1/endpoints").await["endpoints"][0],
        &json!({"admin": "paused", "healthy": false}),
    );
    done(daemon, "POST", "/api/v1/endpoints/a/resume", "").await;
    let drained = done(daemon, "POST", "/api/v1/endpoints/a/drain", "").await;
    assert_eq!(drained["message"], "`a` is drained, nothing runs there");
    done(daemon, "POST", "/api/v1/endpoints/a/resume", "").await;
    let again = act(daemon, "POST", "/api/v1/endpoints/a/resume", "").await;
    assert_eq!(refused(&again, 400), "`a` is not paused");
    daemon.until_said("operator: drain a, by the dashboard").await;
}

#[tokio::test]
async fn groups_are_activated_paused_for_a_time_and_resumed_or_it_is_said_why_not() {
    let spare = "[[groups]]\nname = \"spare\"\npriority = 2\nauth = \"none\"\nendpoints = [{ url = \"http://127.0.0.1:9\", name = \"s\" }]\n";
    let scene = Scene::edited(1, |config| {
        config.replace("default = true\n", "default = true\npriority = 1\n") + spare
    })
    .await;
    let daemon = &scene.daemon;
    let told = read(daemon, "/api/v1/groups").await;
    tells(
        &told,
        &json!({"active_group": "main", "auto_switch_enabled": true, "total_groups": 2, "total_suspended_requests": 0,
            "group_suspended_counts": {"main": 0, "spare": 0}, "groups": [
            {"name": "main", "is_active": true, "status": "active", "total_endpoints": 1, "healthy_endpoints": 1,
             "unhealthy_endpoints": 0, "manually_paused": false, "in_cooldown": false, "cooldown_remaining": 0,
             "can_activate": false, "can_pause": true, "can_resume": false},
            {"name": "spare", "is_active": false, "status": "available", "priority": 2, "can_activate": true}]}),
    );
    let already = act(daemon, "POST", "/api/v1/groups/main/activate", "").await;
    assert_eq!(refused(&already, 400), "group `main` is active already");
    done(daemon, "POST", "/api/v1/groups/spare/activate", "").await;
    assert_eq!(read(daemon, "/api/v1/groups").await["active_group"], "spare");

    done(daemon, "POST", "/api/v1/groups/spare/pause", r#"{"duration":"30m"}"#).await;
    let spare = read(daemon, "/api/v1/groups").await["groups"][1].clone();
    tells(
        &spare,
        &json!({"status": "paused", "manually_paused": true, "can_resume": true, "can_pause": false}),
    );
    assert!(spare["until"].is_string(), "{spare}");
    let paused = act(daemon, "POST", "/api/v1/groups/spare/activate", "{}").await;
    assert!(refused(&paused, 400).starts_with("group `spare` is paused for another"), "{}", paused.text());
    assert!(paused.json()["error"]["hint"].as_str().unwrap().contains("force"), "{}", paused.text());
    done(daemon, "POST", "/api/v1/groups/spare/resume", "").await;
    let again = act(daemon, "POST", "/api/v1/groups/spare/resume", "").await;
    refused(&again, 400);
    for duration in ["30", "soon", "-1m", "400d"] {
        let body = json!({ "duration": duration }).to_string();
        refused(&act(daemon, "POST", "/api/v1/groups/main/pause", &body).await, 400);
    }
    done(daemon, "POST", "/api/v1/groups/main/priority", r#"{"priority":9}"#).await;
    tells(&read(daemon, "/api/v1/groups").await["groups"][0], &json!({"priority": 9, "config_priority": 1}));
    done(daemon, "DELETE", "/api/v1/groups/main/priority", "").await;
}

#[tokio::test]
async fn pins_and_monitoring_are_steered_and_asked_about() {
    let scene = Scene::of(2).await;
    let daemon = &scene.daemon;
    done(daemon, "POST", "/api/v1/pin", r#"{"name":"b","fallback":true}"#).await;
    tells(
        &read(daemon, "/api/v1/status").await,
        &json!({"mode": "pinned", "pinned": "b", "pin_fallback": true}),
    );
    let way = read(daemon, "/api/v1/route?model=claude-opus-5-5").await;
    tells(&way, &json!({"dialect": "anthropic", "route": null, "why": "pinned"}));
    tells(&way["candidates"][0], &json!({"endpoint": "b", "first": true, "why_not": null}));
    done(daemon, "POST", "/api/v1/unpin", "").await;
    assert_eq!(refused(&act(daemon, "POST", "/api/v1/unpin", "").await, 400), "nothing is pinned");
    let unknown = act(daemon, "POST", "/api/v1/pin", r#"{"name":"aa"}"#).await;
    assert_eq!(refused(&unknown, 404), "no endpoint or group is named `aa`");

    done(daemon, "POST", "/api/v1/monitoring/pause", "").await;
    assert_eq!(read(daemon, "/api/v1/status").await["monitoring_paused"], true);
    done(daemon, "POST", "/api/v1/monitoring/resume", "").await;
    refused(&act(daemon, "POST", "/api/v1/monitoring/resume", "").await, 400);
    refused(&get(daemon, "/api/v1/route?dialect=cobol").await, 400);
}

#[tokio::test]
async fn filters_filter_and_pages_follow_each_other() {
    let scene = Scene::of(2).await;
    let daemon = &scene.daemon;
    for _ in 0..3 {
        scene.message(false).await;
    }
    let other = message(false).replace("claude-opus-5-5", "claude-haiku-4-5");
    daemon.ask("POST", "/v1/messages", &JSON, other.as_bytes()).await;
    scene.a().always(Answer::error(400, "invalid_request_error", "no"));
    scene.message(false).await;
    recorded(daemon, 5).await;

    let all = read(daemon, "/api/v1/requests").await;
    tells(&all, &json!({"success": true, "total": 5, "limit": 100, "offset": 0}));
    tells(
        &all["data"][0],
        &json!({"status": "failed", "http_status": 400, "endpoint": "a", "group": "main"}),
    );
    tells(
        &all["data"][4],
        &json!({"status": "succeeded", "http_status": 200, "model": "claude-opus-5-5", "cost_nanos": OPUS,
            "cost_usd": OPUS as f64 / 1e9, "tokens": {"input": 12, "output": 42, "cache_read": 2048, "total": 2102}}),
    );
    let mut paged = Vec::new();
    for offset in [0, 2, 4, 6] {
        let page = read(daemon, &format!("/api/v1/usage/requests?limit=2&offset={offset}")).await;
        tells(&page, &json!({"total": 5, "limit": 2, "offset": offset}));
        paged.extend(ids(&page));
    }
    assert_eq!(paged, ids(&all));
    for (filter, number) in [
        ("status=succeeded", 4),
        ("status=failed", 1),
        ("status=cancelled", 0),
        ("status=running", 0),
        ("model=claude-haiku-4-5", 1),
        ("model=claude-*", 5),
        ("model=CLAUDE-HAIKU-4-5", 1),
        ("endpoint=a&status=succeeded", 4),
        ("endpoint=b", 0),
        ("group=main", 5),
        ("group=none", 0),
        ("start_date=2000-01-01", 5),
        ("end_date=2000-01-01", 0),
        ("start_date=2000-01-01T00:00:00Z&end_date=2000-01-02T00:00:00%2B01:00", 0),
    ] {
        let page = read(daemon, &format!("/api/v1/requests?{filter}")).await;
        assert_eq!((page["total"].as_u64(), ids(&page).len()), (Some(number), number as usize), "{filter}");
    }
    for bad in [
        "limit=0",
        "limit=1001",
        "limit=ten",
        "offset=-1",
        "status=done",
        "start_date=yesterday",
        "end_date=2026-13-01",
        "start_date=2026-11-22&end_date=2026-11-20",
        "modle=x",
        "model=a&model=b",
    ] {
        refused(&get(daemon, &format!("/api/v1/requests?{bad}")).await, 400);
    }
}

#[tokio::test]
async fn one_request_is_told_with_its_attempts_and_its_way() {
    let scene = Scene::of(2).await;
    let daemon = &scene.daemon;
    scene.a_answers(Answer::error(500, "api_error", "boom"));
    scene.message(false).await;
    recorded(daemon, 1).await;
    let id = ids(&read(daemon, "/api/v1/requests").await).remove(0);
    let told = read(daemon, &format!("/api/v1/requests/{id}")).await;
    tells(&told["data"], &json!({"id": id, "status": "succeeded", "endpoint": "b"}));
    let attempts = told["attempts"].as_array().unwrap();
    tells(attempts.last().unwrap(), &json!({"endpoint": "b", "class": "ok", "cost_nanos": OPUS}));
    tells(&attempts[0], &json!({"endpoint": "a", "http_status": 500}));
    tells(&told["trace"], &json!({"running": false, "ended": "complete"}));
    let steps = told["trace"]["steps"].as_array().unwrap();
    tells(
        &steps[0],
        &json!({"what": "chose", "endpoint": "a", "reason": "current", "lineup": {"order": ["a", "b"]}}),
    );
    tells(&steps[1], &json!({"what": "failed", "http_status": 500}));
    tells(steps.last().unwrap(), &json!({"what": "answered", "http_status": 200}));
    let unknown = get(daemon, "/api/v1/requests/req-%3Cb%3E").await;
    assert_eq!(refused(&unknown, 404), "there is no record of a request `req-<b>`");
}

#[tokio::test]
async fn usage_is_summed_exported_and_drawn() {
    let scene = Scene::of(1).await;
    let daemon = &scene.daemon;
    for _ in 0..3 {
        scene.message(false).await;
    }
    recorded(daemon, 3).await;
    let cost = 3 * OPUS;
    let summary = read(daemon, "/api/v1/usage/summary").await;
    tells(
        &summary,
        &json!({"success": true, "total": {"requests": 3, "succeeded": 3, "success_rate": 1.0, "cost_nanos": cost},
            "by_model": [{"key": "claude-opus-5-5", "requests": 3}], "by_endpoint": [{"key": "a", "cost_nanos": cost}],
            "by_group": [{"key": "main", "requests": 3}], "probes": {"probes": 0}}),
    );
    assert_eq!(summary["by_day"].as_array().unwrap().len(), 1);
    let stats = read(daemon, "/api/v1/usage/stats?model=claude-opus-5-5").await;
    tells(&stats["data"], &json!({"requests": 3, "failed": 0, "cost_nanos": cost}));
    assert_eq!(read(daemon, "/api/v1/usage/stats?end_date=2000-01-01").await["data"]["requests"], 0);
    let tokens = read(daemon, "/api/v1/tokens/usage").await;
    tells(
        &tokens,
        &json!({"data": {"input": 36, "output": 126}, "by_model": [{"key": "claude-opus-5-5", "output": 126}]}),
    );

    let csv = get(daemon, "/api/v1/usage/export?format=csv").await;
    assert_eq!(
        (csv.status(), csv.header("content-type")),
        (200, Some("text/csv; charset=utf-8; header=present"))
    );
    let named = csv.header("content-disposition").unwrap();
    assert!(
        named.starts_with("attachment; filename=\"zephyr-usage-2") && named.ends_with(".csv\""),
        "{named}"
    );
    let text = csv.text();
    assert!(text.starts_with("id,started,started_unix_ms,day,"), "{text}");
    assert_eq!(text.lines().count(), 4, "{text}");
    let exported = get(daemon, "/api/v1/usage/export?format=json&status=succeeded").await;
    assert_eq!(exported.json().as_array().unwrap().len(), 3);
    let none = get(daemon, "/api/v1/usage/export?format=json&status=failed").await;
    assert_eq!(none.json(), json!([]));
    refused(&get(daemon, "/api/v1/usage/export?format=xml").await, 400);

    for (chart, label, sum) in [
        ("request-trends", "total", 3.0),
        ("usage-trends", "output", 126.0),
        ("cost-analysis", "cost_usd", cost as f64 / 1e9),
    ] {
        for minutes in [5, 1440, 43_200] {
            let told = read(daemon, &format!("/api/v1/chart/{chart}?minutes={minutes}")).await;
            let line = told["datasets"]
                .as_array()
                .unwrap()
                .iter()
                .find(|line| line["label"] == label)
                .unwrap()
                .clone();
            let values: Vec<f64> =
                line["data"].as_array().unwrap().iter().filter_map(Value::as_f64).collect();
            assert_eq!(values.len(), told["labels"].as_array().unwrap().len(), "{told}");
            assert!((values.iter().sum::<f64>() - sum).abs() < 1e-9, "{chart} {minutes}: {told}");
        }
    }
    let health = read(daemon, "/api/v1/chart/endpoint-health?minutes=2").await;
    tells(&health["datasets"][0], &json!({"label": "healthy"}));
    assert!(health["datasets"][0]["data"].as_array().unwrap().contains(&json!(1.0)), "{health}");
    for chart in ["response-times", "connection-activity", "suspended-trends"] {
        assert_eq!(
            read(daemon, &format!("/api/v1/chart/{chart}")).await["labels"].as_array().unwrap().len(),
            60
        );
    }
    refused(&get(daemon, "/api/v1/chart/weather").await, 404);
    for minutes in ["0", "43201", "x"] {
        refused(&get(daemon, &format!("/api/v1/chart/request-trends?minutes={minutes}")).await, 400);
    }
}

#[tokio::test]
async fn what_runs_and_what_waits_is_listed_and_can_be_let_go() {
    let scene = Scene::followed_by(1, "[suspension]\nenabled = true\n").await;
    let daemon = &scene.daemon;
    scene.a().on("/v1/messages", Answer { status: 503, ..Answer::realistic() });
    let mut client = Client::connect(daemon.addr()).await;
    client.send(&request("POST", "/v1/messages", &JSON, message(false).as_bytes())).await;
    let waiting = until("a request that waits", || async {
        let told = read(daemon, "/api/v1/suspended/requests").await;
        (told["total"] == 1).then_some(told)
    })
    .await;
    tells(
        &waiting,
        &json!({"totals": {"suspended": 1, "queued": 0},
            "requests": [{"kind": "suspended", "model": "claude-opus-5-5", "dialect": "anthropic", "client": null}]}),
    );
    let id = waiting["requests"][0]["id"].as_str().unwrap();
    let groups = read(daemon, "/api/v1/groups").await;
    tells(&groups, &json!({"group_suspended_counts": {"main": 1}, "total_suspended_requests": 1}));
    let connections = read(daemon, "/api/v1/connections").await;
    tells(&connections, &json!({"total_active": 1, "connections": [{"id": id, "state": "suspended"}]}));
    let running = read(daemon, "/api/v1/requests?status=running").await;
    tells(
        &running,
        &json!({"total": 1, "data": [{"id": id, "status": "running", "model": "claude-opus-5-5"}]}),
    );
    assert_eq!(read(daemon, "/api/v1/requests?status=running&model=gpt*").await["total"], 0);
    let one = read(daemon, &format!("/api/v1/requests/{id}")).await;
    tells(&one, &json!({"data": {"status": "running"}, "trace": {"running": true, "ended": null}}));

    let nobody = act(daemon, "POST", "/api/v1/suspended/release", r#"{"request":"req-none"}"#).await;
    assert_eq!(refused(&nobody, 404), "no request `req-none` waits");
    let body = json!({ "request": id }).to_string();
    let released = done(daemon, "POST", "/api/v1/suspended/release", &body).await;
    assert_eq!(released["released"], 1);
    assert_eq!(client.reply("POST").await.status(), 503);
    assert_eq!(done(daemon, "POST", "/api/v1/suspended/release", "").await["released"], 0);
}

#[tokio::test]
async fn the_config_is_told_masked_and_taken_up_anew_or_refused_with_all_that_is_wrong() {
    let scene = Scene::of(1).await;
    let daemon = &scene.daemon;
    let told = read(daemon, "/api/v1/config").await;
    assert_eq!(told["path"], daemon.home.config().to_str().unwrap());
    assert!(told["effective"].as_str().unwrap().contains("[[groups]]"), "{told}");
    assert!(!told.to_string().contains("sk-own-credential"), "{told}");
    let same = done(daemon, "POST", "/api/v1/config/reload", "").await;
    assert_eq!(same["changes"], json!([]));

    let good = std::fs::read_to_string(daemon.home.config()).unwrap();
    std::fs::write(
        daemon.home.config(),
        good.replace("[selection]", "[selektion]").replace("priority = 1", "priority = \"x\""),
    )
    .unwrap();
    let reply = act(daemon, "POST", "/api/v1/config/reload", "").await;
    refused(&reply, 400);
    let told = reply.json();
    assert_eq!(told["error"]["type"], "config_invalid");
    assert!(
        told["problems"].as_array().is_some_and(|p| p.len() >= 2 && p[0]["line"].as_u64() > Some(0)),
        "{told}"
    );
    assert!(!read(daemon, "/api/v1/config").await["problems"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn nothing_is_changed_without_a_token_and_every_refusal_has_the_one_shape() {
    let scene = Scene::of(1).await;
    let daemon = &scene.daemon;
    let document = read(daemon, "/api/v1/openapi.json").await;
    let mut seen = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        let target =
            path.replace("{name}", "a").replace("{id}", "req-x").replace("{chart}", "request-trends");
        for method in item.as_object().unwrap().keys().filter(|m| *m != "get") {
            if !path.starts_with("/api/v1/") {
                continue;
            }
            let method = method.to_uppercase();
            let reply = daemon.ask_web(&method, &target, &JSON, b"{}").await;
            refused(&reply, 401);
            let forged = [("authorization", "Bearer zephyr-admin-nonsense"), JSON[0]];
            refused(&daemon.ask_web(&method, &target, &forged, b"{}").await, 401);
            let foreign = [("origin", "http://evil.example"), JSON[0]];
            refused(&daemon.ask_web(&method, &target, &foreign, b"{}").await, 403);
            seen += 1;
        }
    }
    assert!(seen >= 15, "{seen}");
    for (body, status) in
        [("{", 400), ("", 400), ("[]", 422), (r#"{"priority":"1"}"#, 422), (r#"{"priority":0}"#, 400)]
    {
        refused(&act(daemon, "POST", "/api/v1/endpoints/a/priority", body).await, status);
    }
    refused(&act(daemon, "POST", "/api/v1/endpoints/nobody/pause", "").await, 404);
    let group = act(daemon, "POST", "/api/v1/endpoints/main/pause", "").await;
    assert_eq!(refused(&group, 404), "no endpoint is named `main`");
    refused(&get(daemon, "/api/v1/nothing").await, 404);
    refused(&daemon.ask_web("PUT", "/api/v1/status", &[], b"").await, 405);
    refused(&act(daemon, "POST", "/api/v1/endpoints/%ff/pause", "").await, 400);
}

#[tokio::test]
async fn names_of_any_kind_are_found_and_told_harmlessly() {
    let hostile = "<b onload=\\\"x\\\">/100% & 'ü' {name}";
    let name = hostile.replace("\\\"", "\"");
    let scene =
        Scene::edited(1, |config| config.replace("name = \"a\"", &format!("name = \"{hostile}\""))).await;
    let daemon = &scene.daemon;
    let encoded: String = name.bytes().map(|b| format!("%{b:02X}")).collect();
    let told = done(daemon, "POST", &format!("/api/v1/endpoints/{encoded}/pause"), "").await;
    assert_eq!(told["message"], format!("`{name}` is paused"));
    let endpoint = read(daemon, "/api/v1/endpoints").await["endpoints"][0].clone();
    tells(&endpoint, &json!({"name": name, "admin": "paused"}));
    done(daemon, "POST", &format!("/api/v1/endpoints/{encoded}/resume"), "").await;

    let model = "\u{1b}[31m<i>\u{202e}=1+1";
    let body =
        json!({"model": model, "max_tokens": 1, "messages": [{"role": "user", "content": "hi"}]}).to_string();
    daemon.ask("POST", "/v1/messages", &JSON, body.as_bytes()).await;
    recorded(daemon, 1).await;
    for target in ["/api/v1/requests", "/api/v1/usage/summary", "/api/v1/usage/export?format=csv"] {
        let reply = get(daemon, target).await;
        let text = reply.text();
        assert!(text.contains("<i>"), "{target}: {text}");
        assert!(
            !text.contains('\u{1b}') && !text.contains('\u{202e}') && !text.contains("\\u001b"),
            "{target}: {text}"
        );
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
    }
}
