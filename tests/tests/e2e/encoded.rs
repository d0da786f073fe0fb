//! Compressed answers are judged like plain ones and pass byte for byte; compressed requests are read.

use std::io::Write as _;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use zephyr_tests::client::{Client, End, request};
use zephyr_tests::daemon::{JSON, message};
use zephyr_tests::fake::At;
use zephyr_tests::fake::How;
use zephyr_tests::fake::realistic::anthropic;
use zephyr_tests::{Answer, Gate, Scene};

/// Each event flushed into a piece of its own; the last piece is the end of the encoding.
fn gzipped(events: &[Bytes]) -> Vec<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let mut pieces = Vec::new();
    for event in events {
        encoder.write_all(event).unwrap();
        encoder.flush().unwrap();
        pieces.push(std::mem::take(encoder.get_mut()).into());
    }
    pieces.push(encoder.finish().unwrap().into());
    pieces
}

fn gzipped_events(events: &[Bytes]) -> Answer {
    Answer::events(gzipped(events)).header("content-encoding", "gzip")
}

/// A zstd frame with one block that is stored as it is.
fn zstd(text: &str) -> Vec<u8> {
    let len = u8::try_from(text.len()).unwrap();
    let block = u32::from(len) << 3 | 1;
    let mut out = vec![0x28, 0xb5, 0x2f, 0xfd, 0x20, len];
    out.extend_from_slice(&block.to_le_bytes()[..3]);
    out.extend_from_slice(text.as_bytes());
    out
}

#[tokio::test]
async fn compressed_events_pass_one_by_one_and_byte_for_byte() {
    let scene = Scene::of(1).await;
    let pieces = gzipped(&anthropic::stream("claude-opus-5-5", None));
    let gate = Gate::new(1);
    let answer = Answer::events(pieces.clone()).header("content-encoding", "gzip").gated(&gate);
    scene.a().on("/v1/messages", answer);
    let mut client = Client::connect(scene.daemon.addr()).await;
    client.send(&request("POST", "/v1/messages", &JSON, message(true).as_bytes())).await;
    gate.release(1);
    assert_eq!(client.head().await.header("content-encoding"), Some("gzip"));
    client.expect(&pieces[..2].concat()).await;
    for piece in &pieces[2..] {
        gate.release(1);
        client.expect(piece).await;
    }
    assert_eq!(client.rest().await, (Bytes::new(), End::Clean));
}

#[tokio::test]
async fn a_compressed_failure_moves_on() {
    let mut head = GzEncoder::new(Vec::new(), Compression::default());
    head.write_all(br#"{"type":"error","error":{"type":"overloaded_error","message":"m"}}"#).unwrap();
    let whole =
        Answer::bytes(200, "application/json", head.finish().unwrap()).header("content-encoding", "gzip");
    let start = anthropic::start("claude-opus-5-5");
    let error = anthropic::error("overloaded_error", "Overloaded");
    for (name, answer, stream) in [
        ("an error event", gzipped_events(&[start.clone(), error]), true),
        ("a clean end before anything semantic", gzipped_events(&[start]), true),
        ("a whole error", whole, false),
    ] {
        let scene = Scene::of(2).await;
        scene.a().on("/v1/messages", answer);
        let reply = scene.daemon.message(stream).await;
        let told = (reply.status(), reply.header("x-used-endpoint"), reply.end);
        assert_eq!(told, (200, Some("b"), End::Clean), "{name}");
    }
}

#[tokio::test]
async fn a_compressed_stream_that_dies_after_content_is_never_ended_cleanly() {
    let scene = Scene::of(1).await;
    let pieces = gzipped(&anthropic::stream("claude-opus-5-5", None));
    let half: usize = pieces[..4].iter().map(Bytes::len).sum();
    let cut = Answer::events(pieces[..4].to_vec()).header("content-encoding", "gzip");
    // Once with an end that looks clean, once cut off by the connection.
    for answer in [cut.clone(), cut.stop(At::Body(half), How::Fin)] {
        scene.a().once("/v1/messages", answer);
        assert_ne!(scene.daemon.message(true).await.end, End::Clean);
    }
}

#[tokio::test]
async fn an_unknown_encoding_passes_unjudged() {
    let scene = Scene::of(1).await;
    let answer =
        Answer::bytes(200, "text/event-stream", "whatever").header("content-encoding", "aws-chunked");
    scene.a().on("/v1/messages", answer);
    let reply = scene.daemon.message(true).await;
    assert_eq!((reply.status(), &reply.body[..], reply.end), (200, &b"whatever"[..], End::Clean));
}

#[tokio::test]
async fn what_a_compressed_request_wishes_is_read() {
    let scene = Scene::of(1).await;
    let body = zstd(&message(true));
    let events = anthropic::stream("claude-opus-5-5", None);
    scene.a().on("/v1/messages", Answer::events(events.clone()));
    let headers = [("content-type", "application/json"), ("content-encoding", "zstd")];
    let reply = scene.daemon.ask("POST", "/v1/messages", &headers, &body).await;
    assert_eq!((reply.status(), reply.body, reply.end), (200, events.concat().into(), End::Clean));
    assert_eq!(scene.a().seen()[0].body, body);
}
