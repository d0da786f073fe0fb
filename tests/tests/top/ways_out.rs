//! The terminal is as it was after every way out, and the dashboard outlives its daemon.

use tokio::process::Command;
use zephyr_tests::Scene;

use crate::tmux::Terminal;

async fn started() -> (Scene, Terminal) {
    let scene = Scene::of(2).await;
    let terminal = Terminal::open(&scene.daemon.home).await;
    start(&terminal).await;
    (scene, terminal)
}

async fn start(terminal: &Terminal) {
    terminal.line("clear; zephyrctl top; echo \"ended with $?\"").await;
    terminal.until("a serves").await;
}

#[tokio::test]
async fn the_terminal_is_restored_after_quitting_and_after_signals() {
    let (_scene, top) = started().await;
    for key in ["q", "C-c"] {
        top.keys(&[key]).await;
        top.until("ended with 0").await;
        top.is_restored().await;
        start(&top).await;
    }
    for signal in ["TERM", "HUP", "INT", "QUIT"] {
        let pid = top.foreground().await;
        assert!(Command::new("kill").args(["-s", signal, &pid]).status().await.unwrap().success());
        top.until("ended with 0").await;
        top.is_restored().await;
        start(&top).await;
    }
}

#[tokio::test]
async fn the_terminal_is_given_back_while_it_is_stopped() {
    let (_scene, top) = started().await;
    top.keys(&["C-z"]).await;
    top.until("Stopped").await;
    top.is_restored().await;
    top.line("fg").await;
    top.until("a serves").await;
    let pid = top.foreground().await;
    assert!(Command::new("kill").args(["-s", "TSTP", &pid]).status().await.unwrap().success());
    top.until("Stopped").await;
    top.is_restored().await;
    top.line("fg").await;
    top.until("a serves").await;
    top.keys(&["?"]).await;
    top.until("[Help]").await;
}

#[tokio::test]
async fn a_daemon_that_comes_back_is_shown_again() {
    let (Scene { daemon, fakes: _fakes }, top) = started().await;
    let home = daemon.kill().await;
    top.until("! stale since").await;
    top.keys(&["2"]).await;
    top.until("✕ zephyrd").await;
    let daemon = home.start().await;
    top.until_that("the mark to go", |screen| !screen.contains("stale since")).await;
    daemon.ctl_ok(&["pin", "b"]).await;
    top.until("b serves").await;
    let home = daemon.stop().await;
    top.until("! stale since").await;
    top.keys(&["q"]).await;
    top.until("ended with 0").await;
    top.is_restored().await;
    top.line("zephyrctl top; echo \"ended with $?\"").await;
    top.until("ended with 3").await;
    assert!(top.screen().await.contains("zephyrd is not running"));
    top.is_restored().await;
    drop(home);
}

#[tokio::test]
async fn a_terminal_that_cannot_draw_is_refused() {
    let (_scene, top) = started().await;
    top.keys(&["q"]).await;
    top.until("ended with 0").await;
    top.line("clear; TERM=dumb zephyrctl top; echo \"ended with $?\"").await;
    top.until("ended with 2").await;
    top.line("clear; zephyrctl top | cat; echo \"ended with ${PIPESTATUS[0]}\"").await;
    top.until("ended with 2").await;
    top.is_restored().await;
}
