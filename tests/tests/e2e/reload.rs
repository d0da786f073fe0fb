//! Reload: atomic, by four ways, under running streams; a bad file changes nothing and says everything.

use std::os::unix::fs::PermissionsExt as _;

use zephyr_tests::client::End;
use zephyr_tests::daemon::{Home, config};
use zephyr_tests::fake::realistic::anthropic;
use zephyr_tests::scene::{fakes, urls};
use zephyr_tests::{Answer, Fake, Gate, Scene};

async fn serves(daemon: &zephyr_tests::Daemon, name: &str) {
    zephyr_tests::until(&format!("`{name}` to serve"), || async {
        (daemon.message(false).await.header("x-used-endpoint") == Some(name)).then_some(())
    })
    .await;
}

/// The config in which only `b` is there.
fn only_b(fakes: &[Fake]) -> String {
    config(&[fakes[1].url()]).replace("name = \"a\"", "name = \"b\"")
}

#[tokio::test]
async fn zephyrctl_reload_takes_the_new_config_up_at_once() {
    let scene = Scene::of(2).await;
    scene.daemon.home.write(&only_b(&scene.fakes));
    let told = scene.daemon.ctl_json(&["reload"]).await;
    // The changed file may have been taken up by itself just before: then nothing is left to change.
    assert!(told["changes"].is_array(), "{told}");
    assert_eq!(scene.message(false).await.header("x-used-endpoint"), Some("b"));
    assert_eq!(scene.daemon.status().await.endpoints.len(), 1);
}

#[tokio::test]
async fn sighup_reloads() {
    let scene = Scene::of(2).await;
    scene.daemon.home.write(&only_b(&scene.fakes));
    scene.daemon.signal("HUP").await;
    serves(&scene.daemon, "b").await;
}

#[tokio::test]
async fn a_changed_file_reloads_by_itself_also_when_it_is_replaced() {
    let scene = Scene::of(2).await;
    scene.daemon.home.write(&only_b(&scene.fakes));
    serves(&scene.daemon, "b").await;
    // As editors do it: a new file moved over the old one.
    let target = scene.daemon.home.config();
    let text = std::fs::read_to_string(&target).unwrap().replace("\"b\"", "\"renamed\"");
    let new = target.with_extension("new");
    std::fs::write(&new, text).unwrap();
    std::fs::rename(&new, &target).unwrap();
    serves(&scene.daemon, "renamed").await;
}

#[tokio::test]
async fn a_bad_config_changes_nothing_and_all_its_errors_are_the_answer() {
    let scene = Scene::of(2).await;
    scene.message(false).await;
    let before = scene.daemon.status().await;
    let good = std::fs::read_to_string(scene.daemon.home.config()).unwrap();
    let bad = good
        .replace("strategy = \"priority\"", "strategi = \"priority\"")
        .replace("name = \"b\"", "name = \"a\"");
    std::fs::write(scene.daemon.home.config(), bad).unwrap();
    let output = scene.daemon.ctl(&["reload"]).await;
    assert_eq!(output.status.code(), Some(6));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    for part in ["strategi", "strategy", "config.toml:", "`a`"] {
        assert!(said.contains(part), "`{part}` is not in:\n{said}");
    }
    assert_eq!(scene.message(false).await.header("x-used-endpoint"), Some("a"));
    let after = scene.daemon.status().await;
    let names = |s: &zephyr_proto::v1::Status| s.endpoints.iter().map(|e| e.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&before), names(&after));
    assert!(after.endpoints[0].attempts > before.endpoints[0].attempts, "health and counters go on");
    assert!(!after.daemon.unwrap().config_problems.is_empty(), "the status tells of the refused reload");
    // SIGHUP does not stop it either.
    scene.daemon.signal("HUP").await;
    assert_eq!(scene.message(true).await.status(), 200);
    // And the next good one ends it.
    std::fs::write(scene.daemon.home.config(), good).unwrap();
    scene.daemon.ctl_ok(&["reload"]).await;
    assert!(scene.daemon.status().await.daemon.unwrap().config_problems.is_empty());
}

#[tokio::test]
async fn running_streams_survive_the_removal_of_their_endpoint() {
    let scene = Scene::of(2).await;
    let events = anthropic::stream("claude-opus-5-5", None);
    let mut streams = Vec::new();
    for _ in 0..5 {
        let gate = Gate::new(3);
        scene.a_answers(Answer::events(events.clone()).gated(&gate));
        let mut client = scene.streaming().await;
        client.head().await;
        streams.push((client, gate));
    }
    for round in 0..3 {
        let text = if round == 1 { config(&urls(&scene.fakes)) } else { only_b(&scene.fakes) };
        scene.daemon.home.write(&text);
        scene.daemon.ctl_ok(&["reload"]).await;
    }
    assert_eq!(scene.message(true).await.header("x-used-endpoint"), Some("b"));
    for (mut client, gate) in streams {
        gate.open();
        assert_eq!(client.rest().await, (events.concat().into(), End::Clean));
    }
}

#[tokio::test]
async fn health_and_pins_survive_a_reload() {
    let scene = Scene::of(2).await;
    scene.a_answers(Answer { status: 401, ..Answer::realistic() });
    scene.message(false).await;
    assert_eq!(scene.daemon.endpoint("a").await.state, "auth-failed");
    scene.daemon.ctl_ok(&["pin", "b"]).await;
    scene.daemon.home.write(&format!("{}\n[failover]\nmax_attempts = 2\n", config(&urls(&scene.fakes))));
    scene.daemon.ctl_ok(&["reload"]).await;
    assert_eq!(scene.daemon.endpoint("a").await.state, "auth-failed");
    assert_eq!(scene.daemon.endpoint("b").await.admin, "pinned");
}

#[tokio::test]
async fn a_rotated_key_needs_no_restart() {
    let fake = Fake::start().await;
    let text = config(&[fake.url()])
        .replace("{ bearer = \"sk-own-credential\" }", "{ bearer = { env = \"ROTATED\" } }");
    let home = Home::new(&text);
    let keys = home.config().with_file_name("zephyrd.env");
    let write = |value: &str| {
        std::fs::write(&keys, format!("ROTATED={value}\n")).unwrap();
        std::fs::set_permissions(&keys, std::fs::Permissions::from_mode(0o600)).unwrap();
    };
    write("sk-old");
    let daemon = home.start().await;
    daemon.message(false).await;
    write("sk-new");
    daemon.ctl_ok(&["reload"]).await;
    daemon.message(false).await;
    let sent: Vec<String> =
        fake.seen().iter().map(|s| s.header("authorization").unwrap().to_owned()).collect();
    assert_eq!(sent, ["Bearer sk-old", "Bearer sk-new"]);
}

#[tokio::test]
async fn a_rotated_key_is_taken_up_when_its_file_changes() {
    let fake = Fake::start().await;
    let text = config(&[fake.url()])
        .replace("{ bearer = \"sk-own-credential\" }", "{ bearer = { env = \"ROTATED\" } }");
    let home = Home::new(&text);
    let keys = home.config().with_file_name("zephyrd.env");
    std::fs::write(&keys, "ROTATED=sk-old\n").unwrap();
    std::fs::set_permissions(&keys, std::fs::Permissions::from_mode(0o600)).unwrap();
    let daemon = home.start().await;
    std::fs::write(&keys, "ROTATED=sk-new\n").unwrap();
    zephyr_tests::until("the new key upstream", || async {
        daemon.message(false).await;
        fake.seen().iter().any(|s| s.header("authorization") == Some("Bearer sk-new")).then_some(())
    })
    .await;
}

#[tokio::test]
async fn nothing_is_refused_while_configs_change() {
    let fakes = fakes(2).await;
    let text = config(&urls(&fakes));
    let daemon = Home::new(&text).start().await;
    let other = text.replace("name = \"main\"", "name = \"other\"");
    let addr = daemon.addr();
    let asking = tokio::spawn(async move {
        let body = zephyr_tests::daemon::message(true);
        let mut statuses = Vec::new();
        for _ in 0..60 {
            statuses.push(
                zephyr_tests::client::ask(addr, "POST", "/v1/messages", &[], body.as_bytes()).await.status(),
            );
        }
        statuses
    });
    for round in 0..10 {
        daemon.home.write(if round % 2 == 0 { &other } else { &text });
        daemon.ctl_ok(&["reload"]).await;
    }
    assert!(asking.await.unwrap().iter().all(|s| *s == 200));
}
