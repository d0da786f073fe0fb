//! `status`, bare and with `--json`.

use insta::assert_snapshot;
use zephyr_proto::v1;

use crate::fake::Fake;
use crate::run::Run;
use crate::script::Script;

#[test]
fn everything_usable_is_one_calm_screen() {
    let fake = Fake::start(Script::healthy());
    let ran = Run::with(&fake).line("status");
    assert_snapshot!(ran.text());
    assert_eq!(Run::with(&fake).line("").text(), ran.text());
}

#[test]
fn every_state_has_its_glyph_and_says_why() {
    let fake = Fake::start(Script::usual());
    assert_snapshot!(Run::with(&fake).env("COLUMNS", "100").line("status").text());
}

#[test]
fn what_is_limited_is_told_with_the_time_of_the_next_look() {
    let mut script = Script::healthy();
    let minute = |n: i64| crate::script::from_now(n * crate::script::MINUTE);
    let one = &mut script.status.endpoints[0];
    one.recover_unix_ms = Some(minute(40));
    one.limits = vec![v1::ModelLimit {
        kind: "rate-limited".into(),
        model: "claude-opus-5-5".into(),
        until_unix_ms: minute(180),
        detail: "HTTP 429".into(),
    }];
    let two = &mut script.status.endpoints[1];
    two.recover_unix_ms = Some(minute(40));
    (two.state, two.until_unix_ms) = ("exhausted".into(), Some(minute(180)));
    let fake = Fake::start(script);
    assert_snapshot!(Run::with(&fake).env("COLUMNS", "100").line("status").text());
}

#[test]
fn at_eighty_columns_no_line_is_longer() {
    let fake = Fake::start(Script::usual());
    let ran = Run::with(&fake).line("status");
    assert_snapshot!(ran.text());
    let table = ran.stdout.split("\n\n").nth(1).unwrap();
    assert!(table.lines().all(|line| unicode_width::UnicodeWidthStr::width(line) <= 80));
}

#[test]
fn a_narrow_terminal_keeps_what_matters() {
    let fake = Fake::start(Script::usual());
    assert_snapshot!(Run::with(&fake).env("COLUMNS", "44").line("status").text());
}

#[test]
fn a_pin_without_fallback_says_so() {
    let mut script = Script::healthy();
    let head = script.head();
    head.mode = "pinned".into();
    head.pinned = "Provider-A-1".into();
    head.serving[0] = v1::Serving {
        dialect: "anthropic".into(),
        current: "Provider-A-1".into(),
        why: "pinned".into(),
        order: vec!["Provider-A-1".into()],
    };
    script.status.endpoints[0].admin = "pinned".into();
    script.status.endpoints[0].current = true;
    script.status.endpoints[1].current = false;
    let fake = Fake::start(script);
    assert_snapshot!(Run::with(&fake).line("status").text());
}

#[test]
fn a_machine_without_a_network_is_told() {
    let mut script = Script::healthy();
    // 2020-09-13 12:26:40 UTC: a whole day is told for what is not of today.
    script.head().offline_unix_ms = Some(1_600_000_000_000);
    let ran = Run::with(&Fake::start(script)).line("status");
    let line = ran.stdout.lines().find(|l| l.contains("offline")).expect("a line");
    assert!(line.contains("no endpoint beyond this machine answers since 2020-09-1"), "{line}");
}

#[test]
fn down_paused_and_a_refused_reload_are_told() {
    let mut script = Script::healthy();
    let head = script.head();
    head.state = "down".into();
    head.monitoring_paused = true;
    head.serving[0].current = String::new();
    head.serving[0].order = Vec::new();
    head.serving[0].why = "both are cooling".into();
    for endpoint in &mut script.status.endpoints {
        endpoint.state = "cooling".into();
        endpoint.error = "dns error: no such host".into();
        endpoint.current = false;
    }
    script.status.daemon.as_mut().unwrap().config_problems = vec![v1::Problem {
        severity: "error".into(),
        source: "/etc/zephyrd/config.toml".into(),
        line: 3,
        column: 1,
        message: "unknown key `prot` in `[server]`".into(),
        hint: "did you mean `port`?".into(),
    }];
    let fake = Fake::start(script);
    assert_snapshot!(Run::with(&fake).line("status").text());
}

#[test]
fn without_endpoints_it_says_so() {
    let mut script = Script::healthy();
    script.status.endpoints.clear();
    script.status.groups.clear();
    script.head().state = "down".into();
    script.head().serving.clear();
    let daemon = script.status.daemon.as_mut().unwrap();
    daemon.config_file.clear();
    daemon.active_requests = 0;
    daemon.listen.clear();
    let fake = Fake::start(script);
    assert_snapshot!(Run::with(&fake).line("status").text());
}

#[test]
fn json_has_everything() {
    let mut script = Script::usual();
    script.status.endpoints.drain(4..);
    script.status.endpoints.drain(..1);
    script.status.groups.truncate(2);
    let fake = Fake::start(script);
    let ran = Run::with(&fake).line("--json status");
    assert_snapshot!(ran.text());
    let read: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    for key in
        ["schema", "state", "mode", "current", "listen", "version", "uptime_seconds", "paused", "endpoints"]
    {
        assert!(read.get(key).is_some(), "{key}");
    }
    for key in [
        "name",
        "group",
        "url",
        "dialect",
        "state",
        "admin",
        "current",
        "latency_ms",
        "ttft_ms",
        "error",
        "in_flight",
        "priority",
        "price",
        "history",
    ] {
        assert!(read["endpoints"][0].get(key).is_some(), "{key}");
    }
}

#[test]
fn colours_come_when_forced_and_go_when_unwanted() {
    let fake = Fake::start(Script::healthy());
    let plain = Run::with(&fake).line("status");
    let coloured = Run::with(&fake).env("CLICOLOR_FORCE", "1").line("status");
    assert!(!plain.stdout.contains('\u{1b}'));
    assert!(coloured.stdout.contains("\u{1b}[32m●\u{1b}[0m"));
    assert_eq!(anstream::adapter::strip_str(&coloured.stdout).to_string(), plain.stdout);
    let unwanted = Run::with(&fake).env("NO_COLOR", "1").line("status");
    assert_eq!(unwanted.stdout, plain.stdout);
}
