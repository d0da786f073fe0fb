//! Laws that hold for every input.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "laws/affinity.rs"]
mod affinity;
#[path = "laws/backoff.rs"]
mod backoff;
#[path = "laws/failover.rs"]
mod failover;
#[path = "laws/request_id.rs"]
mod request_id;
#[path = "laws/select.rs"]
mod select;
mod support;
#[path = "laws/waiting.rs"]
mod waiting;
