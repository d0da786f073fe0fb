//! `zephyrctl reload`: takes up the config anew.

use super::{Context, Exit};
use crate::error::Error;
use crate::render;

/// Read the config anew, and wait until it is in force
///
/// A config with errors changes nothing: all of them are shown and the exit status is 6. Health and running
/// requests survive.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(super) async fn handle(_: Args, context: &Context) -> Result<Exit, Error> {
    let reloaded = context.connect().await?.reload().await?;
    context.out.talk(&render::config::problems(&reloaded.warnings));
    if context.out.json {
        context.out.document(&reloaded)?;
    } else {
        context.out.data(&render::config::reloaded(&reloaded))?;
    }
    Ok(Exit::Success)
}
