//! `zephyrctl status`: who serves me, why, and what is next if it fails.

use super::{Context, Exit};
use crate::error::Error;
use crate::render;

/// Show who serves, why, and who is next
///
/// The exit status is 0 when everything is usable, 1 when something is not.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(super) async fn handle(_: Args, context: &Context) -> Result<Exit, Error> {
    let status = context.connect().await?.status().await?;
    if context.out.json {
        context.out.document(&status)?;
    } else {
        context.out.data(&render::status::screen(&status, context.out.width))?;
    }
    Ok(Exit::good(status.head.state == "ok"))
}
