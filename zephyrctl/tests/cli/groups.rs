//! `group` and `priority`.

use insta::assert_snapshot;
use tonic::Code;
use zephyr_proto::v1::watch_response::What;
use zephyr_proto::v1::{ErrorReason, Group, GroupList};

use crate::fake::Fake;
use crate::run::Run;
use crate::script::{MINUTE, Script, from_now, refusal};

/// A group in every state.
pub(crate) fn every_state() -> Script {
    let mut script = Script::usual();
    let groups = &mut script.status.groups;
    (groups[0].state, groups[0].until_unix_ms) = ("cooling".into(), Some(from_now(9 * MINUTE)));
    (groups[1].state, groups[1].activated) = ("active".into(), true);
    (groups[3].state, groups[3].until_unix_ms) = ("paused".into(), Some(from_now(30 * MINUTE)));
    let more = |name: &str, state: &str, enabled| Group {
        name: name.into(),
        state: state.into(),
        priority: 7,
        enabled,
        ..Group::default()
    };
    groups.push(more("off", "disabled", false));
    groups.push(Group { config_priority: Some(3), ..more("late", "standby", true) });
    script
}

#[test]
fn groups_are_listed_with_their_states_and_how_long_those_last() {
    let fake = Fake::start(every_state());
    assert_snapshot!(Run::with(&fake).line("group list").text());
    let narrow = Run::with(&fake).env("COLUMNS", "40").line("group list");
    assert!(
        narrow.stdout.lines().all(|l| unicode_width::UnicodeWidthStr::width(l) <= 40),
        "{}",
        narrow.stdout
    );
    let read: serde_json::Value =
        serde_json::from_str(&Run::with(&fake).line("group list --json").stdout).unwrap();
    assert_eq!((read["schema"].as_u64(), read["groups"][0]["state"].as_str()), (Some(1), Some("cooling")));
}

#[test]
fn a_group_is_shown_with_why_it_does_not_serve() {
    let fake = Fake::start(every_state());
    assert_snapshot!(Run::with(&fake).line("show primary-provider").text());
}

#[test]
fn what_was_done_is_said() {
    let fake = Fake::start(Script::healthy());
    let lines = [
        "group activate primary-provider",
        "group activate primary-provider --force",
        "group pause relays",
        "group pause relays --for 1h30m",
        "group resume relays",
        "priority relays 3",
        "priority Provider-A-1 0",
        "priority relays --reset",
    ];
    let texts = lines.map(|line| format!("$ zephyrctl {line}\n{}", Run::with(&fake).line(line).text()));
    assert_snapshot!(format!("{}\n{}", texts.join("\n"), fake.asked().join("\n")));
    for line in ["group activate g", "group pause g", "group resume g", "priority g 1"] {
        let ran = Run::with(&fake).line(&format!("{line} --json"));
        let read: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!((ran.code, read["schema"].as_u64()), (0, Some(1)), "{line}");
    }
}

#[test]
fn a_refusal_is_shown_in_the_daemons_own_words() {
    let mut script = Script::healthy();
    script.refusal = Some(refusal(
        Code::FailedPrecondition,
        "group `relays` cools down for another 9 min",
        ErrorReason::Cooling,
        "the first of its endpoints that answers ends that; `--force` tries it at once",
        Vec::new(),
    ));
    let fake = Fake::start(script);
    assert_snapshot!(Run::with(&fake).line("group activate relays").text());
}

#[test]
fn groups_that_are_switched_by_hand_are_told_so() {
    let mut script = Script::healthy();
    script.head().switch_by_hand = true;
    let fake = Fake::start(script);
    let status = Run::with(&fake).line("status");
    assert!(
        status.stdout.contains("auto, fastest; groups are switched by hand (`auto_switch = false`)"),
        "{}",
        status.stdout
    );
}

#[test]
fn a_saved_priority_is_written_reloaded_and_no_longer_said_for_now() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("config.toml");
    std::fs::write(&file, "[[groups]] # one\nname = \"relays\"\npriority = 2 # second\n").unwrap();
    let mut script = Script::usual();
    script.status.daemon.as_mut().unwrap().config_file = file.display().to_string();
    let fake = Fake::start(script);
    let ran = Run::with(&fake).line("priority relays 5 --save");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(
        std::fs::read_to_string(&file).unwrap(),
        "[[groups]] # one\nname = \"relays\"\npriority = 5 # second\n"
    );
    let asked = fake.asked();
    assert!(asked[0].starts_with("ReloadRequest") && asked[1].contains("priority: None"), "{asked:?}");

    let absent = Run::with(&fake).line("priority subscription 5 --save");
    assert_eq!(absent.code, 1);
    assert!(absent.stderr.contains("names no `subscription`"), "{}", absent.stderr);
    let unknown = Run::with(&fake).line("priority nobody-knows 5 --save");
    assert_eq!((unknown.code, fake.asked().len()), (4, 2), "{}", unknown.stderr);
}

#[test]
fn a_daemon_without_a_file_has_nowhere_to_save() {
    let mut script = Script::usual();
    script.status.daemon.as_mut().unwrap().config_file.clear();
    let fake = Fake::start(script);
    let ran = Run::with(&fake).line("priority relays 5 --save");
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("there is no config file"), "{}", ran.stderr);
}

#[test]
fn changed_groups_are_told_while_watching() {
    let mut script = Script::healthy();
    let mut groups = script.status.groups.clone();
    (groups[0].state, groups[0].until_unix_ms) = ("cooling".into(), Some(from_now(9 * MINUTE)));
    script.watch =
        vec![What::Groups(GroupList { groups: groups.clone() }), What::Groups(GroupList { groups })];
    let fake = Fake::start(script);
    let told = Run::with(&fake).line("watch").stdout;
    assert_eq!(told.matches("group primary-provider: active → cooling (9 min left)").count(), 1, "{told}");
}
