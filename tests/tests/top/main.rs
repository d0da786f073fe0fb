//! `zephyrctl top` in a real terminal, before a real daemon: each key by what it shows and what the daemon makes of it.
//!
//! Needs tmux; `tests/run top` installs it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "test code: a failed step is a failed test")]

mod keys;
mod tmux;
mod ways_out;
