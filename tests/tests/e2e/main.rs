//! End to end: the real binaries against the scripted endpoint.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods)]

mod access;
mod affinity;
mod budgets;
mod canary;
mod control;
mod counting;
mod crash;
mod credentials;
mod ctl;
mod encoded;
mod errors;
mod explain;
mod failover;
mod fake;
mod forwarding;
mod framing;
mod groups;
mod lifecycle;
mod limits;
mod listeners;
mod marks;
mod matrix;
mod models;
mod network;
mod other_paths;
mod probes;
mod record_store;
mod records;
mod reload;
mod response_cache;
mod sharing;
mod steering;
mod streaming;
mod usage_ctl;
mod waiting;
