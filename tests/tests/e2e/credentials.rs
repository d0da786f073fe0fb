//! Each endpoint gets its own credential and nobody else's; redirects and environment proxies lead nowhere.

use zephyr_tests::daemon::{Home, message};
use zephyr_tests::fake::{At, How, Seen};
use zephyr_tests::scene::{fakes, urls};
use zephyr_tests::{Answer, Daemon, Fake, Scene};

fn credentials(seen: &Seen) -> Vec<String> {
    let names = [
        "authorization",
        "x-api-key",
        "x-zephyr-token",
        "api-key",
        "x-custom-key",
        "proxy-authorization",
        "cookie",
    ];
    let headers = seen.headers.iter().filter(|(n, _)| names.contains(&n.to_ascii_lowercase().as_str()));
    headers.map(|(n, v)| format!("{}: {v}", n.to_ascii_lowercase())).collect()
}

/// One group per credential, in order of priority.
fn groups(urls: &[String], auths: &[&str]) -> String {
    let mut text = "[health_check]\nenabled = false\n[selection]\nstrategy = \"priority\"\n".to_owned();
    for (i, (url, auth)) in urls.iter().zip(auths).enumerate() {
        text.push_str(&format!(
            "[[groups]]\nname = \"g{i}\"\npriority = {i}\nauth = {auth}\n\
             endpoints = [{{ url = \"{url}\", name = \"e{i}\", provider = \"p{i}\" }}]\n"
        ));
    }
    text
}

const CLIENTS_OWN: [(&str, &str); 3] = [
    ("authorization", "Bearer sk-client-login"),
    ("x-api-key", "sk-client-key"),
    ("content-type", "application/json"),
];

#[tokio::test]
async fn each_endpoint_gets_its_own_credential_and_no_other() {
    let fakes = fakes(5).await;
    let auths = [
        "{ bearer = \"sk-zero\" }",
        "{ x_api_key = \"sk-one\" }",
        "{ header = { name = \"X-Custom-Key\", value = \"sk-two\" } }",
        "\"none\"",
        "\"passthrough\"",
    ];
    let daemon = Daemon::with(&groups(&urls(&fakes), &auths)).await;
    let fail = || Answer { status: 429, ..Answer::realistic() };
    fakes[..4].iter().for_each(|f| f.on("/v1/messages", fail()));
    let reply = daemon.ask("POST", "/v1/messages", &CLIENTS_OWN, message(false).as_bytes()).await;
    assert_eq!(reply.header("x-used-endpoint"), Some("e4"), "{}", reply.text());
    let got: Vec<Vec<String>> = fakes.iter().map(|f| credentials(&f.seen()[0])).collect();
    assert_eq!(got[0], ["authorization: Bearer sk-zero"]);
    assert_eq!(got[1], ["x-api-key: sk-one"]);
    assert_eq!(got[2], ["x-custom-key: sk-two"]);
    assert_eq!(got[3], Vec::<String>::new());
    assert_eq!(got[4], ["authorization: Bearer sk-client-login", "x-api-key: sk-client-key"]);
}

#[tokio::test]
async fn a_passthrough_endpoint_is_no_candidate_without_a_credential() {
    let fakes = fakes(2).await;
    let daemon = Daemon::with(&groups(&urls(&fakes), &["\"passthrough\"", "{ bearer = \"sk-own\" }"])).await;
    let with = daemon.ask("POST", "/v1/messages", &CLIENTS_OWN, message(true).as_bytes()).await;
    assert_eq!(with.header("x-used-endpoint"), Some("e0"));
    assert_eq!(daemon.message(true).await.header("x-used-endpoint"), Some("e1"));
}

#[tokio::test]
async fn subscription_first_and_the_key_when_it_is_used_up() {
    let fakes = fakes(2).await;
    let daemon =
        Daemon::with(&groups(&urls(&fakes), &["\"passthrough\"", "{ x_api_key = \"sk-own\" }"])).await;
    let reset = "4102444800"; // far away
    let limited = Answer { status: 429, ..Answer::realistic() }
        .header("anthropic-ratelimit-unified-status", "rejected")
        .header("anthropic-ratelimit-unified-reset", reset)
        .header("retry-after", "3600");
    fakes[0].on("/v1/messages", limited);
    let mut headers = CLIENTS_OWN.to_vec();
    headers.push(("anthropic-beta", "claude-code-20250219,oauth-2025-04-20"));
    let reply = daemon.ask("POST", "/v1/messages", &headers, message(true).as_bytes()).await;
    assert_eq!((reply.status(), reply.header("x-used-endpoint")), (200, Some("e1")));
    let seen = &fakes[1].seen()[0];
    assert_eq!(credentials(seen), ["x-api-key: sk-own"]);
    assert_eq!(seen.header("anthropic-beta"), Some("claude-code-20250219"), "only `oauth-*` is dropped");
    assert_eq!(fakes[0].seen()[0].header("anthropic-beta"), Some("claude-code-20250219,oauth-2025-04-20"));
}

#[tokio::test]
async fn one_clients_limit_at_a_passthrough_endpoint_is_not_anothers() {
    let fakes = fakes(2).await;
    let daemon =
        Daemon::with(&groups(&urls(&fakes), &["\"passthrough\"", "{ x_api_key = \"sk-own\" }"])).await;
    fakes[0]
        .once("/v1/messages", Answer { status: 429, ..Answer::realistic() }.header("retry-after", "3600"));
    let ask = |key: &'static str| {
        let daemon = &daemon;
        async move {
            let reply =
                daemon.ask("POST", "/v1/messages", &[("x-api-key", key)], message(false).as_bytes()).await;
            reply.header("x-used-endpoint").unwrap().to_owned()
        }
    };
    assert_eq!(ask("sk-ann").await, "e1", "ann's own is used up");
    assert_eq!(ask("sk-bob").await, "e0", "bob's is not");
    assert_eq!(daemon.endpoint("e0").await.state, "up");
}

#[tokio::test]
async fn a_passed_through_401_is_the_clients_own() {
    let fakes = fakes(1).await;
    let daemon = Daemon::with(&groups(&urls(&fakes), &["\"passthrough\""])).await;
    fakes[0].on("/v1/messages", Answer::error(401, "authentication_error", "invalid x-api-key"));
    let reply = daemon.ask("POST", "/v1/messages", &CLIENTS_OWN, message(false).as_bytes()).await;
    assert_eq!((reply.status(), reply.json()["error"]["message"].as_str()), (401, Some("invalid x-api-key")));
    let good = daemon.endpoint("e0").await;
    assert!(matches!(good.state.as_str(), "unknown" | "up" | "degraded"), "{}: one client's key", good.state);
}

#[tokio::test]
async fn values_come_from_the_environment_files_and_commands() {
    let fakes = fakes(6).await;
    let auths = [
        "{ bearer = { env = \"KEY_A\" } }",
        "{ bearer = { env = \"KEY_B\" } }",
        "{ bearer = { file = \"{dir}/keys\", key = \"second\" } }",
        "{ x_api_key = { file = \"{dir}/whole\" } }",
        "{ bearer = { command = [\"/bin/echo\", \"sk-printed\"] } }",
        "{ bearer = { credential = \"zephyr-key\" } }",
    ];
    let home = Home::new(&groups(&urls(&fakes), &auths))
        .env("KEY_A", "sk-from-env")
        .env("KEY_B", "sk-loses-to-the-key-file");
    let credentials_dir = home.path().join("credentials");
    std::fs::create_dir(&credentials_dir).unwrap();
    for (path, text) in [
        (home.path().join("keys"), "first=sk-first\nsecond=sk-second\n"),
        (home.path().join("whole"), "sk-whole\n"),
        (home.config().with_file_name("zephyrd.env"), "# keys\nKEY_B=\"sk-from-key-file\"\n"),
        (credentials_dir.join("zephyr-key"), "sk-systemd\n"),
    ] {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    let home = home.env("CREDENTIALS_DIRECTORY", credentials_dir.to_str().unwrap());
    let daemon = home.start().await;
    let wanted = ["sk-from-env", "sk-from-key-file", "sk-second", "sk-whole", "sk-printed", "sk-systemd"];
    for (i, wanted) in wanted.iter().enumerate() {
        daemon.ctl_ok(&["pin", &format!("e{i}")]).await;
        let reply = daemon.message(false).await;
        assert_eq!(reply.status(), 200, "e{i}: {}", reply.text());
        let got = credentials(&fakes[i].seen()[0]);
        assert!(got.len() == 1 && got[0].ends_with(wanted), "e{i}: {got:?}");
    }
}

#[tokio::test]
async fn redirects_take_no_credential_anywhere() {
    let scene = Scene::of(1).await;
    let thief = Fake::start().await;
    for status in [301, 302, 303, 307, 308] {
        scene.a_answers(Answer::empty(status).header("location", &format!("{}/v1/messages", thief.url())));
        scene.message(false).await;
        scene.message(true).await;
    }
    assert!(thief.seen().is_empty());
}

#[tokio::test]
async fn a_proxy_of_the_environment_is_not_used() {
    let (fake, thief) = (Fake::start().await, Fake::start().await);
    let mut home = Home::new(&zephyr_tests::daemon::config(&[fake.url()]));
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"] {
        home = home.env(name, &thief.url());
    }
    let daemon = home.start().await;
    assert_eq!(daemon.message(true).await.status(), 200);
    assert_eq!((fake.seen().len(), thief.connections()), (1, 0));
}

#[tokio::test]
async fn a_proxy_of_the_config_is_used() {
    let proxy = Fake::start().await;
    let text = zephyr_tests::daemon::config(&["http://upstream.invalid/base".to_owned()])
        .replace("default = true\n", &format!("default = true\nproxy = \"{}\"\n", proxy.url()));
    let daemon = Daemon::with(&text).await;
    proxy.always(Answer::json(200, zephyr_tests::fake::realistic::anthropic::message("m", None)));
    assert_eq!(daemon.message(false).await.status(), 200);
    let seen = &proxy.seen()[0];
    assert_eq!(seen.target, "http://upstream.invalid/base/v1/messages");
    assert_eq!(seen.header("host"), Some("upstream.invalid"));
}

#[tokio::test]
async fn link_local_and_metadata_addresses_are_refused() {
    for url in ["http://169.254.169.254", "http://[fe80::1]", "http://metadata.google.internal"] {
        let home = Home::new(&zephyr_tests::daemon::config(&[url.to_owned()]));
        let output = home.output(home.zephyrd(&["check"])).await;
        if output.status.code() == Some(78) {
            continue;
        }
        let reply = home.start().await.message(false).await;
        assert_eq!(reply.status(), 502, "{url}: {}", reply.text());
    }
}

#[tokio::test]
async fn an_https_endpoint_is_verified_against_its_own_authority() {
    let certificate = zephyr_tests::tls::Certificate::new();
    let fake = Fake::start_tls(&certificate).await;
    let dir = tempfile::tempdir().unwrap();
    let [ca, ..] = certificate.write(dir.path());
    let config = zephyr_tests::daemon::config(&[fake.url()]);
    let trusting = format!("default = true\nca_file = \"{}\"\n", ca.display());
    let daemon = Daemon::with(&config.replace("default = true\n", &trusting)).await;
    assert_eq!(daemon.message(true).await.status(), 200);
    assert_eq!(fake.seen()[0].all("authorization"), ["Bearer sk-own-credential"]);
    // Without it the certificate is nobody's, and no byte is sent.
    let daemon = Daemon::with(&config).await;
    assert_eq!(daemon.message(true).await.status(), 502);
    assert_eq!(fake.seen().len(), 1);
    // With another authority neither.
    let other = zephyr_tests::tls::Certificate::new();
    let [ca, ..] = other.write(dir.path());
    let trusting = format!("default = true\nca_file = \"{}\"\n", ca.display());
    let daemon = Daemon::with(&config.replace("default = true\n", &trusting)).await;
    assert_eq!(daemon.message(true).await.status(), 502);
    assert_eq!(fake.seen().len(), 1);
}

#[tokio::test]
async fn a_reset_attempt_takes_its_credential_with_it() {
    let fakes = fakes(2).await;
    let daemon = Daemon::with(&groups(&urls(&fakes), &["{ bearer = \"sk-zero\" }", "\"none\""])).await;
    fakes[0].on("/v1/messages", Answer::realistic().stop(At::Head, How::Reset));
    assert_eq!(daemon.message(false).await.header("x-used-endpoint"), Some("e1"));
    assert_eq!(credentials(&fakes[1].seen()[0]), Vec::<String>::new());
}
