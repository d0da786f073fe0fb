//! `env`: exports, and the settings files of clients.

use std::fs;
use std::path::Path;

use insta::assert_snapshot;

use crate::fake::Fake;
use crate::run::Run;
use crate::script::Script;

#[test]
fn exports_name_the_daemons_own_address() {
    let mut script = Script::healthy();
    script.status.daemon.as_mut().unwrap().listen = vec!["http://127.0.0.1:9123".into()];
    let fake = Fake::start(script);
    let lines = ["env", "env claude", "env codex", "env opencode", "env openai", "env claude --json"];
    let texts = lines.map(|line| format!("$ zephyrctl {line}\n{}", Run::with(&fake).line(line).text()));
    assert_snapshot!(texts.join("\n"));
}

#[test]
fn without_a_daemon_the_usual_address_is_assumed() {
    let dir = tempfile::tempdir().unwrap();
    assert_snapshot!(Run::alone(dir.path()).line("env").text());
}

#[test]
fn a_shell_can_take_the_exports_as_they_are() {
    let dir = tempfile::tempdir().unwrap();
    for (client, variable, value) in [
        ("claude", "ANTHROPIC_BASE_URL", "http://localhost:8080"),
        ("openai", "OPENAI_BASE_URL", "http://localhost:8080/v1"),
        (
            "opencode",
            "OPENCODE_CONFIG_CONTENT",
            r#"{"provider":{"anthropic":{"options":{"baseURL":"http://localhost:8080/v1"}}}}"#,
        ),
    ] {
        let exports = Run::alone(dir.path()).args(&["env", client]).stdout;
        let shell = assert_cmd::Command::new("/bin/sh")
            .args(["-c", &format!("{exports}printf %s \"${variable}\"")])
            .output()
            .unwrap();
        assert_eq!(String::from_utf8(shell.stdout).unwrap(), value);
    }
}

/// Client, file in the home directory, what stands there before.
const FILES: [(&str, &str, &str); 3] = [
    (
        "claude",
        ".claude/settings.json",
        "{\n  \"model\": \"opus\", \"env\": {\"ANTHROPIC_BASE_URL\": \"https://old\"}\n}\n",
    ),
    (
        "codex",
        ".codex/config.toml",
        "# mine\nmodel = \"gpt-5\"\nmodel_provider = \"other\" # why\n\n[model_providers.other]\nname = \"o\"\n",
    ),
    ("opencode", ".config/opencode/opencode.json", "{\n  // mine\n  \"theme\": \"dark\"\n}\n"),
];

fn put(dir: &Path, file: &str, text: &str) {
    let path = dir.join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

#[test]
fn write_edits_the_clients_settings_and_undo_gives_them_back() {
    let mut texts = Vec::new();
    for (client, file, before) in FILES {
        let dir = tempfile::tempdir().unwrap();
        put(dir.path(), file, before);
        let run = |args: &str| Run::alone(dir.path()).line(&format!("env {client} {args}"));
        let written = run("--write");
        let after = fs::read_to_string(dir.path().join(file)).unwrap();
        let again = run("--write");
        texts.push(format!("$ zephyrctl env {client} --write\n{}{after}\n{}", written.text(), again.text()));
        assert_eq!(after, fs::read_to_string(dir.path().join(file)).unwrap());
        let undone = run("--undo");
        assert_eq!(fs::read_to_string(dir.path().join(file)).unwrap(), before);
        assert_eq!(undone.code, 0);
        texts.push(format!("$ zephyrctl env {client} --undo\n{}\n{}", undone.text(), run("--undo").text()));
    }
    assert_snapshot!(texts.join("\n"));
}

#[test]
fn codex_keeps_its_login_in_use_when_it_has_one() {
    let dir = tempfile::tempdir().unwrap();
    let config = || fs::read_to_string(dir.path().join(".codex/config.toml")).unwrap();
    assert_eq!(Run::alone(dir.path()).line("env codex --write").code, 0);
    assert!(!config().contains("requires_openai_auth"), "{}", config());
    put(dir.path(), ".codex/auth.json", "{}");
    assert_eq!(Run::alone(dir.path()).line("env codex --write").code, 0);
    assert!(config().contains("requires_openai_auth = true\n"), "{}", config());
    assert_eq!(Run::alone(dir.path()).line("env codex --undo").code, 0);
    assert!(!dir.path().join(".codex/config.toml").exists());
}

#[test]
fn a_new_file_is_made_and_goes_again() {
    for (client, file, _) in FILES {
        let dir = tempfile::tempdir().unwrap();
        let ran = Run::alone(dir.path()).args(&["env", client, "--write", "--json"]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert!(dir.path().join(file).exists());
        assert_eq!(Run::alone(dir.path()).args(&["env", client, "--undo"]).code, 0);
        let left = fs::read_dir(dir.path().join(file).parent().unwrap()).unwrap().count();
        assert_eq!(left, 0, "{client}");
    }
}

#[test]
fn undo_refuses_what_was_changed_since() {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), ".claude/settings.json", "{}\n");
    assert_eq!(Run::alone(dir.path()).line("env claude --write").code, 0);
    let mine = "{\"env\": {\"ANTHROPIC_BASE_URL\": \"http://mine\"}}";
    put(dir.path(), ".claude/settings.json", mine);
    assert_snapshot!(Run::alone(dir.path()).line("env claude --undo").text());
    assert_eq!(fs::read_to_string(dir.path().join(".claude/settings.json")).unwrap(), mine);
}

#[test]
fn settings_that_cannot_be_read_are_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), ".claude/settings.json", "{ \"env\": ");
    assert_snapshot!(Run::alone(dir.path()).line("env claude --write").text());
    assert_eq!(fs::read_to_string(dir.path().join(".claude/settings.json")).unwrap(), "{ \"env\": ");
}

#[test]
fn a_client_without_settings_is_explained() {
    let dir = tempfile::tempdir().unwrap();
    let openai = Run::alone(dir.path()).line("env openai --write");
    let nobody = Run::alone(dir.path()).line("env --write");
    assert_snapshot!(format!("{}\n{}", openai.text(), nobody.text()));
}

#[test]
fn the_clients_own_variables_decide_where_its_settings_are() {
    let dir = tempfile::tempdir().unwrap();
    for (client, variable, file) in [
        ("claude", "CLAUDE_CONFIG_DIR", "x/settings.json"),
        ("codex", "CODEX_HOME", "x/config.toml"),
        ("opencode", "XDG_CONFIG_HOME", "x/opencode/opencode.json"),
    ] {
        let ran =
            Run::alone(dir.path()).env(variable, dir.path().join("x")).args(&["env", client, "--write"]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert!(dir.path().join(file).exists(), "{client}");
    }
}
