//! `zephyrctl resume`: undoes `pause` and `drain`.

use super::{Context, Exit, pin, show};
use crate::error::Error;
use crate::language::words;
use crate::render;
use zephyr_words::say;

/// Undo `pause` or `drain`
///
/// What is resumed is probed at once.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Endpoint or group
    #[arg(add = crate::complete::names())]
    name: Option<String>,
}

pub(super) async fn handle(args: Args, context: &Context) -> Result<Exit, Error> {
    let client = context.connect().await?;
    let name = args.name.unwrap_or_default();
    let status = match client.resume(&name).await {
        Ok(status) => status,
        Err(error) => return Err(show::with_nearest(error, &name, &client).await),
    };
    let what = match name.as_str() {
        "" => say!(words(), "probes-go-on").into_owned(),
        name => say!(words(), "is-resumed", name = render::text::name(name)),
    };
    pin::done(context, &what, &status)
}
