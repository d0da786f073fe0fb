//! `zephyrctl suspended release`: lets requests that wait go.

use serde::Serialize;

use super::{Context, Exit};
use crate::error::Error;
use crate::render::number::count;

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
            (0, true) => "nothing may be asked now: they go on waiting\n".to_owned(),
            (0, false) => "no request waits\n".to_owned(),
            (n, true) => format!("{} tried now\n", count(n, "request is", "requests are")),
            (n, false) => format!("{} released\n", count(n, "request is", "requests are")),
        };
        context.out.data(&done)?;
    }
    Ok(Exit::Success)
}
