//! The tap over hand-made answers (`vectors/`, one rule each), in any chunks and any encoding; sessions of real clients.
#![allow(clippy::expect_used, clippy::panic, reason = "a test")]

mod captures;
mod check;
mod corpus;
mod encoders;
mod encodings;
mod laws;
mod vectors;
