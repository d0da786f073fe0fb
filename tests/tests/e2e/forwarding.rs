//! What goes out is what came in: bytes, headers, query; less the credentials and what belongs to one hop.

use zephyr_tests::captures;
use zephyr_tests::client::Client;
use zephyr_tests::daemon::{JSON, config, message};
use zephyr_tests::scene::{fakes, urls};
use zephyr_tests::{Answer, Daemon, Scene};

/// Headers that a hop sets or drops by itself.
const OF_ONE_HOP: [&str; 8] = [
    "host",
    "connection",
    "keep-alive",
    "transfer-encoding",
    "content-length",
    "accept-encoding",
    "authorization",
    "x-api-key",
];

fn end_to_end(headers: &[(String, String)]) -> Vec<(String, String)> {
    let mut kept: Vec<_> = headers
        .iter()
        .map(|(n, v)| (n.to_ascii_lowercase(), v.clone()))
        .filter(|(n, _)| !OF_ONE_HOP.contains(&n.as_str()))
        .collect();
    kept.sort();
    kept
}

#[tokio::test]
async fn every_recorded_client_request_arrives_byte_for_byte() {
    let fakes = fakes(1).await;
    let url = fakes[0].url();
    let group = |name: &str, dialect: &str, default: bool| {
        format!(
            "[[groups]]\nname = \"{name}\"\ndialect = \"{dialect}\"\ndefault = {default}\n\
             auth = {{ x_api_key = \"sk-own\" }}\nendpoints = [{{ url = \"{url}\", name = \"{name}-1\" }}]\n"
        )
    };
    let daemon = Daemon::with(&format!(
        "[health_check]\nenabled = false\n{}{}{}",
        group("messages", "anthropic", true),
        group("chat", "openai-chat", false),
        group("responses", "openai-responses", false)
    ))
    .await;
    for (i, (name, capture)) in captures::all().into_iter().enumerate() {
        let headers: Vec<(&str, &str)> = capture
            .headers
            .iter()
            .filter(|(n, _)| !["content-length", "host"].contains(&n.to_ascii_lowercase().as_str()))
            .map(|(n, v)| (n.as_str(), v.as_str()))
            .collect();
        let reply = daemon.ask(&capture.method, &capture.path, &headers, &capture.body()).await;
        assert_eq!(reply.status(), 200, "{name}: {}", reply.text());
        let seen = &fakes[0].seen()[i];
        assert_eq!(seen.malformed, None, "{name}");
        assert_eq!(
            (seen.method.as_str(), seen.target.as_str()),
            (capture.method.as_str(), capture.path.as_str())
        );
        assert!(seen.body == capture.body(), "{name}: the body changed");
        assert_eq!(end_to_end(&seen.headers), end_to_end(&capture.headers), "{name}");
        assert_eq!(seen.all("x-api-key"), ["sk-own"], "{name}");
        assert_eq!(seen.all("authorization"), Vec::<&str>::new(), "{name}");
        assert_eq!(seen.all("host"), [fakes[0].addr().to_string()], "{name}");
        let streamed = reply.header("content-type").unwrap().starts_with("text/event-stream");
        assert_eq!(streamed, capture.streams(), "{name}: streaming is decided by the body");
    }
}

#[tokio::test]
async fn the_answer_comes_back_byte_for_byte_with_its_headers() {
    let scene = Scene::of(1).await;
    let odd = "{\"id\" : \"msg_1\",  \"type\":\"message\", \"content\":[],\n \"x\":\"\\u00e9é\"}\n";
    let answer = Answer::text(200, "application/json", odd)
        .header("request-id", "req_upstream_1")
        .header("anthropic-ratelimit-requests-remaining", "41")
        .header("anthropic-organization-id", "org")
        .header("x-should-retry", "true")
        .header("set-cookie", "a=1")
        .header("set-cookie", "b=2");
    scene.a_answers(answer);
    let reply = scene.message(false).await;
    assert_eq!(reply.text(), odd);
    for (name, value) in [
        ("content-type", "application/json"),
        ("request-id", "req_upstream_1"),
        ("anthropic-ratelimit-requests-remaining", "41"),
        ("anthropic-organization-id", "org"),
        ("x-should-retry", "true"),
    ] {
        assert_eq!(reply.header(name), Some(value), "{name}");
    }
    let cookies = reply.head.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case("set-cookie")).count();
    assert_eq!(cookies, 2);
}

#[tokio::test]
async fn what_connection_names_ends_at_this_hop() {
    let scene = Scene::of(1).await;
    let headers = [
        ("Connection", "keep-alive, X-Secret-Hop, x-other"),
        ("X-Secret-Hop", "1"),
        ("X-Other", "2"),
        ("Keep-Alive", "timeout=5"),
        ("TE", "trailers"),
        ("Proxy-Authorization", "Basic eA=="),
        ("Proxy-Connection", "keep-alive"),
        ("X-Kept", "3"),
        ("content-type", "application/json"),
    ];
    let reply = scene.daemon.ask("POST", "/v1/messages", &headers, message(false).as_bytes()).await;
    assert_eq!(reply.status(), 200);
    let seen = &scene.a().seen()[0];
    for name in ["x-secret-hop", "x-other", "keep-alive", "te", "proxy-authorization", "proxy-connection"] {
        assert_eq!(seen.header(name), None, "{name}");
    }
    assert_eq!(seen.header("x-kept"), Some("3"));
}

#[tokio::test]
async fn what_the_upstream_names_in_connection_ends_here_too() {
    let scene = Scene::of(1).await;
    scene.a_answers(
        Answer::realistic().header("connection", "x-hop").header("x-hop", "1").header("x-end", "2"),
    );
    let reply = scene.message(false).await;
    assert_eq!((reply.header("x-hop"), reply.header("x-end")), (None, Some("2")));
}

#[tokio::test]
async fn the_path_prefix_of_an_endpoint_is_kept_and_the_query_too() {
    let fakes = fakes(1).await;
    let daemon = Daemon::with(&config(&[format!("{}/api/anthropic/", fakes[0].url())])).await;
    daemon.ask("POST", "/v1/messages?beta=true&x=%2Fy", &JSON, message(false).as_bytes()).await;
    daemon.ask("GET", "/v1/models?limit=1000", &[], b"").await;
    let targets: Vec<String> = fakes[0].seen().iter().map(|s| s.target.clone()).collect();
    assert_eq!(
        targets,
        ["/api/anthropic/v1/messages?beta=true&x=%2Fy", "/api/anthropic/v1/models?limit=1000"]
    );
}

#[tokio::test]
async fn headers_of_the_group_are_set_on_every_request() {
    let scene = Scene::with_group(1, "headers = { X-Title = \"zephyr\", user-agent = \"ours\" }").await;
    scene.message(false).await;
    let seen = &scene.a().seen()[0];
    assert_eq!((seen.header("x-title"), seen.all("user-agent")), (Some("zephyr"), vec!["ours"]));
}

#[tokio::test]
async fn a_chunked_request_arrives_whole() {
    let scene = Scene::of(1).await;
    let mut client = Client::connect(scene.daemon.addr()).await;
    client.send(b"POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n").await;
    let body = message(false);
    for part in body.as_bytes().chunks(10) {
        client.send(format!("{:x}\r\n", part.len()).as_bytes()).await;
        client.send(part).await;
        client.send(b"\r\n").await;
    }
    client.send(b"0\r\n\r\n").await;
    assert_eq!(client.reply("POST").await.status(), 200);
    assert_eq!(scene.a().seen()[0].body, body.as_bytes());
}

#[tokio::test]
async fn expect_100_continue_is_answered() {
    let scene = Scene::of(1).await;
    let body = message(false);
    let mut client = Client::connect(scene.daemon.addr()).await;
    let head = format!(
        "POST /v1/messages HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    client.send(head.as_bytes()).await;
    client.wait_continue().await;
    client.send(body.as_bytes()).await;
    assert_eq!(client.reply("POST").await.status(), 200);
    assert_eq!(scene.a().seen()[0].body, body.as_bytes());
}

#[tokio::test]
async fn a_kept_connection_serves_request_after_request() {
    let scene = Scene::of(1).await;
    let mut client = Client::connect(scene.daemon.addr()).await;
    for stream in [false, true, false, true] {
        let reply = client.ask("POST", "/v1/messages", &JSON, message(stream).as_bytes()).await;
        assert_eq!(reply.status(), 200);
    }
    assert_eq!(scene.a().seen().len(), 4);
    assert_eq!(scene.a().connections(), 1, "connections upstream are kept as well");
}

#[tokio::test]
async fn the_other_inference_paths_are_served() {
    let scene = Scene::of(1).await;
    let count = scene.post("/v1/messages/count_tokens", r#"{"model":"m","messages":[]}"#).await;
    assert_eq!(count.status(), 200);
    assert!(count.json()["input_tokens"].is_u64());
    let models = scene.daemon.ask("GET", "/v1/models?limit=1000", &[], b"").await;
    assert_eq!(models.status(), 200);
    assert!(models.json()["data"][0]["id"].as_str().unwrap().starts_with("claude"));
}

#[tokio::test]
async fn head_of_the_root_and_of_api_hello_is_answered_here() {
    let scene = Scene::of(1).await;
    for path in ["/", "/api/hello"] {
        let reply = scene.daemon.ask("HEAD", path, &[], b"").await;
        assert_eq!(reply.status(), 200, "{path}");
    }
    assert!(scene.a().seen().is_empty(), "nothing was forwarded");
}

#[tokio::test]
async fn a_dialect_goes_to_the_endpoints_that_speak_it() {
    let fakes = fakes(2).await;
    let urls = urls(&fakes);
    let daemon = Daemon::with(&format!(
        "[health_check]\nenabled = false\n\
         [[groups]]\nname = \"g1\"\nauth = \"none\"\nendpoints = [{{ url = \"{}\", name = \"claude\" }}]\n\
         [[groups]]\nname = \"g2\"\nauth = \"none\"\ndialect = \"openai-chat\"\n\
         endpoints = [{{ url = \"{}\", name = \"gpt\" }}]\n",
        urls[0], urls[1]
    ))
    .await;
    let chat = r#"{"model":"gpt-5","messages":[{"role":"user","content":"hi"}]}"#;
    let reply = daemon.ask("POST", "/v1/chat/completions", &JSON, chat.as_bytes()).await;
    assert_eq!(reply.header("x-used-endpoint"), Some("gpt"));
    assert_eq!(daemon.message(true).await.header("x-used-endpoint"), Some("claude"));
    let responses = daemon.ask("POST", "/v1/responses", &JSON, br#"{"model":"gpt-5","input":"hi"}"#).await;
    assert_eq!(responses.status(), 200, "nothing here speaks it, so it is translated: {}", responses.text());
    assert_eq!(responses.json()["object"], "response");
}
