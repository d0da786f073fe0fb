//! `zephyrctl suspended`: requests that wait, and letting them go.

mod list;
mod release;

use clap::Subcommand;

use super::{Context, Exit};
use crate::error::Error;

/// Show the requests that wait, or let them go
///
/// A request is suspended where nothing is usable but something may be in time, and is queued where all that is usable
/// is full. For operators.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    List(list::Args),
    Release(release::Args),
}

pub(super) async fn handle(args: Args, context: &Context) -> Result<Exit, Error> {
    match args.verb.unwrap_or(Verb::List(list::Args {})) {
        Verb::List(args) => list::handle(args, context).await,
        Verb::Release(args) => release::handle(args, context).await,
    }
}
