//! `zephyrctl group`: groups as tiers, and which of them serves.

mod activate;
mod list;
mod pause;
mod resume;

use clap::Subcommand;

use super::{Context, Exit};
use crate::error::Error;

/// Show the groups, and say which of them serves
///
/// Of the groups that are usable, the one with the lowest priority number is active, and the others stand by. One
/// whose endpoints have all failed cools down, and the next takes over.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    List(list::Args),
    Activate(activate::Args),
    Pause(pause::Args),
    Resume(resume::Args),
}

pub(super) async fn handle(args: Args, context: &Context) -> Result<Exit, Error> {
    match args.verb {
        Verb::List(args) => list::handle(args, context).await,
        Verb::Activate(args) => activate::handle(args, context).await,
        Verb::Pause(args) => pause::handle(args, context).await,
        Verb::Resume(args) => resume::handle(args, context).await,
    }
}
