//! `zephyrctl man` (hidden): writes the man pages, for packages.

use std::path::PathBuf;

use clap::CommandFactory;

use super::{Context, Exit};
use crate::cli::Cli;
use crate::error::Error;

/// Write the man pages of zephyrctl and of each verb into a directory
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Made if it does not exist
    dir: PathBuf,
}

pub(super) async fn handle(args: Args, _: &Context) -> Result<Exit, Error> {
    let wrong = |e| Error::failed(format!("cannot write man pages to `{}`", args.dir.display())).caused_by(e);
    std::fs::create_dir_all(&args.dir).map_err(|e: std::io::Error| wrong(e))?;
    clap_mangen::generate_to(Cli::command().disable_help_subcommand(true), &args.dir).map_err(wrong)?;
    Ok(Exit::Success)
}
