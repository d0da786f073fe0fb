//! What a daemon knows survives its restart, its reload and a kill; a file that cannot be read is no obstacle.

use serde_json::Value;
use zephyr_tests::daemon::Home;
use zephyr_tests::scene::{fakes, urls};
use zephyr_tests::{Answer, Scene, daemon, until};

/// What of an endpoint must still be so.
#[derive(Debug, PartialEq, Clone)]
struct Known {
    admin: String,
    attempts: u64,
    failures: u64,
    last_used_unix_ms: Option<i64>,
    /// Models that are limited there.
    limits: Vec<String>,
}

async fn known(daemon: &zephyr_tests::Daemon, name: &str) -> Known {
    let e = daemon.endpoint(name).await;
    let limits = e.limits.iter().map(|limit| limit.model.clone()).collect();
    let (admin, attempts, failures) = (e.admin, e.attempts, e.failures);
    Known { admin, attempts, failures, last_used_unix_ms: e.last_used_unix_ms, limits }
}

fn kept(home: &Home) -> Value {
    let text = std::fs::read_to_string(home.path().join("state/state.json")).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

#[tokio::test]
async fn orders_limits_and_counters_survive_reload_restart_and_kill() {
    let scene = Scene::of(3).await;
    scene.a_answers(Answer { status: 429, ..Answer::realistic() }.header("retry-after", "7200"));
    for _ in 0..3 {
        assert_eq!(scene.message(false).await.status(), 200);
    }
    scene.daemon.ctl_ok(&["pause", "c"]).await;
    let Scene { daemon, fakes: _fakes } = scene;
    let before = [known(&daemon, "a").await, known(&daemon, "b").await, known(&daemon, "c").await];
    assert_eq!((before[0].attempts, before[0].failures, before[0].limits.len()), (1, 1, 1));
    assert_eq!((before[1].attempts, before[2].admin.as_str()), (3, "paused"));
    let still = async |daemon: &zephyr_tests::Daemon, what: &str| {
        let now = [known(daemon, "a").await, known(daemon, "b").await, known(daemon, "c").await];
        assert_eq!(now, before, "after {what}");
    };
    daemon.ctl_ok(&["reload"]).await;
    still(&daemon, "a reload").await;
    let daemon = daemon.stop().await.start().await;
    still(&daemon, "a restart").await;

    // What is learnt is kept some seconds later, without an order or an end.
    daemon.ctl_ok(&["pin", "b"]).await;
    assert_eq!(daemon.message(false).await.status(), 200);
    until("the fourth attempt to be kept", || async {
        (kept(&daemon.home)["counters"]["b"]["attempts"] == 4).then_some(())
    })
    .await;
    let daemon = daemon.kill().await.start().await;
    assert_eq!(daemon.endpoint("b").await.attempts, 4);
    assert_eq!(known(&daemon, "a").await, before[0]);
}

#[tokio::test]
async fn another_key_begins_with_nothing_known() {
    let scene = Scene::of(2).await;
    scene.a_answers(Answer { status: 402, ..Answer::realistic() });
    assert_eq!(scene.message(false).await.status(), 200);
    let Scene { daemon, fakes } = scene;
    assert_eq!(daemon.endpoint("a").await.state, "exhausted");
    let home = daemon.stop().await;
    home.write(&daemon::config(&urls(&fakes)).replace("sk-own-credential", "sk-another-credential"));
    let daemon = home.start().await;
    let a = daemon.endpoint("a").await;
    assert_eq!((a.state.as_str(), a.attempts), ("unknown", 0));
}

#[tokio::test]
async fn a_damaged_file_is_set_aside_and_the_daemon_serves() {
    let fakes = fakes(1).await;
    let home = Home::new(&daemon::config(&urls(&fakes)));
    let file = home.path().join("state/state.json");
    std::fs::write(&file, "{\"version\": 2, \"mode\":").unwrap();
    std::fs::write(home.path().join("state/state.json.part"), "half").unwrap();
    let daemon = home.start().await;
    daemon.until_said("the state file is damaged").await;
    assert_eq!(daemon.message(false).await.status(), 200);
    daemon.ctl_ok(&["pin", "a"]).await;
    let aside = file.with_extension("json.damaged");
    assert_eq!(std::fs::read_to_string(aside).unwrap(), "{\"version\": 2, \"mode\":");
    assert_eq!(kept(&daemon.home)["mode"]["Pinned"]["name"], "a");
    let home = daemon.stop().await;
    std::fs::write(&file, "{\"version\": 99, \"mode\": \"Auto\"}").unwrap();
    let daemon = home.start().await;
    daemon.until_said("which a later zephyrd wrote").await;
    assert!(file.with_extension("json.newer").exists());
    assert_eq!(daemon.message(false).await.status(), 200);
}
