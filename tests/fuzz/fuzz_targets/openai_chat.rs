//! Translation from `openai-chat` over any bytes: `cargo +nightly fuzz run --fuzz-dir tests/fuzz openai_chat`. What must hold stands in
//! `check.rs`; `zephyrd/wire/tests/translated_corpus.rs` replays the corpus.

#![no_main]

#[path = "../../../zephyrd/wire/tests/translated/check.rs"]
mod check;

libfuzzer_sys::fuzz_target!(|input: &[u8]| check::check(zephyr_wire::dialect::OPENAI_CHAT, input));
