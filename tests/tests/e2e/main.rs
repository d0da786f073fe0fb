//! End to end: the real binaries against the scripted endpoint.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods)]

mod access;
mod canary;
mod control;
mod credentials;
mod ctl;
mod encoded;
mod errors;
mod failover;
mod fake;
mod forwarding;
mod framing;
mod lifecycle;
mod listeners;
mod marks;
mod other_paths;
mod probes;
mod reload;
mod steering;
mod streaming;
