//! The tap over any bytes: `cargo +nightly fuzz run --fuzz-dir tests/fuzz tap`. What must hold, and what the first two
//! bytes choose, stands in `check.rs`; `zephyrd/wire/tests/tap/corpus.rs` replays the corpus.

#![no_main]

#[path = "../../../zephyrd/wire/tests/tap/check.rs"]
mod check;

libfuzzer_sys::fuzz_target!(|input: &[u8]| check::check(input));
