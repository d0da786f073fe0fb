//! `zephyrctl explain`: why a request went where it went.

use jiff::Zoned;
use serde::Serialize;

use super::{Context, Exit};
use crate::error::Error;
use crate::render;
use crate::view::Trace;

/// Tell why a request went where it went
///
/// Every choice with its reason, who was passed over or could not serve, what failed, and how it ended: of the last 2,000
/// requests since the daemon's start, those that still run among them. What a request used and cost is in `zephyrctl
/// requests REQ-ID`. For operators.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The answer's header `X-Request-Id`: `req-dcfb74db`; the newest request, if left out
    #[arg(value_name = "REQ-ID", default_value = "", hide_default_value = true)]
    id: String,
}

#[derive(Serialize)]
struct Answer {
    trace: Trace,
}

pub(super) async fn handle(args: Args, context: &Context) -> Result<Exit, Error> {
    let trace = context.connect().await?.explain(&args.id).await?;
    if context.out.json {
        context.out.document(&Answer { trace })?;
    } else {
        context.out.data(&render::explain::screen(&trace, &Zoned::now()))?;
    }
    Ok(Exit::Success)
}
