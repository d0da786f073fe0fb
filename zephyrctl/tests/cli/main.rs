//! The real binary against a scripted daemon: what it prints where, and its exit status, as snapshots.
//!
//! Snapshots hold standard output, standard error and the status together. They know no time, no version, no
//! path and no terminal; `INSTA_UPDATE=always` writes them anew, for a person to read.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "test code: a failed step is a failed test")]

mod chinese;
mod completion;
mod config;
mod env;
mod errors;
mod explain;
mod fake;
mod groups;
mod help;
mod hostile;
mod list;
mod logs;
mod money;
mod probing;
mod requests;
mod run;
mod script;
mod status;
mod steering;
mod top;
mod usage;
mod waiting;
mod watch;
mod web;
