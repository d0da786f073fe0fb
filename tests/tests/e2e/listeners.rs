//! Listeners: HTTP/1.1 and h2c on the same port, TLS with ALPN and a certificate that is renewed in place.

use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use zephyr_tests::client::Client;
use zephyr_tests::daemon::{Daemon, Home, JSON, config, message};
use zephyr_tests::fake::realistic::anthropic;
use zephyr_tests::fake::{At, How};
use zephyr_tests::tls::Certificate;
use zephyr_tests::{Answer, Gate, Scene};

type H2 = hyper::client::conn::http2::SendRequest<Full<bytes::Bytes>>;

/// HTTP/2 over `wire` with prior knowledge.
async fn h2(wire: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> H2 {
    let builder = hyper::client::conn::http2::Builder::new(TokioExecutor::new());
    let (sender, connection) = builder.handshake(TokioIo::new(wire)).await.expect("h2");
    tokio::spawn(connection);
    sender
}

fn post(authority: &str, scheme: &str, body: String) -> http::Request<Full<bytes::Bytes>> {
    http::Request::post(format!("{scheme}://{authority}/v1/messages"))
        .header("content-type", "application/json")
        .body(Full::from(body))
        .unwrap()
}

#[tokio::test]
async fn h2c_with_prior_knowledge_is_spoken_on_the_same_port() {
    let scene = Scene::of(1).await;
    let mut client = h2(TcpStream::connect(scene.daemon.addr()).await.unwrap()).await;
    let authority = format!("localhost:{}", scene.daemon.addr().port());
    let streams: Vec<_> =
        (0..5).map(|_| client.send_request(post(&authority, "http", message(true)))).collect();
    for stream in streams {
        let reply = zephyr_tests::within("an h2 answer", stream).await.unwrap();
        assert_eq!((reply.status(), reply.version()), (http::StatusCode::OK, http::Version::HTTP_2));
        let body = reply.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(body, anthropic::stream("claude-opus-5-5", None).concat());
    }
    assert_eq!(scene.message(true).await.status(), 200, "and HTTP/1.1 too");
}

#[tokio::test]
async fn over_h2_the_same_rules_hold() {
    let scene = Scene::of(1).await;
    let mut client = h2(TcpStream::connect(scene.daemon.addr()).await.unwrap()).await;
    let foreign = client.send_request(post("evil.example", "http", message(false))).await.unwrap();
    assert_eq!(foreign.status(), 421);
    let mut page = post("localhost", "http", message(false));
    page.headers_mut().insert("origin", http::HeaderValue::from_static("https://evil.example"));
    assert_eq!(client.send_request(page).await.unwrap().status(), 403);
    assert!(scene.a().seen().is_empty());
    let mut own = post("localhost", "http", message(false));
    own.headers_mut().insert("x-api-key", http::HeaderValue::from_static("sk-client"));
    assert_eq!(client.send_request(own).await.unwrap().status(), 200);
    assert_eq!(scene.a().seen()[0].header("x-api-key"), None);
}

#[tokio::test]
async fn over_h2_a_cut_stream_is_an_error_and_a_cancel_ends_the_upstream_request() {
    let scene = Scene::of(1).await;
    let events = anthropic::stream("claude-opus-5-5", None);
    scene.a_answers(Answer::events(events.clone()).stop(At::Body(events[..4].concat().len()), How::Fin));
    let mut client = h2(TcpStream::connect(scene.daemon.addr()).await.unwrap()).await;
    // The reset may overtake what was sent before it.
    if let Ok(cut) = client.send_request(post("localhost", "http", message(true))).await {
        assert!(cut.into_body().collect().await.is_err(), "a cut stream ended cleanly");
    }

    let gate = Gate::new(2);
    scene.a_answers(Answer::events(events).gated(&gate));
    let running = client.send_request(post("localhost", "http", message(true))).await.unwrap();
    drop(running);
    scene.a().wait_gone(1).await;
}

/// A TLS connection to `daemon` and the certificate that it showed.
async fn tls(
    daemon: &Daemon,
    certificate: &Certificate,
    alpn: &[&[u8]],
) -> std::io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
    let tcp = TcpStream::connect(daemon.addr()).await?;
    certificate.connector(alpn).connect(ServerName::try_from("localhost").unwrap(), tcp).await
}

#[tokio::test]
async fn tls_listeners_speak_both_versions_and_take_a_renewed_certificate_up() {
    let scene = Scene::of(1).await;
    let first = Certificate::new();
    let home = Home::new("");
    first.write(home.path());
    let text = config(&[scene.a().url()]);
    home.write(&format!(
        "[server]\ntls = {{ cert = \"{{dir}}/cert.pem\", key = \"{{dir}}/key.pem\" }}\n{text}"
    ));
    let daemon = home.start().await;
    let listen = daemon.status().await.daemon.unwrap().listen;
    assert!(listen[0].starts_with("https://"), "{listen:?}");

    let stream = tls(&daemon, &first, &[b"h2", b"http/1.1"]).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let reply = h2(stream).await.send_request(post("localhost", "https", message(true))).await.unwrap();
    assert_eq!(reply.status(), 200);

    let stream = tls(&daemon, &first, &[b"http/1.1"]).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
    let mut kept = Client::on(stream);
    let body = message(true);
    assert_eq!(kept.ask("POST", "/v1/messages", &JSON, body.as_bytes()).await.status(), 200);

    let second = Certificate::new();
    second.write(daemon.home.path());
    daemon.ctl_ok(&["reload"]).await;
    let shown = zephyr_tests::until("the renewed certificate", || async {
        let stream = tls(&daemon, &second, &[]).await.ok()?;
        stream.get_ref().1.peer_certificates().map(|c| c[0].to_vec())
    })
    .await;
    assert_eq!(shown, second.der);
    assert_eq!(
        kept.ask("POST", "/v1/messages", &JSON, body.as_bytes()).await.status(),
        200,
        "old ones live on"
    );
}

#[tokio::test]
async fn a_plain_request_to_a_tls_listener_is_not_served() {
    let scene = Scene::of(1).await;
    let home = Home::new("");
    Certificate::new().write(home.path());
    let text = config(&[scene.a().url()]);
    home.write(&format!(
        "[server]\ntls = {{ cert = \"{{dir}}/cert.pem\", key = \"{{dir}}/key.pem\" }}\n{text}"
    ));
    let daemon = home.start().await;
    let mut client = Client::connect(daemon.addr()).await;
    client
        .send(&zephyr_tests::client::request("POST", "/v1/messages", &JSON, message(false).as_bytes()))
        .await;
    client.closed().await;
    assert!(scene.a().seen().is_empty());
}

#[tokio::test]
async fn several_listeners_serve_at_once() {
    let scene = Scene::edited(1, |c| format!("[server]\nlisten = [\"127.0.0.1:0\", \"[::1]:0\"]\n{c}")).await;
    assert_eq!(scene.daemon.listen.len(), 2, "{:?}", scene.daemon.listen);
    for addr in scene.daemon.listen.clone() {
        let reply =
            zephyr_tests::client::ask(addr, "POST", "/v1/messages", &JSON, message(true).as_bytes()).await;
        assert_eq!(reply.status(), 200, "{addr}");
    }
}

#[tokio::test]
async fn many_connections_at_once_are_served() {
    let scene = Scene::of(1).await;
    let gate = Gate::new(0);
    scene.a_answers(Answer::realistic().head_gated(&gate));
    let addr = scene.daemon.addr();
    let asking: Vec<_> = (0..200)
        .map(|_| {
            tokio::spawn(async move {
                let body = message(true);
                zephyr_tests::client::ask(addr, "POST", "/v1/messages", &JSON, body.as_bytes()).await
            })
        })
        .collect();
    scene.a().wait(200).await;
    assert_eq!(scene.daemon.endpoint("a").await.in_flight, 200);
    gate.open();
    for one in asking {
        assert_eq!(one.await.unwrap().status(), 200);
    }
    scene.daemon.until("nothing in flight", |s| (s.endpoints[0].in_flight == 0).then_some(())).await;
}
