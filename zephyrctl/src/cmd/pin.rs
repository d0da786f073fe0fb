//! `zephyrctl pin`: holds one endpoint or group.

use super::{Context, Exit, show};
use crate::error::Error;
use crate::language::words;
use crate::render;
use crate::view::Status;
use zephyr_words::say;

/// Send all new requests to one endpoint or group
///
/// The pin holds until `unpin` and survives a restart. Without `--fallback` requests fail while it is down.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Endpoint or group
    #[arg(add = crate::complete::names())]
    name: String,

    /// Let others serve while it is down
    #[arg(long)]
    fallback: bool,
}

pub(super) async fn handle(args: Args, context: &Context) -> Result<Exit, Error> {
    let client = context.connect().await?;
    let status = match client.pin(&args.name, args.fallback).await {
        Ok(status) => status,
        Err(error) => return Err(show::with_nearest(error, &args.name, &client).await),
    };
    let name = render::text::name(&args.name);
    let what = if args.fallback {
        say!(words(), "pinned-to-fallback", name = name)
    } else {
        say!(words(), "pinned-to", name = name)
    };
    done(context, &what, &status)
}

/// Tells what was done and what that makes of the whole.
pub(super) fn done(context: &Context, what: &str, status: &Status) -> Result<Exit, Error> {
    if context.out.json {
        context.out.document(status)?;
    } else {
        let verdict = render::verdict::lines(&status.head, &status.endpoints);
        context.out.data(&format!("{what}\n{verdict}"))?;
    }
    Ok(Exit::Success)
}
