//! zephyrd: a gateway between coding agents and many LLM API endpoints.

mod app;
mod cli;
mod config_source;
mod control;
mod demo;
mod desk;
mod docs;
mod engine_handle;
#[cfg(test)]
mod fixtures;
mod front;
mod http;
mod ledger;
mod listen;
mod meter;
mod network;
mod paths;
mod probe;
mod proxy;
mod samples;
mod state;
mod store;
mod system;
mod tasks;
mod trace;
mod upstream;
mod web;

use std::process::ExitCode;

use clap::Parser;

use cli::{Cli, Command};
use config_source::ConfigSource;

/// Requests are made of many small pieces that live briefly.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The command line cannot be understood (sysexits.h).
const USAGE: u8 = 64;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(e) => {
            let _ = e.print();
            return if e.use_stderr() { ExitCode::from(USAGE) } else { ExitCode::SUCCESS };
        }
    };
    match cli.command {
        None => app::run(ConfigSource::find(cli.config), cli.prefer),
        Some(Command::Check) => config_source::check_and_print(&ConfigSource::find(cli.config)),
        Some(Command::Demo { port }) => demo::run(port),
        Some(Command::Man { dir }) => docs::man(&dir),
        Some(Command::Completions { dir }) => docs::completions(&dir),
    }
}
