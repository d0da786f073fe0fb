//! What an estimate of input tokens costs: requests of a megabyte with text, code and what is neither, and the first one
//! of a process, which unpacks the vocabulary.
//!
//! `cargo run --release -p zephyr-wire --example estimate_cost`; a measurement and not a test.
#![allow(clippy::print_stdout, clippy::expect_used)]

use std::hint::black_box;
use std::time::Instant;

use zephyr_wire::dialect::ANTHROPIC;
use zephyr_wire::estimate::of_body;

const SIZE: usize = 1_000_000;
const CODE: &str = include_str!("../src/form/request.rs");
const PROSE: &str = include_str!("../../../ARCHITECTURE.md");

fn main() {
    let started = Instant::now();
    let body = request("hi");
    black_box(of_body(ANTHROPIC, body.as_bytes(), "claude-opus-5").expect("sound"));
    println!(
        "{:<24} {:>8.1} ms  resident {}",
        "the first",
        started.elapsed().as_secs_f64() * 1e3,
        resident()
    );
    let noise: String = (0..SIZE as u32)
        .map(|n| char::from(b'a' + (n.wrapping_mul(2_654_435_761).rotate_left(7) % 26) as u8))
        .collect();
    for (name, text) in [
        ("code", filled(CODE)),
        ("prose", filled(PROSE)),
        ("Japanese", filled("日本語の長い文章には空白がないので、区切りを探すのに時間がかかる。")),
        ("one letter", filled("a")),
        ("lines of nothing", filled("\n")),
        ("noise", noise),
    ] {
        let body = request(&text);
        let started = Instant::now();
        let tokens = of_body(ANTHROPIC, black_box(body.as_bytes()), "claude-opus-5").expect("sound");
        println!("{name:<24} {:>8.1} ms  {tokens} tokens", started.elapsed().as_secs_f64() * 1e3);
    }
}

fn filled(text: &str) -> String {
    let mut out = text.repeat(SIZE / text.len() + 1);
    let end = (0..=SIZE).rev().find(|at| out.is_char_boundary(*at)).unwrap_or(0);
    out.truncate(end);
    out
}

fn request(text: &str) -> String {
    serde_json::json!({"model": "claude-opus-5", "messages": [{"role": "user", "content": text}]}).to_string()
}

fn resident() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().to_owned()
}
