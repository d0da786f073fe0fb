//! `zephyrctl`: steers zephyrd over its control socket.
//!
//! One short-lived process per verb: a current-thread runtime, one connection, one answer. The verbs are in
//! [`cmd`], one file each; they speak the types of [`view`], never those of the protocol; what they print is
//! made in [`render`] and goes out through [`output`].

mod cli;
mod client;
mod clients;
mod cmd;
mod complete;
mod error;
mod filter;
mod help;
mod language;
mod output;
mod render;
mod settings;
mod top;
mod view;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use clap_complete::CompleteEnv;
use zephyr_words::say;

use crate::cli::Cli;
use crate::cmd::Exit;
use crate::error::Error;

fn main() -> ExitCode {
    CompleteEnv::with_factory(Cli::command).var(complete::VARIABLE).complete();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return help::show(&error),
    };
    if cli.json {
        language::speak_to_programs();
    }
    let out = output::Output::new(cli.json);
    let result = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| Error::failed(say!(language::words(), "cannot-start-runtime")).caused_by(e))
        .and_then(|runtime| runtime.block_on(cmd::run(cli, out)));
    match result {
        Ok(Exit::Success) => ExitCode::SUCCESS,
        Ok(Exit::Failed) => ExitCode::from(1),
        Err(error) if error.is_broken_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            out.error(&error);
            ExitCode::from(error.kind().code())
        }
    }
}
