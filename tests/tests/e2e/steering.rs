//! Strategies, pins, pauses and drains, as they take effect on real requests.

use std::collections::BTreeMap;
use std::time::Duration;

use zephyr_tests::daemon::config;
use zephyr_tests::scene::{fakes, urls};
use zephyr_tests::{Answer, Daemon, Gate, Scene};

/// Who served `n` requests.
async fn served(daemon: &Daemon, n: usize) -> BTreeMap<String, usize> {
    let mut count = BTreeMap::new();
    for _ in 0..n {
        let reply = daemon.message(false).await;
        assert_eq!(reply.status(), 200, "{}", reply.text());
        *count.entry(reply.header("x-used-endpoint").unwrap().to_owned()).or_default() += 1;
    }
    count
}

async fn with_strategy(strategy: &str, endpoints: &[(&str, &str)]) -> (Vec<zephyr_tests::Fake>, Daemon) {
    let fakes = fakes(endpoints.len()).await;
    let list: Vec<String> = endpoints
        .iter()
        .zip(urls(&fakes))
        .map(|((name, keys), url)| format!("{{ url = \"{url}\", name = \"{name}\"{keys} }}"))
        .collect();
    let text = format!(
        "[health_check]\nenabled = false\n[selection]\nstrategy = \"{strategy}\"\n\
         [[groups]]\nname = \"g\"\nauth = \"none\"\nendpoints = [{}]\n",
        list.join(", ")
    );
    (fakes, Daemon::with(&text).await)
}

fn only(name: &str, n: usize) -> BTreeMap<String, usize> {
    BTreeMap::from([(name.to_owned(), n)])
}

#[tokio::test]
async fn priority_takes_the_lowest_number() {
    let (_fakes, daemon) =
        with_strategy("priority", &[("a", ", priority = 5"), ("b", ", priority = 2")]).await;
    assert_eq!(served(&daemon, 5).await, only("b", 5));
}

#[tokio::test]
async fn cheapest_takes_the_lowest_price() {
    let keys = [("a", ""), ("b", ", price = 0.3"), ("c", ", price = 0")];
    let (_fakes, daemon) = with_strategy("cheapest", &keys).await;
    assert_eq!(served(&daemon, 5).await, only("c", 5));
}

#[tokio::test]
async fn round_robin_takes_turns_by_weight() {
    let (_fakes, daemon) = with_strategy("round-robin", &[("a", ""), ("b", ", weight = 3")]).await;
    assert_eq!(served(&daemon, 8).await, BTreeMap::from([("a".to_owned(), 2), ("b".to_owned(), 6)]));
}

#[tokio::test]
async fn random_uses_everything() {
    let (_fakes, daemon) = with_strategy("random", &[("a", ""), ("b", "")]).await;
    // One in 2^40 of going wrong.
    assert_eq!(served(&daemon, 40).await.len(), 2);
}

#[tokio::test]
async fn least_busy_goes_round_the_busy_one() {
    let (fakes, daemon) = with_strategy("least-busy", &[("a", ""), ("b", "")]).await;
    let gate = Gate::new(0);
    fakes.iter().for_each(|f| f.on("/v1/messages", Answer::realistic().head_gated(&gate)));
    let mut first = zephyr_tests::client::Client::connect(daemon.addr()).await;
    let body = zephyr_tests::daemon::message(false);
    first.send(&zephyr_tests::client::request("POST", "/v1/messages", &[], body.as_bytes())).await;
    let busy = daemon
        .until("one request in flight", |s| {
            s.endpoints.iter().find(|e| e.in_flight == 1).map(|e| e.name.clone())
        })
        .await;
    let free = if busy == "a" { "b" } else { "a" };
    fakes[usize::from(free == "b")].on("/v1/messages", Answer::realistic());
    assert_eq!(served(&daemon, 4).await, only(free, 4));
    gate.open();
    assert_eq!(first.reply("POST").await.header("x-used-endpoint"), Some(busy.as_str()));
}

#[tokio::test]
async fn groups_are_tiers_and_the_lowest_number_goes_first() {
    let fakes = fakes(2).await;
    let urls = urls(&fakes);
    let daemon = Daemon::with(&format!(
        "[health_check]\nenabled = false\n[selection]\nstrategy = \"round-robin\"\n\
         [[groups]]\nname = \"backup\"\npriority = 9\nauth = \"none\"\nendpoints = [{{ url = \"{}\", name = \"a\" }}]\n\
         [[groups]]\nname = \"main\"\npriority = 1\nauth = \"none\"\nendpoints = [{{ url = \"{}\", name = \"b\" }}]\n",
        urls[0], urls[1]
    ))
    .await;
    assert_eq!(served(&daemon, 4).await, only("b", 4));
    fakes[1].on("/v1/messages", Answer { status: 529, ..Answer::realistic() });
    assert_eq!(served(&daemon, 1).await, only("a", 1));
}

#[tokio::test]
async fn fastest_goes_where_probes_answer_soonest_and_stays_for_a_trifle() {
    let fakes = fakes(2).await;
    let slow = Duration::from_millis(400);
    fakes[0].on("/v1/models", Answer::realistic().after(slow));
    let text = config(&urls(&fakes))
        .replace(
            "[health_check]\nenabled = false",
            "[health_check]\nkind = \"models\"\ninterval_seconds = 3600",
        )
        .replace("\"priority\"", "\"fastest\"");
    let daemon = Daemon::with(&text).await;
    daemon.ctl_ok(&["check"]).await;
    daemon.until("b to be current", |s| s.endpoints[1].current.then_some(())).await;
    assert_eq!(served(&daemon, 2).await, only("b", 2));
    // b becomes slightly slower than a: less than the threshold of 50 ms is no reason to move. The margin is
    // that of a's own loopback answer, far below it.
    fakes[0].on("/v1/models", Answer::realistic());
    fakes[1].on("/v1/models", Answer::realistic().after(Duration::from_millis(10)));
    daemon.ctl_ok(&["check"]).await;
    let status = daemon.status().await;
    let (a, b) = (status.endpoints[0].latency_ms.unwrap(), status.endpoints[1].latency_ms.unwrap());
    if b - a < 50.0 {
        assert!(status.endpoints[1].current, "moved for {} ms", b - a);
    }
    // Now it is clearly slower.
    fakes[1].on("/v1/models", Answer::realistic().after(slow));
    for _ in 0..3 {
        daemon.ctl_ok(&["check"]).await;
    }
    daemon.until("a to be current", |s| s.endpoints[0].current.then_some(())).await;
}

#[tokio::test]
async fn a_pin_takes_effect_on_the_next_request_and_survives_restarts() {
    let scene = Scene::of(2).await;
    assert_eq!(served(&scene.daemon, 1).await, only("a", 1));
    scene.daemon.ctl_ok(&["pin", "b"]).await;
    assert_eq!(served(&scene.daemon, 2).await, only("b", 2));
    let endpoint = scene.daemon.endpoint("b").await;
    assert_eq!((endpoint.admin.as_str(), endpoint.current), ("pinned", true));

    let Scene { daemon, fakes: _fakes } = scene;
    let daemon = daemon.stop().await.start().await;
    assert_eq!(served(&daemon, 2).await, only("b", 2));
    let daemon = daemon.kill().await.start().await;
    assert_eq!(served(&daemon, 2).await, only("b", 2));
    daemon.ctl_ok(&["unpin"]).await;
    assert_eq!(served(&daemon, 1).await, only("a", 1));
    let daemon = daemon.kill().await.start().await;
    assert_eq!(served(&daemon, 1).await, only("a", 1));
}

#[tokio::test]
async fn a_running_request_stays_where_it_is() {
    let scene = Scene::of(2).await;
    let gate = Gate::new(3);
    let events = zephyr_tests::fake::realistic::anthropic::stream("claude-opus-5-5", None);
    scene.a_answers(Answer::events(events.clone()).gated(&gate));
    let mut client = scene.streaming().await;
    assert_eq!(client.head().await.header("x-used-endpoint"), Some("a"));
    scene.daemon.ctl_ok(&["pin", "b"]).await;
    scene.daemon.ctl_ok(&["pause", "a"]).await;
    assert_eq!(served(&scene.daemon, 1).await, only("b", 1));
    gate.open();
    assert_eq!(client.rest().await.0, events.concat(), "the stream ends as it began");
}

#[tokio::test]
async fn a_pin_without_fallback_stays_and_one_with_it_moves_on() {
    let scene = Scene::of(2).await;
    scene.a_answers(Answer { status: 503, ..Answer::realistic() });
    scene.daemon.ctl_ok(&["pin", "a"]).await;
    assert_eq!(scene.message(false).await.status(), 503);
    assert!(scene.b().seen().is_empty());
    scene.daemon.ctl_ok(&["pin", "a", "--fallback"]).await;
    assert_eq!(scene.message(false).await.header("x-used-endpoint"), Some("b"));
}

#[tokio::test]
async fn a_pinned_endpoint_in_a_hard_state_answers_at_once_and_says_why() {
    let scene = Scene::of(2).await;
    scene.a_answers(Answer { status: 401, ..Answer::realistic() });
    scene.daemon.ctl_ok(&["pin", "a"]).await;
    scene.message(false).await;
    let asked = scene.a().seen().len();
    let reply = scene.message(false).await;
    assert!(reply.status() >= 400 && reply.text().contains("auth-failed"), "{}", reply.text());
    assert_eq!(scene.a().seen().len(), asked);
}

#[tokio::test]
async fn a_group_can_be_pinned_and_paused() {
    let fakes = fakes(3).await;
    let urls = urls(&fakes);
    let daemon = Daemon::with(&format!(
        "[health_check]\nenabled = false\n\
         [[groups]]\nname = \"one\"\npriority = 1\nauth = \"none\"\nendpoints = [{{ url = \"{}\", name = \"a\" }}]\n\
         [[groups]]\nname = \"two\"\npriority = 2\nauth = \"none\"\n\
         endpoints = [{{ url = \"{}\", name = \"b\" }}, {{ url = \"{}\", name = \"c\" }}]\n",
        urls[0], urls[1], urls[2]
    ))
    .await;
    daemon.ctl_ok(&["pin", "two"]).await;
    let count = served(&daemon, 4).await;
    assert!(!count.contains_key("a"), "{count:?}");
    daemon.ctl_ok(&["unpin"]).await;
    daemon.ctl_ok(&["pause", "one"]).await;
    let count = served(&daemon, 4).await;
    assert!(!count.contains_key("a"), "{count:?}");
    daemon.ctl_ok(&["resume", "one"]).await;
    assert_eq!(served(&daemon, 1).await, only("a", 1));
}

#[tokio::test]
async fn pause_survives_a_restart() {
    let scene = Scene::of(2).await;
    scene.daemon.ctl_ok(&["pause", "a"]).await;
    assert_eq!(served(&scene.daemon, 2).await, only("b", 2));
    let Scene { daemon, fakes: _fakes } = scene;
    let daemon = daemon.kill().await.start().await;
    assert_eq!(served(&daemon, 2).await, only("b", 2));
    assert_eq!(daemon.endpoint("a").await.admin, "paused");
    daemon.ctl_ok(&["resume", "a"]).await;
    assert_eq!(served(&daemon, 1).await, only("a", 1));
}

#[tokio::test]
async fn drain_waits_for_the_last_request() {
    let scene = Scene::of(2).await;
    let gate = Gate::new(3);
    let events = zephyr_tests::fake::realistic::anthropic::stream("claude-opus-5-5", None);
    scene.a_answers(Answer::events(events).gated(&gate));
    let mut client = scene.streaming().await;
    client.head().await;
    let mut drain = scene.daemon.home.zephyrctl(&["drain", "a", "--wait"]).spawn().unwrap();
    scene.daemon.until("a to be drained", |s| (s.endpoints[0].admin == "drained").then_some(())).await;
    assert_eq!(served(&scene.daemon, 1).await, only("b", 1));
    assert!(drain.try_wait().unwrap().is_none(), "it waits for the running request");
    gate.open();
    client.rest().await;
    assert!(zephyr_tests::within("the drain to end", drain.wait()).await.unwrap().success());
    scene.daemon.ctl_ok(&["resume", "a"]).await;
}

#[tokio::test]
async fn no_more_than_max_concurrent_at_one_time() {
    let scene =
        Scene::edited(2, |c| c.replacen("provider = \"p-a\"", "provider = \"p-a\", max_concurrent = 1", 1))
            .await;
    let gate = Gate::new(3);
    let events = zephyr_tests::fake::realistic::anthropic::stream("claude-opus-5-5", None);
    scene.a_answers(Answer::events(events).gated(&gate));
    let mut client = scene.streaming().await;
    assert_eq!(client.head().await.header("x-used-endpoint"), Some("a"));
    assert_eq!(served(&scene.daemon, 2).await, only("b", 2));
    gate.open();
    client.rest().await;
    scene.daemon.until("a to be free", |s| (s.endpoints[0].in_flight == 0).then_some(())).await;
    assert_eq!(scene.message(true).await.header("x-used-endpoint"), Some("a"));
}
