//! The bench: CPU time, throughput, latency and memory of zephyrd beside nginx, HAProxy and an LLM gateway, all on
//! loopback, in one run on one machine.
//!
//! Load generator and backend live in this process; what is measured is the CPU time and memory of the proxies'
//! processes, told as ratios to nginx of the same round, because absolute numbers belong to one machine and one hour.
//! `tests/run bench` starts it; a bench is never a test with a threshold.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a bench: a failed step ends it, and what it prints is its product"
)]

mod backend;
mod client;
mod load;
mod machine;
mod process;
mod report;
mod request;
mod round;
mod scenario;
mod target;

use std::path::PathBuf;

use clap::Parser;

/// What to measure, and how long.
#[derive(Debug, Clone, Parser)]
struct Options {
    /// Where built `zephyrd` and `zephyrctl` are
    #[arg(long, default_value = "target/release")]
    bin_dir: PathBuf,
    /// LiteLLM's program; without it no LLM gateway is measured
    #[arg(long)]
    litellm: Option<PathBuf>,
    /// Tiny counts: shows that the bench works and measures nothing
    #[arg(long)]
    smoke: bool,
    /// Alternating rounds of each scenario
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// Only these scenarios (their names; see the table at the end of a run)
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Only these proxies beside zephyrd: nginx, haproxy, litellm
    #[arg(long, value_delimiter = ',')]
    beside: Option<Vec<String>>,
    /// Also writes the tables to this file, in Markdown
    #[arg(long)]
    out: Option<PathBuf>,
}

fn main() {
    let options = Options::parse();
    machine::raise_file_limit();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(scenario::run(&options));
}
