//! Start, stop, check: exit codes, drains, twins, and a start without any config.

use zephyr_tests::client::{Client, End};
use zephyr_tests::daemon::{Daemon, Home, config};
use zephyr_tests::fake::realistic::anthropic;
use zephyr_tests::{Answer, Fake, Gate, Scene};

fn said(output: &std::process::Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[tokio::test]
async fn streams_end_in_peace_at_sigterm_and_new_connections_are_refused() {
    let scene = Scene::of(1).await;
    let gate = Gate::new(3);
    let events = anthropic::stream("claude-opus-5-5", None);
    scene.a_answers(Answer::events(events.clone()).gated(&gate));
    let mut client = scene.streaming().await;
    client.head().await;
    let addr = scene.daemon.addr();
    scene.daemon.signal("TERM").await;
    zephyr_tests::until("new connections to be refused", || async {
        tokio::net::TcpStream::connect(addr).await.err().map(|_| ())
    })
    .await;
    gate.open();
    let (body, end) = client.rest().await;
    assert_eq!((body, end), (events.concat().into(), End::Clean));
    let mut daemon = scene.daemon;
    assert!(daemon.ended().await.success(), "{}", daemon.said());
}

#[tokio::test]
async fn an_idle_kept_connection_does_not_hold_the_stop_up() {
    let scene = Scene::of(1).await;
    let mut client = Client::connect(scene.daemon.addr()).await;
    client.ask("HEAD", "/", &[], b"").await;
    scene.daemon.stop().await;
    assert!(client.closed().await.is_empty());
}

#[tokio::test]
async fn sigint_stops_too() {
    let mut daemon = Scene::of(1).await.daemon;
    daemon.signal("INT").await;
    assert!(daemon.ended().await.success());
}

#[tokio::test]
async fn a_stop_does_not_wait_for_ever() {
    let scene = Scene::edited(1, |c| format!("[server]\ngraceful_switch_timeout_ms = 300\n{c}")).await;
    scene.a_answers(Answer::never());
    let mut client = scene.streaming().await;
    scene.a().wait(1).await;
    let mut daemon = scene.daemon;
    daemon.signal("TERM").await;
    daemon.ended().await;
    client.closed().await;
}

#[tokio::test]
async fn a_bad_config_is_told_whole_with_exit_78() {
    let home = Home::new(
        "[server]\nprot = 8080\n[[groups]]\nname = \"g\"\nauth_token_env = \"UNSET_TOKEN\"\n\
         endpoints = [{ url = \"ftp://x\", name = \"a\" }, { url = \"http://127.0.0.1:9\", name = \"a\" }]\n\
         [health_check]\ninterval_seconds = 5\ntimeout_seconds = 20\n",
    );
    for args in [&["check"][..], &[]] {
        let output = home.output(home.zephyrd(args)).await;
        assert_eq!(output.status.code(), Some(78), "{args:?}: {}", said(&output));
        let said = said(&output);
        for part in ["prot", "`port`", "UNSET_TOKEN", "`url`", "`a`", "timeout", "config.toml:"] {
            assert!(said.contains(part), "{args:?}: `{part}` is not in:\n{said}");
        }
    }
    let output = home.output(home.zephyrctl(&["config", "check", home.config().to_str().unwrap()])).await;
    assert_eq!(output.status.code(), Some(6), "{}", said(&output));
    assert!(said(&output).contains("UNSET_TOKEN"));
}

#[tokio::test]
async fn a_good_config_is_checked_with_exit_0() {
    let home = Home::new(&config(&["http://127.0.0.1:9".to_owned()]));
    let output = home.output(home.zephyrd(&["check"])).await;
    assert!(output.status.success(), "{}", said(&output));
}

#[tokio::test]
async fn a_missing_config_file_that_was_named_is_an_error() {
    let home = Home::new("");
    std::fs::remove_file(home.config()).unwrap();
    let output = home.output(home.zephyrd(&[])).await;
    assert_eq!(output.status.code(), Some(78), "{}", said(&output));
    assert!(said(&output).contains("config.toml"));
}

#[tokio::test]
async fn wrong_usage_is_exit_64() {
    let home = Home::new("");
    let output = home.output(home.zephyrd(&["--no-such-option"])).await;
    assert_eq!(output.status.code(), Some(64), "{}", said(&output));
}

#[tokio::test]
async fn a_live_twin_is_found_and_left_alone() {
    let scene = Scene::of(1).await;
    let twin = scene.daemon.home.zephyrd(&[]);
    let output = scene.daemon.home.output(twin).await;
    assert!(!output.status.success());
    let said = said(&output);
    assert!(said.contains("control.sock"), "{said}");
    assert_eq!(scene.message(false).await.status(), 200, "the first one still serves");
    assert!(scene.daemon.ctl(&["status"]).await.status.success(), "and still answers on its socket");
}

#[tokio::test]
async fn a_dead_twins_socket_is_replaced() {
    let scene = Scene::of(1).await;
    let Scene { daemon, fakes: _fakes } = scene;
    let home = daemon.kill().await;
    assert!(home.socket().exists(), "a killed daemon leaves its socket");
    let daemon = home.start().await;
    assert_eq!(daemon.message(false).await.status(), 200);
    let home = daemon.stop().await;
    assert!(!home.socket().exists(), "a stopped one does not");
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let scene = Scene::of(1).await;
    let text = format!(
        "{}\n[server]\nlisten = [\"{}\"]\n",
        config(&["http://127.0.0.1:9".to_owned()]),
        scene.daemon.addr()
    );
    let home = Home::new(&text);
    let output = home.output(home.zephyrd(&[])).await;
    assert!(!output.status.success());
    assert!(said(&output).contains(&scene.daemon.addr().port().to_string()), "{}", said(&output));
}

/// `zephyrd` without a config file, with everything that it would share with others put into `home` by variables.
async fn without_config(home: &Home, args: &[&str]) -> (tokio::process::Child, zephyr_proto::v1::Status) {
    let mut command = tokio::process::Command::new(zephyr_tests::binary("zephyrd"));
    command.args(args).env_clear().kill_on_drop(true).stderr(std::process::Stdio::null());
    let dirs = [
        ("HOME", "home"),
        ("XDG_CONFIG_HOME", "config"),
        ("XDG_STATE_HOME", "state"),
        ("XDG_RUNTIME_DIR", "run"),
        ("TMPDIR", "home"),
    ];
    command.envs(dirs.map(|(name, dir)| (name, home.path().join(dir))));
    if args.is_empty() {
        command.env("ZEPHYRD_SERVER__LISTEN", "[\"127.0.0.1:0\"]");
        // Tests stay on this machine.
        command.env("ZEPHYRD_HEALTH_CHECK__ENABLED", "false");
    }
    command.env("ZEPHYRD_SERVER__STATE_DIR", home.path().join("state"));
    command.env("ZEPHYRD_CONTROL__SOCKET", home.socket());
    let child = command.spawn().unwrap();
    let socket = home.socket();
    let channel = zephyr_tests::until("the control socket", || async {
        zephyr_tests::daemon::channel(&socket).await.ok()
    });
    let mut client = zephyr_proto::v1::status_service_client::StatusServiceClient::new(channel.await);
    let status = client.get_status(zephyr_proto::v1::GetStatusRequest {}).await.unwrap().into_inner().status;
    (child, status.unwrap())
}

#[tokio::test]
async fn it_starts_without_any_config_and_passes_the_clients_own_login_on() {
    let home = Home::new("");
    std::fs::remove_file(home.config()).unwrap();
    let (_child, status) = without_config(&home, &[]).await;
    let endpoint = &status.endpoints[0];
    assert_eq!((endpoint.url.as_str(), endpoint.auth.as_str()), ("https://api.anthropic.com", "passthrough"));
    let listen = status.daemon.unwrap().listen;
    assert!(listen[0].starts_with("http://127.0.0.1:"), "{listen:?}");
}

#[tokio::test]
async fn the_demo_serves_three_simulated_endpoints() {
    let home = Home::new("");
    // The demo takes one port by number: one that the kernel has just given and taken back.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let (_child, status) = without_config(&home, &["demo", "--port", &port]).await;
    let names: Vec<&str> = status.endpoints.iter().map(|e| e.name.as_str()).collect();
    assert_eq!(names, ["Swift", "Steady", "Slow"]);
    let listen = status.daemon.unwrap().listen;
    let addr = listen[0].strip_prefix("http://").unwrap().parse().unwrap();
    let body = zephyr_tests::daemon::message(true);
    let reply = zephyr_tests::client::ask(addr, "POST", "/v1/messages", &[], body.as_bytes()).await;
    assert_eq!((reply.status(), reply.end), (200, End::Clean));
    assert!(names.contains(&reply.header("x-used-endpoint").unwrap()));
    assert!(reply.text().contains("message_stop"), "{}", reply.text());
}

#[tokio::test]
async fn variables_override_the_file() {
    let fakes = zephyr_tests::scene::fakes(2).await;
    let text =
        config(&zephyr_tests::scene::urls(&fakes)).replace("priority = 1 }", "priority = 1, price = 2.0 }");
    let daemon = Home::new(&text).env("ZEPHYRD_SELECTION__STRATEGY", "cheapest").start().await;
    assert_eq!(daemon.message(false).await.header("x-used-endpoint"), Some("b"));
}

#[tokio::test]
async fn the_config_of_claude_zephyr_loads_unchanged() {
    let (main, backup) = (Fake::start().await, Fake::start().await);
    let text = format!(
        "[server]\nswitch_threshold_ms = 50\n\n[[groups]]\nname = \"primary-provider\"\n\
         auth_token_env = \"AUTH_TOKEN_MAIN\"\ndefault = true\nendpoints = [\n\
         \x20   {{ url = \"{}\", name = \"Provider-A-1\" }},\n\x20   {{ url = \"{}\", name = \"Provider-A-2\" }},\n]\n\n\
         [health_check]\ninterval_seconds = 60\ntimeout_seconds = 20\ndynamic_scaling = true\n",
        main.url(),
        backup.url()
    );
    let daemon: Daemon = Home::new(&text).env("AUTH_TOKEN_MAIN", "sk-main").start().await;
    assert_eq!(daemon.message(true).await.status(), 200);
    daemon.ctl_ok(&["pin", "Provider-A-2"]).await;
    assert_eq!(daemon.message(true).await.header("x-used-endpoint"), Some("Provider-A-2"));
    assert_eq!(backup.seen().pop().unwrap().all("authorization"), ["Bearer sk-main"]);
}

#[tokio::test]
async fn one_broken_request_ends_alone() {
    let scene = Scene::of(1).await;
    // What clients really send by accident or on purpose; the daemon must go on.
    for body in ["", "{", "[]", "null", "{\"model\":5}", "{\"stream\":\"yes\"}", "\u{0}\u{1}"] {
        let reply = scene.post("/v1/messages", body).await;
        assert!(reply.status() < 600, "{body:?}");
    }
    let mut client = Client::connect(scene.daemon.addr()).await;
    client.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03").await;
    client.send(&[0; 1000]).await;
    client.closed().await;
    assert_eq!(scene.message(true).await.status(), 200);
}
