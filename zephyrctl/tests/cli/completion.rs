//! Completion as the shells' scripts ask for it.

use crate::fake::Fake;
use crate::run::Run;
use crate::script::Script;

/// What a bash script gets for these words; the last one is being typed.
fn complete(run: Run, words: &[&str]) -> (Vec<String>, String) {
    let run = run
        .env("_ZEPHYRCTL_COMPLETE", "bash")
        .env("_CLAP_IFS", "\n")
        .env("_CLAP_COMPLETE_COMP_TYPE", "9")
        .env("_CLAP_COMPLETE_SPACE", "true")
        .env("_CLAP_COMPLETE_INDEX", (words.len() - 1).to_string());
    let ran = run.args(&[&["--"], words].concat());
    assert_eq!(ran.code, 0, "{}", ran.text());
    (ran.stdout.lines().map(str::to_owned).collect(), ran.stderr)
}

#[test]
fn names_complete_from_the_running_daemon() {
    let fake = Fake::start(Script::usual());
    let (names, _) = complete(Run::with(&fake), &["zephyrctl", "pin", "Prov"]);
    assert_eq!(names, ["Provider-A-1", "Provider-A-2"]);
    let (names, _) = complete(Run::with(&fake), &["zephyrctl", "show", "re"]);
    assert_eq!(names, ["relays"]);
    let (names, _) = complete(Run::with(&fake), &["zephyrctl", "usage", "--group", "re"]);
    assert_eq!(names, ["relays"]);
    let (names, _) = complete(Run::with(&fake), &["zephyrctl", "requests", "--endpoint", "Provider-A"]);
    assert_eq!(names, ["Provider-A-1", "Provider-A-2"]);
    let (names, _) = complete(Run::with(&fake), &["zephyrctl", "group", "activate", "re"]);
    assert_eq!(names, ["relays"]);
    let (names, _) = complete(Run::with(&fake), &["zephyrctl", "group", "pause", "Prov"]);
    assert_eq!(names, Vec::<String>::new());
    let (names, _) = complete(Run::with(&fake), &["zephyrctl", "priority", "Prov"]);
    assert_eq!(names, ["Provider-A-1", "Provider-A-2"]);
    let (names, _) = complete(Run::with(&fake), &["zephyrctl", "test", "re"]);
    assert_eq!(names, Vec::<String>::new());
    let socket = fake.socket().display().to_string();
    let elsewhere = Run::with(&fake).env("ZEPHYR_SOCKET", "/nowhere");
    let (names, _) = complete(elsewhere, &["zephyrctl", "--socket", &socket, "drain", "Old"]);
    assert_eq!(names, ["Old-1", "Old-2"]);
}

#[test]
fn verbs_and_clients_complete_without_a_daemon() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(complete(Run::alone(dir.path()), &["zephyrctl", "rel"]).0, ["reload"]);
    assert_eq!(complete(Run::alone(dir.path()), &["zephyrctl", "env", "co"]).0, ["codex"]);
    assert_eq!(complete(Run::alone(dir.path()), &["zephyrctl", "usage", "--by", "mo"]).0, ["month", "model"]);
    let format = complete(Run::alone(dir.path()), &["zephyrctl", "usage", "export", "--format", ""]).0;
    assert_eq!(format, ["csv", "json"]);
}

#[test]
fn nothing_is_said_when_nothing_runs() {
    let dir = tempfile::tempdir().unwrap();
    let (names, said) = complete(Run::alone(dir.path()), &["zephyrctl", "pin", "P"]);
    assert_eq!((names, said.as_str()), (Vec::new(), ""));
}

#[test]
fn a_hostile_name_is_not_offered() {
    let mut script = Script::usual();
    script.status.endpoints[0].name = "Provider-\u{1b}[31m".into();
    let fake = Fake::start(script);
    let (names, _) = complete(Run::with(&fake), &["zephyrctl", "pin", "Prov"]);
    assert_eq!(names, ["Provider-A-2"]);
}

#[test]
fn every_shell_gets_a_script_that_calls_us() {
    let dir = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish"] {
        let ran = Run::alone(dir.path()).args(&["completion", shell]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert!(ran.stdout.contains("_ZEPHYRCTL_COMPLETE"), "{shell}: {}", ran.stdout);
        assert!(
            !ran.stdout.contains('/') || !ran.stdout.contains("target"),
            "{shell} names a build directory"
        );
    }
    assert_eq!(Run::alone(dir.path()).line("completion tcsh").code, 2);
}
