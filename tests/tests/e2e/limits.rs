//! Limits: for whom a refusal holds, what the config says of them, and credentials that are had anew.

use std::time::{SystemTime, UNIX_EPOCH};

use zephyr_tests::daemon::{Home, config};
use zephyr_tests::{Answer, Daemon, Fake, Scene};

fn status(status: u16) -> Answer {
    Answer { status, ..Answer::realistic() }
}

#[tokio::test]
async fn a_used_up_subscription_is_exhausted_until_the_last_window_s_reset() {
    let scene = Scene::of(2).await;
    let used_up = status(429)
        .header("date", "Fri, 20 Nov 2026 10:00:00 GMT")
        .header("anthropic-ratelimit-unified-status", "rejected")
        .header("anthropic-ratelimit-unified-5h-status", "rejected")
        .header("anthropic-ratelimit-unified-5h-reset", "1795170600")
        .header("anthropic-ratelimit-unified-7d-status", "rejected")
        .header("anthropic-ratelimit-unified-7d-reset", "1795175999")
        .header("retry-after", "1800");
    scene.a_answers(used_up);
    assert_eq!(scene.message(true).await.header("x-used-endpoint"), Some("b"));
    let a = scene.daemon.endpoint("a").await;
    assert_eq!(a.state, "exhausted");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let left = a.until_unix_ms.unwrap() / 1_000 - i64::try_from(now.as_secs()).unwrap();
    assert!((7_100..=7_199).contains(&left), "{left} s are left of 7199 by the endpoint's own clock");
}

#[tokio::test]
async fn where_overage_is_forbidden_a_used_up_subscription_s_answer_is_not_taken() {
    let extra = || Answer::realistic().header("anthropic-ratelimit-unified-status", "rejected");
    let allowed = Scene::of(2).await;
    allowed.a_answers(extra());
    assert_eq!(allowed.message(true).await.header("x-used-endpoint"), Some("a"));
    for stream in [false, true] {
        let forbidden = Scene::with_group(2, "overage = false").await;
        forbidden.a_answers(extra());
        let reply = forbidden.message(stream).await;
        assert_eq!((reply.status(), reply.header("x-used-endpoint")), (200, Some("b")));
        assert_eq!(forbidden.daemon.endpoint("a").await.state, "exhausted");
    }
}

#[tokio::test]
async fn with_any_4xx_the_client_s_own_fault_moves_on_and_is_told_verbatim_when_all_agree() {
    let scene = Scene::followed_by(2, "[failover]\nany_4xx = true").await;
    scene.a_answers(Answer::error(400, "invalid_request_error", "no such field"));
    assert_eq!(scene.message(false).await.header("x-used-endpoint"), Some("b"));
    scene.b().on("/v1/messages", Answer::error(400, "invalid_request_error", "no such field"));
    let reply = scene.message(false).await;
    assert_eq!((reply.status(), reply.header("x-used-endpoint")), (400, Some("b")));
    assert!(reply.text().contains("no such field"), "{}", reply.text());
    assert_eq!(scene.daemon.endpoint("a").await.failures, 0);
}

#[tokio::test]
async fn the_config_s_own_words_mean_that_a_limit_is_reached() {
    let scene = Scene::followed_by(2, "[failover]\nbody_patterns = [\"daily*used up\"]").await;
    scene.a_answers(Answer::error(400, "invalid_request_error", "Your Daily tokens are USED UP"));
    assert_eq!(scene.message(false).await.header("x-used-endpoint"), Some("b"));
    assert_eq!(scene.daemon.endpoint("a").await.state, "exhausted");
}

#[tokio::test]
async fn a_refused_credential_of_a_command_is_had_anew_once() {
    let home = Home::new("");
    let count = home.path().join("runs");
    let fake = Fake::start().await;
    let text = config(&[fake.url()]).replace(
        "{ bearer = \"sk-own-credential\" }",
        &format!(
            "{{ bearer = {{ command = [\"/bin/sh\", \"-c\", \"echo run >> {0}; echo key-$(wc -l < {0})\"], ttl_seconds = 600 }} }}",
            count.display()
        ),
    );
    let daemon = Daemon::with(&text).await;
    assert_eq!(daemon.message(false).await.status(), 200);
    fake.on("/v1/messages", status(401));
    assert_eq!(daemon.message(false).await.status(), 503);
    let keys: Vec<_> = fake.seen().iter().map(|s| s.header("authorization").map(str::to_owned)).collect();
    let key = |n| Some(format!("Bearer key-{n}"));
    assert_eq!(keys, [key(1), key(1), key(2)]);
    assert_eq!(daemon.endpoint("a").await.state, "auth-failed");
}

#[tokio::test]
async fn a_limit_of_one_model_is_shown_with_its_time_and_survives_a_restart() {
    let scene = Scene::of(2).await;
    scene.a_answers(status(429).header("retry-after", "7200"));
    assert_eq!(scene.message(false).await.header("x-used-endpoint"), Some("b"));
    let Scene { daemon, fakes } = scene;
    let daemon = daemon.stop().await.start().await;
    for screen in [vec!["show", "a"], vec!["status"]] {
        let told = daemon.ctl_ok(&screen).await;
        assert!(told.contains("claude-opus-5-5 rate-limited, "), "{told}");
    }
    assert_eq!(daemon.message(false).await.header("x-used-endpoint"), Some("b"));
    assert_eq!(fakes[0].seen().len(), 1, "it is not asked again");
}
