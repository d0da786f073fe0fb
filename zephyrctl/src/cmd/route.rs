//! `zephyrctl route`: where a request would go now.

use serde::Serialize;

use super::{Context, Exit};
use crate::error::Error;
use crate::render;
use crate::view::Route;

/// Show where a request for a model would go now
///
/// The endpoints that it would try, in order, then those that it cannot use, and why. Where the model has a route, its
/// targets by priority, with the model that each is asked for. Nothing is sent and nothing changes. The exit status is 1 where nobody could serve it. For operators.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The model that the client asks for
    model: String,

    /// What the client speaks; the main dialect, if left out
    #[arg(long, value_name = "DIALECT", value_parser = ["anthropic", "openai-chat", "openai-responses"])]
    dialect: Option<String>,

    /// As if the client sent no credential of its own
    #[arg(long)]
    no_credential: bool,
}

#[derive(Serialize)]
struct Answer {
    route: Route,
}

pub(super) async fn handle(args: Args, context: &Context) -> Result<Exit, Error> {
    let dialect = args.dialect.as_deref().unwrap_or_default();
    let route = context.connect().await?.route(&args.model, dialect, args.no_credential).await?;
    let served = route.candidates.iter().any(|c| c.first);
    if context.out.json {
        context.out.document(&Answer { route })?;
    } else {
        context.out.data(&render::route::screen(&route, context.out.width))?;
    }
    Ok(Exit::good(served))
}
