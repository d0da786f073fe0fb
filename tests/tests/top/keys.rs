//! Every key, by what the screen shows and what the daemon makes of it.

use zephyr_proto::v1;
use zephyr_tests::Scene;

use crate::tmux::Terminal;

/// Leaves details for a pane with this heading. Alone, because escape and another key at once are a third key.
async fn back(top: &Terminal, heading: &str) {
    top.keys(&["Escape"]).await;
    top.until(heading).await;
}

/// Three endpoints and the dashboard.
async fn dashboard() -> (Scene, Terminal) {
    let scene = Scene::of(3).await;
    let terminal = Terminal::open(&scene.daemon.home).await;
    terminal.line("zephyrctl top; echo \"ended with $?\"").await;
    terminal.until("a serves").await;
    (scene, terminal)
}

async fn pinned(scene: &Scene, name: &str) {
    let is = |status: &v1::Status| (status.head.as_ref()?.pinned == name).then_some(());
    scene.daemon.until(&format!("a pin to `{name}`"), is).await;
}

async fn paused(scene: &Scene, paused: bool) {
    let is = |status: &v1::Status| (status.head.as_ref()?.monitoring_paused == paused).then_some(());
    scene.daemon.until(&format!("monitoring_paused = {paused}"), is).await;
}

async fn priority(scene: &Scene, name: &str, number: u32) {
    let is = |status: &v1::Status| {
        status.endpoints.iter().any(|e| e.name == name && e.priority == number).then_some(())
    };
    scene.daemon.until(&format!("priority {number} of `{name}`"), is).await;
}

// What a key came to is waited for before the next one: its answer would take the place of the other's.
#[tokio::test]
async fn single_keys_pin_unpin_pause_resume_and_probe() {
    let (scene, top) = dashboard().await;
    top.keys(&["2"]).await;
    pinned(&scene, "b").await;
    top.until("● pinned to b").await;
    top.until("b serves").await;
    top.keys(&["m"]).await;
    pinned(&scene, "").await;
    top.until("● no longer pinned").await;
    top.keys(&["M"]).await;
    top.until("● pinned to a").await;
    pinned(&scene, "a").await;
    top.keys(&["m"]).await;
    top.until("● no longer pinned").await;
    pinned(&scene, "").await;
    top.keys(&["3"]).await;
    top.until("● pinned to c").await;
    pinned(&scene, "c").await;
    top.keys(&["A"]).await;
    top.until("✕ no endpoint has that key").await;
    top.keys(&["p"]).await;
    paused(&scene, true).await;
    top.until("! probes are paused").await;
    top.keys(&["P"]).await;
    paused(&scene, false).await;
    top.until_that("the mark to go", |screen| !screen.contains("! probes are paused")).await;
    let before = scene.a().seen().len();
    top.keys(&["r"]).await;
    top.until("● every endpoint was probed").await;
    assert!(scene.a().seen().len() > before, "nothing came to the endpoint");
    top.keys(&["q"]).await;
    top.until("ended with 0").await;
}

#[tokio::test]
async fn a_priority_is_set_for_now_or_written_into_the_config() {
    let (scene, top) = dashboard().await;
    let config = || std::fs::read_to_string(scene.daemon.home.config()).unwrap();
    let before = config();
    top.keys(&["Down", "-", "7"]).await;
    top.until("priority of b (now 2): 7_").await;
    top.keys(&["Enter"]).await;
    top.until("y/n").await;
    top.keys(&["n"]).await;
    top.until("● priority of b is 7").await;
    priority(&scene, "b", 7).await;
    assert_eq!(config(), before);
    top.keys(&["+", "9", "Enter"]).await;
    top.until("y/n").await;
    top.keys(&["y"]).await;
    top.until("also in").await;
    priority(&scene, "b", 9).await;
    assert!(config().contains("priority = 9"), "{}", config());
    top.keys(&["+"]).await;
    top.until("priority of b (now").await;
    top.keys(&["Escape"]).await;
    top.until_that("the question to go", |screen| !screen.contains("priority of b (now")).await;
}

#[tokio::test]
async fn panes_show_requests_with_their_way_usage_log_and_help() {
    let (scene, top) = dashboard().await;
    let reply = scene.message(false).await;
    let id = reply.header("x-request-id").unwrap().to_owned();
    top.until(&id).await;
    top.keys(&["Enter"]).await;
    top.until("credential     bearer").await;
    back(&top, "TURN").await;
    top.keys(&["Tab"]).await;
    top.until("[Running]").await;
    top.until("no request runs").await;
    top.keys(&["Tab"]).await;
    top.until("[Requests]").await;
    top.keys(&["Enter"]).await;
    top.until("chose a").await;
    top.keys(&["End"]).await;
    top.until("bytes").await;
    back(&top, "TOOK").await;
    top.keys(&["Tab"]).await;
    top.until("[Usage]").await;
    top.until("claude-opus-5-5").await;
    top.keys(&["Right"]).await;
    top.until("[endpoint]").await;
    top.until_that("a row for a", |screen| screen.lines().any(|l| l.starts_with("a  "))).await;
    top.keys(&["Left", "s"]).await;
    top.until("by requests").await;
    top.keys(&["r"]).await;
    top.until("● read anew").await;
    top.keys(&["Tab"]).await;
    top.until("[Log]").await;
    top.keys(&["?"]).await;
    let help = top.until("[Help]").await;
    assert!(help.contains("1-9 A-Z"), "{help}");
    top.keys(&["End"]).await;
    top.until("Ctrl-Z").await;
    top.keys(&["?"]).await;
    top.until("[Log]").await;
    top.keys(&["BTab"]).await;
    top.until("[Usage]").await;
}

#[tokio::test]
async fn rows_are_filtered_sorted_and_selected() {
    let (_scene, top) = dashboard().await;
    let has = |screen: &str, name: &str| {
        screen.lines().any(|l| l.get(1..).is_some_and(|l| l.contains(&format!(" {name}    "))))
    };
    top.keys(&["/", "m", "a", "i", "n", "x"]).await;
    top.until("nothing passes the filter").await;
    top.keys(&["BSpace", "Enter"]).await;
    top.until_that("all endpoints", |screen| has(screen, "a") && has(screen, "c")).await;
    top.keys(&["Escape"]).await;
    top.until_that("the filter to go", |screen| !screen.contains("/main")).await;
    top.keys(&["s"]).await;
    top.until("by turn").await;
    for (key, selected) in [
        ("Down", "b:"),
        ("j", "c:"),
        ("Up", "b:"),
        ("k", "a:"),
        ("End", "c:"),
        ("Home", "a:"),
        ("PageDown", "c:"),
        ("PageUp", "a:"),
    ] {
        top.keys(&[key]).await;
        top.until_that(key, |screen| screen.lines().any(|l| l.starts_with(selected))).await;
    }
    top.resize(60, 10).await;
    top.until("80×24").await;
    top.resize(120, 40).await;
    top.until("GROUP").await;
    top.keys(&["C-l"]).await;
    top.until("a serves").await;
}
