//! `zephyrctl unpin`: lets the strategy decide again.

use super::{Context, Exit, pin};
use crate::error::Error;
use crate::language::words;
use zephyr_words::say;

/// Let the strategy decide again
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(super) async fn handle(_: Args, context: &Context) -> Result<Exit, Error> {
    let status = context.connect().await?.unpin().await?;
    pin::done(context, &say!(words(), "no-longer-pinned"), &status)
}
