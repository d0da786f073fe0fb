//! Requests that wait: for a place at what is full, and for something to recover; how that ends.

use serde_json::Value;
use tokio::task::JoinSet;
use zephyr_tests::client::{self, Client, End, Reply, request};
use zephyr_tests::daemon::{JSON, message};
use zephyr_tests::fake::Gate;
use zephyr_tests::{Answer, Daemon, Fake, Scene, within};

const ON: &str = "[suspension]\nenabled = true\n";

/// `n` endpoints, and requests that may be suspended.
async fn scene(n: usize) -> Scene {
    Scene::followed_by(n, ON).await
}

async fn until_waiting(daemon: &Daemon, queued: u32, suspended: u32) {
    let counts = |s: &zephyr_proto::v1::Status| s.head.as_ref().map(|h| (h.queued, h.suspended));
    daemon
        .until(&format!("{queued} queued, {suspended} suspended"), |s| {
            (counts(s) == Some((queued, suspended))).then_some(())
        })
        .await;
}

/// Sends a Messages request and reads nothing yet.
async fn sent(daemon: &Daemon, stream: bool, headers: &[(&str, &str)]) -> Client {
    let mut client = Client::connect(daemon.addr()).await;
    let headers: Vec<_> = JSON.iter().chain(headers).copied().collect();
    client.send(&request("POST", "/v1/messages", &headers, message(stream).as_bytes())).await;
    client
}

async fn answered(client: &mut Client) -> Reply {
    client.reply("POST").await
}

/// Every endpoint fails from now on.
fn outage(scene: &Scene) {
    let down = Answer { status: 503, ..Answer::realistic() };
    scene.fakes.iter().for_each(|fake| fake.on("/v1/messages", down.clone()));
}

async fn waiting(daemon: &Daemon) -> Vec<Value> {
    let told = daemon.ctl_json(&["suspended"]).await;
    told["requests"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_burst_over_the_cap_is_served_to_the_last() {
    let scene =
        Scene::edited(1, |c| c.replacen("provider = \"p-a\"", "provider = \"p-a\", max_concurrent = 2", 1))
            .await;
    let gate = Gate::new(0);
    scene.a_answers(Answer::realistic().head_gated(&gate));
    let addr = scene.daemon.addr();
    let mut all = JoinSet::new();
    for n in 0..20 {
        let body = message(n % 2 == 0);
        all.spawn(async move { client::ask(addr, "POST", "/v1/messages", &JSON, body.as_bytes()).await });
    }
    until_waiting(&scene.daemon, 18, 0).await;
    assert_eq!(scene.a().wait(2).await.len(), 2, "never more than the cap");
    gate.open();
    for reply in within("all answers", all.join_all()).await {
        assert_eq!((reply.status(), reply.end), (200, End::Clean), "{}", reply.text());
    }
    assert_eq!(scene.a().seen().len(), 20);
    until_waiting(&scene.daemon, 0, 0).await;
}

#[tokio::test]
async fn a_group_s_cap_holds_over_its_endpoints_and_others_are_asked_before_anybody_waits() {
    let scene =
        Scene::edited(2, |c| c.replace("default = true\n", "default = true\nmax_concurrent = 1\n")).await;
    let gate = Gate::new(0);
    scene.a_answers(Answer::realistic().head_gated(&gate));
    let mut first = sent(&scene.daemon, false, &[]).await;
    scene.a().wait(1).await;
    let mut second = sent(&scene.daemon, false, &[]).await;
    until_waiting(&scene.daemon, 1, 0).await;
    assert!(scene.b().seen().is_empty(), "its credential has no place left");
    gate.open();
    assert_eq!(answered(&mut first).await.status(), 200);
    assert_eq!(answered(&mut second).await.status(), 200);
}

#[tokio::test]
async fn one_client_at_its_cap_holds_nobody_else_up() {
    let clients = "[[clients]]\nname = \"ada\"\ntoken = \"token-of-ada-0123\"\nmax_concurrent = 1\n\
                   [[clients]]\nname = \"bob\"\ntoken = \"token-of-bob-0123\"\n";
    let scene = Scene::followed_by(1, clients).await;
    let (ada, bob) = ([("x-api-key", "token-of-ada-0123")], [("x-api-key", "token-of-bob-0123")]);
    let gate = Gate::new(0);
    scene.a().once("/v1/messages", Answer::realistic().head_gated(&gate));
    let mut first = sent(&scene.daemon, true, &ada).await;
    scene.a().wait(1).await;
    let mut second = sent(&scene.daemon, true, &ada).await;
    until_waiting(&scene.daemon, 1, 0).await;
    let mut other = sent(&scene.daemon, true, &bob).await;
    assert_eq!(answered(&mut other).await.status(), 200);
    let counts =
        client::request("POST", "/v1/messages/count_tokens", &[JSON[0], ada[0]], message(false).as_bytes());
    let mut counting = Client::connect(scene.daemon.addr()).await;
    counting.send(&counts).await;
    assert_eq!(answered(&mut counting).await.status(), 200, "counts of tokens never wait");
    until_waiting(&scene.daemon, 1, 0).await;
    gate.open();
    assert_eq!(answered(&mut first).await.status(), 200);
    assert_eq!(answered(&mut second).await.status(), 200);
}

#[tokio::test]
async fn an_outage_is_waited_out_by_streams_and_others_alike() {
    let scene = scene(3).await;
    outage(&scene);
    // Each has used up its attempts while the endpoints still count as usable.
    for _ in 0..2 {
        assert_eq!(scene.message(false).await.status(), 503);
    }
    let mut stream = sent(&scene.daemon, true, &[]).await;
    until_waiting(&scene.daemon, 0, 1).await;
    let mut whole = sent(&scene.daemon, false, &[]).await;
    until_waiting(&scene.daemon, 0, 2).await;
    scene.fakes[2].on("/v1/messages", Answer::realistic());
    // A probe finds it well long before its rest is over.
    scene.daemon.ctl_ok(&["check", "c"]).await;
    for client in [&mut stream, &mut whole] {
        let reply = answered(client).await;
        assert_eq!((reply.status(), reply.end), (200, End::Clean), "{}", reply.text());
        assert_eq!(reply.header("x-used-endpoint"), Some("c"));
    }
    let totals = &scene.daemon.ctl_json(&["suspended"]).await["totals"];
    // One of the first two has waited for its turn to retry.
    assert_eq!((totals["waited"].as_u64(), totals["served"].as_u64()), (Some(3), Some(3)));
}

#[tokio::test]
async fn what_refuses_connections_is_asked_again_until_it_is_there() {
    let fake = Fake::start().await;
    let (addr, config) = (fake.addr(), zephyr_tests::daemon::config(&[fake.url()]));
    drop(fake);
    let daemon = Daemon::with(&format!("{config}\n{ON}")).await;
    let mut client = sent(&daemon, false, &[]).await;
    until_waiting(&daemon, 0, 1).await;
    let fake = Fake::listen(addr, None).await;
    daemon.ctl_ok(&["check", "a"]).await;
    let reply = answered(&mut client).await;
    assert_eq!(reply.status(), 200, "{}", reply.text());
    drop(fake);
}

#[tokio::test]
async fn what_an_operator_gives_back_is_used_by_those_who_wait() {
    let scene = scene(1).await;
    scene.daemon.ctl_ok(&["pause", "a"]).await;
    let mut client = sent(&scene.daemon, true, &[]).await;
    until_waiting(&scene.daemon, 0, 1).await;
    scene.daemon.ctl_ok(&["resume", "a"]).await;
    assert_eq!(answered(&mut client).await.status(), 200);
}

#[tokio::test]
async fn a_client_that_leaves_frees_its_place() {
    let scene = Scene::followed_by(1, "[suspension]\nenabled = true\nmax = 1\n").await;
    scene.daemon.ctl_ok(&["pause", "a"]).await;
    for stream in [true, false] {
        let client = sent(&scene.daemon, stream, &[]).await;
        until_waiting(&scene.daemon, 0, 1).await;
        let refused = scene.message(stream).await;
        assert_eq!(refused.status(), 503, "no more wait than may: {}", refused.text());
        drop(client);
        until_waiting(&scene.daemon, 0, 0).await;
    }
}

#[tokio::test]
async fn whoever_waited_long_enough_gets_the_error_it_would_have_had() {
    let scene = Scene::followed_by(1, "[suspension]\ntimeout_seconds = 0.2\n").await;
    scene.daemon.ctl_ok(&["pause", "a"]).await;
    let reply = scene.message(false).await;
    assert_eq!((reply.status(), reply.header("retry-after")), (503, Some("5")));
    let told = reply.json()["error"]["message"].as_str().unwrap().to_owned();
    assert_eq!(told, "no endpoint is usable: a: paused (waited 0 s: nothing was free in time)");
}

#[tokio::test]
async fn a_refusal_of_hours_is_told_at_once() {
    let scene = scene(1).await;
    let limit = Answer { status: 429, ..Answer::realistic() }.header("retry-after", "7200");
    scene.a_answers(limit);
    for _ in 0..2 {
        let reply = scene.message(false).await;
        assert_eq!(reply.header("x-should-retry"), Some("false"), "{}", reply.text());
    }
}

#[tokio::test]
async fn an_operator_sees_who_waits_and_lets_them_go() {
    // Long rests: nobody is just being tried when the operator steps in.
    let rests = "[failover]\nbackoff = { base_seconds = 30, max_seconds = 30 }\n";
    let scene = Scene::followed_by(1, &format!("{ON}{rests}")).await;
    outage(&scene);
    let mut first = sent(&scene.daemon, false, &[]).await;
    until_waiting(&scene.daemon, 0, 1).await;
    let mut second = sent(&scene.daemon, false, &[]).await;
    until_waiting(&scene.daemon, 0, 2).await;
    let shown = waiting(&scene.daemon).await;
    assert_eq!(shown.len(), 2);
    assert_eq!(
        (shown[0]["kind"].as_str(), shown[0]["model"].as_str()),
        (Some("suspended"), Some("claude-opus-5-5"))
    );
    let id = shown[0]["request"].as_str().unwrap().to_owned();
    scene.daemon.ctl_ok(&["suspended", "release", &id]).await;
    let reply = answered(&mut first).await;
    assert_eq!((reply.status(), reply.header("x-request-id")), (503, Some(id.as_str())));
    assert!(reply.text().contains("an operator let it go"), "{}", reply.text());

    scene.a_answers(Answer::realistic());
    assert_eq!(
        scene.daemon.ctl_ok(&["suspended", "release", "--all", "--try"]).await,
        "1 request is tried now\n"
    );
    assert_eq!(answered(&mut second).await.status(), 200);
    let unknown = scene.daemon.ctl(&["suspended", "release", "req-0"]).await;
    assert_eq!(unknown.status.code(), Some(4));
}

#[tokio::test]
async fn who_waits_for_a_turn_to_retry_is_seen_and_can_be_let_go() {
    let scene = scene(2).await;
    let fails = Answer { status: 500, ..Answer::realistic() };
    scene.a_answers(fails.clone());
    for _ in 0..3 {
        assert_eq!(scene.message(false).await.header("x-used-endpoint"), Some("b"));
    }
    scene.b().once("/v1/messages", fails);
    let mut fourth = sent(&scene.daemon, true, &[]).await;
    until_waiting(&scene.daemon, 1, 0).await;
    let shown = waiting(&scene.daemon).await;
    let why = shown[0]["why"].as_str().unwrap();
    assert!(why.starts_with("enough requests retry now; its turn comes in "), "{why}");
    let id = shown[0]["request"].as_str().unwrap().to_owned();
    scene.daemon.ctl_ok(&["suspended", "release", "--try", &id]).await;
    let reply = answered(&mut fourth).await;
    assert_eq!((reply.status(), reply.header("x-used-endpoint")), (200, Some("b")), "{}", reply.text());
    let told = scene.daemon.ctl_ok(&["explain", &id]).await;
    assert!(told.contains("its turn comes in"), "{told}");
}

#[tokio::test]
async fn a_daemon_that_stops_lets_everybody_go_at_once() {
    let mut scene = scene(1).await;
    scene.daemon.ctl_ok(&["pause", "a"]).await;
    let mut client = sent(&scene.daemon, false, &[]).await;
    until_waiting(&scene.daemon, 0, 1).await;
    scene.daemon.signal("TERM").await;
    let reply = answered(&mut client).await;
    assert_eq!(reply.status(), 503);
    assert!(reply.text().contains("stopping"), "{}", reply.text());
    assert!(scene.daemon.ended().await.success());
}

#[tokio::test]
async fn where_nothing_takes_over_by_itself_an_activation_lets_those_who_wait_go_on() {
    let scene = Scene::edited(2, |c| {
        let (first, second) = c.rsplit_once(", { url = ").expect("two endpoints");
        let spare = "[[groups]]\nname = \"spare\"\npriority = 200\nauth = { bearer = \"sk-of-spare\" }";
        let text = format!("{first}]\n{spare}\nendpoints = [{{ url = {second}");
        let text = text.replace("[selection]\n", "[selection]\nauto_switch = false\n");
        format!("{text}\n{ON}")
    })
    .await;
    scene.a_answers(Answer { status: 503, ..Answer::realistic() });
    let mut stream = sent(&scene.daemon, true, &[]).await;
    let mut whole = sent(&scene.daemon, false, &[]).await;
    until_waiting(&scene.daemon, 0, 2).await;
    assert!(scene.b().seen_on("/v1/messages").is_empty(), "nobody takes over");
    scene.daemon.ctl_ok(&["group", "activate", "spare"]).await;
    for reply in [answered(&mut stream).await, answered(&mut whole).await] {
        assert_eq!((reply.status(), reply.header("x-used-endpoint")), (200, Some("b")), "{}", reply.text());
    }
}

#[tokio::test]
async fn suspension_that_a_reload_switches_off_lets_nobody_wait_on() {
    let scene = scene(1).await;
    outage(&scene);
    let mut waits = sent(&scene.daemon, false, &[]).await;
    until_waiting(&scene.daemon, 0, 1).await;
    let config = scene.daemon.home.config();
    let text = std::fs::read_to_string(&config).unwrap().replace(ON, "[suspension]\nenabled = false\n");
    std::fs::write(&config, text).unwrap();
    scene.daemon.ctl_ok(&["reload"]).await;
    assert_eq!(answered(&mut waits).await.status(), 503);
}
