//! Help at eighty columns, and the man pages.

use std::fs;

use insta::assert_snapshot;

use crate::run::Run;

const VERBS: [&str; 21] = [
    "status",
    "list",
    "show",
    "pin",
    "unpin",
    "pause",
    "resume",
    "drain",
    "group",
    "priority",
    "check",
    "test",
    "reload",
    "watch",
    "top",
    "usage",
    "requests",
    "env",
    "config",
    "completion",
    "version",
];

#[test]
fn help_of_the_whole() {
    let dir = tempfile::tempdir().unwrap();
    assert_snapshot!("whole", Run::alone(dir.path()).line("--help").text());
    assert_snapshot!("short", Run::alone(dir.path()).line("-h").text());
}

#[test]
fn help_of_every_verb() {
    let dir = tempfile::tempdir().unwrap();
    for verb in VERBS.into_iter().chain([
        "group list",
        "group activate",
        "group pause",
        "group resume",
        "config check",
        "config show",
        "config path",
        "usage export",
    ]) {
        let ran = Run::alone(dir.path()).line(&format!("{verb} --help"));
        assert_eq!(ran.code, 0, "{verb}");
        assert!(
            ran.stdout.lines().all(|line| unicode_width::UnicodeWidthStr::width(line) <= 80),
            "{}",
            ran.stdout
        );
        assert_snapshot!(verb.replace(' ', "_"), ran.stdout);
    }
}

#[test]
fn every_verb_has_a_man_page() {
    let dir = tempfile::tempdir().unwrap();
    let ran = Run::alone(dir.path()).line("man pages");
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (0, "", ""));
    for verb in VERBS {
        let page = fs::read_to_string(dir.path().join(format!("pages/zephyrctl-{verb}.1"))).unwrap();
        assert!(page.contains(".TH"), "{verb}");
    }
    let whole = fs::read_to_string(dir.path().join("pages/zephyrctl.1")).unwrap();
    assert!(whole.contains("ZEPHYR_SOCKET") && whole.contains("EXIT STATUS"), "{whole}");
    assert!(!dir.path().join("pages/zephyrctl-man.1").exists());
}
