//! Strict framing: whatever two parsers could read in two ways is refused, closed and never forwarded. And limits.

use zephyr_tests::client::{Client, Reply, request};
use zephyr_tests::daemon::{JSON, message};
use zephyr_tests::{Answer, Scene};

/// Sends these bytes on a connection of their own; the answer, and whether the connection was closed after it.
async fn raw(scene: &Scene, bytes: &[u8]) -> (Reply, bool) {
    let mut client = Client::connect(scene.daemon.addr()).await;
    client.send(bytes).await;
    let reply = client.reply("POST").await;
    let told = reply.header("connection").is_some_and(|v| v.eq_ignore_ascii_case("close"));
    client.closed().await;
    (reply, told)
}

#[tokio::test]
async fn ambiguous_requests_are_refused_and_closed() {
    let scene = Scene::of(1).await;
    let post = "POST /v1/messages HTTP/1.1\r\nhost: localhost\r\n";
    let cases: Vec<(&str, String)> = vec![
        ("CL and TE", format!("{post}content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n")),
        ("two CL", format!("{post}content-length: 4\r\ncontent-length: 5\r\n\r\nabcde")),
        ("two equal CL", format!("{post}content-length: 4\r\ncontent-length: 4\r\n\r\nabcd")),
        ("a list of CL", format!("{post}content-length: 4, 4\r\n\r\nabcd")),
        ("signed CL", format!("{post}content-length: +4\r\n\r\nabcd")),
        ("negative CL", format!("{post}content-length: -4\r\n\r\nabcd")),
        ("hexadecimal CL", format!("{post}content-length: 0x4\r\n\r\nabcd")),
        ("huge CL", format!("{post}content-length: 99999999999999999999\r\n\r\nabcd")),
        ("empty CL", format!("{post}content-length:\r\n\r\n")),
        (
            "two TE",
            format!("{post}transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"),
        ),
        ("a list of TE", format!("{post}transfer-encoding: chunked, chunked\r\n\r\n0\r\n\r\n")),
        ("another TE", format!("{post}transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n")),
        ("identity TE", format!("{post}transfer-encoding: identity\r\n\r\n")),
        ("chunked not last", format!("{post}transfer-encoding: chunked, gzip\r\n\r\n0\r\n\r\n")),
        ("bare LF", "POST /v1/messages HTTP/1.1\nhost: localhost\ncontent-length: 0\n\n".to_owned()),
        (
            "one bare LF",
            "POST /v1/messages HTTP/1.1\r\nhost: localhost\nx: y\r\ncontent-length: 0\r\n\r\n".to_owned(),
        ),
        ("bare CR", format!("{post}x: a\rb\r\ncontent-length: 0\r\n\r\n")),
        ("obs-fold", format!("{post}x: a\r\n b\r\ncontent-length: 0\r\n\r\n")),
        ("NUL in a value", format!("{post}x: a\0b\r\ncontent-length: 0\r\n\r\n")),
        ("NUL in a name", format!("{post}x\0y: a\r\ncontent-length: 0\r\n\r\n")),
        ("space before the colon", format!("{post}content-length : 0\r\n\r\n")),
        ("space before a name", "POST /v1/messages HTTP/1.1\r\n host: localhost\r\n\r\n".to_owned()),
        ("no colon", format!("{post}nonsense\r\ncontent-length: 0\r\n\r\n")),
        ("no name", format!("{post}: x\r\ncontent-length: 0\r\n\r\n")),
        ("no Host", "POST /v1/messages HTTP/1.1\r\ncontent-length: 0\r\n\r\n".to_owned()),
        ("two Hosts", format!("{post}host: localhost\r\ncontent-length: 0\r\n\r\n")),
        (
            "HTTP/1.0 with TE",
            "POST /v1/messages HTTP/1.0\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"
                .to_owned(),
        ),
        ("a space in the target", "POST /v1/ messages HTTP/1.1\r\nhost: localhost\r\n\r\n".to_owned()),
        ("no version", "POST /v1/messages\r\nhost: localhost\r\n\r\n".to_owned()),
        ("bad chunk size", format!("{post}transfer-encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n")),
        ("signed chunk size", format!("{post}transfer-encoding: chunked\r\n\r\n+3\r\nabc\r\n0\r\n\r\n")),
        ("chunk without its end", format!("{post}transfer-encoding: chunked\r\n\r\n3\r\nabcXX0\r\n\r\n")),
        ("chunk size with bare LF", format!("{post}transfer-encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n")),
    ];
    let mut broken = Vec::new();
    for (name, bytes) in &cases {
        let attempt =
            tokio::time::timeout(std::time::Duration::from_secs(5), raw(&scene, bytes.as_bytes())).await;
        match attempt {
            Ok((reply, _)) if reply.status() == 400 => {}
            Ok((reply, _)) => broken.push(format!("{name}: {} {}", reply.status(), reply.text())),
            Err(_) => broken.push(format!("{name}: neither answered nor closed")),
        }
    }
    let forwarded: Vec<String> =
        scene.a().seen().iter().map(|s| String::from_utf8_lossy(&s.head).into_owned()).collect();
    assert!(forwarded.is_empty(), "went upstream:\n{}", forwarded.join("\n"));
    assert!(broken.is_empty(), "{} of {}:\n{}", broken.len(), cases.len(), broken.join("\n"));
}

#[tokio::test]
async fn a_smuggled_second_request_is_never_answered() {
    let scene = Scene::of(1).await;
    let bytes = "POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ncontent-length: 6\r\n\
                 transfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /v1/smuggled HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let mut client = Client::connect(scene.daemon.addr()).await;
    client.send(bytes.as_bytes()).await;
    assert_eq!(client.reply("POST").await.status(), 400);
    assert!(client.closed().await.is_empty(), "a second answer came");
    assert!(scene.a().seen().is_empty());
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let scene = Scene::of(1).await;
    let mut client = Client::connect(scene.daemon.addr()).await;
    let two = [
        request("POST", "/v1/messages", &JSON, message(false).as_bytes()),
        request("GET", "/v1/models", &[], b""),
    ]
    .concat();
    client.send(&two).await;
    assert_eq!(client.reply("POST").await.json()["type"], "message");
    assert!(client.reply("GET").await.json()["data"].is_array());
}

#[tokio::test]
async fn too_many_or_too_large_headers_are_refused() {
    let scene = Scene::of(1).await;
    let fits: String = (0..90).map(|i| format!("x-{i}: v\r\n")).collect();
    let many: String = (0..110).map(|i| format!("x-{i}: v\r\n")).collect();
    let large = format!("x-large: {}\r\n", "v".repeat(66 * 1024));
    let with = |extra: &str| {
        let body = message(false);
        format!(
            "POST /v1/messages HTTP/1.1\r\nhost: localhost\r\n{extra}content-length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let mut client = Client::connect(scene.daemon.addr()).await;
    client.send(with(&fits).as_bytes()).await;
    assert_eq!(client.reply("POST").await.status(), 200);
    let served = scene.a().seen().len();
    for (name, extra) in [("too many", many), ("too large", large)] {
        let (reply, _) = raw(&scene, with(&extra).as_bytes()).await;
        assert!(matches!(reply.status(), 431 | 400), "{name}: {}", reply.status());
    }
    assert_eq!(scene.a().seen().len(), served);
}

#[tokio::test]
async fn bodies_of_32_mib_pass_and_larger_ones_are_refused() {
    let scene = Scene::of(2).await;
    let body_of = |size: usize| {
        let frame = r#"{"model":"m","max_tokens":1,"messages":[{"role":"user","content":""}]}"#;
        let mut body =
            frame.replace("\"content\":\"\"", &format!("\"content\":\"{}\"", "x".repeat(size - frame.len())));
        body.shrink_to_fit();
        assert_eq!(body.len(), size);
        body
    };
    let most = 32 << 20;
    // Failover keeps the whole body.
    scene.a_answers(Answer { status: 503, ..Answer::realistic() });
    let body = body_of(most);
    let reply = scene.post("/v1/messages", &body).await;
    assert_eq!((reply.status(), reply.header("x-used-endpoint")), (200, Some("b")));
    assert!(scene.b().seen()[0].body == body.as_bytes(), "the body changed");

    let declared = scene.post("/v1/messages", &body_of(most + 1)).await;
    assert_eq!(
        (declared.status(), declared.json()["error"]["type"].as_str()),
        (413, Some("request_too_large"))
    );

    let mut client = Client::connect(scene.daemon.addr()).await;
    client.send(b"POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n").await;
    let chunk = [b"100000\r\n".to_vec(), vec![b' '; 1 << 20], b"\r\n".to_vec()].concat();
    for _ in 0..33 {
        client.send(&chunk).await;
    }
    assert_eq!(client.reply("POST").await.status(), 413);
    assert_eq!(scene.b().seen().len(), 1, "neither was forwarded");
}

#[tokio::test]
async fn a_smaller_limit_of_the_config_holds() {
    let scene = Scene::edited(1, |c| format!("[server]\nmax_body = \"1KiB\"\n{c}")).await;
    assert_eq!(scene.post("/v1/messages", &"x".repeat(1025)).await.status(), 413);
    assert_eq!(scene.message(false).await.status(), 200);
}

#[tokio::test]
async fn a_head_that_never_ends_is_not_waited_for() {
    let scene = Scene::of(1).await;
    let mut client = Client::connect(scene.daemon.addr()).await;
    client.send(b"POST /v1/messages HTTP/1.1\r\nhost: loc").await;
    // 10 s are given; an answer before the end is allowed.
    client.closed().await;
    assert!(scene.a().seen().is_empty());
}

#[tokio::test]
async fn a_body_that_never_comes_is_not_forwarded() {
    let scene = Scene::of(1).await;
    let mut client = Client::connect(scene.daemon.addr()).await;
    client
        .send(b"POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{\"model\":")
        .await;
    drop(client);
    assert_eq!(scene.message(false).await.status(), 200);
    assert_eq!(scene.a().seen().len(), 1, "half a request went upstream");
}

#[tokio::test]
async fn memory_for_replays_is_bounded_in_all() {
    let scene =
        Scene::edited(1, |c| format!("[server]\nmax_body = \"1MiB\"\nmax_replay_bytes = \"1MiB\"\n{c}"))
            .await;
    let body = "x".repeat(1 << 20);
    scene.a_answers(Answer::never());
    let mut first = Client::connect(scene.daemon.addr()).await;
    first.send(&request("POST", "/v1/messages", &JSON, body.as_bytes())).await;
    scene.a().wait(1).await;
    // The second waits for memory, at most 10 s.
    let second = scene.post("/v1/messages", &body).await;
    assert_eq!((second.status(), second.json()["error"]["type"].as_str()), (503, Some("overloaded_error")));
    assert!(second.header("retry-after").is_some());
    assert_eq!(scene.a().seen().len(), 1);
    // What the first held is free again when it is gone.
    drop(first);
    scene.a().wait_gone(0).await;
    scene.a_answers(Answer::realistic());
    assert_eq!(scene.post("/v1/messages", &body).await.status(), 200);
}
