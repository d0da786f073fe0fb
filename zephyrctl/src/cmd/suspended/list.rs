//! `zephyrctl suspended list`: requests that wait.

use super::{Context, Exit};
use crate::error::Error;
use crate::render;

/// Show the requests that wait, longest first
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(super) async fn handle(_: Args, context: &Context) -> Result<Exit, Error> {
    let waiting = context.connect().await?.waiting().await?;
    if context.out.json {
        context.out.document(&waiting)?;
    } else {
        context.out.data(&render::waiting::screen(&waiting, context.out.width))?;
    }
    Ok(Exit::Success)
}
