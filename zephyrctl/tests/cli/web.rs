//! `web`: the way into the dashboard.

use std::os::unix::fs::PermissionsExt;

use insta::assert_snapshot;

use crate::fake::Fake;
use crate::run::Run;
use crate::script::Script;

fn listening() -> Script {
    let web = vec!["http://127.0.0.1:8010".into(), "http://[::1]:8010".into()];
    Script { web, ..Script::usual() }
}

#[test]
fn links_and_tokens_are_printed_alone_on_standard_output() {
    let fake = Fake::start(listening());
    let lines =
        ["web", "web --json", "web --token", "web --token --json", "web --revoke", "web --revoke --json"];
    let texts = lines.map(|line| format!("$ zephyrctl {line}\n{}", Run::with(&fake).line(line).text()));
    assert_snapshot!(format!("{}\n{}", texts.join("\n"), fake.asked().join("\n")));
    assert_eq!(Run::with(&fake).line("web --token").stdout, "zephyr-admin-t0ken\n");
}

#[test]
fn without_a_dashboard_the_config_key_is_named() {
    let fake = Fake::start(Script::usual());
    assert_snapshot!(Run::with(&fake).line("web").text());
}

#[test]
fn over_ssh_it_says_how_to_get_there_instead_of_opening_anything() {
    let fake = Fake::start(listening());
    let run = || Run::with(&fake).env("SSH_CONNECTION", "192.0.2.1 1 192.0.2.2 22");
    assert_snapshot!([run().line("web --open").text(), run().line("web --open --json").text()].join("\n"));
}

#[test]
fn the_link_is_handed_to_the_desktop() {
    let fake = Fake::start(listening());
    let opener = fake.dir().join("xdg-open");
    std::fs::write(
        &opener,
        "#!/bin/sh\nprintf %s \"$1\" > \"$HOME/part\" && /bin/mv \"$HOME/part\" \"$HOME/opened\"\n",
    )
    .unwrap();
    std::fs::set_permissions(&opener, std::fs::Permissions::from_mode(0o755)).unwrap();
    let ran = Run::with(&fake).env("PATH", fake.dir()).line("web --open");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let opened = fake.dir().join("opened");
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while !opened.exists() && std::time::Instant::now() < deadline {
        std::thread::yield_now();
    }
    assert_eq!(std::fs::read_to_string(opened).unwrap(), "http://127.0.0.1:8010/login#c0de");
}

#[test]
fn without_a_browser_the_link_is_still_there() {
    let fake = Fake::start(listening());
    assert_snapshot!(Run::with(&fake).env("PATH", fake.dir()).line("web --open").text());
}
