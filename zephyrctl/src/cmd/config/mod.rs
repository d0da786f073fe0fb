//! `zephyrctl config`: the config as a file, and as it is in force.

mod check;
mod path;
mod show;

use clap::Subcommand;

use super::{Context, Exit};
use crate::error::Error;

/// Check the config, show it, or tell where it is
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Check(check::Args),
    Show(show::Args),
    Path(path::Args),
}

pub(super) async fn handle(args: Args, context: &Context) -> Result<Exit, Error> {
    match args.verb {
        Verb::Check(args) => check::handle(args, context).await,
        Verb::Show(args) => show::handle(args, context).await,
        Verb::Path(args) => path::handle(args, context).await,
    }
}
