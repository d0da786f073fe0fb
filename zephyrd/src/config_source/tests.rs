//! The source over real files, with a real engine behind it.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::timeout;
use zephyr_core::config::{Auth, CredentialValue, Problem};

use super::serve::Reloader;
use super::{ConfigSource, ConfigStatus, Loaded, Place, default_file};
use crate::engine_handle::Handle;

/// Far beyond anything that a test waits for.
const DEADLINE: Duration = Duration::from_secs(30);

fn group(endpoint: &str) -> String {
    format!(
        "[[groups]]\nname = \"g\"\nauth_token_env = \"KEY\"\nendpoints = [{{ name = \"{endpoint}\", url = \"http://127.0.0.1:1\" }}]\n"
    )
}

/// A directory with a config and a key file.
struct Dir(tempfile::TempDir);

impl Dir {
    fn new(config: &str, keys: &str) -> Self {
        let dir = Self(tempfile::tempdir().unwrap());
        std::fs::write(dir.config(), config).unwrap();
        dir.keys(keys, 0o600);
        dir
    }

    fn config(&self) -> PathBuf {
        self.0.path().join("config.toml")
    }

    fn keys(&self, text: &str, mode: u32) {
        // Renamed into place, so that nobody ever sees half of it.
        let new = self.0.path().join(".zephyrd.env.new");
        std::fs::write(&new, text).unwrap();
        std::fs::set_permissions(&new, std::fs::Permissions::from_mode(mode)).unwrap();
        std::fs::rename(new, self.0.path().join("zephyrd.env")).unwrap();
    }

    /// Writes the config as editors do: a new file, renamed over the old one.
    fn rename_over(&self, config: &str) {
        let new = self.0.path().join(".config.toml.new");
        std::fs::write(&new, config).unwrap();
        std::fs::rename(new, self.config()).unwrap();
    }

    fn source(&self) -> ConfigSource {
        source(&self.config(), true)
    }
}

fn source(path: &Path, required: bool) -> ConfigSource {
    ConfigSource::of(Place::File { path: path.to_owned(), required }, BTreeMap::new())
}

fn key_of(loaded: &Loaded) -> String {
    match &loaded.plan.endpoints[0].auth {
        Auth::Key(c) => match &c.value {
            CredentialValue::Known(secret) => secret.expose().to_owned(),
            CredentialValue::Command { .. } => panic!("a command"),
        },
        other => panic!("{other:?}"),
    }
}

fn text_of(problems: &[Problem]) -> String {
    problems.iter().map(|p| format!("{p}\n")).collect()
}

#[test]
fn the_default_file_is_the_services_roots_or_the_users() {
    let find = |env: &[(&str, &str)], root| {
        let get = |name: &str| env.iter().find(|(k, _)| *k == name).map(|(_, v)| PathBuf::from(v));
        default_file(get, root).display().to_string()
    };
    let user = [("XDG_CONFIG_HOME", "/home/u/.cfg"), ("HOME", "/home/u")];
    assert_eq!(
        find(&[("CONFIGURATION_DIRECTORY", "/etc/zephyrd"), ("HOME", "/")], false),
        "/etc/zephyrd/config.toml"
    );
    assert_eq!(find(&user, true), "/etc/zephyrd/config.toml");
    assert_eq!(find(&user, false), "/home/u/.cfg/zephyrd/config.toml");
    assert_eq!(find(&user[1..], false), "/home/u/.config/zephyrd/config.toml");
    assert_eq!(find(&[("XDG_CONFIG_HOME", "relative")], false), "/etc/zephyrd/config.toml");
}

#[test]
fn the_key_file_beside_the_config_is_read_at_every_load() {
    let dir = Dir::new(&group("a"), "KEY=first-key\n");
    let source = dir.source();
    assert_eq!(key_of(&source.load().unwrap()), "first-key");
    assert!(!source.changed());
    dir.keys("KEY=second-key\n", 0o600);
    assert!(source.changed());
    assert_eq!(key_of(&source.load().unwrap()), "second-key");
}

#[test]
fn a_key_file_that_others_can_read_is_refused() {
    let dir = Dir::new(&group("a"), "KEY=first-key\n");
    dir.keys("KEY=first-key\n", 0o640);
    let said = text_of(&dir.source().load().unwrap_err());
    assert!(
        said.contains("zephyrd.env: error: the key file is readable by others than its owner (mode 0640)"),
        "{said}"
    );
    assert!(!said.contains("not set") && !said.contains("first-key"), "{said}");
}

#[test]
fn without_a_file_the_built_in_config_serves_unless_the_file_was_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("none/config.toml");
    let loaded = source(&path, false).load().unwrap();
    assert_eq!((loaded.plan.endpoints[0].name.as_str(), loaded.path), ("anthropic", None));
    let problems = source(&path, true).load().unwrap_err();
    assert_eq!(text_of(&problems), format!("{}: error: the config file does not exist\n", path.display()));
    let problems = source(dir.path(), true).load().unwrap_err();
    assert!(text_of(&problems).ends_with("cannot be read: it is no regular file\n"), "{problems:?}");
}

#[test]
fn credentials_and_files_are_gathered() {
    let dir = Dir::new("", "");
    let file = dir.0.path().join("secret");
    std::fs::write(&file, "from-file\n").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::write(dir.0.path().join("main"), "from-systemd\n").unwrap();
    let text = format!(
        "[[groups]]\nname = \"g\"\nauth = {{ bearer = {{ credential = \"main\" }} }}\nendpoints = [\n{{ name = \"a\", url = \"http://127.0.0.1:1\" }},\n{{ name = \"b\", url = \"http://127.0.0.1:1\", auth = {{ bearer = {{ file = \"{}\" }} }} }} ]\n",
        file.display()
    );
    std::fs::write(dir.config(), text).unwrap();
    let env = BTreeMap::from([("CREDENTIALS_DIRECTORY".to_owned(), dir.0.path().display().to_string())]);
    let source = ConfigSource::of(Place::File { path: dir.config(), required: true }, env);
    let loaded = source.load().unwrap();
    assert_eq!(key_of(&loaded), "from-systemd");
    assert!(format!("{:?}", loaded.plan.endpoints[1].auth).contains("Known"));
    assert!(source.last().files.contains(&file));
}

/// A running reloader, and what it calls.
struct Running {
    handle: Handle,
    status: Arc<ConfigStatus>,
    /// True at the beginning of a reload, false at its end.
    reloads: mpsc::UnboundedReceiver<bool>,
    levels: mpsc::UnboundedReceiver<String>,
}

impl Running {
    fn start(dir: &Dir) -> Self {
        let source = dir.source();
        let loaded = source.load().unwrap();
        let status = Arc::new(ConfigStatus::new(loaded.shown()));
        let (handle, orders) = Handle::new(loaded.plan, None, 1);
        let (tell, reloads) = mpsc::unbounded_channel();
        let (level, levels) = mpsc::unbounded_channel();
        let set_level = move |l: &str| drop(level.send(l.to_owned()));
        let on_reload = move |begins| {
            let _ = tell.send(begins);
        };
        let reloader = Reloader::new(source, handle.clone(), Arc::clone(&status), set_level, on_reload);
        crate::tasks::Tasks::default().spawn(reloader.run(orders.reloads));
        Self { handle, status, reloads, levels }
    }

    async fn reload(&self) -> Result<crate::engine_handle::ReloadAnswer, Vec<Problem>> {
        timeout(DEADLINE, self.handle.reload()).await.unwrap().unwrap()
    }

    /// Waits for the end of a reload that nobody ordered.
    async fn reloaded(&mut self) {
        let wait = async { while self.reloads.recv().await.unwrap() {} };
        timeout(DEADLINE, wait).await.unwrap();
    }

    fn names(&self) -> Vec<String> {
        self.handle.plan().endpoints.iter().map(|e| e.name.clone()).collect()
    }
}

/// `group("a")` with something added everywhere.
fn more() -> String {
    let rest = r#"
[server]
listen = ["127.0.0.1:9"]
max_body = "1MiB"
[log]
level = "debug"
[selection]
strategy = "random"
[[clients]]
name = "ci"
token = { env = "TOKEN" }
[[groups]]
name = "h"
auth = "none"
endpoints = [{ name = "b", url = "http://127.0.0.1:2" }]
[usage]
database = "memory"
[[prices]]
model = "m"
input = 1
output = 2
[[budgets]]
period = "day"
limit_usd = 5
[dedup]
enabled = false
[cache]
enabled = true
"#;
    group("a") + rest
}

#[test]
fn every_change_is_one_line_without_secrets() {
    let dir = Dir::new(&group("a"), "KEY=first-key\n");
    let source = dir.source();
    let old = source.load().unwrap().plan;
    dir.keys("KEY=second-key\nTOKEN=0123456789abcdef\n", 0o600);
    dir.rename_over(&more());
    let new = source.load().unwrap().plan;
    let there = [
        "endpoint a changed: credential",
        "endpoint b added",
        "strategy is now random",
        "group h added",
        "client ci added",
        "max_body changed",
        "log level changed",
        "usage changed",
        "prices changed",
        "budgets changed",
        "dedup changed",
        "cache changed",
    ];
    assert_eq!(super::changes::lines(&old, &new), there);
    let back = [
        "endpoint b removed",
        "endpoint a changed: credential",
        "strategy is now fastest",
        "group h removed",
        "client ci removed",
        "max_body changed",
        "log level changed",
        "usage changed",
        "prices changed",
        "budgets changed",
        "dedup changed",
        "cache changed",
    ];
    assert_eq!(super::changes::lines(&new, &old), back);
    assert_eq!(super::changes::lines(&new, &new), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_reload_is_taken_up_whole_and_says_what_needs_a_restart() {
    let dir = Dir::new(&group("a"), "KEY=first-key\nTOKEN=0123456789abcdef\n");
    let mut running = Running::start(&dir);
    assert_eq!(running.reload().await.unwrap().changes, Vec::<String>::new());
    dir.rename_over(&more());
    let answer = running.reload().await.unwrap();
    // The watch may have been faster than the order: then that reload said what changed.
    assert!(answer.changes.is_empty() || answer.changes.contains(&"endpoint b added".to_owned()));
    assert_eq!(running.names(), ["a", "b"]);
    let warnings = text_of(&answer.warnings);
    for key in ["[server] listen", "[usage] database"] {
        let told = format!("warning: a change of `{key}` takes effect at the next restart");
        assert!(warnings.contains(&told), "{warnings}");
    }
    assert_eq!(timeout(DEADLINE, running.levels.recv()).await.unwrap().unwrap(), "debug");
    let now = running.status.get();
    assert!(now.loaded_unix_ms > 0 && now.problems.is_empty());
    assert_eq!(now.path.as_deref(), Some(dir.config().as_path()));
    assert!(now.text.contains("max_body = \"1MiB\"") && now.effective.contains("max_body = 1048576"));
    assert!(!format!("{now:?}").contains("0123456789abcdef"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_reload_changes_nothing_and_its_problems_are_kept_until_a_good_one() {
    let dir = Dir::new(&group("a"), "KEY=first-key\n");
    let running = Running::start(&dir);
    let loaded = running.status.get().loaded_unix_ms;
    dir.rename_over("[sever]\nport = 1\n");
    let said = text_of(&running.reload().await.unwrap_err());
    assert!(said.contains("config.toml:1:2: error: unknown key `sever` in the top level"), "{said}");
    let now = running.status.get();
    assert_eq!((text_of(&now.problems), now.loaded_unix_ms), (said, loaded));
    assert!(now.text.contains("[[groups]]"));
    assert_eq!(running.names(), ["a"]);
    dir.rename_over(&group("b"));
    running.reload().await.unwrap();
    assert!(running.status.get().problems.is_empty());
    assert_eq!(running.names(), ["b"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_renamed_over_the_config_is_taken_up_without_being_asked() {
    let dir = Dir::new(&group("a"), "KEY=first-key\n");
    let mut running = Running::start(&dir);
    dir.rename_over(&group("b"));
    running.reloaded().await;
    assert_eq!(running.names(), ["b"]);
    // Each new file is noticed, not only the one that was there when the watch began.
    dir.rename_over(&group("c"));
    running.reloaded().await;
    assert_eq!(running.names(), ["c"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_key_is_taken_up_without_being_asked() {
    let dir = Dir::new(&group("a"), "KEY=first-key\n");
    let mut running = Running::start(&dir);
    dir.keys("KEY=second-key\n", 0o600);
    running.reloaded().await;
    let plan = running.handle.plan();
    let Auth::Key(credential) = &plan.endpoints[0].auth else { panic!("no key") };
    assert!(matches!(&credential.value, CredentialValue::Known(s) if s.expose() == "second-key"));
}

#[tokio::test(flavor = "multi_thread")]
async fn sighup_reloads() {
    let dir = Dir::new(&group("a"), "KEY=first-key\n");
    let mut running = Running::start(&dir);
    // An answer tells that the signal is listened for.
    running.reload().await.unwrap();
    running.reloaded().await;
    rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::HUP).unwrap();
    running.reloaded().await;
    assert_eq!(running.names(), ["a"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_between_the_first_load_and_the_watch_is_not_missed() {
    let dir = Dir::new(&group("a"), "KEY=first-key\n");
    let source = dir.source();
    let loaded = source.load().unwrap();
    let status = Arc::new(ConfigStatus::new(loaded.shown()));
    let (handle, orders) = Handle::new(loaded.plan, None, 1);
    dir.rename_over(&group("b"));
    let (tell, mut reloads) = mpsc::unbounded_channel();
    let on_reload = move |begins| {
        let _ = tell.send(begins);
    };
    let reloader = Reloader::new(source, handle.clone(), status, |_: &str| {}, on_reload);
    crate::tasks::Tasks::default().spawn(reloader.run(orders.reloads));
    timeout(DEADLINE, async { while reloads.recv().await.unwrap() {} }).await.unwrap();
    assert_eq!(handle.plan().endpoints[0].name, "b");
}

#[test]
fn a_plan_is_summed_up_in_one_line() {
    let dir = Dir::new(&group("a"), "KEY=first-key\n");
    let loaded = dir.source().load().unwrap();
    assert_eq!(
        super::print::summary(&loaded.plan),
        "1 endpoint in 1 group, strategy fastest, listens on 127.0.0.1:8080 and [::1]:8080"
    );
}

#[test]
fn changed_routes_and_quirks_are_told_by_name() {
    let route = |name: &str, target: &str| {
        format!("[[routes]]\nmodel = \"{name}\"\ntargets = [{{ endpoint = \"a\"{target} }}]\n")
    };
    let dir = Dir::new(&(group("a") + &route("gone", "") + &route("kept", "")), "KEY=first-key\n");
    let source = dir.source();
    let old = source.load().unwrap().plan;
    let changed = group("a").replace("auth_token_env", "quirks = { forms = \"streams\" }\nauth_token_env");
    dir.rename_over(&(changed + &route("kept", ", model = \"m\"") + &route("new", "")));
    let new = source.load().unwrap().plan;
    let there = [
        "endpoint a changed: quirks",
        "route new added",
        "route gone removed",
        "targets of route kept changed",
    ];
    assert_eq!(super::changes::lines(&old, &new), there);
}
