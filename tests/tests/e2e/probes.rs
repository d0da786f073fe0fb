//! Probes: what is sent, when, and what becomes of it.

use zephyr_tests::daemon::config;
use zephyr_tests::scene::{fakes, urls};
use zephyr_tests::{Answer, Daemon, Fake, Gate};

/// A daemon whose probes are as `keys` say.
async fn probing(fakes: &[Fake], keys: &str) -> Daemon {
    let text = config(&urls(fakes)).replace("enabled = false", keys);
    Daemon::with(&text).await
}

const RARELY: &str = "interval_seconds = 3600";

#[tokio::test]
async fn a_messages_probe_is_the_smallest_real_request() {
    let fakes = fakes(1).await;
    let daemon =
        probing(&fakes, &format!("{RARELY}\nkind = \"messages\"\nmodel = \"claude-x\"\nprompt = \"ping?\""))
            .await;
    daemon.ctl_ok(&["check", "a"]).await;
    let seen = fakes[0].seen_on("/v1/messages").pop().expect("a probe");
    let body = seen.json();
    assert_eq!(
        (seen.method.as_str(), &body["max_tokens"], &body["model"]),
        ("POST", &1.into(), &"claude-x".into())
    );
    assert_eq!(body["messages"][0]["content"], "ping?");
    assert_eq!(seen.all("authorization"), ["Bearer sk-own-credential"]);
    assert!(seen.header("anthropic-version").is_some());
    let endpoint = daemon.endpoint("a").await;
    assert_eq!(endpoint.state, "up");
    assert!(endpoint.latency_ms.is_some() && !endpoint.history.is_empty());
    assert!(endpoint.last_probe_unix_ms.is_some());
}

#[tokio::test]
async fn each_kind_sends_what_it_says() {
    for (kind, method, path) in
        [("models", "GET", "/v1/models"), ("count-tokens", "POST", "/v1/messages/count_tokens")]
    {
        let fakes = fakes(1).await;
        let daemon = probing(&fakes, &format!("{RARELY}\nkind = \"{kind}\"")).await;
        daemon.ctl_ok(&["check"]).await;
        let seen = fakes[0].seen();
        assert!(
            !seen.is_empty() && seen.iter().all(|s| s.method == method && s.path() == path),
            "{kind}: {seen:?}"
        );
        assert_eq!(seen[0].all("authorization"), ["Bearer sk-own-credential"]);
    }
    let fakes = fakes(1).await;
    let daemon = probing(&fakes, &format!("{RARELY}\nkind = \"connect\"")).await;
    daemon.ctl_ok(&["check"]).await;
    zephyr_tests::until("a connection", || async { (fakes[0].connections() > 0).then_some(()) }).await;
    assert!(fakes[0].seen().is_empty(), "connect only connects");
}

#[tokio::test]
async fn chat_and_responses_endpoints_are_probed_in_their_own_dialect() {
    for (dialect, path) in [("openai-chat", "/v1/chat/completions"), ("openai-responses", "/v1/responses")] {
        let fakes = fakes(1).await;
        let text = config(&urls(&fakes))
            .replace("enabled = false", &format!("{RARELY}\nkind = \"messages\""))
            .replace("default = true\n", &format!("default = true\ndialect = \"{dialect}\"\n"));
        let daemon = Daemon::with(&text).await;
        daemon.ctl_ok(&["check"]).await;
        assert!(!fakes[0].seen_on(path).is_empty(), "{dialect}");
        assert_eq!(daemon.endpoint("a").await.state, "up");
    }
}

#[tokio::test]
async fn a_command_probe_runs_the_command_with_the_endpoint_in_its_environment() {
    let fakes = fakes(1).await;
    let command = "command = [\"/bin/sh\", \"-c\", \"test \\\"$ANTHROPIC_BASE_URL\\\" = '@' && test -n \\\"$ANTHROPIC_AUTH_TOKEN$ANTHROPIC_API_KEY\\\"\"]"
        .replace('@', &fakes[0].url());
    let daemon = probing(&fakes, &format!("{RARELY}\nkind = \"command\"\n{command}")).await;
    let output = daemon.ctl(&["check", "a"]).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(daemon.endpoint("a").await.state, "up");
}

#[tokio::test]
async fn a_command_that_hangs_is_killed_at_its_timeout() {
    let fakes = fakes(1).await;
    let keys = "kind = \"command\"\ncommand = [\"/bin/sleep\", \"1000\"]\ninterval_seconds = 60\ntimeout_seconds = \"300ms\"";
    let daemon = probing(&fakes, keys).await;
    let output = daemon.ctl(&["check", "a"]).await;
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(daemon.endpoint("a").await.consecutive_failures > 0);
}

#[tokio::test]
async fn probes_run_in_parallel() {
    // Each probe is answered only after all of them have arrived.
    let fakes = fakes(4).await;
    let gate = Gate::new(0);
    fakes.iter().for_each(|f| f.on("/v1/models", Answer::realistic().head_gated(&gate)));
    let daemon = probing(&fakes, &format!("{RARELY}\nkind = \"models\"")).await;
    for fake in &fakes {
        fake.wait(1).await;
    }
    gate.open();
    daemon.until("all up", |s| s.endpoints.iter().all(|e| e.state == "up").then_some(())).await;
}

#[tokio::test]
async fn a_failed_probe_is_told_and_leads_requests_elsewhere() {
    let fakes = fakes(2).await;
    fakes[0].on("/v1/models", Answer { status: 503, ..Answer::realistic() });
    let daemon = probing(&fakes, &format!("{RARELY}\nkind = \"models\"")).await;
    for _ in 0..3 {
        let output = daemon.ctl(&["check", "a"]).await;
        assert_eq!(output.status.code(), Some(1));
    }
    let endpoint = daemon.endpoint("a").await;
    assert!(endpoint.error.contains("503"), "{}", endpoint.error);
    assert_eq!(endpoint.state, "cooling");
    assert!(endpoint.history.iter().any(|m| m.error.contains("503")));
    assert_eq!(daemon.message(false).await.header("x-used-endpoint"), Some("b"));
}

#[tokio::test]
async fn a_400_to_a_probe_proves_that_the_endpoint_is_there() {
    let fakes = fakes(1).await;
    fakes[0].on("/v1/messages", Answer::error(400, "invalid_request_error", "model: unknown"));
    let daemon = probing(&fakes, &format!("{RARELY}\nkind = \"messages\"")).await;
    daemon.ctl_ok(&["check"]).await;
    assert_eq!(daemon.endpoint("a").await.consecutive_failures, 0);
}

#[tokio::test]
async fn history_keeps_the_last_twenty() {
    let fakes = fakes(1).await;
    let daemon = probing(&fakes, &format!("{RARELY}\nkind = \"models\"")).await;
    for _ in 0..25 {
        daemon.ctl_ok(&["check"]).await;
    }
    assert_eq!(daemon.endpoint("a").await.history.len(), 20);
}

#[tokio::test]
async fn paused_monitoring_sends_no_probe_check_works_and_resume_probes_at_once() {
    let fakes = fakes(1).await;
    let daemon =
        probing(&fakes, "kind = \"models\"\ninterval_seconds = \"100ms\"\ndynamic_scaling = false").await;
    fakes[0].wait(3).await;
    daemon.ctl_ok(&["pause"]).await;
    assert!(daemon.status().await.head.unwrap().monitoring_paused);
    // One that was under way may still arrive.
    daemon.message(false).await;
    let before = fakes[0].seen_on("/v1/models").len();
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    let after = fakes[0].seen_on("/v1/models").len();
    assert!(after <= before + 1, "{before} probes became {after}");
    assert_eq!(daemon.message(false).await.status(), 200, "proxying goes on");
    daemon.ctl_ok(&["check"]).await;
    let checked = fakes[0].seen_on("/v1/models").len();
    assert_eq!(checked, after + 1);
    daemon.ctl_ok(&["resume"]).await;
    fakes[0]
        .until("a probe", |s| (s.iter().filter(|s| s.path() == "/v1/models").count() > checked).then_some(()))
        .await;
}

#[tokio::test]
async fn a_paused_endpoint_is_not_probed() {
    let fakes = fakes(2).await;
    let daemon =
        probing(&fakes, "kind = \"models\"\ninterval_seconds = \"100ms\"\ndynamic_scaling = false").await;
    fakes[0].wait(1).await;
    daemon.ctl_ok(&["pause", "a"]).await;
    let before = fakes[0].seen().len();
    let b = fakes[1].seen().len();
    fakes[1].wait(b + 4).await;
    assert!(fakes[0].seen().len() <= before + 1);
}

#[tokio::test]
async fn paid_probes_go_only_to_endpoints_with_a_credential_of_ours() {
    let fakes = fakes(1).await;
    let text = config(&urls(&fakes))
        .replace("enabled = false", RARELY)
        .replace("{ bearer = \"sk-own-credential\" }", "\"passthrough\"");
    let daemon = Daemon::with(&text).await;
    let told = daemon.ctl_json(&["check"]).await;
    assert_eq!(told["results"][0]["kind"], "connect", "{told}");
    assert!(fakes[0].seen().is_empty());
}

#[tokio::test]
async fn a_probe_warms_the_connection_that_requests_use() {
    // A connection is free for the next request a moment after its answer: a request may come too early for it,
    // but with connections of their own for probes it always would.
    for _ in 0..5 {
        let fakes = fakes(1).await;
        let daemon = probing(&fakes, &format!("{RARELY}\nkind = \"models\"")).await;
        daemon.ctl_ok(&["check"]).await;
        daemon.until("a to be up", |s| (s.endpoints[0].state == "up").then_some(())).await;
        let connections = fakes[0].connections();
        daemon.message(true).await;
        if fakes[0].connections() == connections {
            return;
        }
    }
    panic!("requests never came on the connection of a probe");
}

#[tokio::test]
async fn a_probe_brings_a_resting_endpoint_back() {
    let fakes = fakes(2).await;
    fakes[0].on("/v1/messages", Answer { status: 500, ..Answer::realistic() });
    let daemon = probing(&fakes, &format!("{RARELY}\nkind = \"messages\"")).await;
    for _ in 0..3 {
        daemon.message(false).await;
    }
    daemon.until("a to rest", |s| (s.endpoints[0].state == "cooling").then_some(())).await;
    fakes[0].on("/v1/messages", Answer::realistic());
    daemon.ctl_ok(&["check", "a"]).await;
    assert_eq!(daemon.endpoint("a").await.state, "up");
    zephyr_tests::until("a to serve", || async {
        (daemon.message(false).await.header("x-used-endpoint") == Some("a")).then_some(())
    })
    .await;
}
