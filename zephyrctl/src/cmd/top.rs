//! `zephyrctl top`: the dashboard in a terminal.

use super::{Context, Exit};
use crate::error::Error;
use crate::top;

/// Watch and steer in a full-screen dashboard
///
/// Shows endpoints, running requests, requests, usage and the log, as they change, and steers by single keys: `?` shows
/// them, `q` quits. Needs a terminal of at least 80 columns and 24 lines. Goes on when zephyrd restarts.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(super) async fn handle(_: Args, context: &Context) -> Result<Exit, Error> {
    if context.out.json {
        return Err(top::no_json());
    }
    Box::pin(top::run(&context.sockets)).await?;
    Ok(Exit::Success)
}
