//! What one event of a stream costs the tap: long streams of deltas as vendors send them, in chunks of one event and
//! of many, plain and compressed.
//!
//! `cargo run --release -p zephyr-wire --example tap_cost`; compare rows of one run only. It is a measurement and not a
//! test: nothing fails when it is slow.
#![allow(clippy::print_stdout, clippy::expect_used)]

use std::hint::black_box;
use std::io::Write;
use std::time::Instant;

use zephyr_wire::dialect::{ANTHROPIC, Dialect, OPENAI_CHAT, OPENAI_RESPONSES};
use zephyr_wire::encoding::Encoding;
use zephyr_wire::tap::{Form, Tap};

const EVENTS: usize = 200_000;

const ANTHROPIC_DELTA: &str = "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\" a few words\"}}\n\n";
const CHAT_DELTA: &str = "data: {\"id\":\"chatcmpl-CXxcVBnmasdQWEzxc\",\"object\":\"chat.completion.chunk\",\"created\":1790000000,\"model\":\"gpt-5-2026-08-07\",\"service_tier\":\"default\",\"system_fingerprint\":null,\"choices\":[{\"index\":0,\"delta\":{\"content\":\" word\"},\"logprobs\":null,\"finish_reason\":null}],\"usage\":null,\"obfuscation\":\"aB3dE5\"}\n\n";
const CHAT_COUNTED: &str = "data: {\"id\":\"chatcmpl-CXxcVBnmasdQWEzxc\",\"object\":\"chat.completion.chunk\",\"created\":1790000000,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" word\"},\"finish_reason\":null}],\"usage\":{\"prompt_tokens\":100,\"completion_tokens\":5,\"total_tokens\":105}}\n\n";
const RESPONSES_DELTA: &str = "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"sequence_number\":17,\"item_id\":\"msg_0123456789\",\"output_index\":1,\"content_index\":0,\"delta\":\" word\",\"logprobs\":[],\"obfuscation\":\"aB3dE5\"}\n\n";

fn main() {
    println!("{:<28} {:>14} {:>14}", "stream", "one a chunk", "16 KiB chunks");
    for (name, dialect, event) in [
        ("anthropic", ANTHROPIC, ANTHROPIC_DELTA),
        ("openai-chat", OPENAI_CHAT, CHAT_DELTA),
        ("openai-chat, counted", OPENAI_CHAT, CHAT_COUNTED),
        ("openai-responses", OPENAI_RESPONSES, RESPONSES_DELTA),
    ] {
        let stream = event.repeat(EVENTS);
        let one = cost(dialect, Encoding::Identity, stream.as_bytes().chunks(event.len()));
        let many = cost(dialect, Encoding::Identity, stream.as_bytes().chunks(16 * 1024));
        println!("{name:<28} {one:>11.1} ns {many:>11.1} ns");
    }
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    let mut chunks = Vec::new();
    for _ in 0..EVENTS {
        encoder.write_all(ANTHROPIC_DELTA.as_bytes()).expect("encodes");
        encoder.flush().expect("flushes");
        chunks.push(std::mem::take(encoder.get_mut()));
    }
    let one = cost(ANTHROPIC, Encoding::Gzip, chunks.iter().map(Vec::as_slice));
    println!("{:<28} {one:>11.1} ns", "anthropic, gzip");
}

/// Nanoseconds per event, the best of five.
fn cost<'a>(
    dialect: &'static dyn Dialect,
    encoding: Encoding,
    chunks: impl Iterator<Item = &'a [u8]> + Clone,
) -> f64 {
    let once = || {
        let mut tap = Tap::new(dialect, Form::Stream, encoding);
        let began = Instant::now();
        chunks.clone().for_each(|chunk| tap.feed(chunk));
        let spent = began.elapsed();
        assert!(black_box(tap.seen()).semantic);
        spent.as_secs_f64() * 1e9
    };
    (0..5).map(|_| once()).fold(f64::MAX, f64::min) / EVENTS as f64
}
