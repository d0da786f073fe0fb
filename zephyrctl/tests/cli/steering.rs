//! The verbs that change something.

use insta::assert_snapshot;
use tonic::Code;
use zephyr_proto::v1::ErrorReason;

use crate::fake::Fake;
use crate::run::Run;
use crate::script::{Script, refusal};

#[test]
fn steering_says_what_was_done_and_what_that_makes() {
    let fake = Fake::start(Script::healthy());
    let lines = [
        "pin Provider-A-2",
        "pin relays --fallback",
        "unpin",
        "pause",
        "pause relays",
        "resume",
        "resume Old-1",
        "drain Old-1",
    ];
    let texts = lines.map(|line| format!("$ zephyrctl {line}\n{}", Run::with(&fake).line(line).text()));
    assert_snapshot!(format!("{}\n{}", texts.join("\n"), fake.asked().join("\n")));
}

#[test]
fn steering_as_json_is_the_new_status() {
    let fake = Fake::start(Script::healthy());
    for line in ["pin a", "unpin", "pause", "pause a", "resume", "resume a"] {
        let ran = Run::with(&fake).line(&format!("{line} --json"));
        let read: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(
            (ran.code, read["schema"].as_u64(), read["state"].as_str()),
            (0, Some(1), Some("ok")),
            "{line}"
        );
    }
    assert_snapshot!(Run::with(&fake).line("drain a --json").text());
}

#[test]
fn a_drain_that_waits_tells_how_it_goes() {
    let mut script = Script::healthy();
    script.drain = vec![3, 3, 1, 0];
    let fake = Fake::start(script);
    assert_snapshot!(Run::with(&fake).line("drain Old-1 --wait").text());
}

#[test]
fn a_drain_without_wait_tells_what_is_left() {
    let mut script = Script::healthy();
    script.drain = vec![2];
    let fake = Fake::start(script);
    assert_snapshot!(Run::with(&fake).line("drain Old-1").text());
}

#[test]
fn a_drain_that_ends_early_has_failed() {
    let mut script = Script::healthy();
    script.drain = vec![3, 1];
    let fake = Fake::start(script);
    assert_snapshot!(Run::with(&fake).line("drain Old-1 --wait").text());
}

#[test]
fn the_daemons_own_words_and_hints_are_shown() {
    let mut script = Script::healthy();
    script.refusal = Some(refusal(
        Code::NotFound,
        "no endpoint or group is named `Provider-A-9`",
        ErrorReason::UnknownName,
        "did you mean `Provider-A-2`?",
        Vec::new(),
    ));
    let fake = Fake::start(script);
    assert_snapshot!(Run::with(&fake).line("pin Provider-A-9").text());
}

#[test]
fn the_nearest_name_is_found_where_the_daemon_names_none() {
    let mut script = Script::healthy();
    script.refusal = Some(refusal(Code::NotFound, "unknown", ErrorReason::UnknownName, "", Vec::new()));
    let fake = Fake::start(script);
    for line in ["pin", "pause", "resume", "drain", "check", "test"] {
        let ran = Run::with(&fake).line(&format!("{line} provider-a2"));
        assert_eq!(ran.code, 4, "{line}: {}", ran.stderr);
        assert!(ran.stderr.contains("Hint: did you mean `Provider-A-2`?"), "{line}: {}", ran.stderr);
    }
}

#[test]
fn nothing_to_undo_is_a_failure() {
    let mut script = Script::healthy();
    script.refusal =
        Some(refusal(Code::FailedPrecondition, "nothing is pinned", ErrorReason::NotPinned, "", Vec::new()));
    let fake = Fake::start(script);
    assert_snapshot!(Run::with(&fake).line("unpin").text());
}
