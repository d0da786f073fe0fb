//! `zephyrctl group resume`: undoes `group pause`.

use super::super::{Context, Exit, pin};
use crate::error::Error;
use crate::language::words;
use crate::render;
use zephyr_words::say;

/// Undo `group pause`
///
/// Its endpoints are probed at once, also those that were paused or drained by themselves.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Group
    #[arg(add = crate::complete::groups())]
    group: String,
}

pub(super) async fn handle(args: Args, context: &Context) -> Result<Exit, Error> {
    let status = context.connect().await?.resume_group(&args.group).await?;
    let what = say!(words(), "group-is-resumed", name = render::text::name(&args.group));
    pin::done(context, &what, &status)
}
