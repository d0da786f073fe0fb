//! The main screens in Chinese, and what no language changes.

use insta::assert_snapshot;
use prost::Message;
use tonic::{Code, Status};
use zephyr_proto::v1::{ErrorDetail, ErrorReason};

use crate::fake::Fake;
use crate::run::{Ran, Run};
use crate::script::Script;
use crate::{explain, groups, requests, usage};

fn chinese(fake: &Fake, line: &str) -> Ran {
    Run::with(fake).env("LANG", "zh_CN.UTF-8").env("COLUMNS", "100").line(line)
}

#[test]
fn the_status() {
    let fake = Fake::start(Script::usual());
    assert_snapshot!(chinese(&fake, "status").text());
    let narrow = Run::with(&fake).env("LANG", "zh_CN.UTF-8").env("COLUMNS", "60").line("status").stdout;
    let table = narrow.split("\n\n").nth(1).unwrap();
    let too_wide = |line: &&str| unicode_width::UnicodeWidthStr::width(*line) > 60;
    assert_eq!(table.lines().find(too_wide), None, "{narrow}");
}

#[test]
fn endpoints_and_groups() {
    let fake = Fake::start(groups::every_state());
    let lines = ["list", "show Provider-A-2", "group list", "show relays"];
    assert_snapshot!(lines.map(|line| chinese(&fake, line).text()).join("\n"));
}

#[test]
fn steering() {
    let fake = Fake::start(Script::usual());
    let lines = [
        "pin Provider-A-1 --fallback",
        "unpin",
        "pause",
        "resume relays",
        "drain Old-1",
        "group pause relays --for 30m",
        "priority relays 3",
        "suspended release --all",
        "show Provider-A",
    ];
    assert_snapshot!(lines.map(|line| chinese(&fake, line).text()).join("\n"));
}

#[test]
fn usage_and_requests() {
    let fake = Fake::start(usage::days());
    let report = chinese(&fake, "usage").text();
    let fake = Fake::start(requests::script());
    let one = format!("requests {}", requests::records()[1].id);
    let one = chinese(&fake, &one).text();
    // How long ago it came changes with the day.
    let came = one.lines().find(|line| line.trim_start().starts_with("到达")).unwrap();
    let one = one.replace(came, came.split('，').next().unwrap());
    assert_snapshot!([report, chinese(&fake, "requests").text(), one].join("\n"));
}

#[test]
fn the_way_of_a_request() {
    let (fake, _) = explain::explained(explain::trace());
    assert_snapshot!(chinese(&fake, "explain").text());
}

#[test]
fn errors() {
    let dir = tempfile::tempdir().unwrap();
    let alone = |line: &str| Run::alone(dir.path()).env("LANG", "zh_CN.UTF-8").line(line).text();
    let lines =
        ["status", "statsu", "pin", "pin --falback x", "usage --by x", "usage --since soon", "list --socket"];
    assert_snapshot!(lines.map(alone).join("\n"));
}

#[test]
fn help() {
    let dir = tempfile::tempdir().unwrap();
    let help = |line: &str| Run::alone(dir.path()).env("LANG", "zh_CN.UTF-8").line(line).text();
    let lines = ["--help", "-h", "requests -h", "usage --help", "env --help", "help group pause", "group"];
    let shown = lines.map(help).join("\n");
    let wide = shown.lines().find(|line| unicode_width::UnicodeWidthStr::width(*line) > 80);
    assert_eq!(wide, None);
    assert_snapshot!(shown);
}

#[test]
fn every_reason_of_a_refusal_is_said() {
    let mut reason = 1;
    let mut shown = String::new();
    while let Ok(why) = ErrorReason::try_from(reason) {
        let mut script = Script::healthy();
        script.refusal = Some(refused(why.into(), "relays", "in English", ""));
        let ran = chinese(&Fake::start(script), "unpin");
        let said = ran.stderr.lines().next().unwrap_or_default();
        assert!(!said.is_ascii(), "{why:?}: {}", ran.stderr);
        assert_ne!(said, "错误: in English", "{why:?}");
        shown.push_str(&format!("{why:?} ({})\n{}", ran.code, ran.stderr));
        reason += 1;
    }
    assert!(reason > 10);
    assert_snapshot!(shown);
}

#[test]
fn words_of_a_newer_daemon_are_shown_as_they_are() {
    let mut script = Script::usual();
    script.status.endpoints[0].state = "hibernating".into();
    script.head().state = "splendid".into();
    script.refusal = Some(refused(4242, "the moon", "the moon is in the way", "wait for the dawn"));
    let fake = Fake::start(script);
    let shown = chinese(&fake, "list").stdout;
    assert!(shown.contains("hibernating"), "{shown}");
    assert!(chinese(&fake, "status").stdout.contains("splendid"));
    let refused = chinese(&fake, "unpin");
    assert_eq!(refused.stderr, "错误: the moon is in the way\n提示: wait for the dawn\n");
}

fn refused(reason: i32, subject: &str, message: &str, hint: &str) -> Status {
    let (subject, hint) = (subject.to_owned(), hint.to_owned());
    let detail = ErrorDetail { reason, subject, hint, problems: Vec::new() };
    Status::with_details(Code::FailedPrecondition, message, detail.encode_to_vec().into())
}

#[test]
fn documents_are_the_same_in_every_language() {
    let fake = Fake::start(requests::script());
    let dir = tempfile::tempdir().unwrap();
    for line in [
        "status --json",
        "list --json",
        "show Provider-A-1 --json",
        "requests --json",
        "usage export",
        "pin Provider-A-1 --json",
        "show nobody --json",
    ] {
        let english = Run::with(&fake).line(line);
        let chinese = chinese(&fake, line);
        assert_eq!(
            (english.text(), english.code),
            (chinese.text(), chinese.code),
            "{line} depends on the language"
        );
    }
    let failed = |lang| Run::alone(dir.path()).env("LANG", lang).line("status --json").text();
    assert_eq!(failed("C"), failed("zh_CN.UTF-8"));
    let man = |lang: &str| {
        let ran = Run::alone(dir.path()).env("LANG", lang).line(&format!("man {lang}"));
        assert_eq!(ran.code, 0);
        std::fs::read_to_string(dir.path().join(lang).join("zephyrctl-pin.1")).unwrap()
    };
    assert_eq!(man("C"), man("zh_CN.UTF-8"));
}

#[test]
fn exit_statuses_are_the_same_in_every_language() {
    let fake = Fake::start(Script::usual());
    for line in ["status", "show nobody", "statsu", "--help", "-V", "group", "pin", "list x"] {
        assert_eq!(Run::with(&fake).line(line).code, chinese(&fake, line).code, "{line}");
    }
}

#[test]
fn a_language_without_texts_is_english() {
    let fake = Fake::start(Script::usual());
    let of = |name: &str, tag: &str| Run::with(&fake).env(name, tag).line("status").stdout;
    let english = of("LANG", "C.UTF-8");
    assert_eq!(of("LANG", "tlh_KX.UTF-8"), english);
    assert_eq!(of("LC_ALL", "ja_JP.UTF-8"), english);
    assert_eq!(of("ZEPHYR_LANGUAGE", "xx"), english);
    assert_ne!(of("ZEPHYR_LANGUAGE", "zh"), english);
}
