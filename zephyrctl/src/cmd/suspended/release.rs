//! `zephyrctl suspended release`: lets requests that wait go.

use crate::language::words;
use serde::Serialize;
use zephyr_words::say;

use super::{Context, Exit};
use crate::error::Error;

/// Let requests that wait go now
///
/// They fail with the error that they would have had, so that their clients can do something else. With `--try` they
/// are sent to whatever may be asked at all, although it rests; what cannot be goes on waiting.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// One request: `req-dcfb74db`
    #[arg(value_name = "REQ-ID", required_unless_present = "all", add = crate::complete::waiting())]
    id: Option<String>,

    /// Every request that waits
    #[arg(long, conflicts_with = "id")]
    all: bool,

    /// Try them now instead of letting them fail
    #[arg(long = "try")]
    try_now: bool,
}

#[derive(Serialize)]
struct Released {
    released: u32,
}

pub(super) async fn handle(args: Args, context: &Context) -> Result<Exit, Error> {
    let client = context.connect().await?;
    let released = client.release(&args.id.unwrap_or_default(), args.try_now).await?;
    if context.out.json {
        context.out.document(&Released { released })?;
    } else {
        let done = match (released, args.try_now) {
            (0, true) => say!(words(), "released-nothing-usable").into_owned(),
            (0, false) => say!(words(), "no-request-waits").into_owned(),
            (n, true) => say!(words(), "released-tried", n = n),
            (n, false) => say!(words(), "released", n = n),
        };
        context.out.data(&(done + "\n"))?;
    }
    Ok(Exit::Success)
}
