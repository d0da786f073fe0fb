//! The fake endpoint does what its script says: the other tests stand on it.

use zephyr_tests::client::{Client, End, ask};
use zephyr_tests::daemon::{JSON, message};
use zephyr_tests::fake::realistic::anthropic;
use zephyr_tests::fake::{At, Framing, How, Script};
use zephyr_tests::tls::Certificate;
use zephyr_tests::{Answer, Fake, Gate};

#[tokio::test]
async fn a_request_is_recorded_as_it_came() {
    let fake = Fake::start().await;
    let reply = ask(fake.addr(), "POST", "/v1/messages?beta=true", &[("X-Odd-Case", "v")], b"{}").await;
    assert_eq!(reply.status(), 200);
    let seen = &fake.seen()[0];
    assert_eq!(seen.target, "/v1/messages?beta=true");
    assert!(seen.headers.contains(&("X-Odd-Case".to_owned(), "v".to_owned())));
    assert_eq!(&seen.body[..], b"{}");
    assert!(seen.answered && seen.malformed.is_none());
}

#[tokio::test]
async fn an_event_goes_out_only_when_its_gate_lets_it() {
    let fake = Fake::start().await;
    let gate = Gate::new(0);
    fake.always(Answer::events([anthropic::start("m"), anthropic::ping()]).gated(&gate));
    let mut client = Client::connect(fake.addr()).await;
    client.send(&zephyr_tests::client::request("POST", "/", &JSON, message(true).as_bytes())).await;
    client.head().await;
    gate.release(1);
    client.expect(&anthropic::start("m")).await;
    gate.release(1);
    client.expect(&anthropic::ping()).await;
    assert_eq!(client.rest().await.1, End::Clean);
}

#[tokio::test]
async fn answers_break_off_where_and_how_they_should() {
    let fake = Fake::start().await;
    let long = || Answer::text(200, "text/plain", "0123456789").framing(Framing::Chunked);
    for (answer, body, end) in [
        (long().stop(At::Body(4), How::Fin), "0123", End::Cut),
        (long().stop(At::Body(4), How::Reset), "0123", End::Reset),
        (long().trickled(3), "0123456789", End::Clean),
        (long().framing(Framing::LengthOff(5)), "0123456789", End::Cut),
        (long().framing(Framing::UntilClose), "0123456789", End::Clean),
    ] {
        fake.always(answer.clone());
        let reply = ask(fake.addr(), "GET", "/", &[], b"").await;
        assert_eq!(reply.end, end, "{answer:?}");
        // A reset may overtake what was sent before it.
        assert!(reply.text() == body || end == End::Reset, "{answer:?}: {}", reply.text());
    }
}

#[tokio::test]
async fn it_notices_when_the_client_leaves() {
    let fake = Fake::start().await;
    fake.always(Answer::never());
    let mut client = Client::connect(fake.addr()).await;
    client.send(&zephyr_tests::client::request("GET", "/", &[], b"")).await;
    fake.wait(1).await;
    drop(client);
    assert!(!fake.wait_gone(0).await.answered);
}

#[tokio::test]
async fn it_speaks_tls_and_chunked_requests() {
    let certificate = Certificate::new();
    let fake = Fake::start_tls(&certificate).await;
    let tcp = tokio::net::TcpStream::connect(fake.addr()).await.unwrap();
    let name = rustls::pki_types::ServerName::try_from("localhost").unwrap();
    let tls = certificate.connector(&[]).connect(name, tcp).await.unwrap();
    let mut client = Client::on(tls);
    client
        .send(b"POST /x HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
        .await;
    assert_eq!(client.reply("POST").await.status(), 200);
    assert_eq!(&fake.seen()[0].body[..], b"abc");
}

#[tokio::test]
async fn a_script_can_be_written_as_json() {
    let script = r#"{"default": {"status": 404, "body": {"text": "nothing"}},
        "paths": {"/v1/messages": {"next": [{"status": 529, "headers": [["retry-after", "3"]]}],
        "always": {"stop": {"at": {"body": 100}, "how": "reset"}}}}}"#;
    let fake = Fake::start().await;
    fake.script(serde_json::from_str::<Script>(script).unwrap());
    let body = message(false);
    let first = ask(fake.addr(), "POST", "/v1/messages", &JSON, body.as_bytes()).await;
    assert_eq!((first.status(), first.header("retry-after")), (529, Some("3")));
    assert_eq!(first.json()["error"]["type"], "overloaded_error");
    assert_eq!(ask(fake.addr(), "POST", "/v1/messages", &JSON, body.as_bytes()).await.end, End::Reset);
    assert_eq!(ask(fake.addr(), "GET", "/", &[], b"").await.text(), "nothing");
}
