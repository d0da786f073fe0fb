//! `zephyrctl top`: the dashboard in a terminal.

use super::{Context, Exit};
use crate::error::{Error, Kind};
use crate::top;

/// Watch and steer in a full-screen dashboard
///
/// Shows endpoints, running requests, requests, usage and the log, as they change, and steers by single keys: `?` shows
/// them, `q` quits. Needs a terminal of at least 80 columns and 24 lines. Goes on when zephyrd restarts.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(super) async fn handle(_: Args, context: &Context) -> Result<Exit, Error> {
    if context.out.json {
        return Err(Error::new(Kind::Usage, "`top` draws on a terminal and has no `--json`")
            .hint("`zephyrctl status --json` and `zephyrctl watch --json` tell the same to programs"));
    }
    top::run(&context.sockets).await?;
    Ok(Exit::Success)
}
