//! Paths that are no inference paths: transparent, to the default group, repeated only if provably not sent.

use zephyr_tests::client::{Client, End, request};
use zephyr_tests::fake::{At, How};
use zephyr_tests::scene::{fakes, urls};
use zephyr_tests::{Answer, Daemon, Gate, Scene};

#[tokio::test]
async fn any_method_and_path_goes_through_unchanged() {
    let scene = Scene::of(1).await;
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY"] {
        let body: &[u8] = if method == "GET" || method == "DELETE" { b"" } else { b"\x00\xffbinary" };
        let target = "/v1/files/abc%2Fdef?after=x&limit=2";
        let reply = scene.daemon.ask(method, target, &[("x-mark", method)], body).await;
        assert_eq!(reply.status(), 200, "{method}: {}", reply.text());
        let seen = scene.a().seen().pop().unwrap();
        assert_eq!((seen.method.as_str(), seen.target.as_str(), &seen.body[..]), (method, target, body));
        assert_eq!(seen.header("x-mark"), Some(method));
    }
    let reply = scene.daemon.ask("HEAD", "/v1/files", &[], b"").await;
    assert_eq!((reply.status(), scene.a().seen().pop().unwrap().method.as_str()), (200, "HEAD"));
}

#[tokio::test]
async fn they_go_to_the_default_groups_first_usable_endpoint() {
    let fakes = fakes(3).await;
    let urls = urls(&fakes);
    let daemon = Daemon::with(&format!(
        "[health_check]\nenabled = false\n[selection]\nstrategy = \"round-robin\"\n\
         [[groups]]\nname = \"first\"\npriority = 1\nauth = \"none\"\n\
         endpoints = [{{ url = \"{}\", name = \"a\" }}]\n\
         [[groups]]\nname = \"second\"\npriority = 2\ndefault = true\nauth = \"none\"\n\
         endpoints = [{{ url = \"{}\", name = \"b\" }}, {{ url = \"{}\", name = \"c\" }}]\n",
        urls[0], urls[1], urls[2]
    ))
    .await;
    for _ in 0..4 {
        assert_eq!(daemon.ask("GET", "/v1/files", &[], b"").await.header("x-used-endpoint"), Some("b"));
    }
    daemon.ctl_ok(&["pause", "b"]).await;
    assert_eq!(daemon.ask("GET", "/v1/files", &[], b"").await.header("x-used-endpoint"), Some("c"));
}

#[tokio::test]
async fn their_errors_are_passed_on_and_never_repeated() {
    for status in [401, 404, 429, 500, 503, 529] {
        let scene = Scene::of(2).await;
        scene.a().always(Answer::text(status, "text/plain", "theirs"));
        let reply = scene.daemon.ask("POST", "/v1/files", &[], b"x").await;
        assert_eq!((reply.status(), reply.text().as_str()), (status, "theirs"));
        assert!(scene.b().seen().is_empty());
        assert_eq!(scene.daemon.endpoint("a").await.failures, 0, "only transport failures count");
    }
}

#[tokio::test]
async fn they_move_on_only_if_they_were_provably_not_sent() {
    let scene = Scene::of(2).await;
    scene.a().always(Answer::realistic().stop(At::Head, How::Reset));
    let reply = scene.daemon.ask("POST", "/v1/batches", &[], b"x").await;
    assert_eq!((reply.status(), scene.b().seen().len()), (502, 0));
    assert_eq!(scene.daemon.endpoint("a").await.consecutive_failures, 1);

    let fakes = fakes(1).await;
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let config = zephyr_tests::daemon::config(&[format!("http://{gone}"), fakes[0].url()]);
    let daemon = Daemon::with(&config).await;
    let reply = daemon.ask("POST", "/v1/batches", &[], b"x").await;
    assert_eq!((reply.status(), reply.header("x-used-endpoint")), (200, Some("b")));
}

#[tokio::test]
async fn their_streams_pass_piece_by_piece() {
    let scene = Scene::of(1).await;
    let gate = Gate::new(0);
    scene
        .a()
        .always(Answer::events(["one", "two"].map(|s| bytes::Bytes::from_static(s.as_bytes()))).gated(&gate));
    let mut client = Client::connect(scene.daemon.addr()).await;
    client.send(&request("GET", "/v1/batches/results", &[], b"")).await;
    for piece in ["one", "two"] {
        gate.release(1);
        if piece == "one" {
            client.head().await;
        }
        client.expect(piece.as_bytes()).await;
    }
    assert_eq!(client.rest().await.1, End::Clean);
}

#[tokio::test]
async fn redirects_are_passed_on_and_never_followed() {
    let scene = Scene::of(2).await;
    let there = format!("{}/stolen", scene.b().url());
    scene.a().always(Answer::empty(302).header("location", &there));
    let reply = scene.daemon.ask("GET", "/v1/files", &[], b"").await;
    assert_eq!((reply.status(), reply.header("location")), (302, Some(there.as_str())));
    // On an inference path a redirect is no answer.
    scene.a().always(Answer::empty(307).header("location", &there));
    assert_eq!(scene.message(false).await.header("x-used-endpoint"), Some("b"));
    assert!(scene.b().seen().iter().all(|s| s.path() != "/stolen"));
}

#[tokio::test]
async fn connect_and_upgrade_are_refused() {
    let scene = Scene::of(1).await;
    let mut client = Client::connect(scene.daemon.addr()).await;
    client.send(b"CONNECT localhost:443 HTTP/1.1\r\nhost: localhost:443\r\n\r\n").await;
    assert_eq!(client.reply("CONNECT").await.status(), 405);
    let upgrade = [("connection", "upgrade"), ("upgrade", "websocket"), ("sec-websocket-version", "13")];
    let reply = scene.daemon.ask("GET", "/v1/realtime", &upgrade, b"").await;
    assert_eq!(reply.status(), 501);
    assert!(scene.a().seen().is_empty());
}
