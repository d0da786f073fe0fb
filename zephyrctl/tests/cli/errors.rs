//! Every way not to get an answer, with its exit status.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;

use insta::assert_snapshot;
use tonic::{Code, Status};
use zephyr_proto::v1::ErrorReason;

use crate::fake::Fake;
use crate::run::Run;
use crate::script::{Script, refusal};

#[test]
fn not_running_names_the_socket_and_the_command() {
    let dir = tempfile::tempdir().unwrap();
    let explicit = Run::alone(dir.path()).line("status");
    let json = Run::alone(dir.path()).line("status --json");
    assert_snapshot!(format!("{}\n{}", explicit.text(), json.text()));
}

#[test]
fn without_a_socket_named_the_users_own_comes_before_the_systems() {
    let fake = Fake::start(Script::healthy());
    let own = fake.dir().join("zephyrd");
    fs::create_dir(&own).unwrap();
    std::os::unix::fs::symlink(fake.socket(), own.join("control.sock")).unwrap();
    let ran = Run::with(&fake).without("ZEPHYR_SOCKET").env("XDG_RUNTIME_DIR", fake.dir()).line("version");
    assert_snapshot!(ran.text());
}

#[test]
fn the_option_beats_the_variable() {
    let fake = Fake::start(Script::healthy());
    let socket = fake.socket().display().to_string();
    let ran = Run::with(&fake).env("ZEPHYR_SOCKET", "/nowhere").args(&["--socket", &socket, "status"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let ran = Run::with(&fake).args(&["status", "--socket", "/nowhere"]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
}

#[test]
fn a_socket_that_nobody_listens_on_is_not_running() {
    let dir = tempfile::tempdir().unwrap();
    drop(UnixListener::bind(dir.path().join("control.sock")).unwrap());
    assert_snapshot!(Run::alone(dir.path()).line("status").text());
}

#[test]
fn a_socket_that_may_not_be_opened_is_exit_status_five() {
    if rustix::process::geteuid().is_root() {
        return; // root may open everything
    }
    let fake = Fake::start(Script::healthy());
    fs::set_permissions(fake.socket(), fs::Permissions::from_mode(0o000)).unwrap();
    let ran = Run::with(&fake).line("status");
    assert_eq!(ran.code, 5, "{}", ran.stderr);
}

#[test]
fn something_else_on_the_socket_is_told_apart() {
    let dir = tempfile::tempdir().unwrap();
    let listener = UnixListener::bind(dir.path().join("control.sock")).unwrap();
    let other = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.write_all(b"220 mail.example ESMTP\r\n");
    });
    let ran = Run::alone(dir.path()).line("status");
    other.join().unwrap();
    assert!(matches!(ran.code, 1 | 3), "{}", ran.text());
    assert!(ran.stderr.starts_with("Error: ") && ran.stderr.contains("control.sock"), "{}", ran.stderr);
}

#[test]
fn no_permission_is_exit_status_five_with_the_way_out() {
    let mut script = Script::healthy();
    script.refusal = Some(refusal(
        Code::PermissionDenied,
        "uid 1000 may not pin",
        ErrorReason::NoPermission,
        "join group `zephyr`",
        Vec::new(),
    ));
    script.unreadable = Some(Status::permission_denied("uid 1000 may not read"));
    let fake = Fake::start(script);
    let pin = Run::with(&fake).line("pin Provider-A-1");
    let status = Run::with(&fake).line("status");
    assert_snapshot!(format!("{}\n{}", pin.text(), status.text()));
}

#[test]
fn a_call_that_the_daemon_does_not_know_points_at_the_versions() {
    let mut script = Script::healthy();
    script.refusal = Some(Status::unimplemented("unknown method"));
    let fake = Fake::start(script);
    assert_snapshot!(Run::with(&fake).line("check").text());
}

#[test]
fn a_stopping_daemon_is_not_running() {
    let mut script = Script::healthy();
    script.refusal =
        Some(refusal(Code::Unavailable, "zephyrd is stopping", ErrorReason::Stopping, "", Vec::new()));
    let fake = Fake::start(script);
    assert_snapshot!(Run::with(&fake).line("unpin").text());
}

#[test]
fn a_reader_that_has_gone_is_no_error() {
    let fake = Fake::start(Script::usual());
    let script = format!("\"{}\" status | true", crate::run::binary().display());
    let output = assert_cmd::Command::new("/bin/sh")
        .args(["-c", &script])
        .env("ZEPHYR_SOCKET", fake.socket())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

#[test]
fn wrong_usage_is_exit_status_two() {
    let dir = tempfile::tempdir().unwrap();
    let verb = Run::alone(dir.path()).line("statsu");
    let name = Run::alone(dir.path()).line("pin");
    assert_snapshot!(format!("{}\n{}", verb.text(), name.text()));
}

#[test]
fn versions_of_both_or_of_the_client_alone() {
    let fake = Fake::start(Script::healthy());
    let dir = tempfile::tempdir().unwrap();
    let runs = [
        Run::with(&fake).line("version"),
        Run::with(&fake).line("version --json"),
        Run::alone(dir.path()).line("version"),
        Run::alone(dir.path()).line("version --json"),
        Run::alone(dir.path()).line("--version"),
    ];
    assert_snapshot!(runs.map(|ran| ran.text()).join("\n"));
}
