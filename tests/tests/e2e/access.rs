//! Who may use the proxy: client tokens, names that it answers to, and web pages.

use zephyr_tests::client::Client;
use zephyr_tests::client::request;
use zephyr_tests::daemon::{Home, JSON, config, message};
use zephyr_tests::fake::{At, How};
use zephyr_tests::{Answer, Scene};

const TOKENS: &str = "[[clients]]\nname = \"ann\"\ntoken = \"zt-ann-token-0123456789\"\n\
    [[clients]]\nname = \"bob\"\ntoken = \"zt-bob-token-0123456789\"\npaths = [\"/v1/files\", \"/v1/batches/*\"]";

#[tokio::test]
async fn a_token_may_come_in_any_of_three_headers_and_never_goes_on() {
    let scene = Scene::followed_by(1, TOKENS).await;
    for (name, value) in [
        ("x-zephyr-token", "zt-ann-token-0123456789"),
        ("authorization", "Bearer zt-bob-token-0123456789"),
        ("authorization", "bearer zt-bob-token-0123456789"),
        ("x-api-key", "zt-ann-token-0123456789"),
    ] {
        let reply =
            scene.daemon.ask("POST", "/v1/messages", &[(name, value)], message(false).as_bytes()).await;
        assert_eq!(reply.status(), 200, "{name}: {value}");
        let seen = scene.a().seen().pop().unwrap();
        assert!(!String::from_utf8_lossy(&seen.head).contains("zt-"), "the token went upstream");
        assert_eq!(seen.all("authorization"), ["Bearer sk-own-credential"]);
    }
}

#[tokio::test]
async fn a_wrong_or_missing_token_is_refused_for_good() {
    let scene = Scene::followed_by(1, TOKENS).await;
    for headers in [
        &[][..],
        &[("x-api-key", "zt-ann-token-012345678")],
        &[("x-api-key", "zt-ann-token-01234567890")],
        &[("authorization", "Bearer wrong")],
        &[("authorization", "Basic enQ6eg==")],
        &[("x-zephyr-token", "")],
    ] {
        let reply = scene.daemon.ask("POST", "/v1/messages", headers, message(true).as_bytes()).await;
        assert_eq!((reply.status(), reply.header("x-should-retry")), (401, Some("false")), "{headers:?}");
        let body = reply.json();
        assert_eq!(
            (&body["type"], &body["error"]["type"]),
            (&"error".into(), &"authentication_error".into())
        );
    }
    let chat = scene.daemon.ask("POST", "/v1/chat/completions", &JSON, b"{}").await;
    assert_eq!(chat.status(), 401);
    assert!(chat.json()["error"]["message"].is_string() && chat.json().get("type").is_none());
    assert!(scene.a().seen().is_empty(), "nothing was forwarded");
}

#[tokio::test]
async fn with_tokens_other_paths_are_refused_unless_listed() {
    let scene = Scene::followed_by(1, TOKENS).await;
    let ask = |path: &'static str, token: &'static str| {
        let headers = [("x-zephyr-token", token)];
        let daemon = &scene.daemon;
        async move { daemon.ask("GET", path, &headers, b"").await.status() }
    };
    assert_eq!(ask("/v1/files", "zt-ann-token-0123456789").await, 403);
    assert_eq!(ask("/v1/files", "zt-bob-token-0123456789").await, 200);
    assert_eq!(ask("/v1/batches/b1/results", "zt-bob-token-0123456789").await, 200);
    assert_eq!(ask("/v1/filesystem", "zt-bob-token-0123456789").await, 403);
    assert_eq!(ask("/v1/models", "zt-ann-token-0123456789").await, 200, "an inference path");
}

#[tokio::test]
async fn beyond_loopback_needs_tokens() {
    for address in ["0.0.0.0:0", "[::]:0"] {
        let text = config(&["http://127.0.0.1:9".to_owned()]);
        let home = Home::new(&format!("{text}\n[server]\nlisten = [\"{address}\"]\n"));
        let output = home.output(home.zephyrd(&["check"])).await;
        assert_eq!(output.status.code(), Some(78), "{address}");
        let said =
            String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("clients"), "{said}");
        let output = home.output(home.zephyrd(&[])).await;
        assert_eq!(output.status.code(), Some(78), "{address}");
    }
}

#[tokio::test]
async fn only_its_own_names_are_answered_to() {
    let scene = Scene::edited(1, |c| format!("[server]\nhosts = [\"gw.internal\"]\n{c}")).await;
    let port = scene.daemon.addr().port();
    let ask = |host: String| {
        let daemon = &scene.daemon;
        async move { daemon.ask("POST", "/v1/messages", &[("host", &host)], message(false).as_bytes()).await }
    };
    for good in ["localhost", "LOCALHOST", "127.0.0.1", "[::1]", "gw.internal", "Gw.Internal:443"] {
        assert_eq!(ask(good.to_owned()).await.status(), 200, "{good}");
        if !good.contains("443") {
            assert_eq!(ask(format!("{good}:{port}")).await.status(), 200, "{good} with a port");
        }
    }
    let served = scene.a().seen().len();
    for bad in [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.nip.io",
        "gw.internal.evil.example",
        "10.0.0.1",
        "evil.example:8080",
        "",
    ] {
        assert_eq!(ask(bad.to_owned()).await.status(), 421, "{bad:?}");
    }
    // A target with an authority counts as much as the header.
    let mut client = Client::connect(scene.daemon.addr()).await;
    client.send(&request("POST", "http://evil.example/v1/messages", &JSON, message(false).as_bytes())).await;
    let status = client.reply("POST").await.status();
    assert!(matches!(status, 421 | 400), "{status}");
    assert_eq!(scene.a().seen().len(), served, "nothing was forwarded");
}

#[tokio::test]
async fn foreign_web_pages_are_refused() {
    let scene = Scene::of(1).await;
    let host = format!("localhost:{}", scene.daemon.addr().port());
    let own = format!("http://{host}");
    let ask = |headers: Vec<(&'static str, String)>| {
        let daemon = &scene.daemon;
        async move {
            let headers: Vec<(&str, &str)> = headers.iter().map(|(n, v)| (*n, v.as_str())).collect();
            daemon.ask("POST", "/v1/messages", &headers, message(false).as_bytes()).await
        }
    };
    for bad in [
        vec![("origin", "https://evil.example".to_owned())],
        vec![("origin", "null".to_owned())],
        vec![("origin", "http://localhost.evil.example".to_owned())],
        vec![("sec-fetch-site", "cross-site".to_owned())],
        vec![("sec-fetch-site", "same-site".to_owned())],
    ] {
        let reply = ask(bad.clone()).await;
        assert_eq!(reply.status(), 403, "{bad:?}");
        assert_eq!(reply.header("access-control-allow-origin"), None);
    }
    assert!(scene.a().seen().is_empty(), "nothing was forwarded");
    for good in [
        vec![("sec-fetch-site", "same-origin".to_owned()), ("host", host), ("origin", own)],
        vec![("sec-fetch-site", "none".to_owned())],
        // As Claude Code's runtime sends it.
        vec![("sec-fetch-mode", "cors".to_owned())],
    ] {
        let reply = ask(good.clone()).await;
        assert_eq!(reply.status(), 200, "{good:?}");
        assert_eq!(reply.header("access-control-allow-origin"), None, "no grant by default");
    }
    let preflight = [("origin", "https://evil.example"), ("access-control-request-method", "POST")];
    let reply = scene.daemon.ask("OPTIONS", "/v1/messages", &preflight, b"").await;
    assert_eq!((reply.status(), reply.header("access-control-allow-origin")), (403, None));
}

#[tokio::test]
async fn listed_origins_may_call() {
    let scene =
        Scene::edited(2, |c| format!("[server]\ncors_origins = [\"https://app.example\"]\n{c}\n{TOKENS}"))
            .await;
    let preflight = [
        ("origin", "https://app.example"),
        ("sec-fetch-site", "cross-site"),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "x-api-key,content-type,anthropic-version"),
    ];
    // A preflight carries no token.
    let reply = scene.daemon.ask("OPTIONS", "/v1/messages", &preflight, b"").await;
    assert!(matches!(reply.status(), 200 | 204), "{}", reply.status());
    assert_eq!(reply.header("access-control-allow-origin"), Some("https://app.example"));
    assert!(reply.header("access-control-allow-methods").unwrap().contains("POST"));
    let allowed = reply.header("access-control-allow-headers").unwrap().to_ascii_lowercase();
    assert!(allowed.contains("x-api-key") || allowed == "*", "{allowed}");
    assert!(scene.a().seen().is_empty(), "a preflight is answered here");

    let headers = [
        ("origin", "https://app.example"),
        ("sec-fetch-site", "cross-site"),
        ("x-zephyr-token", "zt-ann-token-0123456789"),
    ];
    let body = message(true);
    let reply = scene.daemon.ask("POST", "/v1/messages", &headers, body.as_bytes()).await;
    assert_eq!(reply.status(), 200);
    assert_eq!(reply.header("access-control-allow-origin"), Some("https://app.example"));
    assert!(reply.header("vary").unwrap_or_default().to_ascii_lowercase().contains("origin"));

    // An error must be readable by the page as well.
    for fake in &scene.fakes {
        fake.always(Answer::realistic().stop(At::Head, How::Reset));
    }
    let reply = scene.daemon.ask("POST", "/v1/messages", &headers, body.as_bytes()).await;
    assert_eq!(
        (reply.status(), reply.header("access-control-allow-origin")),
        (502, Some("https://app.example"))
    );

    let other = [("origin", "https://other.example"), ("access-control-request-method", "POST")];
    assert_eq!(scene.daemon.ask("OPTIONS", "/v1/messages", &other, b"").await.status(), 403);
}
