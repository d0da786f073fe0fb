//! End to end: the real binaries against the scripted endpoint.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod fake;
