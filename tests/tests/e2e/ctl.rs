//! Every verb of `zephyrctl` with a real daemon behind it: what it prints, as text and JSON, and its exit status.

use std::process::Output;

use serde_json::Value;
use zephyr_tests::daemon::{Home, config};
use zephyr_tests::{Answer, Scene};

fn code(output: &Output) -> i32 {
    output.status.code().expect("an exit status")
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[tokio::test]
async fn status_answers_who_serves_why_and_what_is_next() {
    let scene = Scene::of(2).await;
    scene.message(true).await;
    let text = scene.daemon.ctl_ok(&[]).await;
    let named = scene.daemon.ctl_ok(&["status"]).await;
    assert_eq!(text.lines().next(), named.lines().next(), "bare is `status`");
    let first = text.lines().next().unwrap();
    assert!(first.contains('a'), "{first}");
    for part in ["a", "b", "priority"] {
        assert!(text.contains(part), "{text}");
    }
    assert!(!text.contains('\u{1b}'), "colours without a terminal");
    assert!(text.lines().count() < 40, "one screen");

    let json = scene.daemon.ctl_json(&["status"]).await;
    assert_eq!((&json["schema"], &json["mode"], &json["current"]), (&1.into(), &"auto".into(), &"a".into()));
    for key in ["state", "listen", "version", "uptime_seconds", "paused", "endpoints"] {
        assert!(!json[key].is_null(), "`{key}` is missing");
    }
    let endpoint = json["endpoints"][0].as_object().unwrap();
    for key in [
        "name",
        "group",
        "url",
        "dialect",
        "state",
        "admin",
        "current",
        "latency_ms",
        "ttft_ms",
        "error",
        "in_flight",
        "priority",
        "price",
        "history",
    ] {
        assert!(endpoint.contains_key(key), "`{key}` is missing");
    }
    assert_eq!((&endpoint["state"], &endpoint["current"]), (&"up".into(), &true.into()));
    assert!(endpoint["ttft_ms"].is_number(), "a real request was measured");
}

#[tokio::test]
async fn status_is_degraded_with_exit_1_when_nothing_is_usable() {
    let scene = Scene::of(1).await;
    scene.a_answers(Answer { status: 401, ..Answer::realistic() });
    scene.message(false).await;
    let output = scene.daemon.ctl(&["status", "--json"]).await;
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((code(&output), &json["state"]), (1, &"down".into()));
}

#[tokio::test]
async fn list_and_show() {
    let scene = Scene::of(3).await;
    let all = scene.daemon.ctl_json(&["list"]).await;
    assert_eq!(all["endpoints"].as_array().unwrap().len(), 3);
    let some = scene.daemon.ctl_json(&["list", "b*"]).await;
    assert_eq!(some["endpoints"].as_array().unwrap().len(), 1, "{some}");
    let text = scene.daemon.ctl_ok(&["list"]).await;
    for name in ["a", "b", "c"] {
        assert!(text.contains(name));
    }
    let shown = scene.daemon.ctl_ok(&["show", "b"]).await;
    assert!(shown.contains(&scene.b().url()), "{shown}");
    assert!(!shown.contains("sk-own"), "{shown}");
    scene.daemon.ctl_ok(&["show", "main"]).await;
}

#[tokio::test]
async fn unknown_names_are_exit_4_with_the_nearest_one() {
    let scene = Scene::edited(2, |c| c.replace("name = \"b\"", "name = \"Provider-B\"")).await;
    for args in [
        &["show", "Provder-B"][..],
        &["pin", "Provder-B"],
        &["pause", "Provder-B"],
        &["resume", "Provder-B"],
        &["drain", "Provder-B"],
        &["check", "Provder-B"],
        &["test", "Provder-B"],
    ] {
        let output = scene.daemon.ctl(args).await;
        assert_eq!(code(&output), 4, "{args:?}: {}", err(&output));
        assert!(err(&output).contains("Provider-B"), "{args:?}: {}", err(&output));
        assert!(out(&output).is_empty(), "stdout is data");
    }
}

#[tokio::test]
async fn pin_and_unpin() {
    let scene = Scene::of(2).await;
    scene.daemon.ctl_ok(&["pin", "b"]).await;
    let json = scene.daemon.ctl_json(&["status"]).await;
    assert_eq!(
        (&json["mode"], &json["pinned"], &json["current"]),
        (&"pinned".into(), &"b".into(), &"b".into())
    );
    scene.daemon.ctl_ok(&["unpin"]).await;
    assert_eq!(scene.daemon.ctl_json(&["status"]).await["mode"], "auto");
    let again = scene.daemon.ctl(&["unpin"]).await;
    assert_eq!(code(&again), 1, "{}", err(&again));
    assert!(err(&again).contains("pinned"));
}

#[tokio::test]
async fn pause_resume_and_drain() {
    let scene = Scene::of(2).await;
    scene.daemon.ctl_ok(&["pause"]).await;
    assert_eq!(scene.daemon.ctl_json(&["status"]).await["paused"], true);
    scene.daemon.ctl_ok(&["resume"]).await;
    scene.daemon.ctl_ok(&["pause", "a"]).await;
    assert_eq!(scene.daemon.ctl_json(&["status"]).await["endpoints"][0]["admin"], "paused");
    scene.daemon.ctl_ok(&["drain", "a", "--wait"]).await;
    assert_eq!(scene.daemon.ctl_json(&["status"]).await["endpoints"][0]["admin"], "drained");
    scene.daemon.ctl_ok(&["resume", "a"]).await;
    let again = scene.daemon.ctl(&["resume", "a"]).await;
    assert_eq!(code(&again), 1, "{}", err(&again));
}

#[tokio::test]
async fn check_and_test() {
    let scene = Scene::of(2).await;
    let json = scene.daemon.ctl_json(&["check", "a"]).await;
    assert_eq!(
        (&json["results"][0]["endpoint"], &json["results"][0]["healthy"]),
        (&"a".into(), &true.into())
    );
    let json = scene.daemon.ctl_json(&["test", "b"]).await;
    assert_eq!((&json["ok"], &json["status"]), (&true.into(), &200.into()), "{json}");
    assert!(json["text"].as_str().unwrap().contains("zephyr"), "{json}");
    assert_eq!((&json["input_tokens"], &json["output_tokens"]), (&12.into(), &42.into()), "{json}");
    assert!(json["model_answered"].as_str().is_some_and(|m| !m.is_empty()));
    scene.a_answers(Answer { status: 529, ..Answer::realistic() });
    let output = scene.daemon.ctl(&["test", "a"]).await;
    assert_eq!(code(&output), 1);
    assert!((out(&output) + &err(&output)).contains("529"));
}

#[tokio::test]
async fn watch_prints_changes_as_lines_of_json() {
    use tokio::io::{AsyncBufReadExt as _, BufReader};
    let scene = Scene::of(2).await;
    let mut child = scene.daemon.home.zephyrctl(&["watch", "--json"]).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let first = zephyr_tests::within("the first line", lines.next_line()).await.unwrap().unwrap();
    let first: Value = serde_json::from_str(&first).unwrap();
    assert_eq!(first["schema"], 1);
    scene.daemon.ctl_ok(&["pin", "b"]).await;
    zephyr_tests::within("the pin to be told", async {
        while let Some(line) = lines.next_line().await.unwrap() {
            let _: Value = serde_json::from_str(&line).expect("each line is JSON");
            if line.contains("\"pinned\":\"b\"") {
                return;
            }
        }
        panic!("watch ended");
    })
    .await;
    child.start_kill().unwrap();
    child.wait().await.unwrap();
}

#[tokio::test]
async fn config_show_and_path_hold_no_secret() {
    let scene = Scene::of(1).await;
    for args in [&["config", "show"][..], &["config", "show", "--effective"], &["config", "show", "--json"]] {
        let text = scene.daemon.ctl_ok(args).await;
        assert!(!text.contains("sk-own-credential"), "{args:?}: {text}");
        assert!(text.contains("endpoints"), "{args:?}: {text}");
    }
    let path = scene.daemon.ctl_ok(&["config", "path"]).await;
    assert!(path.contains("config.toml"), "{path}");
    let effective = scene.daemon.ctl_ok(&["config", "show", "--effective"]).await;
    for key in ["switch_threshold_ms", "max_attempts", "first_event_seconds"] {
        assert!(effective.contains(key), "{effective}");
    }
    let check = scene.daemon.ctl(&["config", "check"]).await;
    assert_eq!(code(&check), 0, "{}", err(&check));
}

#[tokio::test]
async fn env_tells_clients_where_to_go() {
    let scene = Scene::of(1).await;
    let port = scene.daemon.addr().port().to_string();
    for (client, variable) in [("claude", "ANTHROPIC_BASE_URL"), ("openai", "OPENAI_BASE_URL")] {
        let text = scene.daemon.ctl_ok(&["env", client]).await;
        assert!(text.contains(variable) && text.contains(&port), "{client}: {text}");
    }
    for client in ["codex", "opencode"] {
        assert!(scene.daemon.ctl_ok(&["env", client]).await.contains(&port), "{client}");
    }
}

#[tokio::test]
async fn env_writes_the_clients_own_settings_and_takes_them_back() {
    let scene = Scene::of(1).await;
    let settings = scene.daemon.home.path().join("home/.claude/settings.json");
    std::fs::create_dir_all(settings.parent().unwrap()).unwrap();
    let before = "{\n  \"model\": \"opus\"\n}\n";
    std::fs::write(&settings, before).unwrap();
    scene.daemon.ctl_ok(&["env", "claude", "--write"]).await;
    let written: Value = serde_json::from_str(&std::fs::read_to_string(&settings).unwrap()).unwrap();
    let url = written["env"]["ANTHROPIC_BASE_URL"].as_str().unwrap();
    assert!(url.ends_with(&scene.daemon.addr().port().to_string()), "{url}");
    assert_eq!(written["model"], "opus");
    scene.daemon.ctl_ok(&["env", "claude", "--undo"]).await;
    let after: Value = serde_json::from_str(&std::fs::read_to_string(&settings).unwrap()).unwrap();
    assert_eq!(after, serde_json::from_str::<Value>(before).unwrap());
}

#[tokio::test]
async fn version_and_completion() {
    let scene = Scene::of(1).await;
    let json = scene.daemon.ctl_json(&["version"]).await;
    assert!(json.to_string().contains(env!("CARGO_PKG_VERSION")), "{json}");
    for shell in ["bash", "zsh", "fish"] {
        let text = scene.daemon.ctl_ok(&["completion", shell]).await;
        assert!(text.contains("zephyrctl"), "{shell}");
    }
}

#[tokio::test]
async fn not_running_is_exit_3_and_names_the_socket_and_the_remedy() {
    let home = Home::new("");
    for args in [&[][..], &["list"], &["pin", "a"], &["reload"], &["watch"]] {
        let output = home.output(home.zephyrctl(args)).await;
        assert_eq!(code(&output), 3, "{args:?}");
        let said = err(&output);
        assert!(said.contains("control.sock") && said.contains("zephyrd"), "{args:?}: {said}");
    }
    let output = home.output(home.zephyrctl(&["status", "--json"])).await;
    assert_eq!(code(&output), 3);
}

#[tokio::test]
async fn wrong_usage_is_exit_2() {
    let home = Home::new("");
    for args in [&["frobnicate"][..], &["pin"], &["status", "--no-such"]] {
        assert_eq!(code(&home.output(home.zephyrctl(args)).await), 2, "{args:?}");
    }
}

#[tokio::test]
async fn the_socket_option_wins_over_the_environment() {
    let scene = Scene::of(1).await;
    let socket = scene.daemon.home.socket();
    let mut command = scene.daemon.home.zephyrctl(&["status", "--socket", socket.to_str().unwrap()]);
    command.env("ZEPHYR_SOCKET", "/nowhere/control.sock");
    assert_eq!(code(&scene.daemon.home.output(command).await), 0);
    let mut command = scene.daemon.home.zephyrctl(&["status"]);
    command.env("ZEPHYR_SOCKET", "/nowhere/control.sock");
    let output = scene.daemon.home.output(command).await;
    assert_eq!(code(&output), 3);
    assert!(err(&output).contains("/nowhere/control.sock"));
}

#[tokio::test]
async fn the_users_own_socket_is_found_without_being_named() {
    let scene = Scene::of(1).await;
    let mut command = scene.daemon.home.zephyrctl(&["status"]);
    command.env_remove("ZEPHYR_SOCKET");
    assert_eq!(code(&scene.daemon.home.output(command).await), 0);
}

#[tokio::test]
async fn hostile_text_does_not_reach_the_terminal() {
    // A name with control characters is refused, and not repeated raw.
    let home =
        Home::new(&config(&["http://127.0.0.1:9".to_owned()]).replace("\"a\"", "\"a\\u001b[31mred\\u0007\""));
    let output = home.output(home.zephyrd(&["check"])).await;
    assert_eq!(code(&output), 78, "{}", out(&output));
    let raw = |bytes: &[u8]| bytes.contains(&0x1b) || bytes.contains(&7);
    assert!(!raw(&output.stdout) && !raw(&output.stderr), "{}{}", out(&output), err(&output));
    // What an endpoint says is shown without its escapes.
    let scene = Scene::of(1).await;
    let message = "\u{1b}]0;owned\u{7}\u{1b}[31mred \u{202e}desrever";
    scene.a_answers(Answer::error(529, "overloaded_error", message));
    scene.message(false).await;
    for args in [&["status"][..], &["list"], &["show", "a"], &["test", "a"]] {
        let output = scene.daemon.ctl(args).await;
        let shown = out(&output) + &err(&output);
        assert!(!raw(shown.as_bytes()) && !shown.contains('\u{202e}'), "{args:?}: {shown:?}");
    }
    let log = scene.daemon.said();
    assert!(!raw(log.as_bytes()) && !log.contains('\u{202e}'), "{log:?}");
}
