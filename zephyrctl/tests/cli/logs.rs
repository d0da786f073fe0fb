//! `logs`: lines for people, documents for programs, and what is asked of whom.

use insta::assert_snapshot;
use tonic::{Code, Status};
use zephyr_proto::v1;
use zephyr_proto::v1::follow_log_response::What;

use crate::fake::Fake;
use crate::run::Run;
use crate::script::Script;

fn line(number: u64, level: &str, message: &str, fields: &[(&str, &str)]) -> What {
    let field = |(name, value): &(&str, &str)| v1::LogField { name: (*name).into(), value: (*value).into() };
    What::Line(v1::LogLine {
        number,
        unix_ms: 1_763_755_200_005 + i64::try_from(number).unwrap() * 1000,
        level: level.into(),
        target: "zephyrd::proxy".into(),
        message: message.into(),
        fields: fields.iter().map(field).collect(),
    })
}

fn script() -> Script {
    let served = "request req-1a POST /v1/messages: 200 from A in 12 ms, complete, 1 in, 2 out, $0.01";
    let mut script = Script::healthy();
    script.log = vec![
        line(7, "info", served, &[("request", "req-1a"), ("status", "200"), ("session", "5fe1c8a0")]),
        line(8, "warn", "endpoint A is cooling for 60 s", &[("endpoint", "A"), ("lasts_s", "60")]),
        What::Lagged(v1::Lagged { missed: 3 }),
        line(12, "error", "gone\u{1b}[2J\r\n\u{202e}forged", &[("de\u{7}tail", "\u{9b}31mred")]),
        line(13, "debug", "超载 of everything", &[]),
    ];
    script
}

#[test]
fn lines_are_shown_with_what_the_message_does_not_tell() {
    let fake = Fake::start(script());
    assert_snapshot!(Run::with(&fake).line("logs").text());
}

#[test]
fn nothing_in_a_line_steers_the_terminal() {
    let fake = Fake::start(script());
    let ran = Run::with(&fake).env("CLICOLOR_FORCE", "1").line("logs");
    assert!(!ran.stdout.contains("\u{1b}[2J") && !ran.stdout.contains(['\u{7}', '\u{9b}', '\u{202e}', '\r']));
    assert!(ran.stdout.contains('\u{1b}'), "it is coloured");
}

#[test]
fn every_line_is_a_document() {
    let fake = Fake::start(script());
    let ran = Run::with(&fake).line("logs --json");
    assert_snapshot!(ran.stdout);
    let kinds: Vec<serde_json::Value> =
        ran.stdout.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert!(kinds.iter().all(|line| line["schema"] == 1));
    assert_eq!((ran.code, &kinds[2]["kind"]), (0, &"lagged".into()));
}

#[test]
fn what_is_wanted_is_what_the_daemon_is_asked_for() {
    let fake = Fake::start(script());
    let line = "logs --request req-1a --level warn --since 2026-11-21T10:00:00Z -n 5";
    assert_eq!(Run::with(&fake).line(line).code, 0);
    assert_snapshot!(fake.asked().join("\n"));
}

#[test]
fn who_may_not_read_it_is_told_so() {
    let mut script = script();
    script.refusal = Some(Status::new(Code::PermissionDenied, "user 7 may not read the log"));
    assert_eq!(Run::with(&Fake::start(script)).line("logs").code, 5);
    assert_eq!(Run::with(&Fake::start(self::script())).line("logs --level loud").code, 2);
}
