//! `zephyrctl pause`: no probes, or no use of one endpoint or group.

use super::{Context, Exit, pin, show};
use crate::error::Error;
use crate::language::words;
use crate::render;
use zephyr_words::say;

/// Stop all probes, or all use of one endpoint or group
///
/// Without a name requests are served as before. With one it gets no new requests and no probes; requests that
/// run go on to their end.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Endpoint or group
    #[arg(add = crate::complete::names())]
    name: Option<String>,
}

pub(super) async fn handle(args: Args, context: &Context) -> Result<Exit, Error> {
    let client = context.connect().await?;
    let name = args.name.unwrap_or_default();
    let status = match client.pause(&name).await {
        Ok(status) => status,
        Err(error) => return Err(show::with_nearest(error, &name, &client).await),
    };
    let what = match name.as_str() {
        "" => say!(words(), "probes-paused").into_owned(),
        name => say!(words(), "is-paused", name = render::text::name(name)),
    };
    pin::done(context, &what, &status)
}
