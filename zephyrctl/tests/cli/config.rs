//! `reload` and `config`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use insta::assert_snapshot;
use tonic::Code;
use zephyr_proto::v1;

use crate::fake::Fake;
use crate::run::{Run, binary};
use crate::script::{Script, refusal};

fn problem(severity: &str, line: u32, message: &str, hint: &str) -> v1::Problem {
    v1::Problem {
        severity: severity.into(),
        source: if line > 0 { "/etc/zephyrd/config.toml".into() } else { "AUTH_TOKEN_MAIN".into() },
        line,
        column: u32::from(line > 0) * 5,
        message: message.into(),
        hint: hint.into(),
    }
}

#[test]
fn a_reload_tells_what_changed() {
    let mut script = Script::healthy();
    script.reloaded.changes = vec!["endpoint `Provider-A-3` is new".into(), "strategy is `priority`".into()];
    script.reloaded.warnings = vec![problem("warning", 9, "`timeout_seconds` is long", "")];
    let fake = Fake::start(script);
    assert_snapshot!(Run::with(&fake).line("reload").text());
    assert_snapshot!("reload_json", Run::with(&fake).line("reload --json").text());
}

#[test]
fn a_reload_without_changes_says_so() {
    let fake = Fake::start(Script::healthy());
    assert_eq!(Run::with(&fake).line("reload").stdout, "reloaded: nothing changed\n");
}

#[test]
fn a_bad_config_is_shown_whole_with_exit_status_six() {
    let problems = vec![
        problem("error", 3, "unknown key `prot` in `[server]`", "did you mean `port`?"),
        problem("error", 0, "the variable is not set", ""),
    ];
    let mut script = Script::healthy();
    script.refusal = Some(refusal(
        Code::FailedPrecondition,
        "the config has 2 problems; nothing was changed",
        v1::ErrorReason::ConfigInvalid,
        "",
        problems,
    ));
    let fake = Fake::start(script);
    assert_snapshot!(Run::with(&fake).line("reload").text());
    assert_snapshot!("bad_json", Run::with(&fake).line("reload --json").text());
}

#[test]
fn the_config_in_force_is_shown() {
    let mut script = Script::healthy();
    script.config = v1::ShowConfigResponse {
        toml: "[server]\nport = 8080 # \u{1b}[31m\n".into(),
        path: "/etc/z.toml".into(),
    };
    let fake = Fake::start(script);
    assert_snapshot!(Run::with(&fake).line("config show --effective").text());
    assert_snapshot!("show_json", Run::with(&fake).line("config show --json").text());
    assert_eq!(fake.asked()[0], "ShowConfigRequest { effective: true }");
}

#[test]
fn the_path_is_that_of_the_running_daemon_or_the_usual_one() {
    let fake = Fake::start(Script::healthy());
    assert_eq!(Run::with(&fake).line("config path").stdout, "/etc/zephyrd/config.toml\n");
    let dir = tempfile::tempdir().unwrap();
    let ran = Run::alone(dir.path()).line("config path");
    assert_eq!((ran.code, ran.stderr.as_str()), (0, "zephyrd is not running; it would read\n"));
    assert!(ran.stdout.ends_with("/zephyrd/config.toml\n") || ran.stdout == "/etc/zephyrd/config.toml\n");
}

/// Copies a program. By another process: a file that this one, with all its threads that start programs, has open
/// for writing cannot be run by any of them.
fn copy(from: &Path, to: &Path) {
    assert!(Command::new("cp").arg("-p").args([from, to]).status().unwrap().success());
}

/// A copy of zephyrctl with a checker beside it that is a script.
fn beside(dir: &Path, script: &str) -> PathBuf {
    let own = dir.join("zephyrctl");
    copy(&binary(), &own);
    let text = dir.join("checker.sh");
    fs::write(&text, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&text, fs::Permissions::from_mode(0o755)).unwrap();
    copy(&text, &dir.join("zephyrd"));
    own
}

#[test]
fn the_daemons_own_checker_is_run_and_its_verdict_kept() {
    let dir = tempfile::tempdir().unwrap();
    let own = beside(
        dir.path(),
        "echo \"args: $*\"\necho \"$3:3:1: error: unknown key \\`prot\\`\" >&2\necho \"  hint: did you mean \\`port\\`?\" >&2\nexit 78",
    );
    assert_snapshot!(Run::of(&own, dir.path()).line("config check my.toml").text());
    assert_snapshot!("check_json", Run::of(&own, dir.path()).line("config check my.toml --json").text());
}

#[test]
fn a_good_config_is_exit_status_zero() {
    let dir = tempfile::tempdir().unwrap();
    let own = beside(dir.path(), "echo \"a.toml:1:1: warning: odd\"");
    assert_snapshot!(Run::of(&own, dir.path()).line("config check a.toml").text());
    assert_snapshot!("good_json", Run::of(&own, dir.path()).line("config check a.toml --json").text());
}

#[test]
fn without_the_checker_it_says_where_it_was_sought() {
    let dir = tempfile::tempdir().unwrap();
    let own = dir.path().join("zephyrctl");
    copy(&binary(), &own);
    assert_snapshot!(Run::of(&own, dir.path()).env("PATH", dir.path()).line("config check").text());
}
